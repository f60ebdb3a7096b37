import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { migrate } from '../../db/engine/migrate.ts'
import { openDatabase } from '../../db/engine/open.ts'
import { startMariadb } from '../mariadb.ts'
import { lacks } from '../programs.ts'
import { listQueries } from './list-queries.ts'
import { seedLists } from './seed-lists.ts'

const SIZES = { registrations: 100_000, logs: 1_000_000, days: 90 }
const ROUNDS = 7
const DATABASE = 'lists'

/** Prints how long each list page takes on large tables: the median and the slowest of several rounds, in ms. */
async function measure(title: string, url: string, print: (line: string) => void) {
  const db = openDatabase(url)
  const now = Date.parse('2027-02-03T12:00:00Z')
  try {
    await migrate(db)
    const startedAt = performance.now()
    await seedLists(db, 'nasm', { ...SIZES, now })
    print(`${title}: seeded in ${Math.round((performance.now() - startedAt) / 1000)} s`)
    for (const { name, run } of listQueries(db, 'nasm', now)) {
      const times: number[] = []
      for (let round = 0; round < ROUNDS; round += 1) {
        const from = performance.now()
        await run()
        times.push(performance.now() - from)
      }
      times.sort((a, b) => a - b)
      const [median, slowest] = [times[Math.floor(ROUNDS / 2)] ?? 0, times.at(-1) ?? 0]
      print(`${median.toFixed(1).padStart(8)} ${slowest.toFixed(1).padStart(8)}  ${name}`)
    }
  } finally {
    await db.destroy()
  }
}

async function measureSqlite(print: (line: string) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'lists-'))
  try {
    await measure('SQLite', `sqlite:${join(folder, 'registration.db')}`, print)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measureMariadb(print: (line: string) => void) {
  const mariadb = await startMariadb()
  try {
    const connection = await createConnection(mariadb.url)
    await connection.query(`create database ${DATABASE}`)
    await connection.end()
    await measure('MariaDB', `${mariadb.url}/${DATABASE}`, print)
  } finally {
    await mariadb.stop()
  }
}

/** The admin's lists with 100,000 registrations and 1,000,000 lines of log: ms, the median and the slowest of 7 rounds. */
export async function benchLists(print: (line: string) => void): Promise<void> {
  await measureSqlite(print)
  if (!lacks('MariaDB')) await measureMariadb(print)
}
