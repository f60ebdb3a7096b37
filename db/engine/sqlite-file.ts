import { DatabaseSync } from 'node:sqlite'
import { CannotOpen } from './errors.ts'

/**
 * Opens a SQLite file, or `:memory:`. WAL with synchronous=FULL: a commit is on disk when it returns, also after a power cut
 * (NORMAL may lose the last ones). `busyMs`: how long a statement waits for another connection's lock; the whole thread
 * waits with it, so it is 0 on the main one.
 *
 * @throws CannotOpen when the file cannot keep these promises where it lies; SQLite's error when it cannot be opened
 */
export function openSqliteFile(path: string, { busyMs }: { busyMs: number }): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: busyMs, enableForeignKeyConstraints: true })
  try {
    database.exec(
      'pragma journal_mode=wal; pragma synchronous=full; pragma journal_size_limit=67108864',
    )
    const journal = read(database, 'journal_mode')
    if (journal !== 'wal' && path !== ':memory:')
      throw new CannotOpen(
        `the database file ${path} cannot use write-ahead logging (journal_mode is ${String(journal)}); put it on a local disk`,
      )
    if (read(database, 'synchronous') !== 2)
      throw new CannotOpen(`the database file ${path} does not take synchronous=full`)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function read(database: DatabaseSync, pragma: string) {
  return Object.values(database.prepare(`pragma ${pragma}`).get() ?? {})[0]
}
