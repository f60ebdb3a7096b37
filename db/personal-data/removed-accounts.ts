import type { Kysely } from 'kysely'
import type { Database, Db, RemovedAccountRow } from '../database.ts'
import { inTransaction, upsert } from '../engine/open.ts'
import { keysOfAccount } from './people.ts'
import { purgeKey } from './retention.ts'

const ROWS_AT_ONCE = 200

/** Notes that an account was removed, and when what it received and wrote is erased. */
export async function noteRemovedAccount(
  db: Db,
  row: Omit<RemovedAccountRow, 'erasedAt'>,
): Promise<void> {
  const { account: _account, ...rest } = row
  const set = { ...rest, erasedAt: null }
  await upsert(db, 'removedaccount', { ...row, erasedAt: null }, ['account'], set)
}

/** Forgets that an account was removed: it is saved again under the same key, with the data that is left. */
export async function keepRemovedAccount(db: Db, account: string): Promise<void> {
  await db.deleteFrom('removedaccount').where('account', '=', account).execute()
}

/** The accounts that were removed, the latest first. */
export async function listRemovedAccounts(db: Db): Promise<RemovedAccountRow[]> {
  return db.selectFrom('removedaccount').selectAll().orderBy('removedAt', 'desc').execute()
}

/**
 * Erases the data of removed accounts whose time has come, to the end, a bounded piece in each transaction: one that is
 * saved again meanwhile keeps what is left. That an account was removed, and when its data was erased, is remembered until
 * `forgetBefore`.
 */
export async function eraseRemovedAccounts(
  db: Kysely<Database>,
  now: number,
  forgetBefore: number,
  isStopping: () => boolean,
): Promise<void> {
  const due = await db
    .selectFrom('removedaccount')
    .select('account')
    .where('eraseAt', '<=', now)
    .where('erasedAt', 'is', null)
    .execute()
  for (const { account } of due)
    for (let removed = 1; removed > 0 && !isStopping();)
      removed = await inTransaction(db, (tx) => erasePiece(tx, account, now))
  await db.deleteFrom('removedaccount').where('erasedAt', '<', forgetBefore).execute()
}

async function erasePiece(tx: Db, account: string, now: number): Promise<number> {
  // Locks the row: saving the account again waits for this piece, and the next one finds it gone.
  const { numUpdatedRows } = await tx
    .updateTable('removedaccount')
    .set((e) => ({ removedAt: e.ref('removedAt') }))
    .where('account', '=', account)
    .where('erasedAt', 'is', null)
    .where('eraseAt', '<=', now)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) return 0
  for (const { key } of (await keysOfAccount(tx, account)).toReversed()) {
    const removed = await purgeKey(tx, key, ROWS_AT_ONCE)
    if (removed > 0) return removed
  }
  await tx.deleteFrom('setaside').where('account', '=', account).execute()
  await tx.deleteFrom('lease').where('name', '=', `account:${account}`).execute()
  await tx
    .updateTable('removedaccount')
    .set({ erasedAt: now })
    .where('account', '=', account)
    .execute()
  return 0
}
