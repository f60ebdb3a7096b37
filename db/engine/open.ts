import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  Kysely,
  MysqlAdapter,
  sql,
  type Insertable,
  type RawBuilder,
  type Transaction,
} from 'kysely'
import type { Database, Db } from '../database.ts'
import { CannotOpen, isRetryable } from './errors.ts'
import { openMysqlDialect } from './mysql.ts'
import { ImmediateSqliteDialect } from './sqlite.ts'

/**
 * Opens the database named by a `DATABASE_URL`: `sqlite:data/registration.db` (the folder is made), `sqlite::memory:`, or
 * `mysql://user:password@host:3306/name` (also `mariadb://`). Close it with `destroy()`.
 *
 * @throws CannotOpen when the address is not of that form; a file or server that cannot be used says so at first use
 */
export function openDatabase(databaseUrl: string): Kysely<Database> {
  const path = sqlitePath(databaseUrl)
  if (path !== undefined) return new Kysely<Database>({ dialect: new ImmediateSqliteDialect(path) })
  if (/^(mysql|mariadb):\/\//.test(databaseUrl))
    return new Kysely<Database>({ dialect: openMysqlDialect(databaseUrl) })
  throw new CannotOpen(
    'DATABASE_URL must begin with sqlite: or mysql://, for example sqlite:data/registration.db',
  )
}

/** The file of a `sqlite:` address, as it is opened, or `:memory:`; undefined for any other address. */
export function sqlitePath(databaseUrl: string): string | undefined {
  if (!databaseUrl.startsWith('sqlite:')) return undefined
  const path = databaseUrl.slice('sqlite:'.length)
  return path === ':memory:' ? path : resolve(path)
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
  const insert = db.insertInto(table as 'lastseen').values(row as never)
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
  const insert = db.insertInto(table as 'lastseen').values(rows as never)
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

/** Tries of a transaction. With the delays below a loser waits about half a second in all. */
const TRIES = 8
/** Each try may itself have waited for a lock: no new one is begun after so many ms. */
const TRY_MS = 15_000

/**
 * Runs `work` in a transaction and tries the whole again when the database asks for it (deadlock 1213, lock wait 1205,
 * Galera's certification failure, SQLite busy). `work` may thus run several times: it does nothing but talk to `tx`.
 */
export async function inTransaction<T>(
  db: Kysely<Database>,
  work: (tx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  return retrying(() => db.transaction().execute(work))
}

/** Tries a statement outside a transaction, or a whole transaction, again when the database asks for it. */
export async function retrying<T>(work: () => Promise<T>): Promise<T> {
  const until = performance.now() + TRY_MS
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (!isRetryable(error) || attempt >= TRIES || performance.now() > until) throw error
      await delay(2 ** attempt + Math.random() * 2 ** attempt)
    }
  }
}
