import type { Insertable } from 'kysely'
import type { Db, LogTable } from './database.ts'

/** Adds lines to the account log, in one statement. */
export async function addLogs(db: Db, lines: Insertable<LogTable>[]): Promise<void> {
  if (lines.length > 0) await db.insertInto('log').values(lines).execute()
}
