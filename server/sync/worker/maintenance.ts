import { listEvents } from '../../../db/events.ts'
import { forgetFailures } from '../../../db/failures.ts'
import { retryUnmatched } from '../../../db/touches.ts'
import { purgePlaces } from '../../../db/hand-off-line.ts'
import { purgePartyContacts } from '../../../db/party-contacts.ts'
import {
  purgeApiKeys,
  purgeAssignments,
  purgeAudits,
  purgeBudgets,
  purgeLogs,
  purgeMessages,
  purgeRegistrations,
  purgeRuns,
  purgeSetAside,
  purgeUnknownEvents,
} from '../../../db/personal-data/retention.ts'
import { forgetSpent } from '../../../db/used-tokens.ts'
import { learnLimits } from '../../vendor-calls/call-quota.ts'
import { Fault } from '../../errors.ts'
import { snapshotOf } from '../reconcile/event-snapshot.ts'
import { inSliceOf } from './in-slice.ts'
import { isLongOver } from '../reconcile/reconcile-forecast.ts'
import type { TurnDeps } from './job.ts'

/** Small, so that no statement holds up a webhook. */
const A_BATCH = 100
/** Batches in one turn; then the account's other work has its turn, and the rest goes on in the next one. */
const BATCHES_A_TURN = 100
const DAY_MS = 86_400_000

/** How far the day's maintenance of an account has come. */
export interface TidyPlace {
  /** The last registration that was looked at; undefined when all were. */
  after: string | undefined
}

/** Where the day's maintenance begins. */
export const TIDY_START: TidyPlace = { after: '' }

/**
 * What is done once a day for an account: what is older than the account's retention goes, and one-time tokens that could not be
 * repeated anyway; then parties are looked for again for registrations that nobody matched, and Cvent is asked what the
 * account may do.
 *
 * @returns where it goes on in the account's next turn; undefined when it is done for the day
 */
export async function tidy(turn: TurnDeps, place: TidyPlace): Promise<TidyPlace | undefined> {
  const inSlice = inSliceOf(turn)
  let batches = 0
  const mayGoOn = () => batches++ < BATCHES_A_TURN && !turn.isStopping()
  for (const purge of purges(turn))
    do if (!mayGoOn()) return place
    while ((await purge()) >= A_BATCH)
  let { after } = place
  const isOver = await overOf(turn)
  while (after !== undefined) {
    if (!mayGoOn()) return { after }
    const from = after
    after = await inSlice((tx) => purgeRegistrations(tx, turn.account, from, A_BATCH, isOver))
  }
  await retryUnmatchedOfEvents(turn)
  try {
    await learnLimits(turn, turn.account, await turn.cvent.usage(turn.call))
  } catch (error) {
    // Many accounts may not ask; the tier in the account's document holds then.
    if (!(error instanceof Fault)) throw error
  }
  return undefined
}

/** What removes a batch of what is too old, one for each kind of data; each says how many rows it found. */
function purges({ db, account, loaded, now }: TurnDeps): (() => Promise<number>)[] {
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
      await purgeBudgets(db, account, dayBefore(logDays))
      return 0
    },
    // Counts and digests are of no use after their day, places in the line not after their hour.
    () => purgePartyContacts(db, account, dayBefore(1), A_BATCH),
    () => purgePlaces(db, now() - 3_600_000, A_BATCH),
    () => forgetSpent(db, now(), A_BATCH),
    () => forgetFailures(db, now(), A_BATCH),
  ]
}

/** Which registrations are past their retention: by the end of their event, or, where that is not known, by their last change. */
async function overOf({ db, account, loaded, now }: TurnDeps) {
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
async function retryUnmatchedOfEvents(turn: TurnDeps) {
  for (const row of await listEvents(turn.db, turn.account)) {
    const { eventStub, enabled } = row
    if (turn.isStopping()) return
    const endsAt = snapshotOf(row)?.endsAt
    if (enabled === 0 || eventStub === null || isLongOver(endsAt, turn.now())) continue
    await retryUnmatched(turn.db, turn.account, eventStub, turn.now(), inSliceOf(turn))
  }
}
