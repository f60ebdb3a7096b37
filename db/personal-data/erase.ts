import type { Db, RegistrationRow } from '../database.ts'
import { inPieces, type SearchedTable } from './people.ts'

/**
 * Ends that these registrations are followed, before what they hold is erased: nothing reads them again from now on, and while
 * they still say whose they are, an erasure that was cut short can be finished.
 */
export async function stopSyncing(
  db: Db,
  ids: string[],
  reason: string,
  now: number,
): Promise<void> {
  for (const some of inPieces(ids))
    await db
      .updateTable('registration')
      .set((e) => ({
        attempt: 0,
        syncedVersion: e.ref('wantedVersion'),
        reason,
        state: 'erased',
        updatedAt: now,
      }))
      .where('id', 'in', some)
      .execute()
}

/** True when a registration still holds more than ids. */
export function holdsPerson(
  row: Pick<
    RegistrationRow,
    'partyId' | 'confirmationNumber' | 'firstName' | 'lastName' | 'email' | 'snapshot'
  >,
): boolean {
  const { partyId, confirmationNumber, firstName, lastName, email, snapshot } = row
  return [partyId, confirmationNumber, firstName, lastName, email, snapshot].some(
    (value) => value !== null,
  )
}

/** The attendees whose erasure began before `before` and was cut short: they are no longer followed, and hold more than ids. */
export async function halfErased(db: Db, key: string, before: number): Promise<string[]> {
  const rows = await db
    .selectFrom('registration')
    .select('attendeeId')
    .where('account', '=', key)
    .where('state', '=', 'erased')
    .where('updatedAt', '<', before)
    .where((e) =>
      e.or(
        (
          ['partyId', 'confirmationNumber', 'firstName', 'lastName', 'email', 'snapshot'] as const
        ).map((column) => e(column, 'is not', null)),
      ),
    )
    .execute()
  return rows.map(({ attendeeId }) => attendeeId)
}

/** Empties registrations to their ids and status, so that the places that are taken stay counted. */
export async function eraseRegistrations(
  db: Db,
  ids: string[],
  reason: string,
  now: number,
): Promise<void> {
  for (const some of inPieces(ids))
    await db
      .updateTable('registration')
      .set((e) => ({
        partyId: null,
        matchedBy: null,
        confirmationNumber: null,
        firstName: null,
        lastName: null,
        email: null,
        searchText: null,
        snapshot: null,
        candidates: null,
        registeredAt: null,
        modifiedAt: null,
        attempt: 0,
        syncedVersion: e.ref('wantedVersion'),
        reason,
        state: 'erased',
        updatedAt: now,
      }))
      .where('id', 'in', some)
      .execute()
}

/** Leaves ids in ledger rows: what was written is not written twice. `withHash`: also forgets the digest of what was written. */
export async function eraseLedger(db: Db, ids: string[], withHash: boolean): Promise<void> {
  for (const some of inPieces(ids))
    await db
      .updateTable('ledger')
      .set({ properties: null, ...(withHash ? { hash: null, intendedHash: null } : {}) })
      .where('id', 'in', some)
      .execute()
}

/** Removes what staff said of these contacts. */
export async function eraseAssignments(db: Db, key: string, contactStubs: string[]): Promise<void> {
  for (const some of inPieces(contactStubs))
    await db
      .deleteFrom('assignment')
      .where('account', '=', key)
      .where('contactStub', 'in', some)
      .execute()
}

/** Removes what hand-offs left of a person. @returns how many rows */
export async function eraseHandOffs(
  db: Db,
  account: string,
  { contacts, places }: { contacts: { partyId: string }[]; places: { partyId: string }[] },
): Promise<number> {
  for (const [table, rows] of [
    ['partycontact', contacts],
    ['handoffplace', places],
  ] as const)
    for (const some of inPieces(rows.map(({ partyId }) => partyId)))
      await db
        .deleteFrom(table)
        .where('account', '=', account)
        .where('partyId', 'in', some)
        .execute()
  return contacts.length + places.length
}

/** Empties messages, with a reason in their place; they stay so that a repeated delivery is known as one. */
export async function emptyMessages(db: Db, ids: string[], reason: string): Promise<void> {
  for (const some of inPieces(ids)) {
    await db
      .updateTable('message')
      .set({
        body: Buffer.alloc(0),
        parts: 0,
        bytes: 0,
        encoding: 'identity',
        contentEncoding: null,
        contentType: null,
        state: 'erased',
        reason,
      })
      .where('id', 'in', some)
      .execute()
    for (const id of some) await db.deleteFrom('messagepart').where('messageId', '=', id).execute()
  }
}

/** Removes the log lines of these registrations, and those of the party that are about no other registration. @returns how many */
export async function eraseLinesOf(
  db: Db,
  key: string,
  { registrationIds, partyId }: { registrationIds: string[]; partyId: string | undefined },
): Promise<number> {
  let removed = 0
  for (const some of inPieces(registrationIds))
    removed += await removeLines(db, 'registrationId', some)
  if (partyId === undefined) return removed
  for (;;) {
    const rows = await db
      .selectFrom('log')
      .select(['id', 'registrationId'])
      .where('account', '=', key)
      .where('partyId', '=', partyId)
      .limit(500)
      .execute()
    if (rows.length === 0) return removed
    const own = rows.filter((row) => row.registrationId === null).map(({ id }) => id)
    const others = rows.filter((row) => row.registrationId !== null).map(({ id }) => id)
    for (const some of inPieces(own)) removed += await removeLines(db, 'id', some)
    for (const some of inPieces(others))
      await db.updateTable('log').set({ partyId: null }).where('id', 'in', some).execute()
  }
}

/** Removes these log lines. @returns how many */
export async function removeLines(
  db: Db,
  column: 'id' | 'registrationId' | 'messageId',
  values: string[],
): Promise<number> {
  let removed = 0
  for (;;) {
    const rows = await db
      .selectFrom('log')
      .select('id')
      .where(column, 'in', values)
      .limit(200)
      .execute()
    if (rows.length === 0) return removed
    const ids = rows.map(({ id }) => id)
    await db.deleteFrom('log').where('id', 'in', ids).execute()
    removed += ids.length
  }
}

/** Sets texts of one row of a searched table. */
export async function setTexts(
  db: Db,
  table: SearchedTable,
  id: string,
  texts: Record<string, string | null>,
): Promise<void> {
  // The columns are those the table is searched in; the builder cannot follow which table it is.
  await db
    .updateTable(table as 'log')
    .set(texts)
    .where('id', '=', id)
    .execute()
}

/** Returns those of these attendees or contacts that were erased: what a message brings of them is not kept. */
export async function erasedAmong(
  db: Db,
  account: string,
  attendeeIds: string[],
  contactStubs: string[],
): Promise<Set<string>> {
  const erased = new Set<string>()
  const any = await db
    .selectFrom('registration')
    .select('id')
    .where('account', '=', account)
    .where('state', '=', 'erased')
    .limit(1)
    .executeTakeFirst()
  if (!any) return erased
  for (const [column, values] of [
    ['attendeeId', attendeeIds],
    ['contactStub', contactStubs],
  ] as const)
    for (const some of inPieces([...new Set(values)]))
      for (const row of await db
        .selectFrom('registration')
        .select(['attendeeId', 'contactStub'])
        .where('account', '=', account)
        .where('state', '=', 'erased')
        .where(column, 'in', some)
        .execute())
        erased.add(row[column] ?? '')
  return erased
}
