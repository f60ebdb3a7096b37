import { setTimeout as delay } from 'node:timers/promises'
import { Event } from '../../../schemas/event.ts'
import { openTokens } from '../../../server/secrets/tokens.ts'
import type { Dialect } from '../../databases.ts'
import { CLOCK_START, startServer, type TestServer } from '../../start-server.ts'

/** What a browser says that comes from a page of ours. */
const FROM_US = { 'sec-fetch-site': 'same-origin' }

const EVENT_CODE = 'WRN3DBTCMX9'
const FIRST_PARTY = 30_000

/** A clock on which sleepers wait; it goes on to the next of them when nothing else is being done. */
function turnedClock() {
  let time = CLOCK_START
  const sleepers: { at: number; wake: () => void }[] = []
  return {
    now: () => time,
    wait: (ms: number) =>
      new Promise<void>((wake) => {
        sleepers.push({ at: time + Math.max(0, ms), wake })
      }),
    /** Wakes the next sleeper; false when nobody sleeps. */
    goOn() {
      sleepers.sort((a, b) => b.at - a.at)
      const next = sleepers.pop()
      if (!next) return false
      time = Math.max(time, next.at)
      next.wake()
      return true
    },
  }
}

/**
 * A rush of members who press Register within `withinMs`, on Cvent's standard tier: each opens the link they were given, and
 * where a page says that it looks again, follows it as a browser would, on any of the instances.
 */
export async function rush(
  dialect: Dialect,
  options: {
    handOff: Event['handOff']
    members: number
    withinMs: number
    instances: number
    /** How long after the last member the worker has, for what was left to it. */
    workMs: number
  },
) {
  const clock = turnedClock()
  const events = [
    Event.parse({
      eventCode: EVENT_CODE,
      meetingCode: 'AC2027',
      registrantsQuery: null,
      handOff: options.handOff,
    }),
  ]
  const first = await startServer({
    dialect,
    clock,
    events,
    cvent: { tier: 'standard' },
    account: (account) => ({ ...account, cvent: { ...account.cvent, tier: 'standard' } }),
  })
  const servers = [first]
  while (servers.length < options.instances)
    servers.push(
      await startServer({ databaseUrl: first.databaseUrl, vendors: first, seed: false, clock }),
    )
  const { cvent, db } = first
  const begun = first.now()
  let busy = 0
  async function doing<Value>(work: Promise<Value>): Promise<Value> {
    busy += 1
    try {
      return await work
    } finally {
      busy -= 1
    }
  }

  addParties(first, options.members)
  const tokens = openTokens({ ring: first.ring, now: clock.now })
  const served: { at: number; status: number; order: number }[] = []
  const statuses = new Map<number, number>()
  let looks = 0

  async function member(at: number) {
    await clock.wait((at * options.withinMs) / options.members)
    const partyId = String(FIRST_PARTY + at)
    const ticket = { account: 'nasm', eventCode: EVENT_CODE, partyId }
    const signed = await tokens.signTicket({ ...ticket, staffPartyId: undefined, campaign: {} })
    let url = `/hand-off/${signed.token}`
    for (let look = 0; look < 200; look += 1) {
      const server = servers[(at + look) % servers.length] ?? first
      const response = await doing(
        server.app.inject({ url, remoteAddress: `10.0.${at % 250}.1`, headers: FROM_US }),
      )
      looks += 1
      const [, seconds, next] = /^(\d+); url=(.+)$/.exec(String(response.headers['refresh'])) ?? []
      if (next === undefined) {
        statuses.set(response.statusCode, (statuses.get(response.statusCode) ?? 0) + 1)
        served.push({ at: clock.now(), status: response.statusCode, order: at })
        return
      }
      await clock.wait(Number(seconds) * 1000)
      url = new URL(next).pathname
    }
  }

  let isOver = false
  async function turn() {
    let quiet = 0
    let seen = -1
    while (!isOver) {
      const calls = cvent.switchboard.calls.length + first.imis.switchboard.calls.length
      const open = [cvent, first.imis].flatMap(({ switchboard }) => switchboard.calls.slice(-100))
      const isIdle = calls === seen && open.every(({ status }) => status !== 0)
      seen = calls
      quiet = isIdle ? quiet + 1 : 0
      if (quiet >= 6) clock.goOn()
      await delay(1)
      // Statements are dealt with in their order: when this one is, those before it were.
      await db.selectFrom('lease').select('name').limit(1).execute()
    }
  }
  const turning = turn()
  // What everybody needs is there before they come: the event, a token, the account's limits.
  await first.worker.drain()
  cvent.switchboard.calls.length = 0
  cvent.state.usage.clear()
  cvent.state.perSecond.clear()
  const cameAt = clock.now()
  await Promise.all(Array.from({ length: options.members }, (_, at) => member(at)))
  const lastAt = Math.max(...served.map(({ at }) => at))
  const breakersAfterMembers = await db.selectFrom('circuitbreaker').selectAll().execute()
  const until = clock.now() + options.workMs
  while (clock.now() < until) {
    const made = cvent.switchboard.calls.length
    await first.worker.drain()
    const left = await db
      .selectFrom('partycontact')
      .select('dueAt')
      .where('dueAt', 'is not', null)
      .limit(1)
      .execute()
    if (left.length === 0) break
    if (cvent.switchboard.calls.length === made) await clock.wait(1000)
  }
  const doneAt = clock.now()
  isOver = true
  await turning
  const contacts = new Set(
    [...cvent.state.contacts.values()].map(({ fields }) => fields.sourceId ?? ''),
  )
  const usage = [...cvent.state.usage.values()]
  const displaced = served
    .toSorted((a, b) => a.at - b.at)
    .map(({ order }, place) => Math.abs(order - place))
  return {
    begun,
    statuses: Object.fromEntries(statuses),
    looks,
    calls: cvent.switchboard.calls.length,
    throttled: usage.reduce((sum, day) => sum + day.throttled, 0),
    mostPerSecond: Math.max(...cvent.state.perSecond.values()),
    membersMs: lastAt - cameAt,
    workMs: doneAt - cameAt,
    breakers: breakersAfterMembers.length,
    withoutContact: Array.from({ length: options.members }, (_, at) =>
      String(FIRST_PARTY + at),
    ).filter((partyId) => !contacts.has(partyId)).length,
    mostDisplaced: Math.max(...displaced),
  }
}

function addParties({ imis }: TestServer, members: number) {
  const template = imis.state.parties.get('101')
  if (!template) throw new Error('the sandbox changed')
  for (let at = 0; at < members; at += 1) {
    const partyId = String(FIRST_PARTY + at)
    const email = `p${partyId}@example.org`
    imis.state.parties.set(partyId, { ...template, partyId, lastName: `Rush${partyId}`, email })
  }
}
