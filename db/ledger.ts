import type { Insertable, Updateable } from 'kysely'
import type { Db, LedgerRow, LedgerTable } from './database.ts'

/** Everything written, or about to be, for these attendees, for whichever party. */
export async function ledgerOfAttendees(
  db: Db,
  account: string,
  attendeeIds: string[],
): Promise<LedgerRow[]> {
  if (attendeeIds.length === 0) return []
  return db
    .selectFrom('ledger')
    .selectAll()
    .where('account', '=', account)
    .where('attendeeId', 'in', attendeeIds)
    .orderBy('id')
    .execute()
}

/** The columns of a ledger row that a comparison with iMIS needs. */
export type LedgerOfEvent = Pick<
  LedgerRow,
  'partyId' | 'attendeeId' | 'itemId' | 'activityType' | 'productCode' | 'seqn'
>

/** Registrations whose rows are read at a time: a large event at once would hold SQLite's thread for a second. */
const REGISTRATIONS_A_READ = 200

/** The activities of an event that we wrote, or were about to write, for whichever party. */
export async function ledgerOfEvent(
  db: Db,
  account: string,
  eventCode: string,
): Promise<LedgerOfEvent[]> {
  const found: LedgerOfEvent[] = []
  for (let after = ''; ;) {
    const rows = await db
      .selectFrom('registration')
      .select('id')
      .where('account', '=', account)
      .where('eventCode', '=', eventCode)
      .where('id', '>', after)
      .orderBy('id')
      .limit(REGISTRATIONS_A_READ)
      .execute()
    const ids = rows.map(({ id }) => id)
    if (ids.length > 0) for (const row of await ledgerOfRegistrations(db, ids)) found.push(row)
    after = ids.at(-1) ?? ''
    if (ids.length < REGISTRATIONS_A_READ) return found
  }
}

async function ledgerOfRegistrations(db: Db, ids: string[]): Promise<LedgerOfEvent[]> {
  return db
    .selectFrom('ledger')
    .select(['partyId', 'attendeeId', 'itemId', 'activityType', 'productCode', 'seqn'])
    .where('registrationId', 'in', ids)
    .where('kind', '!=', 'imis-registration')
    .execute()
}

/** Whether another attendee of the same party holds, or is about to hold, the same registration in iMIS itself. */
export async function isHeldByAnother(
  db: Db,
  { account, partyId, productCode, attendeeId }: LedgerRow,
): Promise<boolean> {
  const other = await db
    .selectFrom('ledger')
    .select('id')
    .where('account', '=', account)
    .where('attendeeId', 'in', (e) =>
      e
        .selectFrom('registration')
        .select('attendeeId')
        .where('registration.account', '=', account)
        .where('registration.partyId', '=', partyId)
        .where('registration.attendeeId', '!=', attendeeId),
    )
    .where('kind', '=', 'imis-registration')
    .where('partyId', '=', partyId)
    .where('productCode', '=', productCode)
    .where('state', '!=', 'deleted')
    .executeTakeFirst()
  return other !== undefined
}

/** Those of these SEQNs that a row of the account's ledger stands for, `exceptId` left out. */
export async function heldSeqns(
  db: Db,
  account: string,
  seqns: string[],
  exceptId: string | undefined,
): Promise<Set<string>> {
  if (seqns.length === 0) return new Set()
  const rows = await db
    .selectFrom('ledger')
    .select('seqn')
    .where('account', '=', account)
    .where('seqn', 'in', seqns.slice(0, 500))
    .where('id', '!=', exceptId ?? '')
    .where('kind', '!=', 'imis-registration')
    .execute()
  return new Set(rows.flatMap(({ seqn }) => seqn ?? []))
}

/** Adds a row. @throws the duplicate-key error when that ledger key is taken */
export async function addLedger(db: Db, row: Insertable<LedgerTable>): Promise<void> {
  await db.insertInto('ledger').values(row).execute()
}

/** Changes a row. */
export async function setLedger(
  db: Db,
  id: string,
  update: Updateable<LedgerTable>,
): Promise<void> {
  await db.updateTable('ledger').set(update).where('id', '=', id).execute()
}

/** Takes a row out: iMIS refused it for certain, so nothing was written. */
export async function dropLedger(db: Db, id: string): Promise<void> {
  await db.deleteFrom('ledger').where('id', '=', id).execute()
}

/** The rows of a registration, for its timeline; those that were set aside are not among them. */
export async function ledgerOfRegistration(
  db: Db,
  account: string,
  registrationId: string,
): Promise<LedgerRow[]> {
  return db
    .selectFrom('ledger')
    .selectAll()
    .where('registrationId', '=', registrationId)
    .where('account', '=', account)
    .orderBy('id')
    .execute()
}
