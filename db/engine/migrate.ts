import type { Kysely } from 'kysely'
import { Migrator, type Migration } from 'kysely/migration'
import type { Database } from '../database.ts'
import * as first from '../migrations/0001-first.ts'

const migrations: Record<string, Migration> = { '0001-first': first }

/**
 * Brings the tables up to date and returns the names of the migrations that ran. Safe to run from several instances at
 * once: Kysely takes a lock.
 *
 * @throws the database's error when a migration fails; it stays half-way then and may be run again
 */
export async function migrate(db: Kysely<Database>): Promise<string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const { error, results = [] } = await migrator.migrateToLatest()
  if (error instanceof Error) throw error
  if (error) throw new Error('a migration failed', { cause: error })
  return results.map(({ migrationName }) => migrationName)
}
