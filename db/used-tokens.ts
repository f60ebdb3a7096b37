import type { Db } from './database.ts'
import { isDuplicateKey } from './engine/errors.ts'
import { retrying } from './engine/open.ts'

/** Uses a one-time value up. False when it was used before, by whichever instance: the unique key decides. */
export async function useToken(
  db: Db,
  digest: string,
  now: number,
  forgetAt: number,
): Promise<boolean> {
  try {
    await retrying(() =>
      db.insertInto('usedtoken').values({ digest, usedAt: now, forgetAt }).execute(),
    )
    return true
  } catch (error) {
    if (isDuplicateKey(error)) return false
    throw error
  }
}

/** Takes a use back: the vendor never saw the value. */
export async function releaseToken(db: Db, digest: string): Promise<void> {
  await db.deleteFrom('usedtoken').where('digest', '=', digest).execute()
}

/** Forgets values that could not be used any more by themselves, at most `limit`. Returns how many. */
export async function removeUsedTokens(db: Db, now: number, limit: number): Promise<number> {
  const old = await db
    .selectFrom('usedtoken')
    .select('digest')
    .where('forgetAt', '<', now)
    .orderBy('forgetAt')
    .limit(limit)
    .execute()
  if (old.length === 0) return 0
  const digests = old.map(({ digest }) => digest)
  await db.deleteFrom('usedtoken').where('digest', 'in', digests).execute()
  return old.length
}
