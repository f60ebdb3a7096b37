import { expect, test } from 'vitest'
import type { OrderItem } from '../../../server/cvent/cvent.ts'
import { faultOf, startClient } from './start-client.ts'

const itemReads = /\/orders\/items$/
const codeReads = /(\/sessions|quantity-items|donation-items)$/
const paid = (items: OrderItem[]) => items.reduce((sum, item) => sum + item.amountPaidCents, 0)

async function startWithOrder(options: Parameters<typeof startClient>[0] = {}) {
  const client = await startClient(options)
  const primary = await client.sandbox.register({
    event: client.eventStub,
    contact: { firstName: 'Ada', lastName: 'Quill' },
    sessions: ['DRONE'],
    quantityItems: [{ item: 'SHIRT', quantity: 2 }],
    donation: { item: 'FUND', amount: 12.35 },
    guests: [{ firstName: 'G', lastName: 'Uest' }],
  })
  client.sandbox.switchboard.calls.length = 0
  return { ...client, primary }
}

test('items say whose they are, what they cost in cents, and their product’s code', async () => {
  const { cvent, sandbox, eventStub, primary } = await startWithOrder()
  const guest = [...sandbox.state.attendees.values()].find((attendee) => attendee.guest)

  const { items } = await cvent.orderItems(eventStub, [primary.id])

  const lines = items.map((item) => [
    item.attendeeId === guest?.id ? 'guest' : 'primary',
    item.productType,
    item.code,
    item.quantity,
    item.amountPaidCents,
  ])
  expect(lines).toEqual([
    ['primary', 'AdmissionItem', undefined, 1, 49_500],
    ['primary', 'Session', 'DRONE', 1, 12_000],
    ['primary', 'QuantityItem', 'SHIRT', 2, 5000],
    ['primary', 'DonationItem', 'FUND', 1, 1235],
    ['guest', 'AdmissionItem', undefined, 1, 15_000],
  ])
})

test.each(['negative', 'positive'] as const)(
  'a refund takes away, whether Cvent writes it %s',
  async (refundSign) => {
    const { cvent, sandbox, eventStub, primary } = await startWithOrder({
      sandbox: { switches: { refundSign } },
    })
    const before = paid((await cvent.orderItems(eventStub, 'all')).items)

    await sandbox.refund(primary.id, { item: 'DRONE', amount: 20.05 })

    const { items } = await cvent.orderItems(eventStub, 'all')
    expect(paid(items)).toBe(before - 2005)
    expect(items.at(-1)).toMatchObject({ orderType: 'Online Refund', amountPaidCents: -2005 })
  },
)

test('deleted items are left out, inactive ones say so', async () => {
  const { cvent, sandbox, eventStub, primary } = await startWithOrder()
  const [first, second] = sandbox.state.orderItems.values()
  if (first) first.deleted = true
  if (second) second.active = false

  const { items } = await cvent.orderItems(eventStub, [primary.id])

  expect(items).toHaveLength(4)
  expect(items[0]).toMatchObject({ code: 'DRONE', isActive: false })
})

test('codes are read once and kept for an hour; a product nobody knew is looked for', async () => {
  const { cvent, sandbox, clock, eventStub, primary } = await startWithOrder()
  const reads = () => sandbox.switchboard.count(codeReads)

  await cvent.orderItems(eventStub, 'all')
  await cvent.orderItems(eventStub, [primary.id])
  expect(reads()).toBe(3)

  const event = sandbox.state.events.get(eventStub)
  const [shirt] = event?.quantityItems ?? []
  if (shirt) event?.quantityItems.push({ ...shirt, id: primary.contactId, code: 'MUG' })
  await sandbox.modify(primary.id, { quantityItems: [{ item: 'MUG', quantity: 1 }] })
  clock.now += 60_000
  const { items } = await cvent.orderItems(eventStub, 'all')
  expect(items.find(({ productId }) => productId === primary.contactId)?.code).toBe('MUG')
  expect(reads()).toBe(4)

  clock.now += 3_600_000
  await cvent.orderItems(eventStub, 'all')
  expect(reads()).toBe(7)
})

test('without the scope there are no codes, and no second try; a failure is not taken for that', async () => {
  const { cvent, sandbox, clock, eventStub } = await startWithOrder()
  sandbox.switchboard.set({ route: 'quantity-items', kind: 'status', status: 503, times: 1 })
  const fault = await faultOf(cvent.orderItems(eventStub, 'all'))
  sandbox.switchboard.set({ route: 'quantity-items', kind: 'status', status: 403 })

  const { items } = await cvent.orderItems(eventStub, 'all')
  clock.now += 600_000
  await cvent.orderItems(eventStub, 'all')

  expect(fault.code).toBe('VENDOR_UNAVAILABLE')
  const codes = items.map(({ code }) => code).filter((code) => code !== undefined)
  expect(codes).toEqual(['DRONE', 'FUND'])
  expect(sandbox.switchboard.count(/quantity-items/)).toBe(2)
})

test('items of 90 attendees take three calls, and only theirs are there', async () => {
  const { cvent, sandbox, eventStub } = await startClient()
  const ids: string[] = []
  for (let count = 0; count < 95; count += 1) {
    const contact = { lastName: `L${count}` }
    ids.push((await sandbox.register({ event: eventStub, contact })).id)
  }
  sandbox.switchboard.calls.length = 0

  const { items } = await cvent.orderItems(eventStub, ids.slice(0, 90))

  expect(new Set(items.map(({ attendeeId }) => attendeeId))).toEqual(new Set(ids.slice(0, 90)))
  expect(sandbox.switchboard.count(itemReads)).toBe(3)
})

test('sessions have their codes and their times', async () => {
  const { cvent, sandbox, eventStub } = await startClient()
  const known = sandbox.state.events.get(eventStub)?.sessions ?? []

  const { items: sessions } = await cvent.sessions(eventStub)

  expect(sessions).toEqual(
    known.map(({ id, name, code, start, end }) => ({
      sessionId: id,
      name,
      code,
      startsAt: Date.parse(start),
      endsAt: Date.parse(end),
    })),
  )
})
