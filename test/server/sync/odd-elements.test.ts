import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DIALECTS, freshDatabase, type FreshDatabase } from '../../databases.ts'
import type { OddKind } from '../../sandbox/cvent/odd.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { openRig, type MortalWorker, type Rig } from './rig.ts'

const HOUR = 3_600_000
const ODD = 2

describe.for(DIALECTS)('one odd element of a list costs no other registration (%s)', (dialect) => {
  let fresh: FreshDatabase
  let rig: Rig
  let worker: MortalWorker
  let ids: string[]
  beforeEach(async () => {
    fresh = await freshDatabase(dialect)
    rig = await openRig({ databaseUrl: fresh.url })
    worker = rig.worker()
    await worker.drain()
    ids = []
    for (let count = 0; count < 4; count += 1) {
      const contact = { firstName: 'P', lastName: `Q${count}`, sourceId: String(101 + count) }
      ids.push((await rig.cvent.register({ event: seededEvents.open, contact })).id)
    }
  })
  afterEach(async () => {
    await worker.stop()
    await rig.close()
    await fresh.close()
  })

  const rows = (at: number) =>
    rig.imis.activitiesOf(String(101 + at)).map(({ STATUS_CODE }) => STATUS_CODE)

  async function registrationOf(at: number) {
    return rig.db
      .selectFrom('registration')
      .select(['state', 'reason', 'attempt'])
      .where('attendeeId', '=', ids[at] ?? '')
      .executeTakeFirstOrThrow()
  }

  function makeOdd(kind: OddKind) {
    rig.cvent.switches.oddElements = { [ids[ODD] ?? '']: kind }
  }

  async function hours(count: number) {
    for (let hour = 0; hour < count; hour += 1) {
      rig.advance(HOUR)
      await worker.drain()
    }
  }

  test.for([
    ['amount-null', /order item .*amountDue/],
    ['amount-text', /order item .*amountPaid/],
    ['amount-comma', /order item .*amountPaid/],
    ['no-product', /order item .*product/],
    ['no-product-id', /order item .*product/],
    ['no-event', /event/],
    ['status-number', /status/],
    ['long-contact-id', /contact\.id/],
  ] as const)('%s', async ([kind, reason]) => {
    makeOdd(kind)
    for (const body of rig.posted()) await rig.deliver(body)
    await worker.drain()

    for (const at of [0, 1, 3]) expect(rows(at)).toEqual(['A'])
    expect(rows(ODD)).toEqual([])
    const odd = await registrationOf(ODD)
    expect(['waiting', 'dead']).toContain(odd.state)
    expect(odd.reason).toMatch(reason)

    // Mended at Cvent, it comes by itself.
    rig.cvent.switches.oddElements = {}
    await hours(2)
    expect(rows(ODD)).toEqual(['A'])
  })

  test('amounts that come as text, as "495.00", are what iMIS gets', async () => {
    makeOdd('decimal-texts')
    for (const body of rig.posted()) await rig.deliver(body)
    await worker.drain()

    const amounts = (at: number) =>
      rig.imis.activitiesOf(String(101 + at)).map(({ AMOUNT, QUANTITY }) => [AMOUNT, QUANTITY])
    expect(rows(ODD)).toEqual(['A'])
    expect(amounts(ODD)).toEqual(amounts(0))
  })

  test('an attendee that becomes unreadable is not taken for deleted, whether it has an id or not', async () => {
    for (const body of rig.posted()) await rig.deliver(body)
    await worker.drain()
    for (const kind of ['no-event', 'no-id', 'not-an-object'] as const) {
      makeOdd(kind)
      await rig.cvent.syncAttendees(seededEvents.open)
      for (const body of rig.posted()) await rig.deliver(body)
      await worker.drain()

      expect(rows(ODD)).toEqual(['A'])
      expect((await registrationOf(ODD)).reason).toMatch(/cannot be read/)
    }
  })

  test('when every webhook is lost, an odd attendee in the list is read by its id', async () => {
    rig.posted()
    const list = rig.cvent.switches
    list.oddElements = { [ids[ODD] ?? '']: 'no-event' }
    await hours(1)
    for (const at of [0, 1, 3]) expect(rows(at)).toEqual(['A'])
    expect((await registrationOf(ODD)).state).toBe('waiting')

    list.oddElements = {}
    await hours(2)
    expect(rows(ODD)).toEqual(['A'])
  })

  test.for(['no-id', 'not-an-object'] as const)(
    'when every webhook is lost, an attendee that a list does not name is found once it does (%s)',
    async (kind) => {
      rig.posted()
      makeOdd(kind)
      await hours(3)
      for (const at of [0, 1, 3]) expect(rows(at)).toEqual(['A'])
      expect(rows(ODD)).toEqual([])

      // Cvent changes nothing of the attendee when it mends its list.
      rig.cvent.switches.oddElements = {}
      await hours(2)
      expect(rows(ODD)).toEqual(['A'])

      // The same for a change: no later list of changes has it.
      rig.advance(HOUR)
      await worker.drain()
      await rig.cvent.cancel(ids[ODD] ?? '')
      rig.posted()
      makeOdd(kind)
      await hours(3)
      expect(rows(ODD)).toEqual(['A'])
      rig.cvent.switches.oddElements = {}
      await hours(2)
      expect(rows(ODD)).toEqual(['C'])

      // Once all is read, only changes are listed again.
      await hours(2)
      rig.cvent.switchboard.calls.length = 0
      await hours(1)
      const [list] = rig.cvent.switchboard.calls.filter(({ path }) => path === '/ea/attendees')
      expect(list?.query).toContain('after=')
      const after = new URLSearchParams(list?.query).get('after') ?? ''
      expect(rig.now() - Date.parse(after)).toBeLessThan(2 * HOUR)
    },
  )

  test.for(['no-attendee', 'not-an-object'] as const)(
    'an order item that does not say whose it is takes nothing away, and its payment is not forgotten (%s)',
    async (kind) => {
      for (const body of rig.posted()) await rig.deliver(body)
      await worker.drain()
      await rig.cvent.modify(ids[ODD] ?? '', { addSessions: ['DRONE'] })
      for (const body of rig.posted()) await rig.deliver(body)
      await worker.drain()
      const shown = (at: number) =>
        rig.imis
          .activitiesOf(String(101 + at))
          .map((row) => `${row.PRODUCT_CODE} ${row.STATUS_CODE} ${row.QUANTITY} ${row.AMOUNT}`)
          .toSorted()
      const before = [0, 1, 2, 3].map(shown)
      expect(before[ODD]).toHaveLength(2)

      const items = [...rig.cvent.state.orderItems.values()]
      const odd = items.filter(({ attendeeId }) => attendeeId === ids[ODD])
      rig.cvent.switches.oddElements = Object.fromEntries(odd.map(({ id }) => [id, kind]))
      await rig.cvent.syncAttendees(seededEvents.open)
      for (const body of rig.posted()) await rig.deliver(body)
      await hours(1)
      expect([0, 1, 2, 3].map(shown)).toEqual(before)
      expect((await registrationOf(ODD)).reason).toMatch(/order item .*whoever it is of/)

      // Somebody else pays, and the item that says so cannot be read for as long.
      rig.cvent.switches.oddElements = {}
      await hours(2)
      const admission = items.find(
        ({ attendeeId, productType }) => attendeeId === ids[0] && productType === 'AdmissionItem',
      )
      rig.cvent.switches.oddElements = { [admission?.id ?? '']: kind }
      if (admission) {
        admission.amountPaid += 5
        admission.lastModified = new Date(rig.now()).toISOString()
      }
      rig.posted()
      await hours(3)
      expect(shown(0)).toEqual(before[0])
      rig.cvent.switches.oddElements = {}
      await hours(2)
      expect(rig.imis.activitiesOf('101').map(({ AMOUNT }) => AMOUNT)).toEqual([
        admission?.amountPaid,
      ])
    },
  )

  test('a session that cannot be read in its list is not written without its time', async () => {
    rig.posted()
    const [session] =
      [...rig.cvent.state.events.values()].find(({ id }) => id === rig.eventStub)?.sessions ?? []
    await rig.cvent.modify(ids[0] ?? '', { addSessions: [session?.code ?? ''] })
    rig.cvent.switches.oddElements = { [session?.id ?? '']: 'not-an-object' }
    for (const body of rig.posted()) await rig.deliver(body)
    await hours(1)
    expect(rows(0)).toEqual([])
    expect((await registrationOf(0)).reason).toMatch(/session/)

    rig.cvent.switches.oddElements = {}
    await hours(2)
    const row = rig.imis
      .activitiesOf('101')
      .find(({ PRODUCT_CODE }) => PRODUCT_CODE === `AC2027/${session?.code}`)
    expect(row?.['EFFECTIVE_DATE']).toMatch(/^2027-/)
  })

  test.for(['copy', 'parent'] as const)(
    'a contact whose %s cannot be read is not one without a source ID',
    async (which) => {
      const event = [...rig.cvent.state.events.values()].find(({ id }) => id === rig.eventStub)
      if (event) event.snapshots = true
      rig.cvent.switches.snapshotSourceId = 'parent'
      const contact = { firstName: 'P', lastName: 'Q5', sourceId: '105', email: 'q5@example.org' }
      const { id } = await rig.cvent.register({ event: seededEvents.open, contact })
      const copyId = rig.cvent.state.attendees.get(id)?.contactId ?? ''
      const parentId = rig.cvent.state.contacts.get(copyId)?.parentId ?? ''
      rig.cvent.switches.oddElements = {
        [which === 'copy' ? copyId : parentId]: 'not-an-object',
      }
      for (const body of rig.posted()) await rig.deliver(body)
      await hours(1)
      ids[ODD] = id
      expect(await registrationOf(ODD)).toMatchObject({ state: 'waiting' })

      rig.cvent.switches.oddElements = {}
      await hours(2)
      expect(rows(4)).toEqual(['A'])
    },
  )

  test('300 due at once: one odd order item stops neither them nor the account', async () => {
    for (let count = 4; count < 305; count += 1) {
      const contact = { firstName: 'P', lastName: `Q${count}` }
      ids.push((await rig.cvent.register({ event: seededEvents.open, contact })).id)
    }
    makeOdd('amount-null')
    for (const body of rig.posted()) await rig.deliver(body)
    await worker.drain()

    const states = await rig.db
      .selectFrom('registration')
      .select(['state', 'attendeeId'])
      .where('state', 'in', ['waiting', 'dead'])
      .execute()
    expect(states).toEqual([{ state: 'waiting', attendeeId: ids[ODD] }])
    for (const at of [0, 1, 3]) expect(rows(at)).toEqual(['A'])
  })
})
