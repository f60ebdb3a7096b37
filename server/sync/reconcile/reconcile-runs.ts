import { countByEventAndState, countStillDue } from '../../../db/lists/event-lists.ts'
import { findEvent } from '../../../db/events.ts'
import type { RunRow } from '../../../db/database.ts'
import { failLeftBehind, moveRun, runningRuns } from '../../../db/runs.ts'
import type { SyncJob } from '../worker/job.ts'

/** How a reconcile that an admin asked for stands. `lookedAt`: when Cvent's list was read to its end. */
export interface ReconcilePlan {
  text: string
  mode: 'changed' | 'full'
  lookedAt?: number
}

/** Runs of an instance give a sign of life twice a minute; without one for this long, the instance is gone. */
export const LEFT_BEHIND_MS = 3 * 60_000

/** The reconciles that admins asked for and that are under way. Read before the events: each is served by a reconcile that starts later. */
export function askedReconciles(job: SyncJob): Promise<RunRow[]> {
  return runningRuns(job.db, job.account, 'reconcile')
}

/**
 * Records in the runs of an event how its look went: that Cvent's list was read, why it is tried again, or that it failed.
 * The worker does this, so that a run ends whether or not anybody watches it.
 */
export async function recordReconcile(
  job: SyncJob,
  runs: RunRow[],
  eventCode: string,
  trouble?: string,
): Promise<void> {
  const own = runs.filter((run) => run.target === eventCode && planOf(run).lookedAt === undefined)
  if (own.length === 0) return
  const { db, now } = job
  const event = await findEvent(db, job.account, eventCode)
  for (const run of own) {
    const text = trouble ?? event?.reconcileReason ?? undefined
    const isTriedAgain = trouble !== undefined || (event?.reconcileAttempt ?? 0) > 0
    if (text === undefined && event?.eventStub) {
      const lookedAt = now()
      const total = await countStillDue(db, job.account, event.eventStub, lookedAt)
      const plan = JSON.stringify({ ...planOf(run), lookedAt })
      await moveRun(db, run.id, ['running'], { plan, total, result: null, updatedAt: lookedAt })
    } else
      await moveRun(db, run.id, ['running'], {
        ...(isTriedAgain ? {} : { state: 'failed' }),
        result: JSON.stringify({ text: text ?? 'The event was removed.' }),
        updatedAt: now(),
      })
  }
}

/** Ends each reconcile whose registrations were all tried, and runs whose instance is gone. */
export async function endRunsThatAreOver(job: SyncJob): Promise<void> {
  const { db, account, now } = job
  const before = now() - LEFT_BEHIND_MS
  await failLeftBehind(db, account, ['replay', 'dry-run'], before, now())
  for (const run of await askedReconciles(job)) {
    const { lookedAt } = planOf(run)
    if (lookedAt === undefined || run.target === null) continue
    const event = await findEvent(db, account, run.target)
    const left = event?.eventStub ? await countStillDue(db, account, event.eventStub, lookedAt) : 0
    if (left > 0) continue
    const counts = (await countByEventAndState(db, account)).filter(
      ({ eventCode }) => eventCode === run.target,
    )
    const registrations = Object.fromEntries(counts.map(({ state, count }) => [state, count]))
    await moveRun(db, run.id, ['running'], {
      state: 'done',
      result: JSON.stringify({ registrations }),
      done: run.total,
      updatedAt: now(),
    })
  }
}

/** The plan of a reconcile. */
export function planOf({ plan }: Pick<RunRow, 'plan'>): ReconcilePlan {
  // Written by startReconcile and recordLook.
  return JSON.parse(plan ?? '{}') as ReconcilePlan
}
