import { LeaseLost } from '../../../db/leases.ts'
import { isStoreTrouble } from '../../../db/engine/errors.ts'
import { Fault, isPassing } from '../../errors.ts'
import type { SyncJob } from './job.ts'

/** One of those asked for together that could not be asked for. */
export interface Failed<Thing> {
  thing: Thing
  error: unknown
  /** False: it failed with others, so that the failure may not be its own. */
  isOwn: boolean
}

/** Failures of whole groups, one after the other, after which a vendor counts as failing for everybody. */
const GROUPS_FAILED = { passing: 3, refused: 8 }

/**
 * Asks a vendor for many things at once. When that fails, their halves are asked for, and so on, so that one thing the vendor
 * cannot be asked for costs the others nothing. A vendor that fails for every half is not asked further.
 *
 * @throws LeaseLost; a failure of the database; a transient Fault with `retryAt`, or any failure while the worker stops
 */
export async function askHalving<Thing, Answer>(
  job: SyncJob,
  things: Thing[],
  ask: (some: Thing[]) => Promise<Answer>,
): Promise<{ answers: Answer[]; failed: Failed<Thing>[] }> {
  const answers: Answer[] = []
  const failed: Failed<Thing>[] = []
  const groups = things.length > 0 ? [things] : []
  let inARow = 0
  for (let some = groups.shift(); some; some = groups.shift()) {
    try {
      answers.push(await ask(some))
      inARow = 0
    } catch (error) {
      if (isOfAll(job, error)) throw error
      const [only] = some
      if (isForbidden(error) || (some.length === 1 && only !== undefined)) {
        failed.push(...some.map((thing) => ({ thing, error, isOwn: true })))
        continue
      }
      inARow += 1
      if (inARow >= (isPassing(error) ? GROUPS_FAILED.passing : GROUPS_FAILED.refused)) {
        const left = [some, ...groups].flat()
        failed.push(...left.map((thing) => ({ thing, error, isOwn: false })))
        break
      }
      // Cut anew each time, so that two odd ones do not stand in different halves for ever.
      const mixed = shuffled(some)
      const middle = Math.ceil(mixed.length / 2)
      groups.push(mixed.slice(0, middle), mixed.slice(middle))
    }
  }
  return { answers, failed }
}

function shuffled<Thing>(things: Thing[]): Thing[] {
  return things
    .map((thing) => ({ thing, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ thing }) => thing)
}

/** Returns true when the failure is not that of the things asked for: nothing more can be asked, or stored, now. */
export function isOfAll(job: SyncJob, error: unknown): boolean {
  return error instanceof LeaseLost || mustPause(error) || isStoreTrouble(error) || job.isStopping()
}

/** Returns true when the vendor says when to come back, or is left alone: it is not asked for the next one either. */
export function mustPause(error: unknown): error is Fault {
  return isPassing(error) && error.retryAt !== undefined && !error.mayHaveHappened
}

/** Returns true when a right is missing: whatever is asked for, the answer is the same. */
export function isForbidden(error: unknown): error is Fault {
  return error instanceof Fault && (error.status === 401 || error.status === 403)
}
