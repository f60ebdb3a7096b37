import type { Selectable } from 'kysely'
import type { Db, EventReadTable } from '../database.ts'
import { insertOnce } from '../engine/open.ts'

/** Returns how an event's reads went, and when it may be read again; `attempt` is negative while one instance reads it. */
export async function eventReadOf(
  db: Db,
  account: string,
  eventCode: string,
): Promise<Selectable<EventReadTable> | undefined> {
  return db
    .selectFrom('eventread')
    .selectAll()
    .where('account', '=', account)
    .where('eventCode', '=', eventCode)
    .executeTakeFirst()
}

/**
 * Takes the one read of an event that is due, for all instances: nobody else reads it before `retryAt`.
 *
 * @returns the failures in a row before this read; undefined when it is not due, or another instance reads it
 */
export async function takeEventRead(
  db: Db,
  account: string,
  eventCode: string,
  now: number,
  retryAt: number,
): Promise<number | undefined> {
  const row = { account, eventCode, attempt: 0, retryAt: 0 }
  const known = await eventReadOf(db, account, eventCode)
  const failures = failuresOf(known)
  if (known && known.retryAt > now) return undefined
  if (!known) await insertOnce(db, 'eventread', [row], ['account', 'eventCode'])
  const { numUpdatedRows } = await db
    .updateTable('eventread')
    .set({ retryAt, attempt: -1 - failures })
    .where('account', '=', account)
    .where('eventCode', '=', eventCode)
    .where('retryAt', '=', known?.retryAt ?? 0)
    .executeTakeFirst()
  return numUpdatedRows === 1n ? failures : undefined
}

function failuresOf(row: EventReadTable | undefined) {
  const attempt = row?.attempt ?? 0
  return attempt < 0 ? -1 - attempt : attempt
}

/** Notes how a read went: `attempt` failures in a row, and when the next one may be made. */
export async function noteEventRead(db: Db, read: EventReadTable): Promise<void> {
  const { account, eventCode, attempt, retryAt } = read
  await db
    .updateTable('eventread')
    .set({ attempt, retryAt })
    .where('account', '=', account)
    .where('eventCode', '=', eventCode)
    .execute()
}
