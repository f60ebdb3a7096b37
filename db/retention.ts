import type { Db } from './database.ts'

/** Parts without a message that one purge removes. */
const ORPHANS = 50

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
    .select(['id', 'parts'])
    .where('account', '=', account)
    .where('receivedAt', '<', before)
    .where((e) => e.or([e('state', '=', 'unpacked'), e('dismissedAt', 'is not', null)]))
    .orderBy('receivedAt')
  const ids = await old.limit(limit).execute()
  await purgeParts(db, ids, before)
  return purge(db, 'message', ids)
}

/** The parts of these messages, and those whose message never followed because the program ended in between. */
async function purgeParts(db: Db, messages: { id: string; parts: number }[], before: number) {
  const ids = messages.filter(({ parts }) => parts > 0).map(({ id }) => id)
  const orphans = await db
    .selectFrom('messagepart')
    .select('messageId')
    .distinct()
    .where('messageId', '<', firstIdOf(before))
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('message').select('id').whereRef('id', '=', 'messageId'))),
    )
    .limit(ORPHANS)
    .execute()
  const all = [...ids, ...orphans.map(({ messageId }) => messageId)]
  for (const id of all) await db.deleteFrom('messagepart').where('messageId', '=', id).execute()
}

/** Ids are in order of time: their first 48 bits are the moment. */
function firstIdOf(at: number) {
  const hex = Math.max(0, at).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-`
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
