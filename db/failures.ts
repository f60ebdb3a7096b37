import { sql } from 'kysely'
import type { Db } from './database.ts'
import { retrying, upsert } from './engine/open.ts'

/** Counts a failure under each of the digests, until `until`; a count whose time is over begins anew. */
export async function addFailure(
  db: Db,
  digests: string[],
  now: number,
  until: number,
): Promise<void> {
  const isCounting = sql`${sql.ref('failure.countedUntil')} > ${now}`
  const rows = digests.toSorted().map((digest) => ({ digest, times: 1, countedUntil: until }))
  await retrying(() =>
    upsert(db, 'failure', rows, ['digest'], {
      // In this order: MySQL sets one after the other, and the count looks at the time that was there.
      times: sql`case when ${isCounting} then ${sql.ref('failure.times')} + 1 else 1 end`,
      countedUntil: sql`case when ${isCounting} then ${sql.ref('failure.countedUntil')} else ${until} end`,
    }),
  )
}

/** Returns what is counted under these digests now. */
export async function failuresOf(
  db: Db,
  digests: string[],
  now: number,
): Promise<{ digest: string; times: number; countedUntil: number }[]> {
  return db
    .selectFrom('failure')
    .selectAll()
    .where('digest', 'in', digests)
    .where('countedUntil', '>', now)
    .execute()
}

/** Forgets counts whose time is over, at most `limit`. @returns how many */
export async function forgetFailures(db: Db, now: number, limit: number): Promise<number> {
  const old = await db
    .selectFrom('failure')
    .select('digest')
    .where('countedUntil', '<=', now)
    .orderBy('countedUntil')
    .limit(limit)
    .execute()
  if (old.length === 0) return 0
  const digests = old.map(({ digest }) => digest)
  // One that is counted again meanwhile stays.
  await db
    .deleteFrom('failure')
    .where('digest', 'in', digests)
    .where('countedUntil', '<=', now)
    .execute()
  return old.length
}
