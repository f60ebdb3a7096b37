import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, vi } from 'vitest'
import { timelineLogs } from '../../db/lists/timeline.ts'
import { registrationsOfAttendees } from '../../db/registrations.ts'
import { askForReconcile } from '../../server/sync/reconcile/reconcile-event.ts'
import type { ChildServer } from '../child-server.ts'
import type { Dialect } from '../databases.ts'
import { seededEvents } from '../sandbox/cvent/seed.ts'
import { startServer, type TestServer } from '../start-server.ts'
import { registerPeople, type Arrival } from '../server/sync/arrivals.ts'
import { waitUntilIdle } from '../server/sync/wait-until-idle.ts'
import { startInstance } from './survival.ts'
import { callWitness, signed, staleWrites, type Sworn } from './witness.ts'

const WRITERS = ['one', 'other']
const LEASE_MS = 1000
const FIRST_PARTY = 30_001
const LOST = /went to another worker/g
const ENV = {
  ROLE: 'worker',
  LOG_LEVEL: 'info',
  LEASE_MS: String(LEASE_MS),
  VENDOR_DEADLINE_MS: '500',
  SETTLE_MS: '200',
}
/** A pause of one that holds the database's own lock lets nobody take over; it is ended after this long. */
const NOBODY_COMES_MS = LEASE_MS + 3000

/**
 * R5: of two workers the one at work is stopped (SIGSTOP) at random moments until the other has taken its account over, and
 * then let go on while the other may still be at it. Every `aimedEvery`-th pause is made while a worker's POST is on its way:
 * it takes effect after the other has searched iMIS. `isFenced` false is the control: workers that do not check whose the
 * lease is.
 */
export async function pauseWorkers(
  dialect: Dialect,
  {
    pauses,
    aimedEvery,
    isFenced = true,
  }: { pauses: number; aimedEvery: number; isFenced?: boolean },
) {
  const observer = await startServer({
    dialect,
    realTime: true,
    cvent: { switches: { enforceLimits: false } },
  })
  const { imis, databaseUrl } = observer
  imis.state.settings.latencyMs = 10
  const witness = await callWitness(observer.db)
  const standIns = isFenced ? {} : { '../../db/leases.ts': 'unfenced-leases.ts' }
  const workers = new Map(
    await Promise.all(
      WRITERS.map(async (writer): Promise<[string, ChildServer]> => {
        const env = await signed(dialect, databaseUrl, writer, standIns)
        return [writer, await startInstance(observer, { ...ENV, ...env })]
      }),
    ),
  )
  await waitUntilIdle(observer)
  const people = openCrowd(observer)
  let paused = 0
  let unheeded = 0
  while (paused < pauses && unheeded < pauses + 20) {
    const isAimed = paused % aimedEvery === aimedEvery - 1
    if (isAimed) imis.switchboard.set({ route: '^POST /api/Activity$', kind: 'hold', times: 1 })
    await people.change()
    const before = await holder(observer)
    const frozen = workers.get((await witness.writerOf(before.owner)) ?? '')
    if (!frozen) throw new Error('the lease is not in a worker of ours')
    if (isAimed) await Promise.race([imis.switchboard.held(), delay(10_000)])
    else await delay(Math.random() * 400)
    const wentOver = await freezeUntilTaken(observer, frozen, before.owner)
    // The other has written what it did not find, or is anywhere in its work.
    if (wentOver) await (isAimed ? waitUntilIdle(observer) : delay(Math.random() * 800))
    imis.switchboard.release()
    frozen.process.kill('SIGCONT')
    if (wentOver) paused += 1
    else unheeded += 1
    imis.switchboard.clear()
    await (isFenced ? waitUntilIdle(observer) : overwritten(witness))
  }
  // What this process asks for is not signed.
  await witness.dismiss('event')
  if (isFenced) await sweep(observer)
  const sworn = await witness.sworn()
  await Promise.all([...workers.values()].map((worker) => worker.stop()))
  const doubles = await findDoubles(observer, sworn)
  return {
    pauses: paused,
    unheeded,
    writes: sworn.length,
    stale: staleWrites(sworn).length,
    /** How often a worker noticed that its lease was gone and dropped what it had. */
    turnedAway: [...workers.values()].flatMap((worker) => worker.output().match(LOST) ?? []).length,
    backwards: sworn.filter(({ before, after }) => (after ?? 0) < (before ?? 0)).length,
    ...(await people.compare()),
    duplicates: doubles.length,
    outsideTheWindow: doubles.filter(({ isInWindow }) => !isInWindow).length,
    reported: doubles.filter(({ isReported }) => isReported).length,
  }
}

/** In the control: waits until somebody has written without the lease. */
async function overwritten(witness: Awaited<ReturnType<typeof callWitness>>) {
  await vi
    .waitFor(async () => expect(staleWrites(await witness.sworn())).not.toEqual([]), 20_000)
    .catch(() => undefined)
}

/** Who holds the account's lease, waited for. */
async function holder(observer: TestServer) {
  for (const startedAt = performance.now(); performance.now() - startedAt < 30_000;) {
    const lease = await leaseOf(observer)
    if (lease && lease.leaseUntil > Date.now()) return lease
    await delay(1)
  }
  throw new Error('nobody took the lease')
}

function leaseOf({ db }: TestServer) {
  return db.selectFrom('lease').selectAll().executeTakeFirst()
}

/** @returns whether the lease ran out in the frozen one's hands and went to another */
async function freezeUntilTaken(observer: TestServer, { process }: ChildServer, owner: string) {
  process.kill('SIGSTOP')
  while (!/^State:\tT/m.test(readFileSync(`/proc/${process.pid}/status`, 'utf8'))) await delay(1)
  const before = await leaseOf(observer)
  if (before?.owner !== owner || before.leaseUntil === 0) return false
  const frozenAt = performance.now()
  while (performance.now() - frozenAt < NOBODY_COMES_MS) {
    const lease = await leaseOf(observer)
    if (lease && lease.owner !== owner) return true
    await delay(5)
  }
  return false
}

/** People with a party each, of whom a few register at every change, and one of the earlier ones cancels. */
function openCrowd({ imis, cvent, db }: TestServer) {
  const registered: Arrival[] = []
  return {
    async change() {
      const earlier = registered[Math.floor(Math.random() * registered.length)]
      const firstId = FIRST_PARTY + registered.length
      registered.push(...(await registerPeople({ imis, cvent }, firstId, 4)))
      if (earlier && cvent.state.attendees.get(earlier.attendeeId)?.status === 'Accepted')
        await cvent.cancel(earlier.attendeeId)
    },
    /** People without their row, and rows we keep that do not say what Cvent says. */
    async compare() {
      const ledger = await db.selectFrom('ledger').selectAll().execute()
      let missing = 0
      let wrong = 0
      for (const { attendeeId, partyId } of registered) {
        const seqn = ledger.find((row) => row.attendeeId === attendeeId)?.seqn
        const kept = imis.activitiesOf(partyId).find(({ SEQN }) => String(SEQN) === seqn)
        const status = cvent.state.attendees.get(attendeeId)?.status === 'Accepted' ? 'A' : 'C'
        if (!kept) missing += 1
        else if (kept.STATUS_CODE !== status) wrong += 1
      }
      return { people: registered.length, missing, wrong }
    },
  }
}

/** Asks for a full reconcile at the event, as an admin would, and waits for its end. */
async function sweep(observer: TestServer) {
  const startedAt = Date.now()
  await askForReconcile(observer.db, observer.account, seededEvents.open, startedAt, { all: true })
  await expect
    .poll(
      async () => {
        const { orphansCheckedAt } = await observer.db
          .selectFrom('event')
          .select('orphansCheckedAt')
          .where('eventCode', '=', seededEvents.open)
          .executeTakeFirstOrThrow()
        return (orphansCheckedAt ?? 0) >= startedAt
      },
      { timeout: 60_000 },
    )
    .toBe(true)
  await waitUntilIdle(observer)
}

/**
 * Keys of ours that iMIS holds more than once. Each row more must come from an intent of its own, stored under a lease of
 * its own: a worker that checked, was frozen, and wrote after another had taken over and found nothing.
 */
async function findDoubles({ db, imis, account }: TestServer, sworn: Sworn[]) {
  const ledger = await db.selectFrom('ledger').selectAll().execute()
  const doubles: { isInWindow: boolean; isReported: boolean }[] = []
  for (const { partyId, attendeeId, ledgerKey } of ledger) {
    const key = `cvent:${attendeeId}`
    const rows = imis.activitiesOf(partyId).filter(({ UF_2 }) => UF_2 === key)
    if (rows.length < 2) continue
    const fences = sworn
      .filter(
        ({ what, rowKey, state }) =>
          what === 'ledger' && rowKey === ledgerKey && state === 'intended',
      )
      .map(({ fence }) => fence)
    const [registration] = await registrationsOfAttendees(db, account, [attendeeId])
    const timeline = registration ? await timelineLogs(db, registration) : []
    const report = timeline.find(({ code }) => code === 'activity-twice')?.text ?? ''
    doubles.push({
      isInWindow: new Set(fences).size >= rows.length,
      isReported:
        report.includes(partyId) && rows.every(({ SEQN }) => report.includes(String(SEQN))),
    })
  }
  return doubles
}
