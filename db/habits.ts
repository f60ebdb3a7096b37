import type { Kysely } from 'kysely'
import type { Database } from './database.ts'
import { upsert } from './engine/open.ts'

/** Habits of an iMIS, learnt for one account and kept for every instance and through restarts. */
export interface HabitStore {
  /** Returns true when the habit was noted last as being so. */
  isKnown(habit: string): Promise<boolean>
  note(habit: string, isSo: boolean): Promise<void>
}

/** Opens the habits of an account's vendor. A habit is a row of what was last seen, named `imis: …`. */
export function openHabits(db: Kysely<Database>, account: string, now: () => number): HabitStore {
  const named = (habit: string) => `${HABITS}${habit}`
  return {
    async isKnown(habit) {
      const row = await db
        .selectFrom('lastseen')
        .select('what')
        .where('account', '=', account)
        .where('what', '=', named(habit))
        .executeTakeFirst()
      return row !== undefined
    },
    async note(habit, isSo) {
      const what = named(habit)
      const lastAt = now()
      if (isSo)
        await upsert(
          db,
          'lastseen',
          { account, what, firstAt: lastAt, lastAt, times: 1 },
          ['account', 'what'],
          { lastAt },
        )
      else
        await db
          .deleteFrom('lastseen')
          .where('account', '=', account)
          .where('what', '=', what)
          .execute()
    },
  }
}

/** The beginning of the names of an iMIS's habits: they go when the account points to another iMIS. */
export const HABITS = 'imis: '
