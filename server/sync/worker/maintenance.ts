import { listEvents } from '../../../db/events.ts'
import { retryUnmatched } from '../../../db/touches.ts'
import { purgeRegistrations } from '../../../db/personal-data/retention.ts'
import { learnLimits } from '../../vendor-calls/call-quota.ts'
import { Fault } from '../../errors.ts'
import { RETENTION_KINDS } from '../../people/retention-kinds.ts'
import { snapshotOf } from '../reconcile/event-snapshot.ts'
import { inSliceOf } from './in-slice.ts'
import { isLongOver } from '../reconcile/reconcile-forecast.ts'
import type { SyncJob } from './job.ts'

/** Small, so that no statement holds up a webhook. */
const A_BATCH = 100
/** Batches in one job; then the account's other work has its turn, and the rest goes on in the next one. */
const BATCHES_A_TURN = 100
const DAY_MS = 86_400_000

/** How far the day's maintenance of an account has come. */
export interface MaintenancePlace {
  /** The last registration that was looked at; undefined when all were. */
  after: string | undefined
}

/** Where the day's maintenance begins. */
export const MAINTENANCE_START: MaintenancePlace = { after: '' }

/**
 * What is done once a day for an account: what is older than the account's retention goes, and one-time tokens that could not be
 * repeated anyway; then parties are looked for again for registrations that nobody matched, and Cvent is asked what the
 * account may do.
 *
 * @returns where it goes on in the account's next job; undefined when it is done for the day
 */
export async function runMaintenance(
  job: SyncJob,
  place: MaintenancePlace,
): Promise<MaintenancePlace | undefined> {
  const inSlice = inSliceOf(job)
  let batches = 0
  const mayGoOn = () => batches++ < BATCHES_A_TURN && !job.isStopping()
  const { db, account, now } = job
  const aged = { db, account, retention: job.loaded.account.retention, now: now() }
  for (const purge of RETENTION_KINDS.flatMap(({ purges }) => purges))
    do if (!mayGoOn()) return place
    while ((await purge(aged, A_BATCH)) >= A_BATCH)
  let { after } = place
  const isOver = await overOf(job)
  while (after !== undefined) {
    if (!mayGoOn()) return { after }
    const from = after
    after = await inSlice((tx) => purgeRegistrations(tx, job.account, from, A_BATCH, isOver))
  }
  await retryUnmatchedOfEvents(job)
  try {
    await learnLimits(job, job.account, await job.cvent.usage(job.call))
  } catch (error) {
    // Many accounts may not ask; the tier in the account's document holds then.
    if (!(error instanceof Fault)) throw error
  }
  return undefined
}

/** Which registrations are past their retention: by the end of their event, or, where that is not known, by their last change. */
async function overOf({ db, account, loaded, now }: SyncJob) {
  const before = now() - loaded.account.retention.registrationDays * DAY_MS
  const endsOf = new Map(
    (await listEvents(db, account)).map((row) => [row.eventCode, snapshotOf(row)?.endsAt]),
  )
  return (row: { eventCode: string | null; updatedAt: number; state: string }) => {
    const endsAt = row.eventCode === null ? undefined : endsOf.get(row.eventCode)
    if (endsAt === undefined) return row.updatedAt < before
    return endsAt < before && (row.state !== 'waiting' || row.updatedAt < before)
  }
}

/**
 * Looks again for the parties of people nobody matched: of events that are to come, or were over a month ago at most. After
 * that a person decides.
 */
async function retryUnmatchedOfEvents(job: SyncJob) {
  for (const row of await listEvents(job.db, job.account)) {
    const { eventStub, enabled } = row
    if (job.isStopping()) return
    const endsAt = snapshotOf(row)?.endsAt
    if (enabled === 0 || eventStub === null || isLongOver(endsAt, job.now())) continue
    await retryUnmatched(job.db, job.account, eventStub, job.now(), inSliceOf(job))
  }
}
