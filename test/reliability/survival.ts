import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { expect } from 'vitest'
import { diskFolder } from '../memory-folder.ts'
import { startChild, type ChildServer } from '../child-server.ts'
import type { Dialect } from '../databases.ts'
import { freePort } from '../free-port.ts'
import { seededEvents } from '../sandbox/cvent/seed.ts'
import { startServer, type TestServer } from '../start-server.ts'

const TOKEN = 'sandbox-webhook-token'
const BODY = { eventType: 'InviteeOrGuestModified', message: [], filler: 'x'.repeat(1200) }

/** A database with the seeded account, both vendors, and the harness's own server as the one who looks. */
export async function openObserver(dialect: Dialect): Promise<TestServer> {
  return startServer({ dialect, realTime: true, cvent: { switches: { dropWebhooks: true } } })
}

/** Runs the real program on the observer's database, in a process of its own. */
export async function startInstance(
  { databaseUrl }: TestServer,
  env: Record<string, string> = {},
): Promise<ChildServer> {
  return startChild({
    DATABASE_URL: databaseUrl,
    SECRET_KEY: 'a test key that is long enough for the ring',
    ADMIN_TOKEN: 'test-admin-token-0123456789',
    ALLOW_LOCAL_VENDORS: '1',
    HOST: '127.0.0.1',
    PORT: String(await freePort()),
    ...env,
  })
}

/** Posts as fast as the answers come, over so many connections, until told to stop. */
export function startLoad(
  url: string,
  connections: number,
  prefix: string,
  hooks = '/webhooks/cvent/nasm',
) {
  const agent = new Agent({ connections, pipelining: 1 })
  const kept: string[] = []
  const answers: { status: number; ms: number }[] = []
  let resets = 0
  let isOver = false
  let count = 0

  async function sender() {
    while (!isOver) {
      count += 1
      const messageStub = `${prefix}-${count}`
      const startedAt = performance.now()
      try {
        const { statusCode, body } = await request(`${url}${hooks}`, {
          method: 'POST',
          headers: { authorization: TOKEN, 'content-type': 'application/json' },
          body: JSON.stringify({ ...BODY, messageStub }),
          dispatcher: agent,
        })
        await body.dump()
        answers.push({ status: statusCode, ms: performance.now() - startedAt })
        if (statusCode === 200) kept.push(messageStub)
      } catch {
        resets += 1
        // The server is gone; the others notice by themselves.
        if (!isOver) await delay(5)
      }
    }
  }
  const running = Promise.all(Array.from({ length: connections }, sender))
  return {
    /** The stubs that were answered 200. */
    kept,
    answers,
    resets: () => resets,
    async stop() {
      isOver = true
      await running
      await agent.destroy()
    },
  }
}

/** How many of these stubs are in the database, and how many rows there are for them. */
export async function countKept(observer: TestServer, stubs: string[]) {
  const rows = await observer.db.selectFrom('message').select('messageStub').execute()
  const stored = rows.map(({ messageStub }) => messageStub)
  const distinct = new Set(stored)
  return {
    lost: stubs.filter((stub) => !distinct.has(stub)).length,
    duplicates: stored.length - distinct.size,
    rows: stored.length,
  }
}

/** R1: the server is killed under load, again and again. */
export async function killUnderLoad(dialect: Dialect, cycles: number) {
  const observer = await openObserver(dialect)
  const kept: string[] = []
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    const child = await startInstance(observer, { ROLE: 'web', LOG_LEVEL: 'info' })
    const load = startLoad(child.url, 32, `r1-${cycle}`)
    const enough = 50 + Math.floor(Math.random() * 400)
    while (load.kept.length < enough) await delay(2)
    await child.kill()
    await load.stop()
    kept.push(...load.kept)
  }
  return { kept: kept.length, ...(await countKept(observer, kept)) }
}

/** R1's control: a program that answers 200 before it stores, killed in the same way. */
export async function killAckFirst(cycles: number): Promise<{ kept: number; lost: number }> {
  const folder = await mkdtemp(join(diskFolder(), 'ack-first-'))
  let kept = 0
  let lost = 0
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    const file = join(folder, `stored-${cycle}`)
    const child = spawn(process.execPath, [join(import.meta.dirname, 'ack-first.ts'), file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const port = await new Promise<string>((resolve) =>
      child.stdout.once('data', (said: Buffer) => resolve(said.toString().trim())),
    )
    const load = startLoad(`http://127.0.0.1:${port}`, 32, `c-${cycle}`, '/')
    while (load.kept.length < 200) await delay(2)
    child.kill('SIGKILL')
    await load.stop()
    const stored = new Set(readFileSync(file, 'utf8').split('\n'))
    kept += load.kept.length
    lost += load.kept.filter((stub) => !stored.has(stub)).length
  }
  await rm(folder, { recursive: true })
  return { kept, lost }
}

/** R4: the worker is killed at random points while iMIS drops answers and fails after it has written. */
export async function killWorker(dialect: Dialect, cycles: number) {
  const observer = await openObserver(dialect)
  const { imis, cvent } = observer
  const parties = ['101', '102', '103', '104', '105', '106', '107']
  for (const sourceId of parties)
    await cvent.register({
      event: seededEvents.open,
      contact: { firstName: 'P', lastName: sourceId, email: `p${sourceId}@example.org`, sourceId },
    })
  for (let share = 0; share < 40; share += 1) {
    const kind = (['lost-answer', 'status-after', 'slow-answer', 'lost-answer'] as const)[share % 4]
    imis.switchboard.set({
      route: '(POST|PUT) /api/Activity',
      kind: kind ?? 'dead',
      skip: share * 5,
      times: 1,
      ms: 50,
      status: 500,
    })
  }
  const env = {
    ROLE: 'worker',
    LOG_LEVEL: 'info',
    LEASE_MS: '900',
    VENDOR_DEADLINE_MS: '400',
    SETTLE_MS: '200',
  }
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    const child = await startInstance(observer, env)
    const attendee = [...cvent.state.attendees.values()][cycle % parties.length]
    if (attendee && attendee.status === 'Accepted')
      await cvent.modify(attendee.id, { answers: [] }).catch(() => undefined)
    await delay(Math.random() * 600)
    await child.kill()
  }
  imis.switchboard.clear()
  const last = await startInstance(observer, { ...env, LEASE_MS: '5000' })
  await expect
    .poll(
      async () => {
        const open = await observer.db
          .selectFrom('registration')
          .select('id')
          .where('state', '!=', 'synced')
          .execute()
        const known = await observer.db.selectFrom('registration').select('id').execute()
        return known.length === parties.length && open.length === 0
      },
      { timeout: 60_000, interval: 200 },
    )
    .toBe(true)
  await last.stop()
  const rows = parties.map((party) => imis.activitiesOf(party).length)
  return {
    missing: rows.filter((count) => count === 0).length,
    duplicates: rows.filter((count) => count > 1).length,
    writes: imis.switchboard.count(/^POST \/api\/Activity$/),
  }
}

/** R13: the server is asked to stop under load. */
export async function stopUnderLoad(dialect: Dialect, cycles: number) {
  const observer = await openObserver(dialect)
  const kept: string[] = []
  let longestMs = 0
  let broken = 0
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    const child = await startInstance(observer, { LOG_LEVEL: 'info' })
    const load = startLoad(child.url, 16, `r13-${cycle}`)
    while (load.kept.length < 100) await delay(2)
    const startedAt = performance.now()
    const code = await child.stop()
    longestMs = Math.max(longestMs, performance.now() - startedAt)
    await load.stop()
    if (code !== 0) broken += 1
    broken += load.answers.filter(({ status }) => status !== 200 && status !== 503).length
    kept.push(...load.kept)
  }
  return { kept: kept.length, longestMs, broken, ...(await countKept(observer, kept)) }
}

/**
 * R11: how long a sender waits, in ms, while the worker unpacks what arrives (`all`), and without a worker in the process
 * (`web`): the machine's own share.
 */
export async function ackWhileBusy(dialect: Dialect, seconds: number) {
  const observer = await openObserver(dialect)
  observer.cvent.switches.enforceLimits = false
  const measured = {
    count: 0,
    p50: 0,
    p99: 0,
    max: 0,
    p50WithoutWorker: 0,
    p99WithoutWorker: 0,
    maxWithoutWorker: 0,
  }
  for (const ROLE of ['web', 'all']) {
    const child = await startInstance(observer, { LOG_LEVEL: 'info', ROLE })
    const load = startLoad(child.url, 64, `r11-${ROLE}`)
    await delay(seconds * 1000)
    await load.stop()
    await child.kill()
    const times = load.answers.map(({ ms }) => ms).toSorted((a, b) => a - b)
    const p50 = times[Math.floor(times.length / 2)] ?? 0
    const p99 = times[Math.floor(times.length * 0.99)] ?? 0
    const max = times.at(-1) ?? 0
    if (ROLE === 'all') Object.assign(measured, { count: times.length, p50, p99, max })
    else
      Object.assign(measured, {
        p50WithoutWorker: p50,
        p99WithoutWorker: p99,
        maxWithoutWorker: max,
      })
  }
  return measured
}
