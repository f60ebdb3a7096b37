import type { Kysely } from 'kysely'
import { v7 as uuid } from 'uuid'
import { countStillDue } from '../../../db/lists/event-lists.ts'
import type { Database, Db, RunRow } from '../../../db/database.ts'
import { findEvent, lockEvent } from '../../../db/events.ts'
import { inTransaction } from '../../../db/engine/open.ts'
import { addRun, findRun, runningRuns } from '../../../db/runs.ts'
import { Fault } from '../../errors.ts'
import { askForReconcile } from '../../sync/reconcile/reconcile-event.ts'
import { planOf, type ReconcilePlan } from '../../sync/reconcile/reconcile-runs.ts'
import { recordChange, type ChangedBy } from '../access/audit.ts'

interface ReconcileDeps {
  db: Kysely<Database>
  now: () => number
  wake: (account: string) => void
}

const TEXTS = {
  full: 'Every attendee of the event is read from Cvent and compared with iMIS.',
  changed: 'Attendees changed since the last reconcile are read from Cvent and compared with iMIS.',
}

/**
 * Asks the worker to look at an event at once: at what changed at Cvent since the last reconcile, or at everything. While one
 * that covers it is under way, that run is answered; one that waits out a failure is tried at once. The worker records how
 * the run ends.
 *
 * @throws Fault `NOT_FOUND`; `CONFLICT` when the event is disabled
 */
export async function startReconcile(
  deps: ReconcileDeps,
  account: string,
  eventCode: string,
  mode: 'changed' | 'full',
  by: ChangedBy,
): Promise<RunRow> {
  const { db, now } = deps
  const run = await inTransaction(db, async (tx) => {
    // Two requests at the same time come one after the other, so that the second finds the first one's run.
    await lockEvent(tx, account, eventCode)
    const event = await findEvent(tx, account, eventCode)
    if (!event) throw new Fault('NOT_FOUND', `There is no event ${eventCode} in this account.`)
    if (event.enabled === 0)
      throw new Fault('CONFLICT', 'The event is disabled; enable it before it is compared.')
    const open = (await runningRuns(tx, account, 'reconcile', eventCode)).find(
      (one) => mode === 'changed' || planOf(one).mode === 'full',
    )
    if (open) {
      if (event.reconcileAttempt > 0) await askForReconcile(tx, account, eventCode, now())
      return open
    }
    const plan: ReconcilePlan = { text: TEXTS[mode], mode }
    const row: RunRow = {
      id: uuid(),
      account,
      kind: 'reconcile',
      target: eventCode,
      state: 'running',
      plan: JSON.stringify(plan),
      result: null,
      done: 0,
      total: 0,
      startedBy: by.actor,
      createdAt: now(),
      updatedAt: now(),
    }
    await addRun(tx, row)
    await askForReconcile(tx, account, eventCode, now(), { all: mode === 'full' })
    const change = { account, action: 'reconcile started', target: eventCode } as const
    await recordChange({ db: tx, now }, by, change)
    return row
  })
  deps.wake(account)
  return withProgress(db, run)
}

/** One run of an account with how far it is, undefined when there is none. Reading changes nothing. */
export async function readRun(db: Db, account: string, id: string): Promise<RunRow | undefined> {
  const run = await findRun(db, account, id)
  return run && withProgress(db, run)
}

/**
 * The run with how many of its registrations were tried; one that is rescheduled counts as tried. `total` is 0 while Cvent's
 * list is read, because nobody knows yet how many attendees changed. Reading changes nothing.
 */
export async function withProgress(db: Db, run: RunRow): Promise<RunRow> {
  if (run.kind !== 'reconcile' || run.state !== 'running' || run.target === null) return run
  const { lookedAt } = planOf(run)
  if (lookedAt === undefined) return run
  const event = await findEvent(db, run.account, run.target)
  if (!event?.eventStub) return run
  const left = await countStillDue(db, run.account, event.eventStub, lookedAt)
  return { ...run, done: Math.max(0, run.total - left) }
}
