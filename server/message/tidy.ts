import { listEvents } from '../../db/events.ts'
import { whileOurs } from '../../db/leases.ts'
import { retryUnmatched } from '../../db/registrations.ts'
import { purgePlaces } from '../../db/hand-off-line.ts'
import { purgePartyContacts } from '../../db/party-contacts.ts'
import { purgeLogs, purgeMessages } from '../../db/retention.ts'
import { forgetSpent } from '../../db/spent.ts'
import { learnLimits } from '../budget.ts'
import { Fault } from '../errors.ts'
import { snapshotOf } from './event.ts'
import { isLongOver } from './reconcile-forecast.ts'
import type { TurnDeps } from './turn.ts'

/** Small, so that no statement holds up a webhook. */
const A_BATCH = 100

/**
 * What is done once a day for an account: old messages and log lines go, and sign-ons that could not be repeated anyway; parties are looked for again for
 * registrations that nobody matched, and Cvent is asked what the account may do.
 */
export async function tidy(turn: TurnDeps): Promise<void> {
  const { messageDays, logDays } = turn.loaded.account.retention
  const messagesBefore = turn.now() - messageDays * 86_400_000
  const logsBefore = turn.now() - logDays * 86_400_000
  await inBatches(turn, () => purgeMessages(turn.db, turn.account, messagesBefore, A_BATCH))
  await inBatches(turn, () => purgeLogs(turn.db, turn.account, logsBefore, A_BATCH))
  // Counts and digests are of no use after their day, places in the line not after their hour.
  const before = new Date(turn.now() - 86_400_000).toISOString().slice(0, 10)
  await inBatches(turn, () => purgePartyContacts(turn.db, turn.account, before, A_BATCH))
  await inBatches(turn, () => purgePlaces(turn.db, turn.now() - 3_600_000, A_BATCH))
  await inBatches(turn, () => forgetSpent(turn.db, turn.now(), A_BATCH))
  await retryUnmatchedOfEvents(turn)
  try {
    await learnLimits(turn, turn.account, await turn.cvent.usage(turn.call))
  } catch (error) {
    // Many accounts may not ask; the tier in the account's document holds then.
    if (!(error instanceof Fault)) throw error
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
    await whileOurs(turn.db, turn.lease, turn.leaseUntil(), (tx) =>
      retryUnmatched(tx, turn.account, eventStub, turn.now()),
    )
  }
}

/** Ends by age, however much there is: what comes in faster than a fixed number goes out would stay for ever. */
async function inBatches(turn: TurnDeps, purge: () => Promise<number>) {
  async function all() {
    while (!turn.isStopping() && (await purge()) >= A_BATCH)
      // Webhooks that wait for the embedded database's only connection have it between two batches.
      await new Promise((resolve) => setImmediate(resolve))
  }
  await turn.keeping(all())
}
