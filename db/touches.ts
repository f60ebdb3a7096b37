import { sql, type RawBuilder } from 'kysely'
import { v7 as uuid } from 'uuid'
import type { Db } from './database.ts'
import { incoming, upsert } from './engine/open.ts'

/**
 * Request to read one attendee again. `eventStub`: the event it was named with, when it was; `eventCode`: that of a
 * configured one, so that its page counts what waits before the first read. `isEventRead`: Cvent's own list named the
 * event. A message only hints at one, which never replaces what was read.
 */
export interface Touch {
  attendeeId: string
  eventStub: string | undefined
  eventCode?: string | undefined
  isEventRead?: boolean
}

/** So that a statement holds SQLite's thread for a few milliseconds only: a touched row stands in a dozen indexes. */
export const ROWS_A_STATEMENT = 100

/**
 * Marks attendees to be read again: `wantedVersion + 1`, and due now, but for one that is waiting out a failure, which
 * keeps its time. Unknown ones get a row; one that was erased stays erased. Each attendee counts once, however often it is
 * named.
 */
export async function touch(
  db: Db,
  account: string,
  touches: Touch[],
  now: number,
): Promise<number> {
  const all = onceEach(touches)
  const row = ({ attendeeId, eventStub, eventCode, isEventRead }: Touch) => ({
    id: uuid(),
    account,
    attendeeId,
    eventStub: eventStub ?? null,
    eventCode: eventCode ?? null,
    isEventRead: isEventRead ? 1 : 0,
    wantedVersion: 1,
    syncedVersion: 0,
    state: 'waiting',
    dueAt: now,
    createdAt: now,
    updatedAt: now,
  })
  for (let at = 0; at < all.length; at += ROWS_A_STATEMENT)
    await upsert(
      db,
      'registration',
      all.slice(at, at + ROWS_A_STATEMENT).map(row),
      ['account', 'attendeeId'],
      {
        // In this order: MySQL lets a later assignment see what an earlier one set.
        dueAt: unlessErased(
          'registration.dueAt',
          sql`case when ${sql.ref('registration.state')} = 'waiting' and ${sql.ref('registration.attempt')} > 0
        then ${sql.ref('registration.dueAt')} else ${now} end`,
        ),
        attempt: sql`case when ${sql.ref('registration.state')} = 'waiting' then ${sql.ref('registration.attempt')} else 0 end`,
        eventCode: unlessErased('registration.eventCode', kept(db, 'eventCode')),
        eventStub: unlessErased('registration.eventStub', kept(db, 'eventStub')),
        isEventRead: unlessErased(
          'registration.isEventRead',
          sql`case when ${incoming(db, 'isEventRead')} = 1 then 1
          when ${incoming(db, 'eventStub')} is null or ${incoming(db, 'eventStub')} = ${sql.ref('registration.eventStub')}
          then ${sql.ref('registration.isEventRead')} else 0 end`,
        ),
        wantedVersion: sql`${sql.ref('registration.wantedVersion')} + ${unlessErased('', sql`1`, sql`0`)}`,
        updatedAt: unlessErased('registration.updatedAt', sql`${now}`),
        state: unlessErased('registration.state', sql`'waiting'`),
      },
    )
  return all.length
}

/** Returns one touch for each attendee: one that names an event before one that does not, and then the latest. */
export function onceEach(touches: Touch[]): Touch[] {
  const once = new Map<string, Touch>()
  for (const touched of touches)
    if (touched.eventStub !== undefined || !once.has(touched.attendeeId))
      once.set(touched.attendeeId, touched)
  return [...once.values()]
}

/** Returns the value a touch gives a column of the event: a message's word counts only until Cvent's read or list has said one. */
function kept(db: Db, column: 'eventStub' | 'eventCode') {
  const known = sql.ref(`registration.${column}`)
  return sql`case when ${incoming(db, 'isEventRead')} = 0
    and (${sql.ref('registration.isEventRead')} = 1 or ${sql.ref('registration.readAt')} is not null)
    then ${known} else coalesce(${incoming(db, column)}, ${known}) end`
}

/**
 * Returns the columns that make a registration due at once: one version more than it has. One that was erased
 * stays as it is; only `retryRegistration` ends that.
 */
export function oneVersionMore(now: number) {
  return {
    wantedVersion: sql<number>`${sql.ref('wantedVersion')} + ${unlessErased('wantedVersion', sql`1`, sql`0`)}`,
    attempt: unlessErased<number>('attempt', sql`0`),
    dueAt: unlessErased<number>('dueAt', sql`${now}`),
    updatedAt: unlessErased<number>('updatedAt', sql`${now}`),
    state: unlessErased<string>('state', sql`'waiting'`),
  }
}

/** `value`, or for a registration that was erased what its column holds. */
function unlessErased<T>(
  column: string,
  value: RawBuilder<unknown>,
  erased: RawBuilder<unknown> = sql.ref(column),
) {
  return sql<T>`case when ${sql.ref('registration.state')} = 'erased' then ${erased} else ${value} end`
}

/**
 * Runs one short transaction of long work, so that nobody waits for more than that one; whoever works under a lease checks it
 * in each.
 */
export type InSlice = <Done>(work: (tx: Db) => Promise<Done>) => Promise<Done>

/**
 * Touches the registrations of an event that are in one state, some at a time in order of their ids. What was touched has
 * left the state, so that work that was cut short is repeated as a whole.
 */
async function touchInState(
  db: Db,
  account: string,
  { eventStub, state }: { eventStub: string; state: string },
  now: number,
  inSlice: InSlice = (work) => work(db),
): Promise<void> {
  for (let after = ''; ;) {
    const rows = await db
      .selectFrom('registration')
      .select('id')
      .where('account', '=', account)
      .where('eventStub', '=', eventStub)
      .where('state', '=', state)
      .where('id', '>', after)
      .orderBy('id')
      .limit(ROWS_A_STATEMENT)
      .execute()
    const ids = rows.map(({ id }) => id)
    if (ids.length > 0)
      await inSlice((tx) =>
        tx
          .updateTable('registration')
          .set(oneVersionMore(now))
          .where('id', 'in', ids)
          // Read before it is written: what has left the state meanwhile is not touched.
          .where('state', '=', state)
          .execute(),
      )
    after = ids.at(-1) ?? ''
    if (ids.length < ROWS_A_STATEMENT) return
  }
}

/**
 * Touches the registrations that have rows for an item (a session that changed), some at a time.
 *
 * @returns how many, and Cvent's IDs of the events they are in
 */
export async function touchItem(
  db: Db,
  account: string,
  itemId: string,
  now: number,
  inSlice: InSlice = (work) => work(db),
): Promise<{ touched: number; eventStubs: string[] }> {
  const eventStubs = new Set<string>()
  let touched = 0
  for (let after = ''; ;) {
    const rows = await db
      .selectFrom('ledger')
      .innerJoin('registration', 'registration.id', 'ledger.registrationId')
      .select(['ledger.id', 'ledger.registrationId', 'registration.eventStub'])
      .where('ledger.account', '=', account)
      .where('ledger.itemId', '=', itemId)
      .where('ledger.state', '!=', 'deleted')
      .where('ledger.id', '>', after)
      .orderBy('ledger.id')
      .limit(ROWS_A_STATEMENT)
      .execute()
    for (const { eventStub } of rows) if (eventStub !== null) eventStubs.add(eventStub)
    const ids = [...new Set(rows.map(({ registrationId }) => registrationId))]
    if (ids.length > 0)
      await inSlice((tx) =>
        tx.updateTable('registration').set(oneVersionMore(now)).where('id', 'in', ids).execute(),
      )
    touched += ids.length
    after = rows.at(-1)?.id ?? ''
    if (rows.length < ROWS_A_STATEMENT) return { touched, eventStubs: [...eventStubs] }
  }
}

/** Makes the registrations of an event due that were set aside while nobody had configured it, or it was switched off. */
export async function touchUnconfigured(
  db: Db,
  account: string,
  eventStub: string,
  now: number,
  inSlice?: InSlice,
): Promise<void> {
  await touchInState(db, account, { eventStub, state: 'unconfigured' }, now, inSlice)
}

/** Makes the registrations of an event due that nobody in iMIS matched: a party may have come since. */
export async function retryUnmatched(
  db: Db,
  account: string,
  eventStub: string,
  now: number,
  inSlice?: InSlice,
): Promise<void> {
  await touchInState(db, account, { eventStub, state: 'unmatched' }, now, inSlice)
}

/** Touches the guests of a primary attendee: who pays, or whose record they stand on, may have changed. */
export async function touchGuests(
  db: Db,
  account: string,
  primaryId: string,
  now: number,
): Promise<void> {
  await touchWhere(db, account, 'primaryId', primaryId, now)
}

/** Touches the registrations that a place was taken from: who took it is known now, and their note says so. */
export async function touchReplaced(
  db: Db,
  account: string,
  replacedBy: string,
  now: number,
): Promise<void> {
  await touchWhere(db, account, 'replacedBy', replacedBy, now)
}

async function touchWhere(
  db: Db,
  account: string,
  column: 'primaryId' | 'replacedBy',
  attendeeId: string,
  now: number,
) {
  await db
    .updateTable('registration')
    .set(oneVersionMore(now))
    .where('account', '=', account)
    .where(column, '=', attendeeId)
    .execute()
}

/**
 * Makes one registration due now, whatever its state, erased ones too: the operator's retry, and what follows an assignment.
 *
 * @returns false when there is none of that id in the account
 */
export async function retryRegistration(
  db: Db,
  account: string,
  id: string,
  now: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('registration')
    .set({
      wantedVersion: sql<number>`${sql.ref('wantedVersion')} + 1`,
      state: 'waiting',
      attempt: 0,
      dueAt: now,
      updatedAt: now,
      reason: null,
    })
    .where('account', '=', account)
    .where('id', '=', id)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Forgets that these attendees were deleted at Cvent: its list names them. */
export async function doubtDeleted(
  db: Db,
  account: string,
  attendeeIds: string[],
  now: number,
): Promise<void> {
  await db
    .updateTable('registration')
    .set({ status: null, updatedAt: now })
    .where('account', '=', account)
    .where('attendeeId', 'in', attendeeIds)
    .where('status', '=', 'Deleted')
    .execute()
}
