import type { ApiKeyRow, Db, StaffRow } from './database.ts'
import { upsert } from './engine/open.ts'

/** What stands for "every account" in the key table. */
export const ALL_ACCOUNTS = '*'

/** The key whose SHA-256 (hex) that is, whether or not it still holds. */
export async function findApiKey(db: Db, hash: string): Promise<ApiKeyRow | undefined> {
  return db.selectFrom('apikey').selectAll().where('hash', '=', hash).executeTakeFirst()
}

/** The keys of an account (or of `*`), the newest first, revoked ones included. */
export async function listApiKeys(db: Db, account: string): Promise<ApiKeyRow[]> {
  return db
    .selectFrom('apikey')
    .selectAll()
    .where('account', '=', account)
    .orderBy('id', 'desc')
    .execute()
}

/** Keeps a new key's hash; the key itself is never stored. */
export async function addApiKey(db: Db, row: ApiKeyRow): Promise<void> {
  await db.insertInto('apikey').values(row).execute()
}

/** Ends a key at once; false when the account has no such key or it was ended before. */
export async function revokeApiKey(db: Db, account: string, id: string, now: number) {
  const { numUpdatedRows } = await db
    .updateTable('apikey')
    .set({ revokedAt: now })
    .where('account', '=', account)
    .where('id', '=', id)
    .where('revokedAt', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Notes that a key was used. */
export async function noteKeyUse(db: Db, id: string, now: number): Promise<void> {
  await db.updateTable('apikey').set({ lastUsedAt: now }).where('id', '=', id).execute()
}

/** The assignment of a party to an account. */
export async function findStaff(
  db: Db,
  account: string,
  partyId: string,
): Promise<StaffRow | undefined> {
  return db
    .selectFrom('staff')
    .selectAll()
    .where('account', '=', account)
    .where('partyId', '=', partyId)
    .executeTakeFirst()
}

/** Everybody assigned to an account, by name. */
export async function listStaff(db: Db, account: string): Promise<StaffRow[]> {
  return db
    .selectFrom('staff')
    .selectAll()
    .where('account', '=', account)
    .orderBy('name')
    .orderBy('partyId')
    .execute()
}

/** Assigns a party to an account, or changes the name and role of the assignment. */
export async function assignStaff(db: Db, row: StaffRow): Promise<void> {
  await upsert(db, 'staff', row, ['account', 'partyId'], { name: row.name, role: row.role })
}

/** Takes a party off an account; false when it was not assigned. */
export async function removeStaff(db: Db, account: string, partyId: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('staff')
    .where('account', '=', account)
    .where('partyId', '=', partyId)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** Ends every access to an account, so that a later account of the same key does not inherit its users. */
export async function removeAccess(db: Db, account: string): Promise<void> {
  await db.deleteFrom('staff').where('account', '=', account).execute()
  await db.deleteFrom('apikey').where('account', '=', account).execute()
}
