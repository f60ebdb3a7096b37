import type { Db, EventRow } from '../../../db/database.ts'
import { findEventByStub } from '../../../db/events.ts'
import { LeaseLost } from '../../../db/leases.ts'
import { dueEvents, setReconcile, type NextReconcile } from '../../../db/due/reconciles.ts'
import { touchUnconfigured } from '../../../db/touches.ts'
import { counted } from '../../plural.ts'
import { Fault, isPassing } from '../../errors.ts'
import { inSliceOf } from '../worker/in-slice.ts'
import { touchAllAsked } from './touch-for-settings.ts'
import { touchMoved } from './touch-moved.ts'
import { touchListed, touchPaid } from './touch-changed.ts'
import { learn, snapshotOf } from './event-snapshot.ts'
import { afterFailure, reasonOf } from '../worker/retry-policy.ts'
import { askedReconciles, recordReconcile } from './reconcile-runs.ts'
import { checkOrphansIfDue } from './find-orphans.ts'
import { isLongOver, reconcileForecast } from './reconcile-forecast.ts'
import type { ReconcileForecast } from './reconcile-interval.ts'
import type { SyncJob } from '../worker/job.ts'
import { unreadAfter } from './unread.ts'
import type { LogCode } from '../../log-codes.ts'

/** An event is read again after this long even when no message named it. */
const EVENT_FRESH_MS = 24 * 3_600_000
/**
 * Looks at the events whose time has come: each is read again when that is due, and the attendees changed at Cvent since
 * the last reconcile are touched, all of them at the first and in a full reconcile, and those whose order items changed (a payment has
 * no message), and those in a session that changed. This is what makes lost webhooks harmless. An attendee whom Cvent deleted
 * is in no list: only its message, or a touch by hand, withdraws its rows.
 *
 * @returns how many events were looked at
 * @throws LeaseLost; a passing Fault with `retryAt` when Cvent is not to be asked before then
 */
export async function reconcileDueEvents(job: SyncJob): Promise<number> {
  const runs = await askedReconciles(job)
  const events = await dueEvents(job.db, job.account, job.now())
  if (events.length === 0) return 0
  const forecast = await reconcileForecast(job.db, job.loaded.account, job.now())
  let looked = 0
  for (const row of events) {
    if (job.isStopping()) break
    let trouble: string | undefined
    try {
      await lookAt(job, row, forecast)
    } catch (error) {
      if (error instanceof LeaseLost) throw error
      if (isPassing(error) && error.retryAt !== undefined) {
        trouble = error.message
        // What is left of the day is kept for members and for what Cvent tells of: those go on.
        if (!error.quotaGone || isAskedFor(row)) {
          await recordReconcile(job, runs, row.eventCode, trouble)
          throw error
        }
        await waitForNextDay(job, row, error.retryAt, error.message)
      } else await putOff(job, row, error, forecast)
    }
    await recordReconcile(job, runs, row.eventCode, trouble)
    looked += 1
  }
  return looked
}

/**
 * Makes an event's look due now, for an admin: attendees changed since the last reconcile, or with `all` every attendee.
 *
 * @returns false when no such event is configured
 */
export async function askForReconcile(
  db: Db,
  account: string,
  eventCode: string,
  now: number,
  options: { all?: boolean } = {},
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('event')
    .set((e) => ({
      // Another moment than before in any case: a reconcile under way sees by it that one more was asked for.
      reconcileDueAt: e
        .case()
        .when('reconcileDueAt', '=', now)
        .then(now - 1)
        .else(now)
        .end(),
      reconcileAttempt: 0,
      isTouched: 1,
      ...(options.all ? { reconciledTo: null, reconcileCursor: null } : {}),
    }))
    .where('account', '=', account)
    .where('eventCode', '=', eventCode)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Whether somebody waits for this look: a message or an admin named the event, or it was never looked at. */
function isAskedFor(row: EventRow) {
  return row.isTouched === 1 || row.reconciledTo === null
}

/** Whether the registrations of an event that ended then are kept no more: a reconcile would only bring them back. */
function isForgotten(job: SyncJob, endsAt: number | undefined) {
  const { registrationDays } = job.loaded.account.retention
  return endsAt !== undefined && endsAt < job.now() - registrationDays * 86_400_000
}

async function lookAt(job: SyncJob, row: EventRow, forecast: ReconcileForecast) {
  const startedAt = job.now()
  const isFresh =
    row.isTouched === 0 && row.snapshotAt !== null && startedAt - row.snapshotAt < EVENT_FRESH_MS
  const event = isFresh ? snapshotOf(row) : await learn(job, row)
  if (!isFresh) await touchAllAsked(job, row.eventCode)
  if (!event) {
    await report(job, row, forecast, 'event-missing', 'Cvent knows no event of this code')
    return
  }
  const chosen = await findEventByStub(job.db, job.account, event.eventStub)
  if (chosen && chosen.eventCode !== row.eventCode) {
    const text = `Cvent has one event for this code and ${chosen.eventCode}; registrations go to ${chosen.eventCode}. Remove the one that is not used`
    await report(job, row, forecast, 'event-twice', text)
    return
  }
  if (!isAskedFor(row) && isForgotten(job, event.endsAt)) {
    await store(job, row, { reconcileReason: null }, nextLook(forecast, startedAt, event.endsAt))
    return
  }
  const call = isAskedFor(row) ? job.bulkCall : { ...job.bulkCall, priority: 'reconcile' as const }
  const listed = await touchListed(job, row, event.eventStub, startedAt, call)
  const { since, isFull } = listed
  // A full reconcile touches everybody, whose order items are read then.
  if (!isFull) {
    const paid = await touchPaid(job, row.eventCode, event.eventStub, since ?? 0, call)
    const moved = await touchMoved(job, event.eventStub, since ?? 0, call)
    listed.touched += paid.touched + moved.touched
    listed.nameless += paid.nameless + moved.nameless
  }
  // Touched while the event was not followed: those whom the list does not name as changed are among them.
  const { db, account, now } = job
  await touchUnconfigured(db, account, event.eventStub, now(), inSliceOf(job))
  const orphansCheckedAt = await checkOrphansIfDue(job, row, isFull)
  await store(
    job,
    row,
    {
      reconciledAt: job.now(),
      reconcileReason: null,
      ...(orphansCheckedAt === undefined ? {} : { orphansCheckedAt }),
    },
    {
      ...nextLook(forecast, startedAt, event.endsAt),
      reconciledTo: listed.startedAt,
      reconcileCursor: null,
      reconcileUnread: unreadAfter(row, listed, forecast.everyMs),
    },
  )
  const { seen, touched, odd } = listed
  job.log({
    code: 'event-reconciled',
    ...(odd > 0 ? { level: 'warning' as const } : {}),
    text: `${counted(seen, 'attendee')} changed at Cvent since the last reconcile; ${touched} ${touched === 1 ? 'is' : 'are'} read again${
      odd > 0 ? `; ${odd} could not be read in the list` : ''
    }`,
    eventCode: row.eventCode,
    durationMs: job.now() - startedAt,
  })
}

/** Tells why an event is not looked at, in its row and in the account's log. */
async function report(
  job: SyncJob,
  row: EventRow,
  forecast: ReconcileForecast,
  code: LogCode,
  text: string,
) {
  await store(job, row, { reconcileReason: text.slice(0, 500) }, nextLook(forecast, job.now()))
  job.log({
    kind: 'cvent',
    level: 'warning',
    code,
    text,
    eventCode: row.eventCode,
  })
}

function store(
  job: SyncJob,
  row: EventRow,
  went: Parameters<typeof setReconcile>[2],
  next: NextReconcile,
) {
  return job.fenced((tx) => setReconcile(tx, row, went, next))
}

/** When the next reconcile is due: after the account's interval, less up to a tenth, so that events do not all come at once. */
function nextLook(forecast: ReconcileForecast, now: number, endsAt?: number) {
  const intervalMs = isLongOver(endsAt, now) ? forecast.longOverEveryMs : forecast.everyMs
  return {
    reconcileDueAt: Math.round(now + intervalMs * (0.9 + 0.1 * Math.random())),
    reconcileAttempt: 0,
    isTouched: 0,
  }
}

/** Tries again in the first hour of the next day: all events at its first minute would be a rush. */
function waitForNextDay(job: SyncJob, row: EventRow, at: number, reconcileReason: string) {
  const next = { reconcileDueAt: Math.round(at + Math.random() * 3_600_000), reconcileAttempt: 0 }
  return store(job, row, { reconcileReason }, next)
}

async function putOff(job: SyncJob, row: EventRow, error: unknown, { everyMs }: ReconcileForecast) {
  if (!(error instanceof Fault)) job.onBug(error)
  const attempt = row.reconcileAttempt + 1
  const now = job.now()
  const outcome = afterFailure(error, attempt, now, { settledAfterMs: 0, random: Math.random })
  await store(
    job,
    row,
    { reconcileReason: outcome.reason },
    {
      reconcileDueAt: outcome.state === 'waiting' ? outcome.dueAt : now + everyMs,
      reconcileAttempt: attempt,
    },
  )
  job.log({
    level: outcome.state === 'waiting' ? 'warning' : 'failure',
    code: 'reconcile-rescheduled',
    text: reasonOf(error),
    eventCode: row.eventCode,
    detail: { attempt },
  })
}
