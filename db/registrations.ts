import type { CompiledQuery, Kysely } from 'kysely'
import { isStanding } from './attendee-status.ts'
import type { Database, Db, RegistrationRow } from './database.ts'

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

/** The columns of a registration that a member's page and its checks need; the snapshot stays where it is. */
export type OwnRow = Pick<
  RegistrationRow,
  'attendeeId' | 'status' | 'confirmationNumber' | 'registeredAt' | 'modifiedAt' | 'matchedBy'
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
      'matchedBy',
    ])
    .where('account', '=', '')
    .where('partyId', '=', '')
    .where('eventCode', '=', '')
    .where((e) => e.or([e('matchedBy', 'is', null), e('matchedBy', '!=', 'primary')]))
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
    .where((e) => e.or([e('matchedBy', 'is', null), e('matchedBy', '!=', 'primary')]))
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
    .where('matchedBy', 'in', ['sourceId', 'assigned'])
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Says whether we know any registration of this contact, for whichever event. */
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

/** Says whether a registration of this contact is surely the party's: known by the source ID or by the word of staff. */
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
    .where('matchedBy', 'in', ['sourceId', 'assigned'])
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Counts the accepted attendees of an event that we know of, guests included. */
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

/** Counts the registrations of an event that we know, by Cvent's ID of it. */
export async function countOfEvent(db: Db, account: string, eventStub: string): Promise<number> {
  const { count } = await db
    .selectFrom('registration')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('account', '=', account)
    .where('eventStub', '=', eventStub)
    .executeTakeFirstOrThrow()
  return count
}

/** Counts the registrations of an account in each state. */
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
