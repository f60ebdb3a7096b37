import { listEvents } from '../../../db/events.ts'
import { forgetFailures } from '../../../db/failures.ts'
import { retryUnmatched } from '../../../db/touches.ts'
import { purgePlaces } from '../../../db/hand-off-line.ts'
import { purgePartyContacts } from '../../../db/party-contacts.ts'
import {
  purgeApiKeys,
  purgeAssignments,
  purgeAudits,
  purgeCallQuotas,
  purgeLogs,
  purgeMessages,
  purgeRegistrations,
  purgeRuns,
  purgeSetAside,
  purgeUnknownEvents,
} from '../../../db/personal-data/retention.ts'
import { removeUsedTokens } from '../../../db/used-tokens.ts'
import { learnLimits } from '../../vendor-calls/call-quota.ts'
import { Fault } from '../../errors.ts'
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
  for (const purge of purges(job))
    do if (!mayGoOn()) return place
    while ((await purge()) >= A_BATCH)
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

/** What removes a batch of what is too old, one for each kind of data; each says how many rows it found. */
function purges({ db, account, loaded, now }: SyncJob): (() => Promise<number>)[] {
  const { retention } = loaded.account
  const before = (days: number) => now() - days * DAY_MS
  const dayBefore = (days: number) => new Date(before(days)).toISOString().slice(0, 10)
  const { messageDays, unreadMessageDays, logDays, auditDays, registrationDays } = retention
  const { runDays, unknownEventDays, setAsideDays } = retention
  return [
    () => purgeMessages(db, account, before(messageDays), A_BATCH, before(unreadMessageDays)),
    () => purgeLogs(db, account, before(logDays), A_BATCH),
    () => purgeAudits(db, account, before(auditDays), A_BATCH),
    () => purgeApiKeys(db, account, before(auditDays), A_BATCH),
    () => purgeRuns(db, account, before(runDays), A_BATCH),
    () => purgeUnknownEvents(db, account, before(unknownEventDays), A_BATCH),
    () => purgeAssignments(db, account, before(registrationDays), A_BATCH),
    () => purgeSetAside(db, account, before(setAsideDays), A_BATCH),
    async () => {
      await purgeCallQuotas(db, account, dayBefore(logDays))
      return 0
    },
    // Counts and digests are of no use after their day, places in the line not after their hour.
    () => purgePartyContacts(db, account, dayBefore(1), A_BATCH),
    () => purgePlaces(db, now() - 3_600_000, A_BATCH),
    () => removeUsedTokens(db, now(), A_BATCH),
    () => forgetFailures(db, now(), A_BATCH),
  ]
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
