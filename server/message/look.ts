import type { Kysely } from 'kysely'
import type { Database, EventRow } from '../../db/database.ts'
import { LeaseLost, whileOurs } from '../../db/leases.ts'
import { dueEvents, setLook, type NextLook } from '../../db/looks.ts'
import { registrationsOfAttendees, touch, touchUnconfigured } from '../../db/registrations.ts'
import { counted } from '../counted.ts'
import type { Attendee, SetAside } from '../cvent/cvent.ts'
import { Fault, isPassing } from '../errors.ts'
import { learn, snapshotOf } from './event.ts'
import { afterFailure, reasonOf } from './outcome.ts'
import { sweepIfDue } from './sweep.ts'
import { isLongOver, reconcileForecast } from './reconcile-forecast.ts'
import type { ReconcileForecast } from './reconcile-interval.ts'
import type { TurnDeps } from './turn.ts'

/** Changes this long before the last look are looked at again: Cvent's clock and its lists may lag behind its answers. */
const OVERLAP_MS = 5 * 60_000
/** An event is read again after this long even when no message named it. */
const EVENT_FRESH_MS = 24 * 3_600_000
/** Statuses of people who never took a place: without a row of ours they have nothing in iMIS either. */
const NEVER_IN = new Set(['No Response', 'Visited', 'Declined'])

/**
 * Looks at the events whose time has come: each is read again when that is due, and the attendees changed at Cvent since
 * the last look are touched, all of them at the first and in a full look. This is what makes lost webhooks harmless. An
 * attendee whom Cvent deleted is in no list: only its message, or a touch by hand, withdraws its rows; and a payment or a
 * session that leaves the attendee's own moment at Cvent as it was is found by its message or a full look only.
 *
 * @returns how many events were looked at
 * @throws LeaseLost; a passing Fault with `retryAt` when Cvent is not to be asked before then
 */
export async function lookAtDue(turn: TurnDeps): Promise<number> {
  const events = await dueEvents(turn.db, turn.account, turn.now())
  if (events.length === 0) return 0
  const forecast = await reconcileForecast(turn.db, turn.loaded.account, turn.now())
  let looked = 0
  for (const row of events) {
    if (turn.isStopping()) break
    try {
      await lookAt(turn, row, forecast)
    } catch (error) {
      if (error instanceof LeaseLost) throw error
      if (isPassing(error) && error.retryAt !== undefined) {
        // What is left of the day is kept for members and for what Cvent tells of: those go on.
        if (!error.quotaGone || isAskedFor(row)) throw error
        await waitForNextDay(turn, row, error.retryAt, error.message)
      } else await putOff(turn, row, error, forecast)
    }
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
  db: Kysely<Database>,
  account: string,
  eventCode: string,
  now: number,
  options: { all?: boolean } = {},
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('event')
    .set({
      reconcileDueAt: now,
      reconcileAttempt: 0,
      isTouched: 1,
      ...(options.all ? { reconciledTo: null } : {}),
    })
    .where('account', '=', account)
    .where('eventCode', '=', eventCode)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Whether somebody waits for this look: a message or an admin named the event, or it was never looked at. */
function isAskedFor(row: EventRow) {
  return row.isTouched === 1 || row.reconciledTo === null
}

async function lookAt(turn: TurnDeps, row: EventRow, forecast: ReconcileForecast) {
  const startedAt = turn.now()
  const isFresh =
    row.isTouched === 0 && row.snapshotAt !== null && startedAt - row.snapshotAt < EVENT_FRESH_MS
  const event = isFresh ? snapshotOf(row) : await learn(turn, row)
  if (!event) {
    const reconcileReason = 'Cvent knows no event of this code'
    await store(turn, row, { reconcileReason }, nextLook(forecast, startedAt))
    turn.trail.note({
      account: turn.account,
      kind: 'cvent',
      level: 'warning',
      code: 'event-missing',
      text: 'Cvent knows no event of this code',
      trace: turn.trace,
      eventCode: row.eventCode,
    })
    return
  }
  const since = row.reconciledTo === null ? undefined : row.reconciledTo - OVERLAP_MS
  let seen = 0
  let touched = 0
  let odd = 0
  const call = isAskedFor(row)
    ? turn.bulkCall
    : { ...turn.bulkCall, priority: 'reconcile' as const }
  const pages = turn.cvent.attendeesOfEvent(event.eventStub, since, call)
  const each = pages[Symbol.asyncIterator]()
  // A page may be waited for longer than a lease lasts.
  for (let next = await turn.keeping(each.next()); !next.done;) {
    const { items, setAside } = next.value
    seen += items.length + setAside.length
    odd += setAside.length
    touched += await touchChanged(turn, row.eventCode, items, since === undefined)
    touched += await touchOdd(turn, row.eventCode, event.eventStub, setAside)
    next = await turn.keeping(each.next())
  }
  // Touched while the event was not followed: those whom the list does not name as changed are among them.
  await whileOurs(turn.db, turn.lease, turn.leaseUntil(), (tx) =>
    touchUnconfigured(tx, turn.account, event.eventStub, turn.now()),
  )
  const sweptAt = await sweepIfDue(turn, row, since === undefined)
  await store(
    turn,
    row,
    {
      reconciledAt: turn.now(),
      reconcileReason: null,
      ...(sweptAt === undefined ? {} : { sweptAt }),
    },
    { ...nextLook(forecast, startedAt, event.endsAt), reconciledTo: startedAt },
  )
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

function store(turn: TurnDeps, row: EventRow, went: Parameters<typeof setLook>[2], next: NextLook) {
  return whileOurs(turn.db, turn.lease, turn.leaseUntil(), (tx) => setLook(tx, row, went, next))
}

/** Touches those of a page of which we know less than Cvent, or with `isFull` everybody who is, or was, in. */
async function touchChanged(turn: TurnDeps, eventCode: string, page: Attendee[], isFull: boolean) {
  const ids = page.map(({ attendeeId }) => attendeeId)
  const rows = new Map(
    (await registrationsOfAttendees(turn.db, turn.account, ids)).map((row) => [
      row.attendeeId,
      row,
    ]),
  )
  const changed = page.filter(({ attendeeId, status, modifiedAt }) => {
    const row = rows.get(attendeeId)
    if (!row) return !NEVER_IN.has(status)
    if (isFull) return true
    const isKnown = row.modifiedAt !== null && row.modifiedAt === modifiedAt
    return !isKnown || row.status !== status
  })
  await whileOurs(turn.db, turn.lease, turn.leaseUntil(), (tx) =>
    touch(
      tx,
      turn.account,
      changed.map(({ attendeeId, eventStub }) => ({ attendeeId, eventStub, eventCode })),
      turn.now(),
    ),
  )
  return changed.length
}

/** Touches those whom the list holds in a form that cannot be read: each is read again by its id. */
async function touchOdd(turn: TurnDeps, eventCode: string, eventStub: string, odd: SetAside[]) {
  const ids = odd.flatMap(({ attendeeId }) => attendeeId ?? [])
  if (ids.length === 0) return 0
  const touches = ids.map((attendeeId) => ({ attendeeId, eventStub, eventCode }))
  await whileOurs(turn.db, turn.lease, turn.leaseUntil(), (tx) =>
    touch(tx, turn.account, touches, turn.now()),
  )
  return ids.length
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
  const outcome = afterFailure(error, attempt, now, 0, Math.random)
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
