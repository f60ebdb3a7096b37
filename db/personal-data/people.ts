import { setImmediate } from 'node:timers/promises'
import type {
  AssignmentTable,
  Db,
  LedgerRow,
  PartyContactTable,
  RegistrationRow,
} from '../database.ts'
import { keyOf } from '../set-aside.ts'

/** Rows, or values, of one statement: SQLite holds the process's main thread while it works. */
const A_PAGE = 200
/** Addresses are small and stand in an index. */
const ADDRESSES_A_PAGE = 2000

/** The columns of a registration that belong to a person. */
export type PersonRegistration = Pick<
  RegistrationRow,
  | 'id'
  | 'account'
  | 'attendeeId'
  | 'contactStub'
  | 'partyId'
  | 'confirmationNumber'
  | 'firstName'
  | 'lastName'
  | 'email'
  | 'snapshot'
  | 'state'
>

const COLUMNS = [
  'id',
  'account',
  'attendeeId',
  'contactStub',
  'partyId',
  'confirmationNumber',
  'firstName',
  'lastName',
  'email',
  'snapshot',
  'state',
] as const

/** The keys under which rows of an account stand: its own, and those of what was set aside, where party ids may be another iMIS's. */
export async function keysOfAccount(db: Db, account: string) {
  const asides = await db
    .selectFrom('setaside')
    .selectAll()
    .where('account', '=', account)
    .orderBy('id')
    .execute()
  const imisChangedAt = Math.max(
    -Infinity,
    ...asides.flatMap(({ what, at }) => (what === 'imis' ? [at] : [])),
  )
  return [
    { key: account, isSameImis: true },
    ...asides.map((aside) => ({
      key: keyOf(aside),
      isSameImis: aside.what === 'cvent' && aside.at > imisChangedAt,
    })),
  ]
}

/** The registrations of a party; those of guests on the party's record are somebody else's. */
export async function registrationsOfOneParty(
  db: Db,
  key: string,
  partyId: string,
): Promise<PersonRegistration[]> {
  return db
    .selectFrom('registration')
    .select(COLUMNS)
    .where('account', '=', key)
    .where('partyId', '=', partyId)
    .where((e) => e.or([e('matchedBy', 'is', null), e('matchedBy', '!=', 'primary')]))
    .execute()
}

/** The registrations with that e-mail address, whatever the case of its letters. */
export async function registrationsOfAddress(
  db: Db,
  key: string,
  email: string,
): Promise<PersonRegistration[]> {
  const spellings: string[] = []
  for (let after = ''; ;) {
    const rows = await db
      .selectFrom('registration')
      .select('email')
      .distinct()
      .where('account', '=', key)
      .where('email', '>', after)
      .orderBy('email')
      .limit(ADDRESSES_A_PAGE)
      .execute()
    for (const { email: found } of rows)
      if (found?.toLowerCase() === email.toLowerCase()) spellings.push(found)
    after = rows.at(-1)?.email ?? ''
    if (rows.length < ADDRESSES_A_PAGE) break
    await setImmediate()
  }
  return registrationsWith(db, key, 'email', spellings)
}

/** The registrations whose column holds one of the values. */
export async function registrationsWith(
  db: Db,
  key: string,
  column: 'email' | 'contactStub' | 'attendeeId',
  values: string[],
): Promise<PersonRegistration[]> {
  const found: PersonRegistration[] = []
  for (const some of inPieces(values))
    found.push(
      ...(await db
        .selectFrom('registration')
        .select(COLUMNS)
        .where('account', '=', key)
        .where(column, 'in', some)
        .execute()),
    )
  return found
}

/** Lists what staff said of a party's contacts, or of these contacts. */
export async function assignmentsOfPerson(
  db: Db,
  key: string,
  partyId: string | undefined,
  contactStubs: string[],
): Promise<AssignmentTable[]> {
  const all = await db.selectFrom('assignment').selectAll().where('account', '=', key).execute()
  const stubs = new Set(contactStubs)
  return all.filter((one) => one.partyId === partyId || stubs.has(one.contactStub))
}

/** Lists what was written for a party or for these attendees. A party's rows are found by how ledger keys begin. */
export async function ledgerOfPerson(
  db: Db,
  key: string,
  partyId: string | undefined,
  attendeeIds: string[],
): Promise<LedgerRow[]> {
  const found = new Map<string, LedgerRow>()
  for (const some of inPieces(attendeeIds)) {
    const rows = db.selectFrom('ledger').selectAll().where('account', '=', key)
    for (const row of await rows.where('attendeeId', 'in', some).execute()) found.set(row.id, row)
  }
  if (partyId === undefined) return [...found.values()]
  for (let after = `cvent:${partyId}:`; ;) {
    const rows = await db
      .selectFrom('ledger')
      .selectAll()
      .where('account', '=', key)
      .where('ledgerKey', '>', after)
      .where('ledgerKey', '<', `cvent:${partyId};`)
      .orderBy('ledgerKey')
      .limit(A_PAGE)
      .execute()
    for (const row of rows) found.set(row.id, row)
    after = rows.at(-1)?.ledgerKey ?? ''
    if (rows.length < A_PAGE) return [...found.values()]
  }
}

/** Lists what hand-offs left of a person: when the contact was brought up to date, and places in the line. */
export async function handOffsOf(
  db: Db,
  account: string,
  partyId: string | undefined,
  contactStubs: string[],
) {
  const contacts = new Map<string, PartyContactTable>()
  const ofAccount = db.selectFrom('partycontact').selectAll().where('account', '=', account)
  for (const some of inPieces(contactStubs))
    for (const row of await ofAccount.where('contactStub', 'in', some).execute())
      contacts.set(row.partyId, row)
  if (partyId === undefined) return { contacts: [...contacts.values()], places: [] }
  for (const row of await ofAccount.where('partyId', '=', partyId).execute())
    contacts.set(row.partyId, row)
  const places = await db
    .selectFrom('handoffplace')
    .selectAll()
    .where('account', '=', account)
    .where('partyId', '=', partyId)
    .execute()
  return { contacts: [...contacts.values()], places }
}

/** Cuts a list into what one statement takes. */
export function inPieces<Item>(items: readonly Item[], size = A_PAGE): Item[][] {
  const pieces: Item[][] = []
  for (let at = 0; at < items.length; at += size) pieces.push(items.slice(at, at + size))
  return pieces
}

/** Tables whose text is searched for a person, with the columns that hold some. */
export const SEARCHED = {
  log: ['text', 'detail'],
  audit: ['before', 'after', 'target'],
  run: ['plan', 'result'],
  registration: ['candidates', 'reason'],
} as const
export type SearchedTable = keyof typeof SEARCHED

/** A row of a searched table: its id and its texts. */
export type SearchedRow = { id: string } & Record<string, string | null>

/** Reads every row of a searched table that has any text, a bounded piece at a time, giving way to other work between. */
export async function* searchedRows(
  db: Db,
  table: SearchedTable,
  key: string,
): AsyncGenerator<SearchedRow[]> {
  for (let after = ''; ;) {
    const ids = await db
      .selectFrom(table as 'log')
      .select('id')
      .where('account', '=', key)
      .where('id', '>', after)
      .orderBy('id')
      .limit(A_PAGE)
      .execute()
    const last = ids.at(-1)
    if (!last) return
    // The names are those of the table above; the builder cannot follow which table it is.
    const rows = await db
      .selectFrom(table as 'log')
      .select(['id', ...SEARCHED[table]] as ('id' | 'text')[])
      .where(
        'id',
        'in',
        ids.map(({ id }) => id),
      )
      .execute()
    yield rows
    after = last.id
    await setImmediate()
  }
}

/** The ids and sizes of an account's messages after the id `from`, whatever their state, a bounded piece at a time. */
export async function* messageIds(
  db: Db,
  key: string,
  from = '',
): AsyncGenerator<{ id: string; bytes: number; state: string }[]> {
  for (let after = from; ;) {
    const rows = await db
      .selectFrom('message')
      .select(['id', 'bytes', 'state'])
      .where('account', '=', key)
      .where('id', '>', after)
      .orderBy('id')
      .limit(A_PAGE)
      .execute()
    const last = rows.at(-1)
    if (!last) return
    yield rows
    after = last.id
    await setImmediate()
  }
}
