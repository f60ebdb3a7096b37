import type { AssignmentTable, Db } from './database.ts'
import { upsert } from './engine/open.ts'

/**
 * Remembers who a Cvent contact is, said by an admin; a later word replaces an earlier one. `lastName`: the contact's when it
 * was said; without one the word holds whatever the contact is called later.
 */
export async function assign(
  db: Db,
  assignment: Omit<AssignmentTable, 'lastName'> & { lastName?: string | null },
): Promise<void> {
  const { partyId, assignedBy, assignedAt, lastName = null } = assignment
  const said = { partyId, lastName, assignedBy, assignedAt }
  await upsert(db, 'assignment', { ...assignment, lastName }, ['account', 'contactStub'], said)
}

/** Returns the assignments of these contacts, by contact stub: the party, and the last name the contact had then. */
export async function assignmentsOf(
  db: Db,
  account: string,
  contactStubs: string[],
): Promise<Map<string, Pick<AssignmentTable, 'partyId' | 'lastName'>>> {
  if (contactStubs.length === 0) return new Map()
  const rows = await db
    .selectFrom('assignment')
    .select(['contactStub', 'partyId', 'lastName'])
    .where('account', '=', account)
    .where('contactStub', 'in', contactStubs)
    .execute()
  return new Map(
    rows.map(({ contactStub, partyId, lastName }) => [contactStub, { partyId, lastName }]),
  )
}
