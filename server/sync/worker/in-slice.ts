import { setImmediate } from 'node:timers/promises'
import type { InSlice } from '../../../db/touches.ts'
import type { SyncJob } from './job.ts'

/**
 * Returns what runs each slice of long work in a transaction of its own while the lease is held, and lets others have their
 * turn after it: a webhook that is to be stored waits for one slice at most.
 */
export function inSliceOf(job: SyncJob): InSlice {
  return async (work) => {
    const done = await job.fenced(work)
    await setImmediate()
    return done
  }
}
