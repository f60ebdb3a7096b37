import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import { createConnection } from 'mysql2/promise'
import { inject } from 'vitest'
import type { Database } from '../db/database.ts'
import { migrate } from '../db/engine/migrate.ts'
import { openDatabase } from '../db/engine/open.ts'

/** A database a test may run on. */
export type Dialect = 'sqlite' | 'mariadb'

/** The databases of this run: both, or SQLite alone where MariaDB is not installed (never on CI). */
export const DIALECTS: Dialect[] = inject('mariadbUrl') ? ['sqlite', 'mariadb'] : ['sqlite']

/** An empty database with every table. `url` opens it once more, as another process would. */
export interface FreshDatabase {
  url: string
  db: Kysely<Database>
  close(): Promise<void>
}

/** Makes an empty database: a SQLite file in a folder of its own, or a schema of its own in the run's MariaDB. */
export async function freshDatabase(dialect: Dialect = 'sqlite'): Promise<FreshDatabase> {
  const { url, remove } = dialect === 'sqlite' ? freshFile() : await freshSchema()
  const db = openDatabase(url)
  await migrate(db)
  return {
    url,
    db,
    async close() {
      await db.destroy()
      await remove()
    },
  }
}

function freshFile() {
  const folder = mkdtempSync(join(tmpdir(), 'registration-'))
  return {
    url: `sqlite:${join(folder, 'registration.db')}`,
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function freshSchema() {
  const server = inject('mariadbUrl')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await run(`create database ${name}`)
  return { url: `${server}/${name}`, remove: () => run(`drop database ${name}`) }

  async function run(sql: string) {
    const connection = await createConnection(server)
    await connection.query(sql)
    await connection.end()
  }
}
