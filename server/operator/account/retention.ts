import type { z } from 'zod'
import type { Db } from '../../../db/database.ts'
import { ageOfOldest } from '../../../db/lists/retention-lines.ts'
import type { Account } from '../../../schemas/account.ts'
import type { RetentionLines } from '../../../schemas/admin-account.ts'
import { RETENTION_KINDS } from '../../people/retention-kinds.ts'

/** Returns what is kept of an account and how long, with the oldest of each kind. */
export async function retentionOf(
  db: Db,
  { key, retention }: Account,
): Promise<z.infer<typeof RetentionLines>> {
  return {
    items: await Promise.all(
      RETENTION_KINDS.map(async ({ what, setting, from, oldest }) => {
        const at = oldest && (await ageOfOldest(db, key, oldest))
        return {
          what,
          setting,
          days: setting === null ? null : retention[setting],
          from,
          oldestAt: at === undefined ? null : new Date(at).toISOString(),
        }
      }),
    ),
  }
}
