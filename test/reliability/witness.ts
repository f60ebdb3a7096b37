import { sql, type Kysely } from 'kysely'
import { createConnection } from 'mysql2/promise'
import { isMysql } from '../../db/engine/open.ts'
import type { Dialect } from '../databases.ts'
import { withStandIns } from './stand-ins.ts'

/** A write as the database saw it: by whom, and who held the account's lease at that moment. */
export interface Sworn {
  id: number
  writer: string
  what: string
  rowKey: string
  /** The ledger row's state. */
  state: string | null
  /** The registration's `syncedVersion` before and after. */
  before: number | null
  after: number | null
  owner: string | null
  fence: number | null
  leaseUntil: number | null
}

interface Witnessed {
  witness: Sworn
}

/** What each table's write leaves: its row's key, its state, and its version before and after. */
const WATCHED = {
  registration: ['attendeeId', 'null', 'syncedVersion'],
  ledger: ['ledgerKey', 'state', 'null'],
  event: ['eventCode', 'null', 'null'],
  message: ['id', 'null', 'null'],
} as const

/**
 * The environment of a process whose writes are told apart from others': a user of its own on MariaDB, a function that says
 * its name on SQLite, which knows no users.
 */
export async function signed(
  dialect: Dialect,
  databaseUrl: string,
  writer: string,
  standIns: Record<string, string> = {},
): Promise<Record<string, string>> {
  if (dialect === 'sqlite')
    return {
      DATABASE_URL: databaseUrl,
      WRITER: writer,
      ...withStandIns({ ...standIns, 'node:sqlite': 'signing-sqlite.ts' }),
    }
  const connection = await createConnection(databaseUrl)
  await connection.query(`create user if not exists '${writer}'@'%'`)
  await connection.query(
    `grant all on \`${new URL(databaseUrl).pathname.slice(1)}\`.* to '${writer}'@'%'`,
  )
  await connection.end()
  const url = new URL(databaseUrl)
  url.username = writer
  return { DATABASE_URL: url.href, ...withStandIns(standIns) }
}

/**
 * Lets the database itself swear to every write the workers make, by triggers. While they are there only signed processes
 * may write to the watched tables.
 */
export async function callWitness<T>(database: Kysely<T>) {
  // The table and its triggers are this test's own, so the database's type does not know them.
  const db = database as unknown as Kysely<Witnessed>
  const who = isMysql(db as never) ? "substring_index(user(), '@', 1)" : 'writer()'
  const key = isMysql(db as never) ? 'bigint auto_increment primary key' : 'integer primary key'
  const raw = (text: string) => sql.raw(text).execute(db)

  async function trigger(table: string, act: string, rowKey: string, rest: string) {
    const name = `sworn_${table}_${act}`
    await raw(
      `create trigger ${name} after ${act} on ${table} for each row ${rest.replace(
        'INTO',
        `insert into witness (writer, what, rowKey, state, \`before\`, \`after\`, owner, fence, leaseUntil) select ${who}, '${table}', ${rowKey}`,
      )}`,
    )
  }
  const lease = (column: string) =>
    `(select l.${column} from lease l where l.name like 'account:%')`
  const begin = (text: string) =>
    isMysql(db as never) ? `INTO, ${text}` : `begin INTO, ${text}; end`

  await raw(`create table witness (id ${key}, writer varchar(40), what varchar(20), rowKey varchar(150), state varchar(20),
    \`before\` bigint, \`after\` bigint, owner varchar(60), fence bigint, leaseUntil bigint)`)
  for (const act of ['insert', 'update'])
    await trigger(
      'lease',
      act,
      'new.name',
      begin('null, null, null, new.owner, new.fence, new.leaseUntil'),
    )
  for (const [table, [rowKey, state, version]] of Object.entries(WATCHED))
    for (const act of ['insert', 'update', 'delete']) {
      // Messages come from the web door, and leave for their age.
      if (table === 'message' && act !== 'update') continue
      const row = act === 'delete' ? 'old' : 'new'
      const of = (side: string, column: string) =>
        column === 'null' ? 'null' : `${side}.${column}`
      const before = act === 'update' ? of('old', version) : 'null'
      await trigger(
        table,
        act,
        `${row}.${rowKey}`,
        begin(
          [
            of(row, state),
            before,
            of(row, version),
            lease('owner'),
            lease('fence'),
            lease('leaseUntil'),
          ].join(),
        ),
      )
    }

  return {
    async sworn(): Promise<Sworn[]> {
      return db.selectFrom('witness').selectAll().orderBy('id').execute()
    },
    /** Who took the lease under that owner's name. */
    async writerOf(owner: string): Promise<string | undefined> {
      const row = await db
        .selectFrom('witness')
        .select('writer')
        .where('what', '=', 'lease')
        .where('owner', '=', owner)
        .orderBy('id')
        .limit(1)
        .executeTakeFirst()
      return row?.writer
    },
    /** Lets everybody write to that table again, unseen. */
    async dismiss(table: keyof typeof WATCHED) {
      for (const act of ['insert', 'update', 'delete'])
        await raw(`drop trigger if exists sworn_${table}_${act}`)
    },
  }
}

/** The writes of processes that did not hold the lease when they made them. */
export function staleWrites(sworn: Sworn[]): Sworn[] {
  const writers = new Map<string | null, string>()
  for (const { what, owner, writer } of sworn)
    if (what === 'lease' && !writers.has(owner)) writers.set(owner, writer)
  return sworn.filter(
    ({ what, owner, writer, leaseUntil }) =>
      what !== 'lease' && (writers.get(owner) !== writer || leaseUntil === 0),
  )
}
