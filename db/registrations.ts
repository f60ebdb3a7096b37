import { sql, type CompiledQuery, type Kysely, type RawBuilder } from 'kysely'
import { v7 as uuid } from 'uuid'
import { isStanding } from './attendee-status.ts'
import type { Database, Db, RegistrationRow, RegistrationUpdate } from './database.ts'
import { ifHeld, type Lease } from './leases.ts'
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
const ROWS_A_STATEMENT = 100

/**
 * The registration of a party for one event, as last read from Cvent: the one that holds a place before one that does
 * not, then the newest. A guest's row counts when the guest is that party, not when it stands on the primary's record.
 */
export async function registrationOfParty(
  db: Db,
  account: string,
  eventCode: string,
  partyId: string,
): Promise<OwnRow | undefined> {
  const query = ownRows.get(db) ?? compileOwnRows(db)
  ownRows.set(db, query)
  const [, , , ...constant] = query.parameters
  const parameters = [account, partyId, eventCode, ...constant]
  const { rows } = await db.executeQuery<OwnRow>({ ...query, parameters })
  if (rows.length < 2) return rows[0]
  return rows.toSorted(
    (a, b) =>
      Number(isStanding(b)) - Number(isStanding(a)) || (b.modifiedAt ?? 0) - (a.modifiedAt ?? 0),
  )[0]
}

/** What a member's page and its checks need of a registration; the snapshot stays where it is. */
export type OwnRow = Pick<
  RegistrationRow,
  'attendeeId' | 'status' | 'confirmationNumber' | 'registeredAt' | 'modifiedAt' | 'partyVia'
>

/** Every view of every member's page asks this: building the statement would cost more than running it. */
const ownRows = new WeakMap<Db, CompiledQuery<OwnRow>>()

function compileOwnRows(db: Db): CompiledQuery<OwnRow> {
  return db
    .selectFrom('registration')
    .select([
      'attendeeId',
      'status',
      'confirmationNumber',
      'registeredAt',
      'modifiedAt',
      'partyVia',
    ])
    .where('account', '=', '')
    .where('partyId', '=', '')
    .where('eventCode', '=', '')
    .where((e) => e.or([e('partyVia', 'is', null), e('partyVia', '!=', 'primary')]))
    .compile()
}

/** Cvent's own link of an attendee, as it was last read; undefined where Cvent gave none. */
export async function acceptUrlOf(
  db: Db,
  account: string,
  attendeeId: string,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('registration')
    .select('snapshot')
    .where('account', '=', account)
    .where('attendeeId', '=', attendeeId)
    .executeTakeFirst()
  if (!row?.snapshot) return undefined
  // Written by the worker: `{ attendee, items }`.
  const { attendee } = JSON.parse(row.snapshot) as { attendee?: { acceptUrl?: string } }
  return attendee?.acceptUrl
}

/**
 * Whether another contact's registration for the same event stands for the party. A guest on the primary's record does not
 * count; one that was cancelled does.
 */
export async function hasOtherContact(
  db: Db,
  account: string,
  partyId: string,
  own: {
    attendeeId: string
    eventStub: string
    contact: { contactStub: string; parentId: string | undefined }
  },
): Promise<boolean> {
  const { contactStub, parentId } = own.contact
  const row = await db
    .selectFrom('registration')
    .select('id')
    .where('account', '=', account)
    .where('partyId', '=', partyId)
    .where('eventStub', '=', own.eventStub)
    .where('attendeeId', '!=', own.attendeeId)
    .where('contactStub', 'not in', [contactStub, parentId ?? contactStub])
    .where((e) => e.or([e('partyVia', 'is', null), e('partyVia', '!=', 'primary')]))
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/**
 * Whether a registration with this e-mail address is surely another party's: known by the source ID or by the word of staff.
 */
export async function isKnownAsAnother(
  db: Db,
  account: string,
  email: string | undefined,
  partyId: string,
): Promise<boolean> {
  if (email === undefined) return false
  const row = await db
    .selectFrom('registration')
    .select('id')
    .where('account', '=', account)
    .where('email', 'in', [email, email.toLowerCase()])
    .where('partyId', '!=', partyId)
    .where('partyVia', 'in', ['sourceId', 'assigned'])
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Whether any registration that we know of, for whichever event, is of this contact. */
export async function hasRegistration(
  db: Db,
  account: string,
  contactStub: string,
): Promise<boolean> {
  const row = await db
    .selectFrom('registration')
    .select('id')
    .where('account', '=', account)
    .where('contactStub', '=', contactStub)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Whether a registration of this contact is surely the party's: known by the source ID or by the word of staff. */
export async function isProvenContactOf(
  db: Db,
  account: string,
  contactStub: string,
  partyId: string,
): Promise<boolean> {
  const row = await db
    .selectFrom('registration')
    .select('id')
    .where('account', '=', account)
    .where('contactStub', '=', contactStub)
    .where('partyId', '=', partyId)
    .where('partyVia', 'in', ['sourceId', 'assigned'])
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** How many accepted attendees (guests included) of an event we know of. */
export async function countAccepted(db: Db, account: string, eventCode: string): Promise<number> {
  const { count } = await db
    .selectFrom('registration')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('account', '=', account)
    .where('eventCode', '=', eventCode)
    .where((e) =>
      e.or([
        e('status', '=', 'Accepted'),
        e.and([e('status', '=', 'Visited'), e('registeredAt', 'is not', null)]),
      ]),
    )
    .executeTakeFirstOrThrow()
  return count
}

/** The registration of one attendee. */
export async function registrationOfAttendee(
  db: Db,
  account: string,
  attendeeId: string,
): Promise<RegistrationRow | undefined> {
  return db
    .selectFrom('registration')
    .selectAll()
    .where('account', '=', account)
    .where('attendeeId', '=', attendeeId)
    .executeTakeFirst()
}

/** The registrations of these attendees, in no order; unknown ones are missing. */
export async function registrationsOfAttendees(
  db: Db,
  account: string,
  attendeeIds: string[],
): Promise<RegistrationRow[]> {
  if (attendeeIds.length === 0) return []
  return db
    .selectFrom('registration')
    .selectAll()
    .where('account', '=', account)
    .where('attendeeId', 'in', attendeeIds)
    .execute()
}

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
  const once = new Map<string, Touch>()
  for (const touched of touches)
    if (touched.eventStub !== undefined || !once.has(touched.attendeeId))
      once.set(touched.attendeeId, touched)
  const all = [...once.values()]
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

/** What a touch sets a column of the event to: a message's word counts only until Cvent's read or list has said one. */
function kept(db: Db, column: 'eventStub' | 'eventCode') {
  const known = sql.ref(`registration.${column}`)
  return sql`case when ${incoming(db, 'isEventRead')} = 0
    and (${sql.ref('registration.isEventRead')} = 1 or ${sql.ref('registration.readAt')} is not null)
    then ${known} else coalesce(${incoming(db, column)}, ${known}) end`
}

/**
 * What an update sets so that a registration is worked on again, at once: one version more than it has. One that was erased
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

/** What picks the registrations to touch: those of an event, all or in one state. */
interface Picked {
  eventStub: string
  state?: string
}

/**
 * Touches the registrations that `picked` names, some at a time in order of their ids: one statement for a large event would
 * hold SQLite's thread for seconds.
 *
 * @returns how many
 */
async function touchPicked(
  db: Db,
  account: string,
  { eventStub, state }: Picked,
  now: number,
): Promise<number> {
  let touched = 0
  for (let after = ''; ;) {
    let query = db
      .selectFrom('registration')
      .select('id')
      .where('account', '=', account)
      .where('eventStub', '=', eventStub)
    if (state !== undefined) query = query.where('state', '=', state)
    const rows = await query.where('id', '>', after).orderBy('id').limit(ROWS_A_STATEMENT).execute()
    const ids = rows.map(({ id }) => id)
    if (ids.length > 0)
      await db
        .updateTable('registration')
        .set(oneVersionMore(now))
        .where('id', 'in', ids)
        // Read before it is written: what has left the state meanwhile is not touched.
        .$if(state !== undefined, (update) => update.where('state', '=', state ?? ''))
        .execute()
    touched += ids.length
    after = ids.at(-1) ?? ''
    if (ids.length < ROWS_A_STATEMENT) return touched
  }
}

/** Touches every registration we know of an event, for what changed in the event itself. @returns how many */
export async function touchEvent(
  db: Db,
  account: string,
  eventStub: string,
  now: number,
): Promise<number> {
  return touchPicked(db, account, { eventStub }, now)
}

/**
 * Touches the registrations that have rows for an item (a session that changed).
 *
 * @returns Cvent's IDs of the events they are in
 */
export async function touchItem(
  db: Db,
  account: string,
  itemId: string,
  now: number,
): Promise<string[]> {
  const rows = await db
    .selectFrom('ledger')
    .innerJoin('registration', 'registration.id', 'ledger.registrationId')
    .select(['registration.id', 'registration.eventStub'])
    .distinct()
    .where('ledger.account', '=', account)
    .where('ledger.itemId', '=', itemId)
    .where('ledger.state', '!=', 'deleted')
    .execute()
  const ids = rows.map(({ id }) => id)
  for (let at = 0; at < ids.length; at += ROWS_A_STATEMENT)
    await db
      .updateTable('registration')
      .set(oneVersionMore(now))
      .where('id', 'in', ids.slice(at, at + ROWS_A_STATEMENT))
      .execute()
  return [...new Set(rows.flatMap(({ eventStub }) => eventStub ?? []))]
}

/** Makes the registrations of an event due that were set aside while nobody had configured it, or it was switched off. */
export async function touchUnconfigured(
  db: Db,
  account: string,
  eventStub: string,
  now: number,
): Promise<void> {
  await touchPicked(db, account, { eventStub, state: 'unconfigured' }, now)
}

/** Touches the guests of a primary attendee: who pays, or whose record they stand on, may have changed. */
export async function touchGuests(
  db: Db,
  account: string,
  primaryId: string,
  now: number,
): Promise<void> {
  await db
    .updateTable('registration')
    .set(oneVersionMore(now))
    .where('account', '=', account)
    .where('primaryId', '=', primaryId)
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

/** What the worker claims: enough to plan a read, not the whole row. `wantedVersion` is the version claimed. */
export type Claimed = Pick<
  RegistrationRow,
  | 'id'
  | 'attendeeId'
  | 'eventStub'
  | 'eventCode'
  | 'isEventRead'
  | 'primaryId'
  | 'wantedVersion'
  | 'attempt'
  | 'updatedAt'
>

/**
 * The registrations that are due, the longest waiting first; with `after` only those that fell due later than that. Who
 * holds the account's lease owns them; nothing is marked.
 */
export async function dueRegistrations(
  db: Db,
  account: string,
  now: number,
  limit: number,
  after = -1,
): Promise<Claimed[]> {
  return db
    .selectFrom('registration')
    .select([
      'id',
      'attendeeId',
      'eventStub',
      'eventCode',
      'isEventRead',
      'primaryId',
      'wantedVersion',
      'attempt',
      'updatedAt',
    ])
    .where('account', '=', account)
    .where('state', '=', 'waiting')
    .where('dueAt', '<=', now)
    .where('dueAt', '>', after)
    .orderBy('dueAt')
    .limit(limit)
    .execute()
}

/** Makes the registrations of an event due that nobody in iMIS matched: a party may have come since. */
export async function retryUnmatched(
  db: Db,
  account: string,
  eventStub: string,
  now: number,
): Promise<void> {
  await touchPicked(db, account, { eventStub, state: 'unmatched' }, now)
}

/** When the account's next registration falls due, or undefined when none waits. */
export async function nextRegistrationDue(db: Db, account: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('registration')
    .select('dueAt')
    .where('account', '=', account)
    .where('state', '=', 'waiting')
    .orderBy('dueAt')
    .limit(1)
    .executeTakeFirst()
  return row?.dueAt
}

/** How many registrations of an event we know, by Cvent's id of it. */
export async function countOfEvent(db: Db, account: string, eventStub: string): Promise<number> {
  const { count } = await db
    .selectFrom('registration')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('account', '=', account)
    .where('eventStub', '=', eventStub)
    .executeTakeFirstOrThrow()
  return count
}

/**
 * Ends the work on one registration: what was learnt is kept, and it rests in `state` unless it was touched since it was
 * claimed at `version`; then it stays due at once. Nothing is kept when the lease is no longer ours.
 *
 * @returns false when the lease was lost
 */
export async function settle(
  db: Db,
  lease: Lease,
  id: string,
  version: number,
  update: RegistrationUpdate & { state: string },
  now: number,
): Promise<boolean> {
  const { state, dueAt = now, ...learnt } = fitted(update)
  const { numUpdatedRows } = await db
    .updateTable('registration')
    .set({
      ...learnt,
      state: sql<string>`case when ${sql.ref('wantedVersion')} = ${version} then ${state} else 'waiting' end`,
      dueAt: sql<number>`case when ${sql.ref('wantedVersion')} = ${version} or ${state} = 'waiting' then ${dueAt} else ${now} end`,
      updatedAt: now,
    })
    .where('id', '=', id)
    .where(ifHeld(lease))
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** The widths of the columns that take a vendor's text; ids are refused where they are read when they do not fit. */
const WIDTHS = {
  status: 40,
  confirmationNumber: 40,
  firstName: 100,
  lastName: 100,
  email: 254,
  searchText: 600,
  reason: 500,
} as const

/** Cuts texts to their columns: a long name must not be the reason why a registration cannot be stored. */
function fitted<Update extends RegistrationUpdate>(update: Update): Update {
  const cut: RegistrationUpdate = {}
  for (const [column, width] of Object.entries(WIDTHS)) {
    // The names are those of `WIDTHS`.
    const name = column as keyof typeof WIDTHS
    const value = update[name]
    if (typeof value === 'string' && value.length > width)
      cut[name] = value.slice(0, width).replace(/[\uD800-\uDBFF]$/, '')
  }
  return { ...update, ...cut }
}

/** How many registrations of an account stand in each state. */
export async function countStates(
  db: Kysely<Database>,
  account: string,
): Promise<Record<string, number>> {
  const rows = await db
    .selectFrom('registration')
    .select((e) => ['state', e.fn.countAll<number>().as('count')])
    .where('account', '=', account)
    .groupBy('state')
    .execute()
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]))
}
