import { setLastSeen } from '../../db/last-seen.ts'
import type { Db } from '../../db/database.ts'
import type { MessageBatcher } from '../ingest/message-batcher.ts'

/** How long one successful write counts, in ms. */
const FRESH_MS = 5000
/** After a failure the next try waits so long, in ms: a probe must not add to the trouble. */
const PAUSE_MS = 1000
/** How long a try may take, in ms. */
const TRY_MS = 3000
/** A message that has waited so long to be stored, in ms, means that intake is stuck. */
const STUCK_MS = 5000

/** Tells whether this instance can do its work: whether the database takes writes. */
export interface Readiness {
  /** Never takes longer than a few seconds. @returns why it is not ready, or undefined when it is */
  check(): Promise<{ reason: string; cause?: unknown } | undefined>
}

/**
 * Opens the readiness check. A message stored a moment ago is proof enough; else one small row is written, by one caller
 * for all that ask meanwhile. A read would not do: a read-only node answers it.
 */
export function openReadiness(deps: {
  db: Db
  batcher: Pick<MessageBatcher, 'progress'>
  now: () => number
}): Readiness {
  let last: { at: number; failure: { reason: string; cause?: unknown } | undefined } | undefined
  let trying: Promise<void> | undefined

  async function probe() {
    const late = new AbortController()
    const inTime = new Promise<never>((_resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer within ${TRY_MS} ms`)), TRY_MS)
      late.signal.addEventListener('abort', () => clearTimeout(timer))
    })
    try {
      await Promise.race([setLastSeen(deps.db, '*', 'readiness', 1, deps.now()), inTime])
      last = { at: performance.now(), failure: undefined }
    } catch (cause) {
      last = {
        at: performance.now(),
        failure: { reason: 'the database does not take writes', cause },
      }
    } finally {
      late.abort()
      trying = undefined
    }
  }

  return {
    async check() {
      const { storedAt, waitingSince } = deps.batcher.progress()
      const at = performance.now()
      if (waitingSince !== undefined && at - waitingSince > STUCK_MS)
        return { reason: 'messages wait to be stored' }
      if (storedAt !== undefined && at - storedAt < FRESH_MS) return undefined
      const isFresh = last && at - last.at < (last.failure ? PAUSE_MS : FRESH_MS)
      if (!isFresh) {
        trying ??= probe()
        await trying
      }
      return last?.failure
    },
  }
}
