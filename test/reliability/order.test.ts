import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DIALECTS, freshDatabase, type FreshDatabase } from '../databases.ts'
import { acquireLease } from '../../db/leases.ts'
import { settle } from '../../db/registration-claims.ts'
import { seededEvents } from '../sandbox/cvent/seed.ts'
import { shuffleChanges } from './order.ts'
import { openRig, type Rig } from '../server/sync/rig.ts'

test.for(DIALECTS)(
  'changes in any order, each message twice, four workers: everybody stands at their newest state, by one write at a time (%s)',
  { timeout: 300_000 },
  async (dialect) => {
    const seen = await shuffleChanges(dialect, { registrations: 30, changes: 5 })

    expect(seen).toMatchObject({ newest: 30, writesInFlight: 1 })
  },
)

test.for(DIALECTS)(
  'control: where every worker is granted the lease, two writes are in flight (%s)',
  { timeout: 300_000 },
  async (dialect) => {
    const seen = await shuffleChanges(dialect, { registrations: 60, changes: 0, isLocked: false })

    expect(seen.writesInFlight).toBeGreaterThan(1)
  },
)

describe.for(DIALECTS)('several workers on one account (%s)', (dialect) => {
  let fresh: FreshDatabase
  let rig: Rig
  beforeEach(async () => {
    fresh = await freshDatabase(dialect)
    rig = await openRig({ databaseUrl: fresh.url })
  })
  afterEach(async () => {
    await rig.close()
    await fresh.close()
  })

  function register(party: string) {
    return rig.cvent.register({
      event: seededEvents.open,
      contact: {
        firstName: 'P',
        lastName: party,
        email: `p${party}@example.org`,
        sourceId: party,
      },
    })
  }

  test('a worker that was paused past its lease stores nothing of what it did', async () => {
    const paused = rig.worker({ owner: 'paused' })
    const other = rig.worker({ owner: 'other' })
    await register('101')
    for (const body of rig.posted()) await rig.deliver(body)
    rig.imis.switchboard.set({ route: '^POST /api/Activity$', kind: 'hold', times: 1 })

    const frozen = paused.drain()
    await rig.imis.switchboard.held()
    rig.advance(61_000)
    await other.drain()
    const stolen = await rig.db.selectFrom('lease').selectAll().executeTakeFirstOrThrow()
    rig.imis.switchboard.release()
    await frozen
    const [row] = await rig.db.selectFrom('ledger').selectAll().execute()
    const written = rig.imis.activitiesOf('101').map(({ SEQN }) => String(SEQN))

    // The frozen POST came after the other's search: the one window that stays open, which the orphan check reports.
    expect(stolen.owner).toBe('other')
    expect(written).toHaveLength(2)
    expect(row?.state).toBe('written')
    expect(row?.seqn).toBe(written[0])
    await Promise.all([paused.stop(), other.stop()])
  })

  test('a result is kept only while the lease it was worked out under is ours', async () => {
    await register('101')
    for (const body of rig.posted()) await rig.deliver(body)
    const worker = rig.worker()
    await worker.drain()
    await worker.stop()
    const { id } = await rig.db.selectFrom('registration').select('id').executeTakeFirstOrThrow()
    const mine = await acquireLease(rig.db, 'account:nasm', 'first', rig.now(), rig.now() + 1000)
    rig.advance(2000)
    const theirs = await acquireLease(rig.db, 'account:nasm', 'second', rig.now(), rig.now() + 1000)
    if (!mine || !theirs) throw new Error('both had the lease in their time')

    const stale = await settle(rig.db, mine, id, 1, { state: 'dead' }, rig.now())
    const fresh = await settle(rig.db, theirs, id, 1, { state: 'dead' }, rig.now())

    expect([stale, fresh]).toEqual([false, true])
  })
})
