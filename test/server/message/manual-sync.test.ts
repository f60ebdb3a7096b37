import { expect, test } from 'vitest'
import { DIALECTS, freshDatabase } from '../../databases.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { openRig } from './rig.ts'

const PEOPLE = 5000

test.for(DIALECTS)(
  'a manual sync of 5,000 attendees takes at most 150 Cvent calls and stays below 300 MB (%s)',
  { timeout: 240_000 },
  async (dialect) => {
    const fresh = await freshDatabase(dialect)
    const rig = await openRig({ databaseUrl: fresh.url })
    const worker = rig.worker()
    await worker.drain()
    const template = rig.imis.state.parties.get('101')
    for (let at = 0; at < PEOPLE; at += 1) {
      const partyId = String(20_000 + at)
      if (template) rig.imis.state.parties.set(partyId, { ...template, partyId })
      await rig.cvent.register({
        event: seededEvents.open,
        planner: true,
        contact: {
          firstName: 'P',
          lastName: partyId,
          email: `p${partyId}@example.org`,
          sourceId: partyId,
        },
      })
    }
    rig.posted()
    await rig.cvent.syncAttendees(seededEvents.open)
    const [body, ...others] = rig.posted()
    rig.cvent.switchboard.calls.length = 0

    await rig.deliver(body ?? '')
    const before = process.memoryUsage().rss
    let peak = 0
    const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 50)
    await worker.drain()
    clearInterval(watch)

    const calls = rig.cvent.switchboard.calls.filter(({ path }) => path.startsWith('/ea/')).length
    expect(others).toEqual([])
    expect(rig.imis.state.activities.size).toBe(PEOPLE)
    expect(calls).toBeLessThanOrEqual(150)
    // Both sandboxes with all their people live in this process; what the sync adds is ours.
    expect((peak - before) / 2 ** 20).toBeLessThan(300)
    await worker.stop()
    await rig.close()
    await fresh.close()
  },
)
