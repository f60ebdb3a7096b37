import { sql, type Expression, type Kysely, type SqlBool, type Transaction } from 'kysely'
import type { Database, Db } from './database.ts'
import { isDuplicateKey } from './engine/errors.ts'
import { inTransaction } from './engine/open.ts'

/** A lease in hand: the right to work on `name` alone until `leaseUntil`. `fence` rises with every new owner. */
export interface Lease {
  name: string
  owner: string
  fence: number
}

/** Error for a lease that went to another worker: whatever was being done for it must stop, and its result be dropped. */
export class LeaseLost extends Error {}

/**
 * Takes the lease when it is free, over, or was last held by the same owner; by compare-and-set, so that one of several
 * wins whatever the database's locks are worth.
 */
export async function acquireLease(
  db: Db,
  name: string,
  owner: string,
  now: number,
  leaseUntil: number,
): Promise<Lease | undefined> {
  const held = await db.selectFrom('lease').selectAll().where('name', '=', name).executeTakeFirst()
  if (!held) {
    try {
      await db.insertInto('lease').values({ name, owner, fence: 1, leaseUntil }).execute()
      return { name, owner, fence: 1 }
    } catch (error) {
      if (isDuplicateKey(error)) return undefined
      throw error
    }
  }
  if (held.leaseUntil > now && held.owner !== owner) return undefined
  const { numUpdatedRows } = await db
    .updateTable('lease')
    .set({ owner, fence: held.fence + 1, leaseUntil })
    .where('name', '=', name)
    .where('fence', '=', held.fence)
    .where('leaseUntil', '=', held.leaseUntil)
    .executeTakeFirst()
  return numUpdatedRows === 1n ? { name, owner, fence: held.fence + 1 } : undefined
}

/**
 * Renews the lease, in a transaction together with what must only happen while it is ours.
 *
 * @throws LeaseLost when it is somebody else's by now; the transaction must not commit then
 */
export async function renewLease(db: Db, lease: Lease, leaseUntil: number): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('lease')
    .set({ leaseUntil })
    .where('name', '=', lease.name)
    .where('owner', '=', lease.owner)
    .where('fence', '=', lease.fence)
    .executeTakeFirst()
  if (numUpdatedRows !== 1n)
    throw new LeaseLost(`the lease on ${lease.name} went to another worker`)
}

/** Runs `work` in a transaction that renews the lease first. @throws LeaseLost, and then nothing was stored */
export async function fencedTransaction<T>(
  db: Kysely<Database>,
  lease: Lease,
  leaseUntil: number,
  work: (tx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  return inTransaction(db, async (tx) => {
    await renewLease(tx, lease, leaseUntil)
    return work(tx)
  })
}

/** Gives the lease up, so that another may take it at once. The fence stays, so that it keeps rising. */
export async function releaseLease(db: Db, lease: Lease): Promise<void> {
  await db
    .updateTable('lease')
    .set({ leaseUntil: 0 })
    .where('name', '=', lease.name)
    .where('owner', '=', lease.owner)
    .where('fence', '=', lease.fence)
    .execute()
}

/** A condition for an update: only while the lease is still ours. */
export function isHeld({ name, owner, fence }: Lease): Expression<SqlBool> {
  return sql<SqlBool>`exists (select 1 from ${sql.table('lease')} where ${sql.ref('lease.name')} = ${name}
    and ${sql.ref('lease.owner')} = ${owner} and ${sql.ref('lease.fence')} = ${fence})`
}
