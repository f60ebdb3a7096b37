import { sql, type Selectable } from 'kysely'
import type { Db, LastSeenTable } from './database.ts'
import { upsert } from './engine/open.ts'

/** Counts that something was seen `times` more times, the last time at `now`. */
export async function setLastSeen(
  db: Db,
  account: string,
  what: string,
  times: number,
  now: number,
): Promise<void> {
  await upsert(
    db,
    'lastseen',
    { account, what, firstAt: now, lastAt: now, times },
    ['account', 'what'],
    { lastAt: now, times: sql`${sql.ref('lastseen.times')} + ${times}` },
  )
}

/** Lists what was seen of an account, by name. */
export async function lastSeenOf(db: Db, account: string): Promise<Selectable<LastSeenTable>[]> {
  return db
    .selectFrom('lastseen')
    .selectAll()
    .where('account', '=', account)
    .orderBy('what')
    .execute()
}
