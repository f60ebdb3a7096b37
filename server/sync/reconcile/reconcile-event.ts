import type { Db, EventRow } from '../../../db/database.ts'
import { findEventByStub } from '../../../db/events.ts'
import { LeaseLost, whileOurs } from '../../../db/leases.ts'
import { dueEvents, setLook, type NextLook } from '../../../db/due/reconciles.ts'
import { touchUnconfigured } from '../../../db/touches.ts'
import { counted } from '../../plural.ts'
import { Fault, isPassing } from '../../errors.ts'
import { inSliceOf } from '../worker/in-slice.ts'
import { touchAllAsked } from './touch-for-settings.ts'
import { touchListed, touchPaid } from './touch-changed.ts'
import { learn, snapshotOf } from './event-snapshot.ts'
import { afterFailure, reasonOf } from '../worker/retry-policy.ts'
import { askedReconciles, recordLook } from './reconcile-runs.ts'
import { sweepIfDue } from './find-orphans.ts'
import { isLongOver, reconcileForecast } from './reconcile-forecast.ts'
import type { ReconcileForecast } from './reconcile-interval.ts'
import type { TurnDeps } from '../worker/job.ts'
import { unreadAfter } from './unread.ts'

/** An event is read again after this long even when no message named it. */
const EVENT_FRESH_MS = 24 * 3_600_000
/**
 * Looks at the events whose time has come: each is read again when that is due, and the attendees changed at Cvent since
 * the last look are touched, all of them at the first and in a full look, and those whose order items changed (a payment has
 * no message). This is what makes lost webhooks harmless. An attendee whom Cvent deleted is in no list: only its message, or
 * a touch by hand, withdraws its rows; and a session that changed is found by its message or a full look only.
 *
 * @returns how many events were looked at
 * @throws LeaseLost; a passing Fault with `retryAt` when Cvent is not to be asked before then
 */
export async function lookAtDue(turn: TurnDeps): Promise<number> {
  const runs = await askedReconciles(turn)
  const events = await dueEvents(turn.db, turn.account, turn.now())
  if (events.length === 0) return 0
  const forecast = await reconcileForecast(turn.db, turn.loaded.account, turn.now())
  let looked = 0
  for (const row of events) {
    if (turn.isStopping()) break
    let trouble: string | undefined
    try {
      await lookAt(turn, row, forecast)
    } catch (error) {
      if (error instanceof LeaseLost) throw error
      if (isPassing(error) && error.retryAt !== undefined) {
        trouble = error.message
        // What is left of the day is kept for members and for what Cvent tells of: those go on.
        if (!error.quotaGone || isAskedFor(row)) {
          await recordLook(turn, runs, row.eventCode, trouble)
          throw error
        }
        await waitForNextDay(turn, row, error.retryAt, error.message)
      } else await putOff(turn, row, error, forecast)
    }
    await recordLook(turn, runs, row.eventCode, trouble)
    looked += 1
  }
  return looked
}

/**
 * Makes an event's look due now, for an admin: attendees changed since the last look, or with `all` every attendee.
 *
 * @returns false when no such event is configured
 */
export async function askForLook(
  db: Db,
  account: string,
  eventCode: string,
  now: number,
  options: { all?: boolean } = {},
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('event')
    .set((e) => ({
      // Another moment than before in any case: a look under way sees by it that one more was asked for.
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

/** Whether the registrations of an event that ended then are kept no more: a look would only bring them back. */
function isForgotten(turn: TurnDeps, endsAt: number | undefined) {
  const { registrationDays } = turn.loaded.account.retention
  return endsAt !== undefined && endsAt < turn.now() - registrationDays * 86_400_000
}

async function lookAt(turn: TurnDeps, row: EventRow, forecast: ReconcileForecast) {
  const startedAt = turn.now()
  const isFresh =
    row.isTouched === 0 && row.snapshotAt !== null && startedAt - row.snapshotAt < EVENT_FRESH_MS
  const event = isFresh ? snapshotOf(row) : await learn(turn, row)
  if (!isFresh) await touchAllAsked(turn, row.eventCode)
  if (!event) {
    await report(turn, row, forecast, 'event-missing', 'Cvent knows no event of this code')
    return
  }
  const chosen = await findEventByStub(turn.db, turn.account, event.eventStub)
  if (chosen && chosen.eventCode !== row.eventCode) {
    const text = `Cvent has one event for this code and ${chosen.eventCode}; registrations go to ${chosen.eventCode}. Remove the one that is not used`
    await report(turn, row, forecast, 'event-twice', text)
    return
  }
  if (!isAskedFor(row) && isForgotten(turn, event.endsAt)) {
    await store(turn, row, { reconcileReason: null }, nextLook(forecast, startedAt, event.endsAt))
    return
  }
  const call = isAskedFor(row)
    ? turn.bulkCall
    : { ...turn.bulkCall, priority: 'reconcile' as const }
  const listed = await touchListed(turn, row, event.eventStub, startedAt, call)
  const { since, isFull } = listed
  // A full look touches everybody, whose order items are read then.
  if (!isFull) {
    const paid = await touchPaid(turn, row.eventCode, event.eventStub, since ?? 0, call)
    listed.touched += paid.touched
    listed.nameless += paid.nameless
  }
  // Touched while the event was not followed: those whom the list does not name as changed are among them.
  const { db, account, now } = turn
  await touchUnconfigured(db, account, event.eventStub, now(), inSliceOf(turn))
  const sweptAt = await sweepIfDue(turn, row, isFull)
  await store(
    turn,
    row,
    {
      reconciledAt: turn.now(),
      reconcileReason: null,
      ...(sweptAt === undefined ? {} : { sweptAt }),
    },
    {
      ...nextLook(forecast, startedAt, event.endsAt),
      reconciledTo: listed.startedAt,
      reconcileCursor: null,
      reconcileUnread: unreadAfter(row, listed, forecast.everyMs),
    },
  )
  const { seen, touched, odd } = listed
  turn.trail.note({
    account: turn.account,
    kind: 'cvent',
    code: 'event-looked-at',
    ...(odd > 0 ? { level: 'warning' as const } : {}),
    text: `${counted(seen, 'attendee')} changed at Cvent since the last look; ${touched} ${touched === 1 ? 'is' : 'are'} read again${
      odd > 0 ? `; ${odd} could not be read in the list` : ''
    }`,
    trace: turn.trace,
    eventCode: row.eventCode,
    durationMs: turn.now() - startedAt,
  })
}

/** Tells why an event is not looked at, in its row and in the account's log. */
async function report(
  turn: TurnDeps,
  row: EventRow,
  forecast: ReconcileForecast,
  code: string,
  text: string,
) {
  await store(turn, row, { reconcileReason: text.slice(0, 500) }, nextLook(forecast, turn.now()))
  turn.trail.note({
    account: turn.account,
    kind: 'cvent',
    level: 'warning',
    code,
    text,
    trace: turn.trace,
    eventCode: row.eventCode,
  })
}

function store(turn: TurnDeps, row: EventRow, went: Parameters<typeof setLook>[2], next: NextLook) {
  return whileOurs(turn.db, turn.lease, turn.leaseUntil(), (tx) => setLook(tx, row, went, next))
}

/** When the next look is due: after the account's interval, less up to a tenth, so that events do not all come at once. */
function nextLook(forecast: ReconcileForecast, now: number, endsAt?: number) {
  const intervalMs = isLongOver(endsAt, now) ? forecast.longOverEveryMs : forecast.everyMs
  return {
    reconcileDueAt: Math.round(now + intervalMs * (0.9 + 0.1 * Math.random())),
    reconcileAttempt: 0,
    isTouched: 0,
  }
}

/** Tries again in the first hour of the next day: all events at its first minute would be a rush. */
function waitForNextDay(turn: TurnDeps, row: EventRow, at: number, reconcileReason: string) {
  const next = { reconcileDueAt: Math.round(at + Math.random() * 3_600_000), reconcileAttempt: 0 }
  return store(turn, row, { reconcileReason }, next)
}

async function putOff(
  turn: TurnDeps,
  row: EventRow,
  error: unknown,
  { everyMs }: ReconcileForecast,
) {
  if (!(error instanceof Fault)) turn.onBug(error)
  const attempt = row.reconcileAttempt + 1
  const now = turn.now()
  const outcome = afterFailure(error, attempt, now, { settledAfterMs: 0, random: Math.random })
  await store(
    turn,
    row,
    { reconcileReason: outcome.reason },
    {
      reconcileDueAt: outcome.state === 'waiting' ? outcome.dueAt : now + everyMs,
      reconcileAttempt: attempt,
    },
  )
  turn.trail.note({
    account: turn.account,
    kind: 'cvent',
    level: outcome.state === 'waiting' ? 'warning' : 'failure',
    code: 'look-put-off',
    text: reasonOf(error),
    trace: turn.trace,
    eventCode: row.eventCode,
    detail: { attempt },
  })
}
