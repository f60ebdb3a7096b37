import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import autocannon, { type Options } from 'autocannon'
import type { z } from 'zod'
import type { Account } from '../../schemas/account.ts'
import { startCvent } from '../sandbox/cvent/server.ts'
import { sandboxAccount } from '../sandbox/documents.ts'
import { makeQuery } from '../sandbox/imis/seed-queries.ts'
import { startImis } from '../sandbox/imis/server.ts'
import { median } from '../figures.ts'

/** What the server under test is told. `parties`: how many members may ask, each with a token. */
export interface BenchVendors {
  account: z.input<typeof Account>
  parties: number
}

/** Where the server under test listens, and the members' tokens, the party ids counted from 100000. */
export interface BenchAddresses {
  url: string
  bareUrl: string
  tokens: string[]
}

const ROUNDS = 5
const SECONDS = 3
const CONNECTIONS = 64
/** States each connection asks for in an uncached round; nobody is asked about twice. */
const PER_CONNECTION = 15
const IMIS_MS = 50
const STATE = '/v1/nasm/events/WRN3DBTCMX9/registration'

/** Requests a second, latencies in ms, and the server's CPU time of a request in µs. */
interface Round {
  bare: number
  cached: number
  iqa: { p50: number; p99: number }
  uncached: { p50: number; p99: number }
  cpu: { bare: number; cached: number; uncached: number; iqa: number }
}

/**
 * The registration state, in rounds that take turns: cached against a bare Fastify route (requests a second), and uncached
 * against the bare IQA call by the same client, with an iMIS that takes 50 ms (latency).
 */
export async function benchState(print: (line: string) => void): Promise<void> {
  const imis = await startImis()
  const cvent = await startCvent()
  imis.state.queries.push(
    makeQuery(99, '$/Cvent/Bench', (call) => [{ ID: call.asked(0) ?? '' }], {
      honoursPrompts: false,
      columns: ['ID'],
    }),
  )
  const server = fork(fileURLToPath(new URL('./state-server.ts', import.meta.url)))
  const parties = ROUNDS * CONNECTIONS * PER_CONNECTION + 1
  const vendors: BenchVendors = { account: sandboxAccount(imis, cvent), parties }
  server.send(vendors)
  // The server's process answers exactly one message, of that shape.
  const [bench] = (await once(server, 'message')) as [BenchAddresses]

  const rounds: Round[] = []
  const cpu = () => cpuOf(server)
  for (let round = 0; round < ROUNDS; round += 1)
    rounds.push(await measure(bench, round, imis, cpu))
  report(rounds, print)

  server.send('end')
  await once(server, 'exit')
  await Promise.all([imis.close(), cvent.close()])
}

async function measure(
  { url, bareUrl, tokens }: BenchAddresses,
  round: number,
  imis: Awaited<ReturnType<typeof startImis>>,
  cpu: () => Promise<number>,
): Promise<Round> {
  const clean = async (options: Options) => {
    const before = await cpu()
    const result = await runClean(options)
    const { requests, latency } = result
    return { requests, latency, cpu: ((await cpu()) - before) / requests.total }
  }
  const bearer = (index: number) => ({ authorization: `Bearer ${tokens[index]}` })
  const common = { connections: CONNECTIONS, duration: SECONDS }
  imis.switchboard.clear()
  const bare = await clean({ ...common, url: bareUrl })
  const cached = await clean({ ...common, url: `${url}${STATE}`, headers: bearer(0) })

  imis.switchboard.set({ route: '/api/query$', kind: 'latency', ms: IMIS_MS })
  const amount = CONNECTIONS * PER_CONNECTION
  const first = 1 + round * amount
  let client = 0
  const uncached = await clean({
    url,
    connections: CONNECTIONS,
    amount,
    setupClient: (one) => {
      const from = first + client++ * PER_CONNECTION
      one.setRequests(
        Array.from({ length: PER_CONNECTION }, (_, index) => ({
          path: STATE,
          headers: bearer(from + index),
        })),
      )
    },
  })
  const iqa = await clean({ url: `${url}/iqa/100001`, connections: CONNECTIONS, amount })
  return {
    bare: bare.requests.average,
    cached: cached.requests.average,
    iqa: iqa.latency,
    uncached: uncached.latency,
    cpu: { bare: bare.cpu, cached: cached.cpu, uncached: uncached.cpu, iqa: iqa.cpu },
  }
}

/** CPU time the server's process has used so far, in µs. */
async function cpuOf(server: ChildProcess) {
  server.send('cpu')
  // The server answers that word with its `process.cpuUsage()` and nothing else meanwhile.
  const [used] = (await once(server, 'message')) as [NodeJS.CpuUsage]
  return used.user + used.system
}

/** A run in which everything was answered 200; anything else would measure something else. */
async function runClean(options: Options) {
  const result = await autocannon(options)
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(
      `${options.url}: ${result.non2xx} answers that are no 200, ${result.errors} errors`,
    )
  return result
}

function report(rounds: Round[], print: (line: string) => void) {
  const of = (pick: (round: Round) => number) => median(rounds.map(pick))
  const cached = of((round) => round.cached / round.bare)
  const p50 = of((round) => round.uncached.p50 - round.iqa.p50)
  const p99 = of((round) => round.uncached.p99 - round.iqa.p99)
  const ratio = of((round) => round.uncached.p50 / round.iqa.p50)
  print(
    `state cached, to a bare route: ${cached.toFixed(2)} (budget ≥ 0.40; ${Math.round(of((r) => r.cached))} and ${Math.round(of((r) => r.bare))} requests/s)`,
  )
  print(
    `state uncached, our share over the bare IQA call (iMIS ${IMIS_MS} ms, ${CONNECTIONS} connections): p50 ${p50.toFixed(1)} ms (budget ≤ 4), p99 ${p99.toFixed(1)} ms (budget ≤ 20); ratio of p50 ${ratio.toFixed(2)}`,
  )

  const cost = (name: keyof Round['cpu']) => Math.round(of((round) => round.cpu[name]))
  print(
    `CPU of a request: bare ${cost('bare')} µs, cached ${cost('cached')} µs, uncached ${cost('uncached')} µs, bare IQA call ${cost('iqa')} µs`,
  )
}
