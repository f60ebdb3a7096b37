import type { Kysely } from 'kysely'
import type { Database } from '../../db/database.ts'
import { touch } from '../../db/touches.ts'
import { freshDatabase, type Dialect } from '../databases.ts'
import type { CventSandbox } from '../sandbox/cvent/server.ts'
import { seededEvents } from '../sandbox/cvent/seed.ts'
import type { ImisSandbox } from '../sandbox/imis/server.ts'
import { startServer } from '../start-server.ts'
import { median } from '../figures.ts'
import { registerPeople, type Arrival } from '../server/sync/arrivals.ts'
import { openRig } from '../server/sync/rig.ts'

export type Vendor = 'imis' | 'cvent'

const HOUR = 3_600_000
const FIRST_TRY_MS = 5000
/** What must be over by then, in the turned clock: the breaker's longest time and a registration's longest wait. */
const RECOVERED_AFTER_MS = 2 * HOUR

/** What a server and a rig have in common: a turned clock, both vendors, and a worker that moves when it is told to. */
interface Site {
  db: Kysely<Database>
  imis: ImisSandbox
  cvent: CventSandbox
  now(): number
  advance(ms: number): void
  drain(): Promise<void>
}

/**
 * R9: a vendor is down for an hour of the turned clock, again and again, between rounds without an outage. Rates are
 * registrations brought to iMIS per second of real time: `normal` without an outage, `after` once the vendor is back.
 */
export async function outlast(
  dialect: Dialect,
  vendor: Vendor,
  options: { people: number; rounds: number; stepMs: number },
) {
  const server = await startServer({ dialect })
  const { imis, cvent, db, account } = server
  const normal: number[] = []
  const after: number[] = []
  const figures = {
    people: 0,
    dropped: 0,
    duplicates: 0,
    refusedMessages: 0,
    /** Of each outage: the vendor's calls, those made while the breaker was open, and how often it let one try. */
    callsInHour: [] as number[],
    callsWhileOpen: 0,
    trials: [] as number[],
    stillOpen: 0,
    /** The most calls that one round of catching up took from Cvent, whose calls are counted by the day. */
    cventCallsAfter: 0,
    /** The longest time from the vendor's return until everything was in iMIS, by the turned clock. */
    recoveryMs: 0,
  }
  const eventStub = [...cvent.state.events.values()].find(
    ({ code }) => code === seededEvents.open,
  )?.id
  let nextParty = 30_000

  async function arrive(): Promise<Arrival[]> {
    const arrivals = await registerPeople(server, nextParty, options.people)
    nextParty += options.people
    await cvent.settled()
    figures.people += arrivals.length
    return arrivals
  }

  async function withoutOutage() {
    // Their messages are left out, so that both kinds of rounds begin with registrations that are due.
    cvent.switches.dropWebhooks = true
    const arrivals = await arrive()
    cvent.switches.dropWebhooks = false
    const touches = arrivals.map(({ attendeeId }) => ({ attendeeId, eventStub }))
    await touch(db, account, touches, server.now())
    // An hour here too: what is done by the hour beside them is then part of both kinds.
    server.advance(HOUR)
    const { seconds } = await drainAll(server, options.stepMs)
    normal.push(arrivals.length / seconds)
    count(arrivals)
  }

  async function withOutage() {
    const messages = cvent.deliveries.length
    takeDown(server[vendor])
    const arrivals = await arrive()
    figures.refusedMessages += cvent.deliveries
      .slice(messages)
      .filter(({ status }) => status !== 200).length
    const seen = await passHour(server, vendor, options.stepMs)
    figures.callsInHour.push(seen.calls)
    figures.callsWhileOpen += seen.callsWhileOpen
    figures.trials.push(seen.trials)
    server[vendor].switchboard.clear()
    const calls = cvent.switchboard.calls.length
    const { seconds, passedMs } = await drainAll(server, options.stepMs)
    const made = cvent.switchboard.calls.length - calls
    figures.cventCallsAfter = Math.max(figures.cventCallsAfter, made)
    figures.recoveryMs = Math.max(figures.recoveryMs, passedMs)
    after.push(arrivals.length / seconds)
    figures.stillOpen += (await db.selectFrom('circuitbreaker').select('vendor').execute()).length
    count(arrivals)
  }

  function count(arrivals: Arrival[]) {
    for (const { partyId } of arrivals) {
      const rows = imis.activitiesOf(partyId).length
      if (rows === 0) figures.dropped += 1
      if (rows > 1) figures.duplicates += 1
    }
    // What the sandboxes remember makes their later calls slower, which is no matter of ours.
    imis.state.activities.clear()
    const { attendees, orders, orderItems, transactions, enrollments } = cvent.state
    for (const list of [attendees, orders, orderItems, transactions, enrollments]) list.clear()
  }

  await server.drain()
  // The first of a process is the slowest, and belongs to neither kind.
  await withoutOutage()
  normal.length = 0
  for (let round = 0; round < options.rounds; round += 1) {
    const kinds = [withoutOutage, withOutage]
    for (const kind of round % 2 === 0 ? kinds : kinds.toReversed()) await kind()
  }
  const tries = await triesOf(db)
  return {
    ...figures,
    ...tries,
    normal: median(normal),
    after: median(after),
    /** The middle one of the rounds' own: the two of a round lie side by side, on a machine that may do other things. */
    ratio: median(after.map((rate, round) => rate / (normal[round] ?? NaN))),
  }
}

/** The same hour where nothing stands before the calls: a control of the breaker, and each item's own schedule. */
export async function outlastWithoutBreaker(
  dialect: Dialect,
  vendor: Vendor,
  options: { people: number; stepMs: number },
) {
  const fresh = await freshDatabase(dialect)
  const rig = await openRig({ databaseUrl: fresh.url })
  const worker = rig.worker()
  await worker.drain()
  takeDown(rig[vendor])
  await registerPeople(rig, 30_000, options.people)
  for (const body of rig.posted()) await rig.deliver(body)
  const site = { ...rig, drain: () => worker.drain() }
  const { calls } = await passHour(site, vendor, options.stepMs)
  rig[vendor].switchboard.clear()
  await drainAll(site, options.stepMs)
  const tries = await triesOf(rig.db)
  const written = rig.imis.state.activities.size
  await worker.stop()
  await rig.close()
  await fresh.close()
  return { ...tries, calls, written }
}

function takeDown({ switchboard }: ImisSandbox | CventSandbox) {
  // Half of the calls find nobody, the others a server that only says it is out of order.
  switchboard.set({ route: '(GET|oauth2)', kind: 'dead' })
  switchboard.set({ route: '.', kind: 'status', status: 503 })
}

async function passHour(site: Site, vendor: Vendor, stepMs: number) {
  const { calls } = site[vendor].switchboard
  const before = calls.length
  const endsAt = site.now() + HOUR
  let callsWhileOpen = 0
  let trials = 0
  while (site.now() < endsAt) {
    const openUntil = await openUntilOf(site.db, vendor)
    const made = calls.length
    await site.drain()
    if (openUntil > site.now()) callsWhileOpen += calls.length - made
    else if (openUntil > 0 && calls.length > made) trials += 1
    site.advance(stepMs)
  }
  return { calls: calls.length - before, callsWhileOpen, trials }
}

async function openUntilOf(db: Kysely<Database>, vendor: Vendor): Promise<number> {
  const row = await db
    .selectFrom('circuitbreaker')
    .select('openUntil')
    .where('vendor', '=', vendor)
    .executeTakeFirst()
  return row?.openUntil ?? 0
}

/** Turns clock and worker until every registration is in iMIS; the seconds are those in which the worker called a vendor. */
async function drainAll(site: Site, stepMs: number) {
  const beganAt = site.now()
  let ms = 0
  for (;;) {
    const made = site.imis.switchboard.calls.length + site.cvent.switchboard.calls.length
    const startedAt = performance.now()
    await site.drain()
    const isIdle = site.imis.switchboard.calls.length + site.cvent.switchboard.calls.length === made
    if (!isIdle) ms += performance.now() - startedAt
    const left = await site.db
      .selectFrom('registration')
      .select('id')
      .where('state', '!=', 'synced')
      .limit(1)
      .execute()
    const passedMs = site.now() - beganAt
    if (left.length === 0 || passedMs > RECOVERED_AFTER_MS) return { seconds: ms / 1000, passedMs }
    site.advance(stepMs)
  }
}

/**
 * The tries of every registration that failed, as the account log has them: the most any of them had, and how many came before
 * their time, out of order, or chose a next moment that is not 5 s doubled for each failure, up to an hour, less a fifth.
 */
async function triesOf(db: Kysely<Database>) {
  const lines = await db
    .selectFrom('log')
    .select(['registrationId', 'at', 'detail'])
    .where('code', '=', 'registration-rescheduled')
    .orderBy('at')
    .orderBy('id')
    .execute()
  const expected = new Map<string, { attempt: number; notBefore: number }>()
  let mostTries = 0
  let offSchedule = 0
  for (const { registrationId, at, detail } of lines) {
    // Written by the worker in this shape; a line without it counts as off schedule.
    const { attempt, dueAt = 0 } = JSON.parse(detail ?? '{}') as { attempt: number; dueAt?: number }
    const key = registrationId ?? ''
    const { attempt: wanted, notBefore } = expected.get(key) ?? { attempt: 1, notBefore: 0 }
    const fullMs = Math.min(FIRST_TRY_MS * 2 ** (attempt - 1), HOUR)
    const waitMs = dueAt - at
    const isOnSchedule =
      attempt === wanted && at >= notBefore && waitMs >= fullMs * 0.8 - 1 && waitMs <= fullMs
    if (!isOnSchedule) offSchedule += 1
    mostTries = Math.max(mostTries, attempt)
    expected.set(key, { attempt: attempt + 1, notBefore: dueAt })
  }
  return { failures: lines.length, mostTries, offSchedule }
}
