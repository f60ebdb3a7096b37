import {
  MysqlDialect,
  sql,
  type Kysely,
  type MysqlPool,
  type MysqlPoolConnection,
  type MysqlQueryResult,
} from 'kysely'
import mysql2, { createPool, type Pool, type PoolConnection } from 'mysql2'
import type { Database } from '../database.ts'
import { CannotOpen, DatabaseUnavailable, isFatal, isNotWritable } from './errors.ts'

/** Timeouts of a statement, and of the wait for a connection, in ms, unless the address says otherwise. */
const STATEMENT_MS = 10_000
/** For changes of tables, and for the wait until another instance has made them. */
const MIGRATION_MS = 600_000
const MIGRATION = /^\s*(create|alter|drop|rename|truncate)\s|get_lock\(/i
/** Statements kept prepared by each connection; the server keeps 16,382 for all by default. */
const PREPARED = 100

/**
 * The session we work in, whatever the server's defaults are. Read committed: InnoDB's default takes gap locks that make
 * unrelated writers wait for each other. Lock waits end before the limit on statements does, so that the connection lives.
 */
const SESSION = `set session sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00',
  innodb_lock_wait_timeout = 5, lock_wait_timeout = 5, autocommit = 1`
const NAMES = 'set names utf8mb4 collate utf8mb4_bin'
const ISOLATION = 'set session transaction isolation level read committed'
/** A read on one Galera node sees what another has committed; unknown everywhere but on Galera and MariaDB. */
const GALERA = 'set session wsrep_sync_wait = 1'
const UNKNOWN_VARIABLE = 1193

const CHECK = `select @@session.sql_mode as sqlMode, @@session.time_zone as timeZone,
  @@session.character_set_client as charset, @@session.character_set_connection as charsetOfText,
  @@session.character_set_results as charsetOfResults, @@session.autocommit as autocommit,
  @@session.max_allowed_packet as packetBytes`

/** Below this a server takes no message of ordinary size, and MySQL's own tools fail too. */
const LEAST_PACKET_BYTES = 1024 * 1024

/** MariaDB's own default; MySQL's is higher. */
const GOOD_PACKET_BYTES = 16 * 1024 * 1024

/** What every new connection is asked, and what stood there. */
interface Session {
  sqlMode: string
  timeZone: string
  charset: string
  charsetOfText: string
  charsetOfResults: string
  autocommit: number
  packetBytes: number
}

/** Kysely's dialect for a `mysql://` address, on a pool whose every wait ends; nothing is connected yet. */
export function openMysqlDialect(databaseUrl: string): MysqlDialect {
  const url = new URL(databaseUrl)
  const pool = createPool({
    host: url.hostname,
    port: Number(url.port || 3306),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: url.pathname.slice(1),
    ...(url.searchParams.get('socket') ? { socketPath: url.searchParams.get('socket') ?? '' } : {}),
    connectionLimit: Number(url.searchParams.get('connections') ?? 10),
    connectTimeout: 5000,
    // Bigints come as numbers up to 2^53, which holds every moment and counter of ours; JSON and blobs stay as they are.
    supportBigNumbers: true,
    timezone: 'Z',
    charset: 'UTF8MB4_BIN',
    maxPreparedStatements: PREPARED,
    ...(url.searchParams.get('ssl') === 'true' ? { ssl: {} } : {}),
  })
  const seconds = Number(url.searchParams.get('statementSeconds') ?? STATEMENT_MS / 1000)
  return new MysqlDialect({ pool: new GuardedPool(pool, seconds * 1000) })
}

/**
 * A pool whose every wait ends. A connection that is late with an answer is destroyed, and with it all that were made
 * before that moment: they lead to the same silent or read-only node. New ones go where the address leads by then.
 */
class GuardedPool implements MysqlPool {
  readonly statementMs: number
  readonly #pool: Pool
  readonly #connections = new Map<PoolConnection, GuardedConnection>()
  #generation = 0

  constructor(pool: Pool, statementMs: number) {
    this.#pool = pool
    this.statementMs = statementMs
  }

  getConnection(take: (error: unknown, connection: MysqlPoolConnection) => void): void {
    this.#acquire().then(
      (connection) => take(undefined, connection),
      // Kysely looks at the error first, and at nothing else when there is one.
      (error: unknown) => take(error, undefined as never),
    )
  }

  /** Destroys every connection made before now, at once or when it comes back. */
  suspectAll(): void {
    this.#generation += 1
    for (const connection of this.#connections.values()) if (!connection.isInUse) connection.drop()
  }

  end(callback: (error: unknown) => void): void {
    // The goodbye to a silent server is never answered, and one that failed has ended all the same.
    for (const connection of this.#connections.values()) connection.endAfter(this.statementMs)
    this.#pool.end(() => callback(undefined))
  }

  async #acquire(): Promise<GuardedConnection> {
    const until = performance.now() + this.statementMs
    for (;;) {
      const raw = await this.#take(Math.max(1, until - performance.now()))
      const known = this.#connections.get(raw)
      if (known?.generation === this.#generation) return known.take()
      if (known) known.drop()
      else return this.#setUp(raw)
    }
  }

  #take(waitMs: number): Promise<PoolConnection> {
    return new Promise((resolve, reject) => {
      let isLate = false
      const timer = setTimeout(() => {
        isLate = true
        reject(new DatabaseUnavailable('no connection to the database was free in time'))
      }, waitMs)
      this.#pool.getConnection((error, raw) => {
        clearTimeout(timer)
        if (isLate) raw?.release()
        else if (error) reject(unavailable('the database cannot be reached', error))
        else resolve(raw)
      })
    })
  }

  async #setUp(raw: PoolConnection): Promise<GuardedConnection> {
    const connection = new GuardedConnection(raw, this, this.#generation)
    this.#connections.set(raw, connection)
    raw.once('end', () => this.#connections.delete(raw))
    // For as long as it lives: an error that nobody hears ends the process.
    raw.on('error', () => this.#connections.delete(raw))
    try {
      for (const statement of [SESSION, NAMES, ISOLATION]) await connection.run(statement)
      await connection.run(GALERA).catch((error: unknown) => {
        if ((error as { errno?: unknown }).errno !== UNKNOWN_VARIABLE) throw error
      })
      const [session] = (await connection.run(CHECK)) as unknown as Session[]
      checkSession(session)
      return connection.take()
    } catch (error) {
      connection.drop()
      if (error instanceof CannotOpen || error instanceof DatabaseUnavailable) throw error
      throw unavailable('the database did not take our session settings', error)
    }
  }
}

/** Tells what is wrong with a server that can be used all the same, in a sentence for the operator; undefined when nothing is. */
export async function serverAdvice(db: Kysely<Database>): Promise<string | undefined> {
  const { rows } = await sql<{
    bytes: number
  }>`select @@session.max_allowed_packet as bytes`.execute(db)
  const bytes = rows[0]?.bytes ?? 0
  if (bytes >= GOOD_PACKET_BYTES) return undefined
  return `max_allowed_packet of the database is ${bytes}; messages of any size are kept in parts, but set it to 16M (16777216) so that large plans and snapshots fit too`
}

/** @throws CannotOpen naming the setting that did not take, or that is too small */
function checkSession(session: Session | undefined) {
  const wanted = { timeZone: '+00:00', charset: 'utf8mb4', charsetOfText: 'utf8mb4' } as const
  const wrong = Object.entries({ ...wanted, charsetOfResults: 'utf8mb4' })
    .filter(([name, value]) => session?.[name as keyof Session] !== value)
    .map(([name]) => name)
  const modes = session?.sqlMode.split(',') ?? []
  const foreign = modes.filter((mode) => /^(ANSI|ANSI_QUOTES|NO_BACKSLASH_ESCAPES|PIPES_AS_CONCAT|IGNORE_SPACE|EMPTY_STRING_IS_NULL)$/.test(mode)) // prettier-ignore
  if (foreign.length > 0 || !modes.includes('STRICT_ALL_TABLES')) wrong.push('sqlMode')
  if (Number(session?.autocommit) !== 1) wrong.push('autocommit')
  if (wrong.length > 0)
    throw new CannotOpen(
      `the database did not take our session settings (${wrong.join(', ')}); a proxy in between, or init_connect, may set its own`,
    )
  if (session && session.packetBytes < LEAST_PACKET_BYTES)
    throw new CannotOpen(
      `max_allowed_packet of the database is ${session.packetBytes}; set it to at least 1M (1048576), better 16M`,
    )
}

/** A connection that answers in time or is destroyed. Values go apart from the statement's text, as a prepared statement's. */
class GuardedConnection implements MysqlPoolConnection {
  readonly generation: number
  readonly config = {}
  isInUse = false
  readonly #raw: PoolConnection
  readonly #pool: GuardedPool
  #isGone = false

  constructor(raw: PoolConnection, pool: GuardedPool, generation: number) {
    this.#raw = raw
    this.#pool = pool
    this.generation = generation
  }

  get threadId() {
    return this.#raw.threadId
  }

  connect(callback?: (error: unknown) => void): void {
    callback?.(undefined)
  }

  take(): this {
    this.isInUse = true
    return this
  }

  release(): void {
    this.isInUse = false
    if (!this.#isGone) this.#raw.release()
  }

  destroy(): void {
    this.drop()
  }

  /** Ends it at once: a goodbye would wait in the send buffer of a peer that is silent. */
  drop(): void {
    this.#isGone = true
    this.#raw.destroy()
    streamOf(this.#raw).destroy()
  }

  endAfter(ms: number): void {
    setTimeout(() => streamOf(this.#raw).destroy(), ms).unref()
  }

  run(statement: string): Promise<MysqlQueryResult> {
    return new Promise((resolve, reject) =>
      this.query(statement, [], (error, result) => (error ? reject(error) : resolve(result))),
    )
  }

  query(
    statement: string,
    parameters: readonly unknown[],
    callback?: (error: unknown, result: MysqlQueryResult) => void,
  ): never {
    if (!callback) throw new Error('rows are not streamed from MySQL here: read them in pieces')
    // A connection that is gone has rolled back; the caller is to see why it is gone, and not this.
    if (this.#isGone && statement === 'rollback') return callback(undefined, []) as never
    const limitMs = MIGRATION.test(statement) ? MIGRATION_MS : this.#pool.statementMs
    let isOver = false
    const finish = (error: unknown, result: unknown) => {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      if (!error || !isFatal(error)) return callback(error ?? undefined, result as MysqlQueryResult)
      this.drop()
      if (isNotWritable(error)) this.#pool.suspectAll()
      callback(unavailable('the connection to the database ended', error), [])
    }
    const timer = setTimeout(() => {
      this.drop()
      this.#pool.suspectAll()
      finish(new DatabaseUnavailable(`the database did not answer within ${limitMs} ms`), [])
    }, limitMs)
    if (parameters.length === 0) this.#raw.query(statement, finish)
    else this.#raw.execute(statement, parameters.map(bind) as never, finish)
    return undefined as never
  }
}

function unavailable(what: string, cause: unknown) {
  if (cause instanceof DatabaseUnavailable) return cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new DatabaseUnavailable(`${what}: ${reason}`, { cause })
}

/** mysql2 sends numbers as doubles; ours are whole, and an index on a whole number is asked with one. */
function bind(value: unknown): unknown {
  return typeof value === 'number' && Number.isSafeInteger(value)
    ? mysql2.TypedParameter.LONGLONG(value)
    : value
}

function streamOf(raw: PoolConnection): { destroy(): void } {
  // A public member that mysql2's types leave out.
  return (raw as unknown as { stream: { destroy(): void } }).stream
}
