import type { Db } from './database.ts'

/**
 * Forgets messages received before `before` that were unpacked, or dismissed by a person; at most `limit`, so that the
 * statement stays short. A delivery that is repeated after that counts as new, which costs one read at Cvent and nothing
 * else. @returns how many
 */
export async function purgeMessages(
  db: Db,
  account: string,
  before: number,
  limit: number,
): Promise<number> {
  const old = await db
    .selectFrom('message')
    .select('id')
    .where('account', '=', account)
    .where('receivedAt', '<', before)
    .where((e) => e.or([e('state', '=', 'unpacked'), e('dismissedAt', 'is not', null)]))
    .orderBy('receivedAt')
    .limit(limit)
    .execute()
  if (old.length === 0) return 0
  await db
    .deleteFrom('message')
    .where(
      'id',
      'in',
      old.map(({ id }) => id),
    )
    .execute()
  return old.length
}

/** Forgets lines of the trail older than `before`; at most `limit`. @returns how many */
export async function purgeLogs(
  db: Db,
  account: string,
  before: number,
  limit: number,
): Promise<number> {
  const old = await db
    .selectFrom('log')
    .select('id')
    .where('account', '=', account)
    .where('at', '<', before)
    .orderBy('at')
    .limit(limit)
    .execute()
  if (old.length === 0) return 0
  await db
    .deleteFrom('log')
    .where(
      'id',
      'in',
      old.map(({ id }) => id),
    )
    .execute()
  return old.length
}
