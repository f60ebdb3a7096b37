import type { Selectable } from 'kysely'
import type { CallQuotaTable, Db } from './database.ts'
import { insertOnce, upsert } from './engine/open.ts'

/** Returns what is used of a vendor's day (`2027-02-03`, UTC); undefined before its first call. */
export async function callQuotaOf(
  db: Db,
  account: string,
  vendor: string,
  day: string,
): Promise<Selectable<CallQuotaTable> | undefined> {
  return db
    .selectFrom('callquota')
    .selectAll()
    .where('account', '=', account)
    .where('vendor', '=', vendor)
    .where('day', '=', day)
    .executeTakeFirst()
}

/** Makes the day's row when it is missing, with the limits that were learnt before. */
export async function openDay(
  db: Db,
  account: string,
  vendor: string,
  day: string,
  now: number,
): Promise<void> {
  const before = await lastLimits(db, account, vendor)
  const row = { account, vendor, day, used: 0, refused: 0, bucketMilli: 0, bucketAt: now }
  const limits = { perSecond: before?.perSecond ?? null, perDay: before?.perDay ?? null }
  await insertOnce(
    db,
    'callquota',
    [{ ...row, ...limits, goneUntil: null, lineAt: null }],
    ['account', 'vendor', 'day'],
  )
}

/** The limits a vendor told last; null where it told none, undefined before its first call. */
export async function lastLimits(
  db: Db,
  account: string,
  vendor: string,
): Promise<Pick<Selectable<CallQuotaTable>, 'perSecond' | 'perDay'> | undefined> {
  return db
    .selectFrom('callquota')
    .select(['perSecond', 'perDay'])
    .where('account', '=', account)
    .where('vendor', '=', vendor)
    .orderBy('day', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/**
 * Takes calls from the day and places in the bucket at once, by compare-and-set against what was read.
 *
 * @returns false when another instance came between: read again
 */
export async function takeFromQuota(
  db: Db,
  seen: Selectable<CallQuotaTable>,
  taken: { used: number; bucketAt: number },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('callquota')
    .set(taken)
    .where('account', '=', seen.account)
    .where('vendor', '=', seen.vendor)
    .where('day', '=', seen.day)
    .where('used', '=', seen.used)
    .where('bucketAt', '=', seen.bucketAt)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Notes that the vendor said the day is used up. */
export async function setGone(
  db: Db,
  account: string,
  vendor: string,
  day: string,
  goneUntil: number,
): Promise<void> {
  await db
    .updateTable('callquota')
    .set({ goneUntil })
    .where('account', '=', account)
    .where('vendor', '=', vendor)
    .where('day', '=', day)
    .execute()
}

/** Keeps the limits a vendor told us, and what it says is used today. */
export async function setLimits(
  db: Db,
  account: string,
  vendor: string,
  day: string,
  limits: { perSecond: number | null; perDay: number | null },
  now: number,
): Promise<void> {
  await upsert(
    db,
    'callquota',
    {
      account,
      vendor,
      day,
      used: 0,
      refused: 0,
      bucketMilli: 0,
      bucketAt: now,
      goneUntil: null,
      lineAt: null,
      ...limits,
    },
    ['account', 'vendor', 'day'],
    limits,
  )
}
