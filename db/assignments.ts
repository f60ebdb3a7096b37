import type { AssignmentTable, Db } from './database.ts'
import { upsert } from './open.ts'

/** Remembers who a Cvent contact is, said by an admin; a later word replaces an earlier one. */
export async function assign(db: Db, assignment: AssignmentTable): Promise<void> {
  const { partyId, assignedBy, assignedAt } = assignment
  await upsert(db, 'assignment', assignment, ['account', 'contactStub'], {
    partyId,
    assignedBy,
    assignedAt,
  })
}

/** What admins said of these contacts: contact stub to party id. */
export async function assignmentsOf(
  db: Db,
  account: string,
  contactStubs: string[],
): Promise<Map<string, string>> {
  if (contactStubs.length === 0) return new Map()
  const rows = await db
    .selectFrom('assignment')
    .select(['contactStub', 'partyId'])
    .where('account', '=', account)
    .where('contactStub', 'in', contactStubs)
    .execute()
  return new Map(rows.map(({ contactStub, partyId }) => [contactStub, partyId]))
}
