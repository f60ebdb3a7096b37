import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { request } from 'undici'
import { expect, onTestFinished } from 'vitest'
import { diskFolder } from '../memory-folder.ts'
import type { ChildServer } from '../child-server.ts'
import { DIALECTS, type Dialect } from '../databases.ts'
import { startMariadb } from '../mariadb.ts'
import { sandboxWebhookToken } from '../sandbox/cvent/server.ts'
import { startServer } from '../start-server.ts'
import { registerPeople } from '../server/sync/arrivals.ts'
import { countKept, startInstance } from './survival.ts'

/** SQLite with a limit on the size of the program's files, which anybody may set; or either on a file system of its own. */
export type DiskKind = 'sqlite, limit' | 'sqlite, file system' | 'mariadb, file system'

const SQLITE_BYTES = 24 * 2 ** 20
const MARIADB_BYTES = 256 * 2 ** 20
/** A message of an ordinary size would find room for long in what SQLite has already taken from the disk. */
const BODY_BYTES = 24_000
const IN_A_ROW = 20

/** Where a database may run out of room. Removed when the test ends. */
interface SmallDisk {
  databaseUrl: string
  fill(child: ChildServer): void
  free(child: ChildServer): void
}

function limitedFolder(): SmallDisk {
  const folder = mkdtempSync(join(diskFolder(), 'full-disk-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const limit = ({ process: { pid } }: ChildServer, bytes: string) =>
    execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`])
  return {
    databaseUrl: sqliteIn(folder),
    // No file may grow beyond the smallest one's size, or SQLite would make room by moving what it has into another.
    fill(child) {
      const sizes = ['registration.db', 'registration.db-wal'].map(
        (name) => statSync(join(folder, name)).size,
      )
      limit(child, String(Math.min(...sizes)))
    },
    free: (child) => limit(child, 'unlimited'),
  }
}

/** Mounts a new file system of that size. @throws when this process may not mount, or there is no `mkfs.ext4` */
function mountImage(bytes: number) {
  const around = mkdtempSync(join(diskFolder(), 'full-disk-'))
  const image = join(around, 'image')
  const folder = join(around, 'mounted')
  const remove = () => rmSync(around, { recursive: true, force: true })
  try {
    mkdirSync(folder)
    closeSync(openSync(image, 'w'))
    truncateSync(image, bytes)
    execFileSync('mkfs.ext4', ['-q', '-m', '0', image], { stdio: 'ignore' })
    execFileSync('mount', ['-o', 'loop', image, folder], { stdio: 'ignore' })
  } catch (error) {
    remove()
    throw error
  }
  return {
    folder,
    unmount() {
      execFileSync('umount', ['--lazy', folder])
      remove()
    },
  }
}

function canMount() {
  try {
    mountImage(2 ** 21).unmount()
    return true
  } catch {
    return false
  }
}

const MOUNTED = ['sqlite, file system', 'mariadb, file system'] as const

/** Those possible here: mounting takes root. */
export const DISK_KINDS: DiskKind[] = [
  'sqlite, limit',
  ...(canMount() ? MOUNTED.slice(0, DIALECTS.length) : []),
]

async function mountedFolder(dialect: Dialect): Promise<SmallDisk> {
  const { folder, unmount } = mountImage(dialect === 'sqlite' ? SQLITE_BYTES : MARIADB_BYTES)
  onTestFinished(unmount)
  const databaseUrl = dialect === 'sqlite' ? sqliteIn(folder) : await mariadbIn(folder)
  const filler = join(folder, 'filler')
  return {
    databaseUrl,
    fill() {
      const file = openSync(filler, 'w')
      for (
        let piece = Buffer.alloc(65_536);
        piece.length >= 512;
        piece = piece.subarray(piece.length / 2)
      )
        try {
          for (;;) writeSync(file, piece)
        } catch (error) {
          if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
        }
      closeSync(file)
    },
    free: () => rmSync(filler),
  }
}

function sqliteIn(folder: string) {
  return `sqlite:${join(folder, 'registration.db')}`
}

async function mariadbIn(folder: string) {
  const mariadb = await startMariadb({
    parent: folder,
    options: ['--innodb-log-file-size=8M', '--innodb-buffer-pool-size=32M'],
  })
  onTestFinished(() => mariadb.stop())
  const connection = await createConnection(mariadb.url)
  await connection.query('create database small')
  await connection.end()
  return `${mariadb.url}/small`
}

/**
 * R12: the disk of a running program becomes full while messages come in and its worker has written to iMIS what it cannot
 * note any more; then there is room again. `whenFull` are the answers once the disk took nothing any more.
 */
export async function fillDisk(kind: DiskKind) {
  const dialect = kind === 'mariadb, file system' ? 'mariadb' : 'sqlite'
  const disk = kind === 'sqlite, limit' ? limitedFolder() : await mountedFolder(dialect)
  const observer = await startServer({ databaseUrl: disk.databaseUrl, realTime: true })
  const { imis, cvent, db, account } = observer
  const child = await startInstance(observer, {
    LOG_LEVEL: 'info',
    LEASE_MS: '10000',
    VENDOR_DEADLINE_MS: '5000',
    SETTLE_MS: '200',
  })
  const hooks = `${child.url}/webhooks/cvent/${account}`
  await cvent.setWebhook({ url: hooks, token: sandboxWebhookToken })
  const kept: string[] = []
  let withoutRetryAfter = 0
  let count = 0

  async function post(): Promise<number> {
    count += 1
    const messageStub = `r12-${count}`
    const { statusCode, headers, body } = await request(hooks, {
      method: 'POST',
      headers: { authorization: sandboxWebhookToken },
      body: JSON.stringify({ messageStub, filler: randomBytes(BODY_BYTES / 2).toString('hex') }),
    })
    await body.dump()
    if (statusCode === 200) kept.push(messageStub)
    else if (!(Number(headers['retry-after']) >= 1)) withoutRetryAfter += 1
    return statusCode
  }

  async function postMany(): Promise<number[]> {
    const answers: number[] = []
    for (let at = 0; at < IN_A_ROW; at += 1) answers.push(await post())
    return answers
  }

  await postMany()
  imis.switchboard.set({ route: '^POST /api/Activity$', kind: 'hold' })
  const people = await registerPeople(observer, 30_000, 3)
  await cvent.settled()
  await imis.switchboard.held()
  disk.fill(child)
  await expect.poll(postMany, { timeout: 30_000 }).not.toContain(200)
  imis.switchboard.clear()
  // InnoDB has room for small rows left in its pages: its worker goes on.
  if (dialect === 'sqlite')
    await expect.poll(() => child.output(), { timeout: 30_000 }).toContain('a job failed')
  const whenFull = await postMany()
  const isAlive = child.process.exitCode === null

  disk.free(child)
  const afterwards = await post()
  await expect
    .poll(
      async () => {
        const rows = await db.selectFrom('registration').select('state').execute()
        return rows.map(({ state }) => state)
      },
      { timeout: 40_000, interval: 200 },
    )
    .toEqual(people.map(() => 'synced'))
  const activities = people.map(({ partyId }) => imis.activitiesOf(partyId).length)
  const { lost, duplicates } = await countKept(observer, kept)
  const exitCode = await child.stop()
  return {
    kept: kept.length,
    lost,
    duplicates,
    whenFull,
    withoutRetryAfter,
    isAlive,
    afterwards,
    activities,
    exitCode,
    bugs: child.output().split('"a bug"').length - 1,
  }
}
