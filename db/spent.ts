import type { Db } from './database.ts'
import { isDuplicateKey, retrying } from './open.ts'

/** Uses a one-time value up. False when it was used before, by whichever instance: the unique key decides. */
export async function spend(
  db: Db,
  digest: string,
  now: number,
  forgetAt: number,
): Promise<boolean> {
  try {
    await retrying(() =>
      db.insertInto('spent').values({ digest, spentAt: now, forgetAt }).execute(),
    )
    return true
  } catch (error) {
    if (isDuplicateKey(error)) return false
    throw error
  }
}

/** Takes a use back: the vendor never saw the value. */
export async function unspend(db: Db, digest: string): Promise<void> {
  await db.deleteFrom('spent').where('digest', '=', digest).execute()
}

/** Forgets the values that could not be used any more by themselves. Returns how many. */
export async function forgetSpent(db: Db, now: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('spent')
    .where('forgetAt', '<', now)
    .executeTakeFirst()
  return Number(numDeletedRows)
}
