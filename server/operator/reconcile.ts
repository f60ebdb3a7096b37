import type { Kysely } from 'kysely'
import { v7 as uuid } from 'uuid'
import type { Database, RunRow } from '../../db/database.ts'
import { findEvent } from '../../db/events.ts'
import { addRun, findRun, moveRun, openRun } from '../../db/runs.ts'
import { countByEventAndState, countStillDue } from '../../db/event-lists.ts'
import { Fault } from '../errors.ts'
import { askForLook } from '../message/look.ts'
import { recordChange, type ChangedBy } from './audit.ts'

interface ReconcileDeps {
  db: Kysely<Database>
  now: () => number
  wake: (account: string) => void
}

/**
 * Asks the worker to look at an event at once: at what changed at Cvent since the last look, or at everything. One look at
 * a time: while one is asked for, the same run is answered.
 *
 * @throws Fault `NOT_FOUND`; `CONFLICT` when the event is disabled
 */
export async function startLook(
  deps: ReconcileDeps,
  account: string,
  eventCode: string,
  mode: 'changed' | 'full',
  by: ChangedBy,
): Promise<RunRow> {
  const { db, now } = deps
  const event = await findEvent(db, account, eventCode)
  if (!event) throw new Fault('NOT_FOUND', `There is no event ${eventCode} in this account.`)
  if (event.enabled === 0)
    throw new Fault('CONFLICT', 'The event is disabled; enable it before it is compared.')
  const open = await openRun(db, account, 'reconcile', eventCode)
  if (open) return followLook(deps, open)
  const row: RunRow = {
    id: uuid(),
    account,
    kind: 'reconcile',
    target: eventCode,
    state: 'running',
    plan: JSON.stringify({
      text:
        mode === 'full'
          ? 'Every attendee of the event is read from Cvent and compared with iMIS.'
          : 'Attendees changed since the last look are read from Cvent and compared with iMIS.',
      mode,
    }),
    result: null,
    done: 0,
    total: 0,
    startedBy: by.actor,
    createdAt: now(),
    updatedAt: now(),
  }
  await addRun(db, row)
  await askForLook(db, account, eventCode, now(), { all: mode === 'full' })
  await recordChange(deps, by, { account, action: 'reconcile started', target: eventCode })
  deps.wake(account)
  return row
}

/**
 * The run as it stands. While Cvent's list is read nobody knows how many attendees changed, so `total` is 0. After that it is
 * how many were due, and the run is over when each of them was tried; one that is put off counts as tried.
 */
export async function followLook(deps: ReconcileDeps, run: RunRow): Promise<RunRow> {
  if (run.kind !== 'reconcile' || run.state !== 'running' || run.target === null) return run
  const { db, now } = deps
  const event = await findEvent(db, run.account, run.target)
  const isOver = event !== undefined && (event.reconciledAt ?? 0) >= run.createdAt
  if (event && !isOver) {
    const { reconcileReason, reconcileAttempt, isTouched } = event
    if (reconcileReason === null || (reconcileAttempt === 0 && isTouched === 1)) return run
    const result = JSON.stringify({ text: reconcileReason })
    // A look that is put off is tried again; one that found no such event at Cvent is over.
    if (reconcileAttempt > 0) return { ...run, result }
    await moveRun(db, run.id, ['running'], { state: 'failed', result, updatedAt: now() })
    return (await findRun(db, run.account, run.id)) ?? run
  }
  if (event?.eventStub && event.reconciledAt !== null) {
    const left = await countStillDue(db, run.account, event.eventStub, event.reconciledAt)
    const total = Math.max(run.total, left)
    const step = { total, done: total - left, updatedAt: now() }
    if (left > 0) {
      await moveRun(db, run.id, ['running'], step)
      return { ...run, ...step }
    }
  }
  const counts = (await countByEventAndState(db, run.account)).filter(
    ({ eventCode }) => eventCode === run.target,
  )
  const result = JSON.stringify(
    event
      ? { registrations: Object.fromEntries(counts.map(({ state, count }) => [state, count])) }
      : { text: 'The event was removed meanwhile.' },
  )
  const state = event ? 'done' : 'cancelled'
  const end = { state, result, done: run.total, updatedAt: now() }
  await moveRun(db, run.id, ['running'], end)
  return (await findRun(db, run.account, run.id)) ?? run
}
