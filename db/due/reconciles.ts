import { sql, type Updateable } from 'kysely'
import type { Db, EventRow, EventTable } from '../database.ts'
import { chosenOf } from '../events.ts'

/** A sync of a large account names thousands of events; a statement holds so many values at most. */
const STUBS_A_STATEMENT = 1000

/** The enabled events whose look at Cvent is due, or that a message named itself, the longest waiting first. */
export async function dueEvents(db: Db, account: string, now: number): Promise<EventRow[]> {
  const due = await db
    .selectFrom('event')
    .selectAll()
    .where('account', '=', account)
    .where('enabled', '=', 1)
    .where('reconcileDueAt', '<=', now)
    .orderBy('reconcileDueAt')
    .limit(50)
    .execute()
  return due
}

/** When the next event of an account is to be looked at, or undefined when none is enabled. */
export async function nextEventDue(db: Db, account: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('event')
    .select('reconcileDueAt')
    .where('account', '=', account)
    .where('enabled', '=', 1)
    .orderBy('reconcileDueAt')
    .limit(1)
    .executeTakeFirst()
  return row?.reconcileDueAt
}

/** Returns what Cvent said of each enabled event when it was last read, JSON; null for one that was never read. */
export async function snapshotsOfEnabled(db: Db, account: string): Promise<(string | null)[]> {
  const rows = await db
    .selectFrom('event')
    .select('snapshot')
    .where('account', '=', account)
    .where('enabled', '=', 1)
    .execute()
  return rows.map(({ snapshot }) => snapshot)
}

/** The configured event behind each of Cvent's IDs, enabled or not; of several the one that `chosenOf` names. */
export async function eventsByStubs(
  db: Db,
  account: string,
  eventStubs: string[],
): Promise<EventRow[]> {
  const found: EventRow[] = []
  // Each ID stands in one piece, so that every row of it is found together.
  for (let at = 0; at < eventStubs.length; at += STUBS_A_STATEMENT)
    found.push(
      ...(await db
        .selectFrom('event')
        .selectAll()
        .where('account', '=', account)
        .where('eventStub', 'in', eventStubs.slice(at, at + STUBS_A_STATEMENT))
        .execute()),
    )
  const byStub = Map.groupBy(found, ({ eventStub }) => eventStub)
  return [...byStub.values()].flatMap((rows) => chosenOf(rows) ?? [])
}

/** A message named these events themselves: they are looked at next, but for one that waits out a failure. */
export async function touchEventRows(
  db: Db,
  account: string,
  eventStubs: string[],
  now: number,
): Promise<void> {
  if (eventStubs.length === 0) return
  await db
    .updateTable('event')
    .set({
      isTouched: 1,
      reconcileDueAt: sql`case when ${sql.ref('reconcileAttempt')} > 0 then ${sql.ref('reconcileDueAt')} else ${now} end`,
    })
    .where('account', '=', account)
    .where('eventStub', 'in', eventStubs)
    .execute()
}

/** Notes that messages about these events came in, for the admin's list. */
export async function noteEventMessages(
  db: Db,
  account: string,
  eventStubs: string[],
  now: number,
): Promise<void> {
  if (eventStubs.length === 0) return
  await db
    .updateTable('event')
    .set({ lastMessageAt: now })
    .where('account', '=', account)
    .where('eventStub', 'in', eventStubs)
    .execute()
}

/** When the next reconcile is due, and from where it goes on. */
export type NextReconcile = Pick<
  Updateable<EventTable>,
  | 'reconciledTo'
  | 'reconcileCursor'
  | 'reconcileUnread'
  | 'reconcileDueAt'
  | 'reconcileAttempt'
  | 'isTouched'
>

/**
 * Notes how the look at an event went. `next` counts only while the event is due as the look found it (`reconcileDueAt`): who has
 * asked for another look meanwhile still gets it.
 */
export async function setReconcile(
  db: Db,
  {
    account,
    eventCode,
    reconcileDueAt,
  }: Pick<EventRow, 'account' | 'eventCode' | 'reconcileDueAt'>,
  went: Pick<Updateable<EventTable>, 'reconciledAt' | 'reconcileReason' | 'orphansCheckedAt'>,
  next: NextReconcile,
): Promise<void> {
  const event = db
    .updateTable('event')
    .where('account', '=', account)
    .where('eventCode', '=', eventCode)
  await event.set(went).execute()
  await event.set(next).where('reconcileDueAt', '=', reconcileDueAt).execute()
}

/** Keeps where a look goes on that was interrupted; null begins anew. */
export async function setReconcileCursor(
  db: Db,
  { account, eventCode, reconciledTo }: Pick<EventRow, 'account' | 'eventCode' | 'reconciledTo'>,
  reconcileCursor: string | null,
): Promise<void> {
  await db
    .updateTable('event')
    .set({ reconcileCursor })
    .where('account', '=', account)
    .where('eventCode', '=', eventCode)
    // A full reconcile that was asked for meanwhile begins anew.
    .where('reconciledTo', reconciledTo === null ? 'is' : '=', reconciledTo)
    .execute()
}

/** Lets an event's rows in iMIS be compared with the ledger at its next reconcile. */
export async function askForOrphanCheck(db: Db, account: string, eventCode: string): Promise<void> {
  await db
    .updateTable('event')
    .set({ orphansCheckedAt: null })
    .where('account', '=', account)
    .where('eventCode', '=', eventCode)
    .execute()
}
