import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import {
  CompiledQuery,
  SqliteDialect,
  SqliteDriver,
  type DatabaseConnection,
  type SqliteDatabase,
  type SqliteDialectConfig,
  type SqliteStatement,
} from 'kysely'

/** How long a write waits for another process's lock, in ms. It blocks the event loop, so one process owns the file. */
const BUSY_MS = 5000

/**
 * Opens the embedded database for Kysely's own SQLite dialect. WAL with synchronous=FULL: a commit is on disk when it
 * returns, also after a power cut (NORMAL may lose the last ones).
 */
export function nodeSqlite(path: string): SqliteDatabase {
  const raw = new DatabaseSync(path, { timeout: BUSY_MS, enableForeignKeyConstraints: true })
  raw.exec('pragma journal_mode=wal; pragma synchronous=full; pragma journal_size_limit=67108864')
  const statements = new Map<string, Statement>()
  return {
    close() {
      statements.clear()
      raw.close()
    },
    prepare(sql) {
      const known = statements.get(sql)
      if (known) return known
      const statement = new Statement(raw.prepare(sql))
      // Preparing costs more than running a small statement; the cap keeps generated `in (…)` lists from piling up.
      if (statements.size < 500) statements.set(sql, statement)
      return statement
    },
  }
}

class Statement implements SqliteStatement {
  readonly reader: boolean
  readonly #inner: StatementSync

  constructor(inner: StatementSync) {
    this.#inner = inner
    this.reader = inner.columns().length > 0
  }

  all(parameters: readonly unknown[]) {
    return this.#inner.all(...parameters.map(bind))
  }

  run(parameters: readonly unknown[]) {
    return this.#inner.run(...parameters.map(bind))
  }

  iterate(parameters: readonly unknown[]) {
    return this.#inner.iterate(...parameters.map(bind))
  }
}

function bind(value: unknown): SQLInputValue {
  if (typeof value === 'boolean') return value ? 1 : 0
  // Kysely passes on what our typed tables hold: text, numbers, bytes and null, which SQLite takes as they are.
  return value as SQLInputValue
}

/**
 * Kysely begins SQLite transactions deferred; two of them that read and then write fail with "database is locked", which no
 * busy timeout helps. Begun `immediate` they queue.
 */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection) {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }

  override async rollbackTransaction(connection: DatabaseConnection) {
    try {
      await super.rollbackTransaction(connection)
    } catch (error) {
      // On a full disk SQLite has rolled back by itself; the caller is to see that error and not this one.
      // @see https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction
      if (!(error instanceof Error && error.message.includes('no transaction is active')))
        throw error
    }
  }
}

/** Kysely's SQLite dialect with immediate transactions. */
export class ImmediateSqliteDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig

  constructor(config: SqliteDialectConfig) {
    super(config)
    this.#config = config
  }

  override createDriver() {
    return new ImmediateDriver(this.#config)
  }
}
