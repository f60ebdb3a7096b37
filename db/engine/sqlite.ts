import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import {
  SelectQueryNode,
  SqliteAdapter,
  SqliteDialect,
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
} from 'kysely'
import { CannotOpen, isRetryable } from './errors.ts'
import { openSqliteFile } from './sqlite-file.ts'
import { writeTurnOf, type WriteTurn } from './write-turn.ts'

/** The time for which a statement is tried again while another process holds the lock, in ms. */
const LOCKED_MS = 5000
const LONGEST_PAUSE_MS = 50
/** After so much work in one turn of the event loop, in ms, the next statement lets everybody else have theirs. */
const SHARE_MS = 8
/** Preparing costs more than running a small statement; the cap keeps generated `in (…)` lists from piling up. */
const PREPARED = 500

/**
 * Kysely's SQLite dialect on `node:sqlite`, whose calls return when they are done: they never wait for a lock. What is locked
 * is tried again later. Reads have a connection of their own, so they wait for no writer; transactions begin `immediate`,
 * because two deferred ones that read and then write refuse each other for good.
 */
export class ImmediateSqliteDialect extends SqliteDialect {
  readonly #path: string

  /** @param path a file, or `:memory:`; it is opened at first use */
  constructor(path: string) {
    // The base class keeps what it is given for a driver that is replaced here.
    super({ database: undefined as never })
    this.#path = path
  }

  override createAdapter() {
    return new SharedAdapter()
  }

  override createDriver() {
    return new SqliteFileDriver(this.#path)
  }
}

/** Kysely's own adapter lets one query through at a time; the driver below knows better which ones exclude each other. */
class SharedAdapter extends SqliteAdapter {
  override get supportsMultipleConnections() {
    return true
  }
}

class SqliteFileDriver implements Driver {
  readonly #path: string
  readonly #turn: WriteTurn
  #writer: Handle | undefined
  #reader: Handle | undefined

  constructor(path: string) {
    this.#path = path
    this.#turn = writeTurnOf(path)
  }

  async init() {
    const open = () => unlessLocked(() => openSqliteFile(this.#path, { busyMs: 0 }))
    try {
      if (this.#path !== ':memory:') mkdirSync(dirname(this.#path), { recursive: true })
      this.#writer = new Handle(await open())
      if (this.#path === ':memory:') return
      const reader = await open()
      reader.exec('pragma query_only=on')
      this.#reader = new Handle(reader)
    } catch (error) {
      if (error instanceof CannotOpen) throw error
      const reason = error instanceof Error ? error.message : String(error)
      throw new CannotOpen(`the database file ${this.#path} cannot be opened: ${reason}`, {
        cause: error,
      })
    }
  }

  async acquireConnection() {
    if (!this.#writer) throw new Error('the driver was not initialized')
    return new SqliteConnection(this.#writer, this.#reader, this.#turn)
  }

  async beginTransaction(connection: SqliteConnection) {
    await connection.begin()
  }

  async commitTransaction(connection: SqliteConnection) {
    await connection.commit()
  }

  async rollbackTransaction(connection: SqliteConnection) {
    await connection.rollback()
  }

  async releaseConnection(connection: SqliteConnection) {
    if (connection.isInTransaction) await connection.rollback()
  }

  async destroy() {
    this.#reader?.close()
    this.#writer?.close()
  }
}

/** A connection as one query or transaction sees it. Only what writes, and what belongs to a transaction, waits for the write turn. */
class SqliteConnection implements DatabaseConnection {
  readonly #writer: Handle
  readonly #reader: Handle | undefined
  readonly #turn: WriteTurn
  #giveBack: (() => void) | undefined

  constructor(writer: Handle, reader: Handle | undefined, turn: WriteTurn) {
    this.#writer = writer
    this.#reader = reader
    this.#turn = turn
  }

  get isInTransaction() {
    return this.#giveBack !== undefined
  }

  async executeQuery<R>({ sql, parameters, query }: CompiledQuery): Promise<QueryResult<R>> {
    if (this.isInTransaction) return this.#writer.run<R>(sql, parameters)
    if (this.#reader && SelectQueryNode.is(query)) return this.#reader.run<R>(sql, parameters)
    const giveBack = await this.#turn.take()
    try {
      return await this.#writer.run<R>(sql, parameters)
    } finally {
      giveBack()
    }
  }

  streamQuery(): never {
    throw new Error('rows are not streamed from SQLite here: read them in pieces')
  }

  async begin() {
    const giveBack = await this.#turn.take()
    try {
      await this.#writer.run('begin immediate', [])
      this.#giveBack = giveBack
    } catch (error) {
      giveBack()
      throw error
    }
  }

  async commit() {
    await this.#writer.run('commit', [])
    this.#end()
  }

  async rollback() {
    try {
      await this.#writer.run('rollback', [])
    } catch (error) {
      // On a full disk SQLite has rolled back by itself; the caller is to see that error and not this one.
      // @see https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction
      if (!(error instanceof Error && error.message.includes('no transaction is active')))
        throw error
    } finally {
      this.#end()
    }
  }

  #end() {
    this.#giveBack?.()
    this.#giveBack = undefined
  }
}

/** A connection of SQLite's own with its prepared statements. */
class Handle {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  async run<R>(sql: string, parameters: readonly unknown[]): Promise<QueryResult<R>> {
    await share()
    return unlessLocked(() => this.#run<R>(sql, parameters))
  }

  close() {
    this.#statements.clear()
    this.#database.close()
  }

  #run<R>(sql: string, parameters: readonly unknown[]): QueryResult<R> {
    const statement = this.#statements.get(sql) ?? this.#database.prepare(sql)
    if (this.#statements.size < PREPARED) this.#statements.set(sql, statement)
    const values = parameters.map(bind)
    // Kysely says what a row looks like; SQLite gives what the tables hold.
    if (statement.columns().length > 0) return { rows: statement.all(...values) as R[] }
    const { changes, lastInsertRowid } = statement.run(...values)
    return { insertId: BigInt(lastInsertRowid), numAffectedRows: BigInt(changes), rows: [] }
  }
}

function bind(value: unknown): SQLInputValue {
  if (typeof value === 'boolean') return value ? 1 : 0
  // Kysely passes on what our typed tables hold: text, numbers, bytes and null, which SQLite takes as they are.
  return value as SQLInputValue
}

/** When the first statement of this turn of the event loop began, all files together. */
let turnSince: number | undefined

/** Lets everybody else have a turn of the event loop when statements, and what is between them, have had their share of this one. */
async function share() {
  if (turnSince !== undefined && performance.now() - turnSince > SHARE_MS)
    await new Promise((resolve) => setImmediate(resolve))
  if (turnSince !== undefined) return
  turnSince = performance.now()
  setImmediate(() => {
    turnSince = undefined
  })
}

/** Tries again while another connection holds the lock, and gives the event loop away meanwhile. */
async function unlessLocked<T>(work: () => T): Promise<T> {
  const until = performance.now() + LOCKED_MS
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return work()
    } catch (error) {
      if (!isRetryable(error) || performance.now() > until) throw error
      await delay(pauseMs)
    }
  }
}
