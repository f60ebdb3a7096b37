import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import autocannon from 'autocannon'
import { createConnection } from 'mysql2/promise'
import type { z } from 'zod'
import type { Account } from '../../schemas/account.ts'
import { startMariadb } from '../mariadb.ts'
import { lacks } from '../programs.ts'
import { median } from '../figures.ts'

/** What the server's process is told: once `serve`, then as often as wanted `insert`, at last `end`. */
export type IngestTask =
  | { kind: 'serve'; databaseUrl: string; account: z.input<typeof Account> }
  | { kind: 'insert'; connections: number; seconds: number }
  | { kind: 'end' }

/** Where the three routes listen. */
export interface IngestAddresses {
  url: string
  bareUrl: string
  rowUrl: string
  token: string
}

interface Rate {
  perSecond: number
  p99: number
}

interface Round {
  bare: Rate
  ours: Rate
  row: Rate
  insertPerSecond: number
}

const ROUNDS = 5
const SECONDS = 2
const CONNECTIONS = [1, 8, 64]
const BUDGETS: Record<string, number> = { SQLite: 0.4, MariaDB: 0.28 }

const ACCOUNT: z.input<typeof Account> = {
  key: 'nasm',
  name: 'Bench',
  origins: ['https://members.example.org'],
  imis: {
    siteUrl: 'http://127.0.0.1:9/',
    username: 'u',
    password: 'p',
    timeZone: 'UTC',
    sso: { clientId: 'c', clientSecret: 's', page: '/CventSignIn' },
  },
  cvent: { clientId: 'c', clientSecret: 's', webhookTokens: ['a-webhook-token-of-the-bench'] },
}

/**
 * Webhooks a second that are on disk before their 200, in rounds that take turns with a bare Fastify route, with the same door
 * over commits of one message each, and with the bare insert.
 */
export async function benchIngest(print: (line: string) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-ingest-'))
  await benchStore('SQLite', `sqlite:${join(folder, 'bench.db')}`, print)
  rmSync(folder, { recursive: true, force: true })
  if (lacks('MariaDB')) return print('ingest on MariaDB: not measured, MariaDB is not installed')
  const mariadb = await startMariadb()
  const connection = await createConnection(mariadb.url)
  await connection.query('create database bench')
  await connection.end()
  await benchStore('MariaDB', `${mariadb.url}/bench`, print)
  await mariadb.stop()
}

async function benchStore(store: string, databaseUrl: string, print: (line: string) => void) {
  const server = fork(new URL('./ingest-server.ts', import.meta.url))
  const serve: IngestTask = { kind: 'serve', databaseUrl, account: ACCOUNT }
  server.send(serve)
  // The first message of the process is of this shape.
  const [addresses] = (await once(server, 'message')) as [IngestAddresses]

  const rounds = new Map<number, Round[]>(CONNECTIONS.map((connections) => [connections, []]))
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [connections, measured] of rounds)
      measured.push(await measure(addresses, connections, server))
  for (const [connections, measured] of rounds) report(store, connections, measured, print)

  const end: IngestTask = { kind: 'end' }
  server.send(end)
  await once(server, 'exit')
}

async function measure(
  { url, bareUrl, rowUrl, token }: IngestAddresses,
  connections: number,
  server: ReturnType<typeof fork>,
): Promise<Round> {
  const bare = await post(bareUrl, connections, {})
  const ours = await post(url, connections, { authorization: token })
  const row = await post(rowUrl, connections, { authorization: token })
  const insert: IngestTask = { kind: 'insert', connections, seconds: SECONDS }
  server.send(insert)
  // The only message it sends for this task is the number.
  const [insertPerSecond] = (await once(server, 'message')) as [number]
  return { bare, ours, row, insertPerSecond }
}

async function post(url: string, connections: number, headers: Record<string, string>) {
  const result = await autocannon({
    url,
    connections,
    duration: SECONDS,
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ messageStub: '[<id>]', message: [], filler: 'x'.repeat(1300) }),
    idReplacement: true,
  })
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} answers that are no 200, ${result.errors} errors`)
  return { perSecond: result.requests.average, p99: result.latency.p99 }
}

function report(
  store: string,
  connections: number,
  rounds: Round[],
  print: (line: string) => void,
) {
  const of = (pick: (round: Round) => number) => median(rounds.map(pick))
  const toBare = of((round) => round.ours.perSecond / round.bare.perSecond)
  const toRow = of((round) => round.ours.perSecond / round.row.perSecond)
  const toInsert = of((round) => round.ours.perSecond / round.insertPerSecond)
  const budget = connections === 64 ? ` (budget ≥ ${BUDGETS[store]})` : ''
  const rowBudget = connections === 1 ? ' (budget ≥ 0.9)' : ''
  print(
    `ingest ${store}, ${connections} connections: ${Math.round(of((r) => r.ours.perSecond))}/s, p99 ${of((r) => r.ours.p99)} ms; ` +
      `to a bare route ${toBare.toFixed(2)}${budget}, to a commit for each ${toRow.toFixed(2)}${rowBudget}, to the bare insert ${toInsert.toFixed(2)}`,
  )
}
