import { execFile, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createConnection } from 'mysql2/promise'
import { findProgram } from './programs.ts'
import { freePort } from './free-port.ts'

/** A MariaDB of our own: `url` has no database name; append `/name`. `kill` ends it as a power cut would, `start` brings it back. */
export interface Mariadb {
  url: string
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

/** How a private MariaDB differs from the usual one. */
export interface MariadbOptions {
  /** Where its folder is made; default the system's temporary folder. */
  parent?: string
  /** More options of `mariadbd`, over ours: `--innodb-flush-log-at-trx-commit=0`. */
  options?: string[]
  /** The command it runs under, with its arguments: a tracer. */
  under?: string[]
}

/** Starts a private MariaDB in a temporary folder, on a free port of the loopback address; no system service is touched. */
export async function startMariadb({
  parent = tmpdir(),
  options = [],
  under = [],
}: MariadbOptions = {}): Promise<Mariadb> {
  const server = findProgram('mariadbd')
  const install = findProgram('mariadb-install-db')
  if (!server || !install)
    throw new Error(
      'MariaDB is needed for this: apt-get install mariadb-server-core mariadb-client-core',
    )
  const folder = mkdtempSync(join(parent, 'mariadb-'))
  chmodSync(folder, 0o700)
  const user = userInfo().username
  // Its temporary tables are named by process only in part: two servers sharing /tmp remove each other's.
  const env = { ...process.env, TMPDIR: folder }
  await promisify(execFile)(
    install,
    [
      '--no-defaults',
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      `--datadir=${folder}/data`,
      `--user=${user}`,
    ],
    { env },
  )
  const port = await freePort()
  const url = `mysql://root@127.0.0.1:${port}`
  let child: ReturnType<typeof spawn> | undefined

  async function start() {
    const [program, ...before] = [...under, server ?? '']
    const started = spawn(
      program,
      [
        ...before,
        '--no-defaults',
        `--user=${user}`,
        `--datadir=${folder}/data`,
        `--socket=${folder}/s.sock`,
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        `--pid-file=${folder}/pid`,
        '--skip-name-resolve',
        '--innodb-buffer-pool-size=128M',
        '--innodb-log-file-size=64M',
        '--innodb-flush-log-at-trx-commit=1',
        '--character-set-server=utf8mb4',
        '--collation-server=utf8mb4_unicode_ci',
        '--max-connections=500',
        '--skip-log-bin',
        '--performance-schema=OFF',
        ...options,
      ],
      { stdio: 'ignore', env },
    )
    child = started
    const giveUpAt = performance.now() + 30_000
    for (;;) {
      try {
        const connection = await createConnection(url)
        await connection.end()
        return
      } catch (error) {
        if (started.exitCode !== null || performance.now() > giveUpAt)
          throw new Error('the private MariaDB did not start', { cause: error })
        await delay(50)
      }
    }
  }

  async function end(signal: NodeJS.Signals) {
    const running = child
    child = undefined
    if (!running || running.exitCode !== null) return
    const ended = new Promise((resolve) => running.once('exit', resolve))
    // What it runs under ends with it, and has written down everything then.
    if (under.length > 0) process.kill(Number(readFileSync(`${folder}/pid`, 'utf8')), signal)
    else running.kill(signal)
    await ended
  }

  await start()
  return {
    url,
    start,
    kill: () => end('SIGKILL'),
    async stop() {
      // Nothing in it is wanted any more, so it need not be shut down with care.
      await end('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
