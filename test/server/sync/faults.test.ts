import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DIALECTS, freshDatabase, type FreshDatabase } from '../../databases.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { openRig, type Rig, type MortalWorker } from './rig.ts'

const HOUR = 3_600_000
const POST = '^POST /api/Activity$'

describe.for(DIALECTS)('when something goes wrong (%s)', (dialect) => {
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

  async function register(party: string, choices: { sessions?: string[] } = {}) {
    const attendee = await rig.cvent.register({
      event: seededEvents.open,
      contact: {
        firstName: 'Ada',
        lastName: `Quill${party}`,
        email: `p${party}@example.org`,
        sourceId: party,
      },
      ...choices,
    })
    for (const body of rig.posted()) await rig.deliver(body)
    return attendee
  }

  function rows(party: string) {
    return rig.imis
      .activitiesOf(party)
      .map(({ PRODUCT_CODE, STATUS_CODE }) => [PRODUCT_CODE, STATUS_CODE])
  }

  async function registration(attendeeId: string) {
    return rig.db
      .selectFrom('registration')
      .selectAll()
      .where('attendeeId', '=', attendeeId)
      .executeTakeFirstOrThrow()
  }

  test('a write whose answer was lost is found again, not repeated', async () => {
    rig.imis.switchboard.set({ route: POST, kind: 'lost-answer', times: 1 })
    const { id } = await register('101')

    await worker.drain()
    const during = await registration(id)
    rig.advance(16_000)
    await worker.drain()

    expect(during).toMatchObject({ state: 'waiting', attempt: 1 })
    expect(rows('101')).toEqual([['AC2027', 'A']])
    expect(rig.imis.switchboard.count(/^POST \/api\/Activity$/)).toBe(1)
    expect(await registration(id)).toMatchObject({ state: 'synced', attempt: 0 })
  })

  test('nothing is written again before the deadline and the settle time are over', async () => {
    rig.imis.switchboard.set({ route: POST, kind: 'dead', times: 1 })
    await register('101')
    await worker.drain()

    rig.advance(14_000)
    await worker.drain()
    const early = rig.imis.switchboard.count(/^POST \/api\/Activity$/)
    rig.advance(2000)
    await worker.drain()

    expect(early).toBe(1)
    expect(rows('101')).toEqual([['AC2027', 'A']])
  })

  test('a write that iMIS commits late, within the settle time, is found and not repeated', async () => {
    const hasty = await openRig({ settings: { vendorDeadlineMs: 1000, settleMs: 5000 } })
    const patient = hasty.worker()
    await patient.drain()
    hasty.imis.switchboard.set({ route: POST, kind: 'hold', times: 1 })
    await hasty.cvent.register({
      event: seededEvents.open,
      contact: { firstName: 'P', lastName: 'Q', email: 'p@example.org', sourceId: '101' },
    })
    for (const body of hasty.posted()) await hasty.deliver(body)

    await patient.drain()
    hasty.advance(3000)
    hasty.imis.switchboard.release()
    await expect.poll(() => hasty.imis.activitiesOf('101').length).toBe(1)
    await patient.drain()
    hasty.advance(3000)
    await patient.drain()

    expect(hasty.imis.switchboard.count(/^POST \/api\/Activity$/)).toBe(1)
    expect(hasty.imis.activitiesOf('101')).toHaveLength(1)
    const { state } = await hasty.db
      .selectFrom('registration')
      .select('state')
      .executeTakeFirstOrThrow()
    expect(state).toBe('synced')
    await patient.stop()
    await hasty.close()
  })

  test('a token that ends in the middle of a batch costs nothing', async () => {
    for (const party of ['101', '102', '103', '104', '105']) await register(party)
    rig.imis.switchboard.set({ route: '/api/', kind: 'token-expired', skip: 3, times: 1 })
    rig.cvent.switchboard.set({ route: '/ea/attendees', kind: 'token-expired', times: 1 })

    await worker.drain()

    for (const party of ['101', '102', '103', '104', '105'])
      expect(rows(party)).toEqual([['AC2027', 'A']])
  })

  test('iMIS down for a whole day: nothing is lost, the tries keep their schedule, then all is written', async () => {
    rig.imis.switchboard.set({ route: '.', kind: 'status', status: 503 })
    const { id } = await register('101')
    for (let hour = 0; hour < 24; hour += 1) {
      await worker.drain()
      rig.advance(HOUR)
    }
    const tries = rig.imis.switchboard.calls.length
    const during = await registration(id)

    rig.imis.switchboard.clear()
    await worker.drain()

    expect(during.state).toBe('waiting')
    expect(during.reason).toContain('503')
    expect(tries).toBeLessThanOrEqual(24 * 4)
    expect(rows('101')).toEqual([['AC2027', 'A']])
  })

  test('Cvent down for an hour: nothing is lost', async () => {
    rig.cvent.switchboard.set({ route: '.', kind: 'dead' })
    await register('101')
    for (let minute = 0; minute < 60; minute += 10) {
      await worker.drain()
      rig.advance(600_000)
    }

    rig.cvent.switchboard.clear()
    await worker.drain()

    expect(rows('101')).toEqual([['AC2027', 'A']])
  })

  test('the quota gone at noon: nobody asks again before midnight UTC', async () => {
    rig.cvent.switchboard.set({ route: '/ea/attendees', kind: 'quota' })
    await register('101')
    await worker.drain()
    const before = rig.cvent.switchboard.calls.length
    rig.advance(8 * HOUR)
    await worker.drain()
    const meanwhile = rig.cvent.switchboard.calls.length - before

    rig.cvent.switchboard.clear()
    rig.advance(2 * HOUR)
    await worker.drain()

    expect(meanwhile).toBe(0)
    expect(rows('101')).toEqual([['AC2027', 'A']])
  })

  test('a clock that jumps a day ahead, or an hour back, only shifts the work', async () => {
    await register('101')
    rig.advance(86_400_000)
    await worker.drain()
    await register('102')
    rig.advance(-HOUR)
    await worker.drain()
    rig.advance(2 * HOUR)
    await worker.drain()

    expect(rows('101')).toEqual([['AC2027', 'A']])
    expect(rows('102')).toEqual([['AC2027', 'A']])
  })

  test('what iMIS refuses is dead with the reason, and the others go on', async () => {
    rig.imis.switchboard.set({ route: POST, kind: 'status', status: 400, times: 1 })
    const first = await register('101')
    const second = await register('102')

    await worker.drain()

    const states = await Promise.all([first, second].map(async ({ id }) => registration(id)))
    expect(states.map(({ state }) => state).toSorted()).toEqual(['dead', 'synced'])
    expect(states.find(({ state }) => state === 'dead')?.reason).toContain('400')
    expect(await rig.db.selectFrom('ledger').selectAll().execute()).toHaveLength(1)
  })

  test('an attendee whom Cvent cannot be asked about does not stop those read beside them', async () => {
    rig.cvent.switchboard.set({
      route: '^POST /ea/attendees/filter$',
      kind: 'status',
      status: 400,
      times: 4,
    })
    const all = []
    for (const party of ['101', '102', '104', '105']) all.push(await register(party))

    await worker.drain()

    const states = await Promise.all(all.map(async ({ id }) => registration(id)))
    expect(states.map(({ state }) => state).toSorted()).toEqual([
      'dead',
      'synced',
      'synced',
      'synced',
    ])
  })

  test('a row that staff deleted is reported and not written again, unless the account says so', async () => {
    const { id } = await register('101')
    await worker.drain()
    rig.imis.state.activities.clear()

    rig.advance(1000)
    await rig.cvent.modify(id, { quantityItems: [] })
    for (const body of rig.posted()) await rig.deliver(body)
    await worker.drain()

    expect(rows('101')).toEqual([])
    await expect
      .poll(() => rig.db.selectFrom('log').select('code').execute())
      .toContainEqual({ code: 'activity-gone' })
    expect((await registration(id)).reason).toContain('deleted')
  })

  test('fields that staff filled outside our mapping stay', async () => {
    const { id } = await register('101')
    await worker.drain()
    const [row] = rig.imis.activitiesOf('101')
    if (row) Object.assign(row, { CATEGORY: 'VIP', UF_5: 12 })

    rig.advance(1000)
    await rig.cvent.cancel(id)
    for (const body of rig.posted()) await rig.deliver(body)
    await worker.drain()

    expect(rig.imis.activitiesOf('101')).toMatchObject([
      { STATUS_CODE: 'C', QUANTITY: 0, CATEGORY: 'VIP', UF_5: 12 },
    ])
  })

  test('with every webhook dropped, iMIS equals Cvent after one interval', async () => {
    for (const party of ['101', '102', '103']) {
      await rig.cvent.register({
        event: seededEvents.open,
        contact: {
          firstName: 'Ada',
          lastName: `Quill${party}`,
          email: `p${party}@example.org`,
          sourceId: party,
        },
      })
    }

    rig.advance(HOUR)
    await worker.drain()

    expect([rows('101'), rows('102'), rows('103')]).toEqual([
      [['AC2027', 'A']],
      [['AC2027', 'A']],
      [['AC2027', 'A']],
    ])
  })

  test('a row that an earlier product wrote is adopted instead of a second one', async () => {
    const { id } = await register('104')
    await worker.drain()
    const [ours] = rig.imis.activitiesOf('104')
    if (ours) Object.assign(ours, { UF_2: '', SOURCE_SYSTEM: '', PartyId: '101' })
    await rig.db.deleteFrom('ledger').execute()
    await rig.cvent.cancel(id)

    await register('101')
    await worker.drain()

    const [row, ...others] = rig.imis.activitiesOf('101')
    expect(others).toEqual([])
    expect(row?.SEQN).toBe(ours?.SEQN)
    expect(row?.UF_2).toMatch(/^cvent:/)
  })
})
