import { freshDatabase, type Dialect } from '../databases.ts'
import { seededEvents } from '../sandbox/cvent/seed.ts'
import { registerPeople } from '../server/sync/arrivals.ts'
import { openRig } from '../server/sync/rig.ts'

/**
 * A manual sync of so many attendees in one message: the activities written, the calls Cvent counted, how much memory it
 * took (the sandboxes live in the same process; their people are there before) and how long. `keepsCopies`: the event makes a
 * copy of each contact, and the source id is on the original only.
 */
export async function syncEverybody(
  dialect: Dialect,
  people: number,
  options: { keepsCopies?: boolean } = {},
) {
  const fresh = await freshDatabase(dialect)
  const rig = await openRig({ databaseUrl: fresh.url })
  const worker = rig.worker()
  await worker.drain()
  // The messages of each registration are not wanted here, and building them costs the sandbox much.
  await rig.cvent.setWebhook(null)
  const event = rig.cvent.state.events.get(rig.eventStub)
  if (event) event.snapshots = options.keepsCopies ?? false
  await registerPeople(rig, 20_000, people)
  await rig.cvent.setWebhook({ url: 'http://127.0.0.1:9/', token: 'none' })
  await rig.cvent.syncAttendees(seededEvents.open)
  const [body = ''] = rig.posted()
  rig.cvent.switchboard.calls.length = 0

  await rig.deliver(body)
  const before = process.memoryUsage().rss
  let peak = before
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 50)
  const startedAt = performance.now()
  await worker.drain()
  const seconds = (performance.now() - startedAt) / 1000
  clearInterval(watch)

  const { calls } = rig.cvent.switchboard
  const measured = {
    written: rig.imis.state.activities.size,
    calls: calls.filter(({ path }) => path.startsWith('/ea/')).length,
    grownMb: (peak - before) / 2 ** 20,
    seconds,
  }
  await worker.stop()
  await rig.close()
  await fresh.close()
  return measured
}
