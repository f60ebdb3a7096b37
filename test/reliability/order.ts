import { DateTime } from 'luxon'
import { Agent, request } from 'undici'
import { expect, vi } from 'vitest'
import type { Dialect } from '../databases.ts'
import { sandboxWebhookToken } from '../sandbox/cvent/server.ts'
import { startServer, type TestServer } from '../start-server.ts'
import { registerParty, registerPeople, type Arrival } from '../server/sync/arrivals.ts'
import { waitUntilIdle } from '../server/sync/wait-until-idle.ts'
import { withStandIns } from './stand-ins.ts'
import { startInstance } from './survival.ts'

const WORKERS = 4
const FIRST_PARTY = 40_001
const SENDERS = 16

/**
 * R7: everybody registers and changes so many times while four worker processes share the account; each change's message
 * comes twice, in any order, many of them long after the change. `groupSize` change together, and each write takes iMIS
 * `writeMs`. `isLocked` false is the control: whoever asks has the lease.
 */
export async function shuffleChanges(
  dialect: Dialect,
  {
    registrations,
    changes,
    groupSize = registrations,
    writeMs = 60,
    isLocked = true,
  }: {
    registrations: number
    changes: number
    groupSize?: number
    writeMs?: number
    isLocked?: boolean
  },
) {
  const observer = await startServer({
    dialect,
    realTime: true,
    cvent: { switches: { enforceLimits: false, dropWebhooks: true } },
  })
  const { imis, cvent, db } = observer
  // A write that is over at once would seldom meet another.
  imis.switchboard.set({ route: '^(POST|PUT) /api/Activity', kind: 'latency', ms: writeMs })
  const standIns = isLocked ? {} : { '../../db/leases.ts': 'unlocked-leases.ts' }
  const env = { ROLE: 'worker', LOG_LEVEL: 'info', ...withStandIns(standIns) }
  const workers = await Promise.all(
    Array.from({ length: WORKERS }, () => startInstance(observer, env)),
  )
  await waitUntilIdle(observer)
  const owners = watchOwners(observer)
  const people = await registerPeople(observer, FIRST_PARTY, registrations)
  const groups = Array.from({ length: Math.ceil(registrations / groupSize) }, (_, at) =>
    people.slice(at * groupSize, (at + 1) * groupSize),
  )
  const steps = groups.flatMap((group) => Array.from({ length: changes }, () => group))
  const late: string[] = []
  let taken = 0
  for (const [at, group] of [[], ...shuffled(steps)].entries()) {
    for (const person of shuffled(group)) await changeOne(observer, person)
    const bodies = cvent.deliveries.slice(taken).map(({ body }) => body)
    taken = cvent.deliveries.length
    late.push(...bodies, ...bodies)
    // Some come now, among them older ones; the rest comes later.
    const now = shuffled(late.splice(0))
    late.push(...now.splice(Math.floor(now.length / 2)))
    const read = cvent.switchboard.calls.length
    await send(observer, now)
    // The next change comes while a worker is at this one, or when all of them wait for who is first.
    if (isLocked && at % 2 === 1) await waitUntilIdle(observer)
    else
      await vi.waitFor(() => expect(cvent.switchboard.calls.length).toBeGreaterThan(read), 30_000)
  }
  await send(observer, shuffled(late))
  if (isLocked) await waitUntilIdle(observer, 60 * 60_000)
  else
    await vi
      .waitFor(() => expect(imis.state.parallelWritePeak).toBeGreaterThan(1), 30_000)
      .catch(() => undefined)
  const jobs = await owners.stop()
  await Promise.all(workers.map((worker) => worker.stop()))

  const ledger = await db.selectFrom('ledger').selectAll().execute()
  const rows = await db.selectFrom('registration').selectAll().execute()
  const newest = people.filter(({ partyId, attendeeId }) => {
    const attendee = cvent.state.attendees.get(attendeeId)
    const row = rows.find((one) => one.attendeeId === attendeeId)
    const [activity, ...others] = imis.activitiesOf(partyId)
    // Who had cancelled by the time they were read first has no row.
    if (!activity && attendee?.status === 'Cancelled' && row?.status === 'Cancelled') return true
    const seqn = ledger.find((one) => one.attendeeId === attendeeId)?.seqn
    return (
      others.length === 0 &&
      row?.status === attendee?.status &&
      row?.syncedVersion === row?.wantedVersion &&
      String(activity?.SEQN) === seqn &&
      activity?.STATUS_CODE === (attendee?.status === 'Accepted' ? 'A' : 'C') &&
      activity.UF_6 === siteTime(attendee?.registrationLastModified)
    )
  })
  return {
    people: people.length,
    messages: taken,
    newest: newest.length,
    writesInFlight: imis.state.parallelWritePeak,
    ...jobs,
  }
}

/** Registered or not, and otherwise changed: what they are next depends on what they are. */
async function changeOne({ cvent }: TestServer, { attendeeId, partyId }: Arrival) {
  const attendee = cvent.state.attendees.get(attendeeId)
  if (attendee?.status !== 'Accepted') await registerParty({ cvent }, partyId)
  else if (Math.random() < 0.5) await cvent.cancel(attendeeId)
  else await cvent.modify(attendeeId, { answers: [] })
}

function siteTime(moment: string | null | undefined) {
  return moment
    ? DateTime.fromISO(moment, { zone: 'America/New_York' }).toFormat("yyyy-MM-dd'T'HH:mm:ss")
    : null
}

function shuffled<T>(items: T[]): T[] {
  const drawn = items.map((item) => ({ item, at: Math.random() }))
  return drawn.toSorted((a, b) => a.at - b.at).map(({ item }) => item)
}

async function send({ url, account }: TestServer, bodies: string[]) {
  const dispatcher = new Agent({ connections: SENDERS })
  const left = [...bodies]
  async function sender() {
    for (let body = left.pop(); body !== undefined; body = left.pop()) {
      const answer = await request(`${url}/webhooks/cvent/${account}`, {
        method: 'POST',
        headers: { authorization: sandboxWebhookToken },
        body,
        dispatcher,
      })
      await answer.body.dump()
      if (answer.statusCode !== 200) left.push(body)
    }
  }
  await Promise.all(Array.from({ length: SENDERS }, sender))
  await dispatcher.close()
}

/** How often the account's lease was taken, and by how many of the workers as far as a reconcile every few ms can tell. */
function watchOwners({ db }: TestServer) {
  const owners = new Set<string>()
  let jobs = 0
  const timer = setInterval(() => void look(), 10)
  async function look() {
    const lease = await db.selectFrom('lease').selectAll().executeTakeFirst()
    if (!lease) return
    owners.add(lease.owner)
    jobs = lease.fence
  }
  return {
    async stop() {
      clearInterval(timer)
      await look()
      return { jobs, owners: owners.size }
    },
  }
}
