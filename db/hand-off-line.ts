import type { Selectable } from 'kysely'
import { callQuotaOf, openDay } from './call-quotas.ts'
import type { Db, HandOffPlaceTable } from './database.ts'
import { insertOnce } from './engine/open.ts'

/** A member's place in the line for Cvent; undefined when they have none. */
export async function placeOf(
  db: Db,
  account: string,
  partyId: string,
  eventCode: string,
): Promise<Selectable<HandOffPlaceTable> | undefined> {
  return db
    .selectFrom('handoffplace')
    .selectAll()
    .where('account', '=', account)
    .where('partyId', '=', partyId)
    .where('eventCode', '=', eventCode)
    .executeTakeFirst()
}

/** Keeps a member's place; the one they have already stays. */
export async function setPlace(db: Db, place: HandOffPlaceTable): Promise<void> {
  await insertOnce(db, 'handoffplace', [place], ['account', 'partyId', 'eventCode'])
}

/** Gives a member's place up: they were served. */
export async function leaveLine(
  db: Db,
  account: string,
  partyId: string,
  eventCode: string,
): Promise<void> {
  await db
    .deleteFrom('handoffplace')
    .where('account', '=', account)
    .where('partyId', '=', partyId)
    .where('eventCode', '=', eventCode)
    .execute()
}

/** When the line of an account is free, ms since 1970. */
export async function lineFreeAt(
  db: Db,
  account: string,
  day: string,
): Promise<number | undefined> {
  return (await callQuotaOf(db, account, 'cvent', day))?.lineAt ?? undefined
}

/**
 * Takes the next `forMs` of an account's line, not before `from`, by compare-and-set.
 *
 * @returns when it begins; undefined when other instances were faster each time
 */
export async function takeLine(
  db: Db,
  account: string,
  day: string,
  { from, forMs }: { from: number; forMs: number },
): Promise<number | undefined> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const row = await callQuotaOf(db, account, 'cvent', day)
    if (!row) {
      await openDay(db, account, 'cvent', day, from)
      continue
    }
    const startsAt = Math.ceil(Math.max(from, row.lineAt ?? 0))
    const { numUpdatedRows } = await db
      .updateTable('callquota')
      .set({ lineAt: Math.ceil(startsAt + forMs) })
      .where('account', '=', account)
      .where('vendor', '=', 'cvent')
      .where('day', '=', day)
      .where('lineAt', row.lineAt === null ? 'is' : '=', row.lineAt)
      .executeTakeFirst()
    if (numUpdatedRows === 1n) return startsAt
  }
  return undefined
}

/** Forgets places whose turn came before `before`; at most `limit`. @returns how many */
export async function purgePlaces(db: Db, before: number, limit: number): Promise<number> {
  const old = await db
    .selectFrom('handoffplace')
    .select(['account', 'partyId', 'eventCode'])
    .where('turnAt', '<', before)
    .limit(limit)
    .execute()
  for (const { account, partyId, eventCode } of old)
    await leaveLine(db, account, partyId, eventCode)
  return old.length
}
