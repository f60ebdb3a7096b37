import { CompiledQuery, type Kysely, type KyselyPlugin } from 'kysely'
import { expect, test } from 'vitest'
import type { Database } from '../../db/database.ts'
import { listQueries } from '../bench/list-queries.ts'
import { seedLists } from '../bench/seed-lists.ts'
import { DIALECTS, freshDatabase, type Dialect } from '../databases.ts'

const NOW = Date.parse('2027-02-03T12:00:00Z')
/** Large enough that a planner prefers an index where there is one. */
const SIZES = { registrations: 4000, logs: 8000, days: 90, now: NOW }

/** The statements that `run` sends, as they reach the driver. */
async function statementsOf(
  db: Kysely<Database>,
  run: (watched: Kysely<Database>) => Promise<unknown>,
) {
  const compiled: CompiledQuery[] = []
  const executor = db.getExecutor()
  const watching: KyselyPlugin = {
    transformQuery: ({ node, queryId }) => {
      compiled.push(executor.compileQuery(node, queryId))
      return node
    },
    transformResult: async ({ result }) => result,
  }
  await run(db.withPlugin(watching))
  return compiled
}

/** What the database says it would read: the names of tables that it would read whole, without any index. */
async function readWhole(
  db: Kysely<Database>,
  dialect: Dialect,
  { sql, parameters }: CompiledQuery,
) {
  const explain = dialect === 'sqlite' ? 'explain query plan' : 'explain'
  const { rows } = await db.executeQuery<Record<string, unknown>>(
    CompiledQuery.raw(`${explain} ${sql}`, [...parameters]),
  )
  return rows
    .map((row) =>
      dialect === 'sqlite'
        ? String(row['detail'])
        : `${String(row['type'])} ${String(row['table'])} ${String(row['key'])}`,
    )
    .filter((line) =>
      dialect === 'sqlite' ? /^SCAN (?!looked$)/.test(line) : /^ALL (?!<derived)/.test(line),
    )
}

test.for(DIALECTS)('every list page reads by an index (%s)', async (dialect) => {
  const { db, close } = await freshDatabase(dialect)
  await seedLists(db, 'nasm', SIZES)
  const statements: string[] = []

  for (const [at, { name }] of listQueries(db, 'nasm', NOW).entries()) {
    const sent = await statementsOf(db, async (watched) =>
      listQueries(watched, 'nasm', NOW)[at]?.run(),
    )
    for (const statement of sent) {
      statements.push(statement.sql)
      expect([name, await readWhole(db, dialect, statement)]).toEqual([name, []])
    }
  }
  const control = CompiledQuery.raw(`select id from log where text = 'x'`)
  const found = await readWhole(db, dialect, control)
  await close()

  expect(statements.length).toBeGreaterThan(20)
  expect(found).toHaveLength(1)
})
