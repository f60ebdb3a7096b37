import { afterEach, expect, test } from 'vitest'
import { callerOf } from './calling.ts'
import type { CventSandbox } from './server.ts'
import { startCvent } from './server.ts'
import { seededEvents } from './seed.ts'
import { eventBy } from './state.ts'

const at = Date.parse('2027-02-03T18:20:00.000Z')
const open: CventSandbox[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((cvent) => cvent.close()))
})

async function start() {
  const cvent = await startCvent({ now: () => at, switches: { enforceLimits: false } })
  open.push(cvent)
  return { cvent, call: await callerOf(cvent) }
}

test('a registration written by REST needs its admission item, and is cancelled with it', async () => {
  const { cvent, call } = await start()
  const event = eventBy(cvent.state, seededEvents.open)
  const contact = { id: [...cvent.state.contacts.keys()][0] }
  const admissionItem = { id: event.admissionItems[0]?.id }
  const wanted = { event: { id: event.id }, contact, status: 'Accepted' }

  const without = await call('POST', '/attendees', [wanted])
  const made = await call('POST', '/attendees', [{ ...wanted, admissionItem }])
  const two = await call('POST', '/attendees', [wanted, wanted])

  expect([without.rows[0]?.status, made.rows[0]?.status, two.status]).toEqual([422, 201, 400])
  const path = `/attendees/${made.rows[0]?.data?.id}`
  const change = { event: { id: event.id }, contact, status: 'Cancelled' }
  expect((await call('PUT', path, change)).status).toBe(422)
  expect((await call('PUT', path, { ...change, admissionItem })).body.status).toBe('Cancelled')
  expect(cvent.state.violations).toEqual([])
})

test('a write whose caller gave up is done all the same, when the fault says so', async () => {
  const { cvent, call } = await start()
  const add = (lastName: string) => call('POST', '/contacts', [{ lastName }])
  const has = (lastName: string) =>
    [...cvent.state.contacts.values()].some(({ fields }) => fields.lastName === lastName)

  cvent.switchboard.set({ route: 'POST /ea/contacts', kind: 'lost-answer', times: 1 })
  await expect(add('Lost')).rejects.toThrow()
  expect(has('Lost')).toBe(true)

  cvent.switchboard.set({ route: 'POST /ea/contacts', kind: 'dead', times: 1 })
  await expect(add('Never')).rejects.toThrow()
  expect(has('Never')).toBe(false)

  cvent.switchboard.set({ route: 'POST /ea/contacts', kind: 'hold', times: 1 })
  const late = add('Late')
  await cvent.switchboard.held()
  expect(has('Late')).toBe(false)
  cvent.switchboard.release()
  expect((await late).status).toBe(207)
  expect(has('Late')).toBe(true)
})

test('the faults of the switchboard speak as Cvent does', async () => {
  const { cvent, call } = await start()
  const said = async (kind: 'token-expired' | 'throttled' | 'quota') => {
    cvent.switchboard.set({ route: '/ea/events', kind, times: 1 })
    const { status, body } = await call('GET', '/events')
    return { status, body }
  }

  expect(await said('token-expired')).toEqual({
    status: 401,
    body: { code: 401, message: 'Unauthorized' },
  })
  expect(await said('throttled')).toEqual({
    status: 429,
    body: { code: 429, message: 'Too Many Requests' },
  })
  expect(await said('quota')).toEqual({
    status: 429,
    body: { code: 429, message: 'Limit Exceeded' },
  })
})

test('an event with contact copies keeps the source id on the parent, or on the copy by switch', async () => {
  const { cvent, call } = await start()
  eventBy(cvent.state, seededEvents.open).snapshots = true
  const person = { firstName: 'Ada', lastName: 'Neil', sourceId: '101' }
  const attendee = await cvent.register({ event: seededEvents.open, contact: person })

  const shown = await call('GET', `/attendees/${attendee.id}`)
  const copy = await call('GET', `/contacts/${attendee.contactId}`)

  expect(shown.body).not.toHaveProperty('contact.sourceId')
  expect(copy.body).toHaveProperty('parentId')
  await cvent.cancel(attendee.id)
  await expect(
    cvent.register({ event: seededEvents.open, contact: person }),
  ).resolves.toMatchObject({ id: attendee.id, status: 'Accepted' })
})

test('a deleted attendee is gone, a purged contact leaves nothing of the person', async () => {
  const { cvent, call } = await start()
  const contact = { firstName: 'Ada', lastName: 'Neil', email: 'ada@example.org' }
  const attendee = await cvent.register({ event: seededEvents.open, contact })

  await cvent.purgeContact(attendee.contactId)
  expect(JSON.stringify((await call('GET', `/attendees/${attendee.id}`)).body)).not.toContain('Ada')
  expect((await call('GET', '/contacts')).body.data.map(({ id }) => id)).not.toContain(
    attendee.contactId,
  )

  await cvent.deleteAttendee(attendee.id)
  expect((await call('GET', `/attendees/${attendee.id}`)).status).toBe(404)
  expect((await call('GET', `/events/${attendee.eventId}/orders/items`)).body.data).toEqual([])
  expect(
    (await call('GET', `/events/${attendee.eventId}/orders/items?deleted=true`)).body.data,
  ).toHaveLength(1)
  expect(cvent.state.violations).toEqual([])
})
