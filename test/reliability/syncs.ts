import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { Agent, request } from 'undici'
import { expect } from 'vitest'
import { diskFolder } from '../memory-folder.ts'
import type { Dialect } from '../databases.ts'
import { freePort } from '../free-port.ts'
import { startMariadb } from '../mariadb.ts'
import { sandboxWebhookToken } from '../sandbox/cvent/server.ts'
import { startServer } from '../start-server.ts'

/** `-ttt` and `-T`: when each call began and how long it took, so that the traces of two programs can be laid together. */
const STRACE = ['strace', '-f', '--seccomp-bpf', '-y', '-ttt', '-T', '-s60']
const LOG_CALLS = 'pwrite64,fdatasync,fsync'
const SOCKET_CALLS = 'read,write,writev,sendto,sendmsg'

/** What a traced program runs on, and the trace in which its database's log is seen. */
interface Ground {
  databaseUrl: string
  trace: string | undefined
  close(): Promise<void>
}

/**
 * R2: of the 200s that the program sends, one request after the other, the share before which the database's log (SQLite's
 * WAL, InnoDB's redo log) was written after the request had come, and synced after the last such write. `isSynced` false
 * is the control, whose database does not wait for the disk: a program of its own for SQLite, an option for MariaDB.
 */
export async function traceSyncs(dialect: Dialect, posts: number, isSynced: boolean) {
  const folder = await mkdtemp(join(diskFolder(), 'trace-'))
  const ground =
    dialect === 'mariadb' ? await tracedMariadb(join(folder, 'store'), isSynced) : undefined
  const observer =
    dialect === 'mariadb' || isSynced
      ? await startServer({ dialect, ...(ground ? { databaseUrl: ground.databaseUrl } : {}) })
      : undefined
  const trace = join(folder, 'server')
  const port = String(await freePort())
  const server = observer ? '../../server/main.ts' : 'unsynced.ts'
  const [program = '', ...options] = STRACE
  const child = spawn(
    program,
    [
      ...options,
      '-o',
      trace,
      `-etrace=${LOG_CALLS},${SOCKET_CALLS}`,
      process.execPath,
      join(import.meta.dirname, server),
      port,
      join(folder, 'data.db'),
    ],
    {
      env: {
        PATH: process.env['PATH'],
        DATABASE_URL: observer?.databaseUrl,
        SECRET_KEY: 'a test key that is long enough for the ring',
        PORT: port,
        ROLE: 'web',
        ALLOW_LOCAL_VENDORS: '1',
      },
      stdio: 'ignore',
      // A group of its own: the signal must reach the traced program, which strace then follows to its end.
      detached: true,
    },
  )
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const agent = new Agent({ connections: 1 })
  async function send(at: number) {
    const { statusCode, body } = await request(`http://127.0.0.1:${port}/webhooks/cvent/nasm`, {
      method: 'POST',
      headers: { authorization: sandboxWebhookToken },
      body: JSON.stringify({ messageStub: `r2-${at}`, filler: 'x'.repeat(1200) }),
      dispatcher: agent,
    })
    await body.dump()
    return statusCode
  }
  try {
    await expect.poll(() => send(0).catch(() => 0), { timeout: 30_000 }).toBe(200)
    for (let at = 1; at <= posts; at += 1) expect(await send(at)).toBe(200)
  } finally {
    await agent.destroy()
    if (child.pid) process.kill(-child.pid, 'SIGTERM')
    await ended
    await observer?.close()
    await ground?.close()
  }
  const traces = [trace, ...(ground?.trace ? [ground.trace] : [])]
  const share = shareOfSynced(traces.map((file) => readFileSync(file, 'utf8')))
  await rm(folder, { recursive: true, force: true })
  return share
}

async function tracedMariadb(trace: string, isSynced: boolean): Promise<Ground> {
  const mariadb = await startMariadb({
    parent: diskFolder(),
    under: [...STRACE, '-o', trace, `-etrace=${LOG_CALLS}`],
    options: isSynced
      ? []
      : // The log is left to the system, and to a sync by the clock, which is put off here.
        ['--innodb-flush-log-at-trx-commit=0', '--innodb-flush-log-at-timeout=2700'],
  })
  const connection = await createConnection(mariadb.url)
  await connection.query('create database traced')
  await connection.end()
  return { databaseUrl: `${mariadb.url}/traced`, trace, close: () => mariadb.stop() }
}

interface Traced {
  kind: 'asked' | 'written' | 'synced' | 'answered'
  begin: number
  end: number
}

const KINDS: [Traced['kind'], RegExp][] = [
  ['asked', /^read\(.*"POST \/webhooks/],
  ['written', /^pwrite64\(\d+<[^>]*(-wal|ib_logfile\d)>/],
  ['synced', /^f(data)?sync\(\d+<[^>]*(-wal|ib_logfile\d)>/],
  ['answered', /^(write|writev|sendto|sendmsg)\(.*HTTP\/1\.1 200/],
]

function shareOfSynced(traces: string[]): number {
  const seen = traces.flatMap(readTrace)
  const of = (kind: Traced['kind']) =>
    seen.filter((one) => one.kind === kind).toSorted((a, b) => a.begin - b.begin)
  const [asked, written, synced, answered] = [
    of('asked'),
    of('written'),
    of('synced'),
    of('answered'),
  ]
  const good = answered.filter((answer) => {
    const from = asked.findLast(({ begin }) => begin < answer.begin)?.begin ?? Infinity
    const write = written.findLast(({ begin }) => begin > from && begin < answer.begin)
    return synced.some(({ begin, end }) => write && begin >= write.end && end <= answer.begin)
  })
  expect(answered.length).toBeGreaterThan(0)
  return good.length / answered.length
}

/** The calls of a trace that matter here. A call that another thread's line cuts in two is put together again. */
function readTrace(trace: string): Traced[] {
  const seen: Traced[] = []
  const open = new Map<string, { begin: number; text: string }>()
  for (const line of trace.split('\n')) {
    const [, thread = '', at = '', text = ''] = /^(\d+) +(\d+\.\d+) (.*)$/.exec(line) ?? []
    const cut = / *<unfinished \.\.\.>$/
    if (cut.test(text)) {
      open.set(thread, { begin: Number(at), text: text.replace(cut, '') })
      continue
    }
    const rest = /^<\.\.\. \w+ resumed>(.*)$/.exec(text)?.[1]
    const begun = rest === undefined ? undefined : open.get(thread)
    const begin = begun?.begin ?? Number(at)
    const took = Number(/<(\d+\.\d+)>$/.exec(text)?.[1] ?? 0)
    const whole = `${begun?.text ?? ''}${rest ?? text}`
    const kind = KINDS.find(([, pattern]) => pattern.test(whole))?.[0]
    if (kind) seen.push({ kind, begin, end: begin + took })
  }
  return seen
}
