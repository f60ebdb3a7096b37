import { afterEach, describe, expect, test } from 'vitest'
import { DIALECTS, freshDatabase, type FreshDatabase } from '../../databases.ts'
import { openCallGates } from '../../../server/vendor-calls/call-quota.ts'
import { retryRegistration } from '../../../db/touches.ts'
import { openGate } from '../../../server/vendor-calls/call-gate.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { openRig, type MortalWorker, type Rig } from './rig.ts'

const HOUR = 3_600_000

describe.for(DIALECTS)('a write that iMIS keeps failing (%s)', (dialect) => {
  let fresh: FreshDatabase
  let rig: Rig
  let worker: MortalWorker
  afterEach(async () => {
    await worker.stop()
    await rig.close()
    await fresh.close()
  })

  async function start(parallelWrites = 1) {
    fresh = await freshDatabase(dialect)
    let now = () => 0
    const gates = openCallGates({ db: fresh.db, now: () => now() })
    let gate = openGate
    rig = await openRig({
      databaseUrl: fresh.url,
      account: (account) => ({ ...account, imis: { ...account.imis, parallelWrites } }),
      gate: {
        enter: (call) => gate.enter(call),
        leave: (fault, request) => gate.leave(fault, request),
      },
      cventGate: openGate,
    })
    now = () => rig.now()
    gate = gates.imis(rig.account)
    worker = rig.worker()
    await worker.drain()
  }

  async function register(sourceId: string) {
    const attendee = await rig.cvent.register({
      event: seededEvents.open,
      contact: { firstName: 'Ada', lastName: 'Quill', email: `a${sourceId}@example.org`, sourceId },
      planner: true,
    })
    return attendee.id
  }

  async function work() {
    for (const body of rig.posted()) await rig.deliver(body)
    await worker.drain()
  }

  async function registration(attendeeId: string) {
    return rig.db
      .selectFrom('registration')
      .selectAll()
      .where('attendeeId', '=', attendeeId)
      .executeTakeFirstOrThrow()
  }

  const posts = () => rig.imis.switchboard.count(/^POST \/api\/Activity$/)

  test('needs attention after a day of tries, is not tried on, and a retry writes it', async () => {
    await start()
    rig.imis.state.settings.brokenParty = { partyId: '101', status: 500 }
    const id = await register('101')
    await work()
    for (let hour = 0; hour < 20; hour += 1) {
      rig.advance(HOUR)
      await work()
    }
    const before = await registration(id)
    for (let hour = 0; hour < 8; hour += 1) {
      rig.advance(HOUR)
      await work()
    }
    const after = await registration(id)
    const tries = posts()
    for (let day = 0; day < 7; day += 1) {
      rig.advance(24 * HOUR)
      await work()
    }

    expect(before.state).toBe('waiting')
    expect(after).toMatchObject({ state: 'dead' })
    expect(after.reason).toContain('for a day')
    expect(tries).toBeLessThan(60)
    expect(posts()).toBe(tries)

    rig.imis.state.settings.brokenParty = null
    await retryRegistration(rig.db, 'nasm', after.id, rig.now())
    await work()
    expect(await registration(id)).toMatchObject({ state: 'synced' })
    expect(rig.imis.activitiesOf('101')).toHaveLength(1)
  })

  test.each([1, 4])('with %i writes at a time it delays nobody else', async (lanes) => {
    await start(lanes)
    rig.imis.state.settings.brokenParty = { partyId: '101', status: 503 }
    const broken = await register('101')
    await work()
    for (let round = 0; round < 12; round += 1) {
      rig.advance(600_000)
      await work()
    }
    const innocent = await Promise.all(['102', '104', '105', '110'].map(register))
    await work()

    const states = await Promise.all(innocent.map(async (id) => (await registration(id)).state))
    expect(states).toEqual(['synced', 'synced', 'synced', 'synced'])
    expect((await registration(broken)).state).toBe('waiting')
    expect(await rig.db.selectFrom('circuitbreaker').select('failures').execute()).toEqual([])
  })

  test('an outage of days gives nobody up', async () => {
    await start()
    rig.imis.state.settings.away = 'iis-503'
    const ids = await Promise.all(['101', '102'].map(register))
    await work()
    for (let day = 0; day < 3; day += 1)
      for (let hour = 0; hour < 24; hour += 2) {
        rig.advance(2 * HOUR)
        await work()
      }
    const during = await Promise.all(ids.map(async (id) => (await registration(id)).state))
    rig.imis.state.settings.away = 'no'
    rig.advance(2 * HOUR)
    await work()

    expect(during).toEqual(['waiting', 'waiting'])
    expect(rig.imis.state.activities.size).toBe(2)
  })

  test.each(['PUT', 'POST'])(
    'an unanswered %s with Retry-After is not sent again before it has settled',
    async (method) => {
      await start()
      const id = await register('101')
      if (method === 'PUT') await work()
      rig.imis.switchboard.set({
        route: `^${method} /api/Activity`,
        kind: 'status',
        status: 503,
        retryAfter: '1',
        times: 1,
      })
      if (method === 'PUT') await rig.cvent.cancel(id)
      const sent = () => rig.imis.switchboard.count(new RegExp(`^${method} /api/Activity`))
      await work()
      const first = sent()
      for (let second = 0; second < 14; second += 1) {
        rig.advance(1000)
        // A further message makes the registration due at once.
        await rig.db.updateTable('registration').set({ dueAt: 0 }).execute()
        await work()
      }
      const early = sent()
      rig.advance(30_000)
      await work()

      expect(early).toBe(first)
      expect(sent()).toBe(first + 1)
      expect(rig.imis.activitiesOf('101')).toMatchObject([
        { STATUS_CODE: method === 'PUT' ? 'C' : 'A' },
      ])
    },
  )

  test.each([
    ['typed', 400],
    ['typed', 500],
    ['plain', 400],
    ['plain', 500],
  ] as const)(
    'an iMIS that takes %s numbers only, and says so with %i: every row is written once',
    async (numbersTaken, numbersRefusedWith) => {
      await start()
      Object.assign(rig.imis.state.settings, { numbersTaken, numbersRefusedWith })
      for (const party of ['101', '102', '110']) await register(party)
      await work()
      rig.advance(HOUR)
      await work()
      await rig.cvent.updateEvent(seededEvents.open, { title: 'Another title' })
      await work()
      rig.advance(HOUR)
      await work()

      const rows = [...rig.imis.state.activities.values()]
      expect(rows).toHaveLength(3)
      expect(new Set(rows.map(({ DESCRIPTION }) => DESCRIPTION))).toEqual(
        new Set(['Another title']),
      )
    },
  )
})
