import type { AccountRow, Db } from './database.ts'

/** The account of that key, with its secrets still sealed. */
export async function findAccount(db: Db, account: string): Promise<AccountRow | undefined> {
  return db.selectFrom('account').selectAll().where('account', '=', account).executeTakeFirst()
}

/** Every account, by key. */
export async function listAccounts(db: Db): Promise<AccountRow[]> {
  return db.selectFrom('account').selectAll().orderBy('account').execute()
}

/** The keys of all accounts, in order. */
export async function listAccountKeys(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('account').select('account').orderBy('account').execute()
  return rows.map(({ account }) => account)
}

/**
 * Writes an account; give it a transaction, so that what belongs to the change is stored with it. `expectedVersion` is the
 * version the caller saw (0: there was none); undefined writes over whatever is there.
 *
 * @returns the new version, or undefined when somebody else changed it since: nothing was written then
 */
export async function saveAccount(
  db: Db,
  row: Pick<AccountRow, 'account' | 'document' | 'secrets'>,
  expectedVersion: number | undefined,
  now: number,
): Promise<number | undefined> {
  const known = await db
    .selectFrom('account')
    .select('version')
    .where('account', '=', row.account)
    .executeTakeFirst()
  const seen = known?.version ?? 0
  if (expectedVersion !== undefined && expectedVersion !== seen) return undefined
  const version = seen + 1
  if (!known) {
    await db
      .insertInto('account')
      .values({ ...row, version, createdAt: now, updatedAt: now })
      .execute()
    return version
  }
  const { numUpdatedRows } = await db
    .updateTable('account')
    .set({ document: row.document, secrets: row.secrets, version, updatedAt: now })
    .where('account', '=', row.account)
    .where('version', '=', seen)
    .executeTakeFirst()
  return numUpdatedRows === 1n ? version : undefined
}

/** Removes the account's row; false when there was none. What it received and wrote stays, for the record. */
export async function deleteAccount(db: Db, account: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('account')
    .where('account', '=', account)
    .executeTakeFirst()
  return numDeletedRows > 0n
}
