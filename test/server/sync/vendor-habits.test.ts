import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DIALECTS, freshDatabase, type FreshDatabase } from '../../databases.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { openRig, type MortalWorker, type Rig } from './rig.ts'

const HOUR = 3_600_000

describe.for(DIALECTS)("what Cvent does leaves iMIS's rows right (%s)", (dialect) => {
  let fresh: FreshDatabase
  let rig: Rig
  let worker: MortalWorker
  beforeEach(async () => {
    fresh = await freshDatabase(dialect)
    rig = await openRig({ databaseUrl: fresh.url })
    worker = rig.worker()
    await worker.drain()
  })
  afterEach(async () => {
    await worker.stop()
    await rig.close()
    await fresh.close()
  })

  async function sync() {
    rig.advance(60_000)
    for (const body of rig.posted()) await rig.deliver(body)
    await worker.drain()
  }

  const rows = () =>
    rig.imis
      .activitiesOf('101')
      .map(({ PRODUCT_CODE, STATUS_CODE, QUANTITY, AMOUNT }) =>
        [PRODUCT_CODE, STATUS_CODE, QUANTITY, AMOUNT].join(' '),
      )
      .toSorted()

  const register = (paid = true) =>
    rig.cvent.register({
      event: seededEvents.open,
      contact: { firstName: 'Ada', lastName: 'Quill', sourceId: '101' },
      quantityItems: [{ item: 'SHIRT', quantity: 2 }],
      paid,
    })

  test('an order that repeats what is held, at 0, changes neither quantities nor amounts', async () => {
    rig.cvent.switches.modifiedOrder = 'repeats'
    const { id } = await register()
    await sync()
    const before = rows()

    for (let change = 0; change < 3; change += 1) {
      await rig.cvent.modify(id, { answers: [] })
      await sync()
      expect(rows()).toEqual(before)
    }
    // The control: the repeated lines are there.
    const lines = [...rig.cvent.state.orderItems.values()]
    expect(lines.filter(({ amountOrdered }) => amountOrdered === 0).length).toBeGreaterThan(3)
  })

  test('a payment that no message names arrives', async () => {
    const { id } = await register(false)
    await sync()
    expect(rows()).toContain('AC2027/SHIRT A 2 0')

    await rig.cvent.pay(id)
    expect(rig.posted()).toEqual([])
    rig.advance(2 * HOUR)
    await worker.drain()

    expect(rows()).toContain('AC2027/SHIRT A 2 50')
  })

  test('an empty answer about attendees withdraws nothing', async () => {
    const { id } = await register()
    await sync()
    const before = rows()

    rig.cvent.switches.filterAnswers = 'nothing'
    await rig.cvent.modify(id, { answers: [] })
    await sync()
    rig.advance(3 * HOUR)
    await worker.drain()
    expect(rows()).toEqual(before)

    rig.cvent.switches.filterAnswers = 'all'
    await rig.cvent.cancel(id)
    await sync()
    rig.advance(3 * HOUR)
    await worker.drain()
    expect(rows().every((row) => row.includes(' C 0 '))).toBe(true)
  })
})
