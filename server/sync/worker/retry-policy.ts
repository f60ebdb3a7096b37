import { Fault, isPassing } from '../../errors.ts'

/** What becomes of a registration whose work failed. */
export type Outcome =
  { state: 'waiting'; dueAt: number; reason: string } | { state: 'dead'; reason: string }

const FIRST_MS = 5000
const LONGEST_MS = 3_600_000
const SOONEST_MS = 1000
/** The next midnight UTC and a little more, for a day's quota. */
const FURTHEST_MS = 25 * 3_600_000

/** With the delays above so many tries take about a day. */
export const TRIES_OF_A_DAY = 30

/** How often an error that is no Fault is met before it waits for a person: about a minute and a quarter. */
const UNKNOWN_TRIES = 5

/** The delay before the next try after `attempt` failures (counted from 1), in ms: doubling from 5 s to 1 h, with up to a fifth of jitter. */
export function delayAfter(attempt: number, random: () => number): number {
  const delayMs = Math.min(FIRST_MS * 2 ** Math.min(attempt - 1, 20), LONGEST_MS)
  return Math.round(delayMs * (0.8 + 0.2 * random()))
}

/** How a failure is judged, beside the error itself. */
export interface Circumstances {
  /** A write that may have happened is not sent again before so many ms have passed. */
  settledAfterMs: number
  random: () => number
  /** The vendor answers other calls meanwhile, so that time alone does not mend this failure. */
  isVendorWell?: boolean
}

/**
 * What becomes of work whose `attempt`-th try (counted from 1) failed with `error`. The vendor's own moment wins, but a write
 * that may have happened is never sent again before `settledAfterMs` has passed. What was refused needs attention, and so
 * does a bug of ours that a few tries did not mend, and what a vendor that is well has failed for a day.
 */
export function afterFailure(
  error: unknown,
  attempt: number,
  now: number,
  { settledAfterMs, random, isVendorWell = false }: Circumstances,
): Outcome {
  const reason = reasonOf(error)
  const mayHaveHappened = error instanceof Fault && error.mayHaveHappened
  // An error nobody foresaw may be of the moment; after a few tries it is a bug for a person to see.
  const mayPass = isPassing(error) || (!(error instanceof Fault) && attempt < UNKNOWN_TRIES)
  if (!mayPass && !mayHaveHappened) return { state: 'dead', reason }
  if (isVendorWell && attempt >= TRIES_OF_A_DAY && !mayHaveHappened)
    return { state: 'dead', reason: `This failed for a day: ${reason}`.slice(0, 500) }
  const retryAt = error instanceof Fault ? error.retryAt : undefined
  // A fault without a vendor is our own wait for such a write, which knows its end.
  const isUnanswered = mayHaveHappened && (error.vendor !== undefined || retryAt === undefined)
  const soonest = isUnanswered ? now + settledAfterMs : now
  return {
    state: 'waiting',
    dueAt: Math.max(
      soonest,
      retryAt === undefined ? now + delayAfter(attempt, random) : withinReason(retryAt, now),
    ),
    reason,
  }
}

/** A vendor's own moment, but neither at once, which would ask without a pause, nor beyond the next day. */
export function withinReason(retryAt: number, now: number): number {
  return Math.min(Math.max(retryAt, now + SOONEST_MS), now + FURTHEST_MS)
}

/** The reason as it is kept and shown; of a bug only its kind, because its message may hold anything. */
export function reasonOf(error: unknown): string {
  if (error instanceof Fault) return error.message.slice(0, 500)
  return `an error on our side (${error instanceof Error ? error.name : 'unknown'}); it is in the server's log`
}
