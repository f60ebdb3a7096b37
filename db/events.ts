import { sql } from 'kysely'
import type { Db, EventRow } from './database.ts'

/** The configured event of that code, compared without case; the one that is written exactly so before another. */
export async function findEvent(
  db: Db,
  account: string,
  eventCode: string,
): Promise<EventRow | undefined> {
  const ofAccount = db.selectFrom('event').selectAll().where('account', '=', account)
  const exact = await ofAccount.where('eventCode', '=', eventCode).executeTakeFirst()
  return (
    exact ??
    (await ofAccount
      .where(sql<string>`lower(${sql.ref('eventCode')})`, '=', eventCode.toLowerCase())
      .executeTakeFirst())
  )
}

/** Makes other transactions that lock the event wait for this one. */
export async function lockEvent(db: Db, account: string, eventCode: string): Promise<void> {
  await db
    .updateTable('event')
    .set((e) => ({ updatedAt: e.ref('updatedAt') }))
    .where('account', '=', account)
    .where('eventCode', '=', eventCode)
    .execute()
}

/**
 * Returns the configured event behind Cvent's ID of it, once it has been read from Cvent; of several the one that
 * `chosenOf` names.
 */
export async function findEventByStub(
  db: Db,
  account: string,
  eventStub: string,
): Promise<EventRow | undefined> {
  const rows = await db
    .selectFrom('event')
    .selectAll()
    .where('account', '=', account)
    .where('eventStub', '=', eventStub)
    .execute()
  return chosenOf(rows)
}

/**
 * Returns the one of several configured events that are one event at Cvent (its code was changed there, and the new code
 * added): an enabled one, then the one with Cvent's code as read last, then the newest.
 */
export function chosenOf(rows: EventRow[]): EventRow | undefined {
  if (rows.length < 2) return rows[0]
  const latest = rows.toSorted((a, b) => (b.snapshotAt ?? 0) - (a.snapshotAt ?? 0))[0]
  const code = codeIn(latest?.snapshot ?? null)
  const rank = ({ enabled, eventCode }: EventRow) =>
    enabled * 2 + (eventCode.toLowerCase() === code ? 1 : 0)
  return rows.toSorted(
    (a, b) =>
      rank(b) - rank(a) || b.createdAt - a.createdAt || (a.eventCode < b.eventCode ? -1 : 1),
  )[0]
}

/** Cvent's code in what was stored of an event. */
function codeIn(snapshot: string | null) {
  // Written by the worker from an event as it was read; a code may be missing.
  const { eventCode } = JSON.parse(snapshot ?? '{}') as { eventCode?: string }
  return eventCode?.toLowerCase()
}

/** Every configured event of an account, by code. */
export async function listEvents(db: Db, account: string): Promise<EventRow[]> {
  return db
    .selectFrom('event')
    .selectAll()
    .where('account', '=', account)
    .orderBy('eventCode')
    .execute()
}

/**
 * Writes an event's document; what was learnt from Cvent stays. Give it a transaction. `expectedVersion` as in
 * `saveAccount`. A new event is due for its first reconcile (backfill) at once, and so is one that was switched on again.
 *
 * @returns the new version, or undefined when somebody else changed it since
 * @throws the duplicate-key error when another event has that meeting code
 */
export async function saveEvent(
  db: Db,
  row: Pick<EventRow, 'account' | 'eventCode' | 'meetingCode' | 'enabled' | 'document'>,
  expectedVersion: number | undefined,
  now: number,
): Promise<number | undefined> {
  const known = await db
    .selectFrom('event')
    .select(['version', 'enabled'])
    .where('account', '=', row.account)
    .where('eventCode', '=', row.eventCode)
    .executeTakeFirst()
  const seen = known?.version ?? 0
  if (expectedVersion !== undefined && expectedVersion !== seen) return undefined
  const version = seen + 1
  if (!known) {
    await db
      .insertInto('event')
      .values({ ...row, version, reconcileDueAt: now, createdAt: now, updatedAt: now })
      .execute()
    return version
  }
  const wasSwitchedOn = known.enabled === 0 && row.enabled === 1
  const { numUpdatedRows } = await db
    .updateTable('event')
    .set({
      meetingCode: row.meetingCode,
      enabled: row.enabled,
      document: row.document,
      version,
      updatedAt: now,
      ...(wasSwitchedOn ? { reconcileDueAt: now } : {}),
    })
    .where('account', '=', row.account)
    .where('eventCode', '=', row.eventCode)
    .where('version', '=', seen)
    .executeTakeFirst()
  return numUpdatedRows === 1n ? version : undefined
}

/** Removes the event's row; false when there was none. Its registrations and ledger stay. */
export async function deleteEvent(db: Db, account: string, eventCode: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('event')
    .where('account', '=', account)
    .where('eventCode', '=', eventCode)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/**
 * Keeps what Cvent said of the event: its stub and our shape of it as JSON. With `accountVersion` only while the account is
 * as it was when Cvent was asked: it may point to another Cvent account by now.
 */
export async function learnEvent(
  db: Db,
  account: string,
  eventCode: string,
  learnt: { eventStub: string; snapshot: string; snapshotAt: number },
  accountVersion?: number,
): Promise<void> {
  let update = db
    .updateTable('event')
    .set({ ...learnt, isTouched: 0 })
    .where('account', '=', account)
    .where('eventCode', '=', eventCode)
  if (accountVersion !== undefined)
    update = update.where((e) =>
      e.exists(
        e
          .selectFrom('account')
          .select('version')
          .where('account.account', '=', account)
          .where('version', '=', accountVersion),
      ),
    )
  await update.execute()
}
