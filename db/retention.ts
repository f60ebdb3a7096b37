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
  const old = db
    .selectFrom('message')
    .select('id')
    .where('account', '=', account)
    .where('receivedAt', '<', before)
    .where((e) => e.or([e('state', '=', 'unpacked'), e('dismissedAt', 'is not', null)]))
    .orderBy('receivedAt')
  return purge(db, 'message', await old.limit(limit).execute())
}

/** Forgets lines of the trail older than `before`; at most `limit`. @returns how many */
export async function purgeLogs(
  db: Db,
  account: string,
  before: number,
  limit: number,
): Promise<number> {
  const old = db
    .selectFrom('log')
    .select('id')
    .where('account', '=', account)
    .where('at', '<', before)
    .orderBy('at')
  return purge(db, 'log', await old.limit(limit).execute())
}

/** By their ids: MariaDB takes no `limit` in the subquery of an `in`. */
async function purge(db: Db, table: 'message' | 'log', old: { id: string }[]): Promise<number> {
  if (old.length === 0) return 0
  const ids = old.map(({ id }) => id)
  await db.deleteFrom(table).where('id', 'in', ids).execute()
  return old.length
}
