import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  CompiledQuery,
  Kysely,
  MysqlAdapter,
  MysqlDialect,
  sql,
  type Insertable,
  type RawBuilder,
  type Transaction,
} from 'kysely'
import { createPool } from 'mysql2'
import type { Database, Db } from './database.ts'
import { ImmediateSqliteDialect, nodeSqlite } from './sqlite.ts'

/** What could not be opened, in a sentence for the operator; the address is named without its password. */
export class CannotOpen extends Error {}

/**
 * Opens the database named by a `DATABASE_URL`: `sqlite:data/registration.db` (the folder is made), `sqlite::memory:`, or
 * `mysql://user:password@host:3306/name` (also `mariadb://`). Close it with `destroy()`.
 *
 * @throws CannotOpen when the address is not of that form or the file cannot be opened; a MySQL server is asked at first use
 */
export function openDatabase(databaseUrl: string): Kysely<Database> {
  if (databaseUrl.startsWith('sqlite:')) {
    const path = databaseUrl.slice('sqlite:'.length)
    return new Kysely<Database>({
      dialect: new ImmediateSqliteDialect({ database: async () => openFile(path) }),
    })
  }
  if (/^(mysql|mariadb):\/\//.test(databaseUrl)) return openMysql(databaseUrl)
  throw new CannotOpen(
    'DATABASE_URL must begin with sqlite: or mysql://, for example sqlite:data/registration.db',
  )
}

function openFile(path: string) {
  if (path === ':memory:') return nodeSqlite(path)
  const file = resolve(path)
  try {
    mkdirSync(dirname(file), { recursive: true })
    return nodeSqlite(file)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CannotOpen(`the database file ${path} cannot be opened: ${reason}`, { cause: error })
  }
}

function openMysql(databaseUrl: string) {
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
    charset: 'utf8mb4',
    ...(url.searchParams.get('ssl') === 'true' ? { ssl: {} } : {}),
  })
  return new Kysely<Database>({
    dialect: new MysqlDialect({
      pool,
      async onCreateConnection(connection) {
        // Read committed: InnoDB's default takes gap locks that make unrelated writers wait for each other.
        // The sync wait makes a read on one Galera node see what another has committed; other servers do not know it.
        await connection.executeQuery(CompiledQuery.raw("set time_zone = '+00:00'"))
        await connection.executeQuery(
          CompiledQuery.raw('set session transaction isolation level read committed'),
        )
        await connection
          .executeQuery(CompiledQuery.raw('set session wsrep_sync_wait = 1'))
          .catch(() => undefined) // an unknown variable everywhere but on Galera and MariaDB
      },
    }),
  })
}

/** True on MySQL and MariaDB, where an upsert is spelt differently. */
export function isMysql(db: Db): boolean {
  return db.getExecutor().adapter instanceof MysqlAdapter
}

/**
 * Inserts the row, or, where its key exists, sets `update` on the one that is there; one statement, spelt for the database
 * in use; several rows at once may be given. `keys` are the columns of the primary or unique key; MySQL takes whichever key collides, so a table used here has one.
 */
export async function upsert<T extends keyof Database>(
  db: Db,
  table: T,
  row: Insertable<Database[T]> | Insertable<Database[T]>[],
  keys: (keyof Database[T] & string)[],
  update: Record<string, unknown>,
): Promise<void> {
  // The builder cannot follow a table name that is a type parameter; the signature above holds the columns to the table's.
  const insert = db.insertInto(table as 'sighting').values(row as never)
  await (
    isMysql(db)
      ? insert.onDuplicateKeyUpdate(update)
      : insert.onConflict((conflict) => conflict.columns(keys as never).doUpdateSet(update))
  ).execute()
}

/** Inserts rows, leaving out those whose key is there already; any other trouble is an error, on either database. */
export async function insertOnce<T extends keyof Database>(
  db: Db,
  table: T,
  rows: Insertable<Database[T]>[],
  keys: (keyof Database[T] & string)[],
): Promise<void> {
  // The builder cannot follow a table name that is a type parameter; the signature above holds the columns to the table's.
  const insert = db.insertInto(table as 'sighting').values(rows as never)
  const [key = ''] = keys
  await (
    isMysql(db)
      ? // Not `insert ignore`, which also swallows values that do not fit.
        insert.onDuplicateKeyUpdate({ [key]: sql.ref(key) })
      : insert.onConflict((conflict) => conflict.columns(keys as never).doNothing())
  ).execute()
}

/** Inside an `upsert`'s update: the value that the row in hand brings for a column. */
export function incoming<T>(db: Db, column: string): RawBuilder<T> {
  return isMysql(db) ? sql<T>`values(${sql.ref(column)})` : sql<T>`${sql.ref(`excluded.${column}`)}`
}

/** True when a unique key refused the row, on either database. */
export function isDuplicateKey(error: unknown): boolean {
  const { errno, errcode } = codes(error)
  return errno === 1062 || errcode === 1555 || errcode === 2067
}

/** True when the transaction lost against another one and may be tried again as a whole: deadlock, lock wait, SQLite busy. */
export function isRetryable(error: unknown): boolean {
  const { errno, errcode } = codes(error)
  return (
    errno === 1213 ||
    errno === 1205 ||
    errno === 1020 ||
    errcode === 5 ||
    errcode === 517 ||
    errcode === 6
  )
}

/**
 * True when the database, not the statement, is the trouble: the connection is gone, the disk is full, the server shuts
 * down, or the statement lost a race. The same statement does better later.
 */
export function isStoreTrouble(error: unknown): boolean {
  return isRetryable(error) || isDown(error)
}

/** True when no statement would do better: the connection is gone, the disk is full, the server shuts down. */
export function isDown(error: unknown): boolean {
  // Drivers put their codes on the error as text (mysql2, Node) or number (node:sqlite).
  const { code, errcode, errno } = error as { code?: unknown; errcode?: unknown; errno?: unknown }
  return (
    (typeof code === 'string' && /^(ECONN|ETIMEDOUT|ENOTFOUND|EPIPE|PROTOCOL_)/.test(code)) ||
    (typeof errcode === 'number' && [10, 13, 14, 8].includes(errcode & 0xff)) ||
    (typeof errno === 'number' && [1021, 1053, 1114, 1290, 1836, 1927, 1040].includes(errno))
  )
}

function codes(error: unknown): { errno?: unknown; errcode?: unknown } {
  return typeof error === 'object' && error !== null ? error : {}
}

/** How often a transaction is tried. With the delays below a loser waits about half a second in all. */
const TRIES = 8

/**
 * Runs `work` in a transaction and tries the whole again when the database asks for it (deadlock 1213, lock wait 1205,
 * Galera's certification failure, SQLite busy). `work` may thus run several times: it does nothing but talk to `tx`.
 */
export async function inTransaction<T>(
  db: Kysely<Database>,
  work: (tx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction().execute(work)
    } catch (error) {
      if (!isRetryable(error) || attempt >= TRIES) throw error
      await delay(2 ** attempt + Math.random() * 2 ** attempt)
    }
  }
}

/** Tries one statement again when the database asks for it; `work` is a single statement outside a transaction. */
export async function retrying<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (!isRetryable(error) || attempt >= TRIES) throw error
      await delay(2 ** attempt + Math.random() * 2 ** attempt)
    }
  }
}
