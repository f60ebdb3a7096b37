import { sql, type Selectable } from 'kysely'
import type { Db, SightingTable } from './database.ts'
import { upsert } from './engine/open.ts'

/** Counts that something was seen `times` more times, the last time at `now`. */
export async function addSighting(
  db: Db,
  account: string,
  what: string,
  times: number,
  now: number,
): Promise<void> {
  await upsert(
    db,
    'sighting',
    { account, what, firstAt: now, lastAt: now, times },
    ['account', 'what'],
    { lastAt: now, times: sql`${sql.ref('sighting.times')} + ${times}` },
  )
}

/** What was seen of an account, by name. */
export async function sightingsOf(db: Db, account: string): Promise<Selectable<SightingTable>[]> {
  return db
    .selectFrom('sighting')
    .selectAll()
    .where('account', '=', account)
    .orderBy('what')
    .execute()
}
