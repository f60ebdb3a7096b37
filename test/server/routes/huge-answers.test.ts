import { expect, test } from 'vitest'
import { startServer } from '../../start-server.ts'
import {
  askState,
  hrefFor,
  openHandOff,
  refreshTokenOf,
  postSignOn,
  signOnAs,
} from '../member-steps.ts'

const MIB = 2 ** 20
/** What an answer of a vendor may weigh is 8 MiB; a few of them at once, decoded, and what the collector has not seen yet. */
const MOST_MIB = 250

/** The most memory the process grew by while `work` ran, in MiB; the sandbox that sends the gigabytes is in it too. */
async function growthDuring(work: () => Promise<unknown>) {
  const before = process.memoryUsage().rss
  let peak = before
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 10)
  try {
    await work()
  } finally {
    clearInterval(watch)
  }
  return (Math.max(peak, process.memoryUsage().rss) - before) / MIB
}

test('a vendor that answers with a gigabyte costs some megabytes, whoever is asked for what', async () => {
  const server = await startServer()
  const users = ['MOAKFIELD', 'TREYL', 'IQUIST', 'LFJORD', 'PLINDQVIST']
  const tokens = await Promise.all(users.map((user) => signOnAs(server, user)))
  const href = await hrefFor(server)
  server.advance(61_000)
  const refreshToken = refreshTokenOf(server, 'MOAKFIELD')
  server.imis.switchboard.set({ route: '.', kind: 'huge' })
  server.cvent.switchboard.set({ route: '.', kind: 'huge' })
  const statuses: number[] = []

  const grownBy = await growthDuring(async () => {
    const states = await Promise.all(tokens.map((token) => askState(server, { token })))
    const others = [await postSignOn(server, refreshToken), await openHandOff(href)]
    statuses.push(...[...states, ...others].map(({ status }) => status))
  })

  expect(statuses).toEqual(statuses.map(() => 503))
  expect(grownBy).toBeLessThan(MOST_MIB)
})

test('(control) the answer really is a gigabyte, for who reads it all', async () => {
  const server = await startServer()
  server.imis.switchboard.set({ route: '.', kind: 'huge' })

  const response = await fetch(`${server.imis.url}/api/query`)
  let bytes = 0
  for await (const piece of response.body ?? []) bytes += piece.length

  expect(bytes).toBeGreaterThanOrEqual(2 ** 30)
})
