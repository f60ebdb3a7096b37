import type { Dialect } from '../databases.ts'
import { sandboxWebhookToken } from '../sandbox/cvent/server.ts'
import { startServer } from '../start-server.ts'
import { median, p99 } from '../figures.ts'
import { registerPeople, type Arrival } from '../server/sync/arrivals.ts'

/** What iMIS answers about a person who cannot be followed: a refusal, or an error that never ends. */
const POISONS = [400, 500]

/**
 * R10: of the people who register in one moment, one in a hundred (two at least) always fails at iMIS; rounds without
 * them come between. With them comes a message that nobody can read. Times are real, from the touch to the activity in iMIS. Each round's poisoned ones are then tried
 * again by the operator's route, once iMIS takes them.
 */
export async function poisonSome(dialect: Dialect, options: { people: number; rounds: number }) {
  const server = await startServer({ dialect, realTime: true })
  const { imis, cvent, db, account } = server
  const clean: number[] = []
  const poisoned: number[] = []
  const figures = { others: 0, othersNotSynced: 0, poisoned: 0, wronglyHandled: 0, notReplayed: 0 }
  let nextParty = 30_000

  async function arrive(faulty: number) {
    cvent.switches.holdWebhooks = true
    const arrivals = await registerPeople(server, nextParty, options.people)
    nextParty += options.people
    const every = Math.floor(options.people / Math.max(1, faulty))
    const bad = arrivals.filter((_, at) => faulty > 0 && at % every === every - 1)
    for (const [at, { partyId }] of bad.entries())
      imis.switchboard.set({
        route: `GET /api/Party/${partyId}$`,
        kind: 'status',
        status: POISONS[at % POISONS.length],
      })
    if (faulty > 0) await postNonsense()
    cvent.switches.holdWebhooks = false
    await cvent.flushWebhooks()
    await server.drain()
    return { bad, others: arrivals.filter((one) => !bad.includes(one)) }
  }

  async function rowOf({ attendeeId }: Arrival) {
    return db
      .selectFrom('registration')
      .selectAll()
      .where('attendeeId', '=', attendeeId)
      .executeTakeFirstOrThrow()
  }

  async function timesOf(others: Arrival[]) {
    const times: number[] = []
    for (const other of others) {
      const { state, createdAt, updatedAt } = await rowOf(other)
      figures.others += 1
      if (state !== 'synced' || imis.activitiesOf(other.partyId).length !== 1)
        figures.othersNotSynced += 1
      times.push(updatedAt - createdAt)
    }
    return times
  }

  async function round(faulty: number) {
    const { bad, others } = await arrive(faulty)
    const measured = p99(await timesOf(others))
    ;(faulty > 0 ? poisoned : clean).push(measured)
    const ids: string[] = []
    for (const [at, one] of bad.entries()) {
      const { id, state, reason } = await rowOf(one)
      const status = POISONS[at % POISONS.length]
      // What is refused waits for a person; an error may pass, so it waits for its next try, by the hour in the end.
      const isHandled =
        state === (status === 400 ? 'dead' : 'waiting') && reason?.includes(String(status))
      if (!isHandled || imis.activitiesOf(one.partyId).length > 0) figures.wronglyHandled += 1
      figures.poisoned += 1
      ids.push(id)
    }
    imis.switchboard.clear()
    for (const id of ids) await retry(id)
    await server.drain()
    for (const one of bad) {
      const { state, reason } = await rowOf(one)
      const isReplayed = state === 'synced' && reason === null
      if (!isReplayed || imis.activitiesOf(one.partyId).length !== 1) figures.notReplayed += 1
    }
  }

  async function retry(id: string) {
    const { statusCode } = await server.app.inject({
      method: 'POST',
      url: `/admin/accounts/${account}/registrations/${id}/retry`,
      headers: { authorization: `Bearer ${server.adminToken}` },
    })
    if (statusCode !== 200) figures.notReplayed += 1
  }

  async function postNonsense() {
    await server.app.inject({
      method: 'POST',
      url: `/webhooks/cvent/${account}`,
      headers: { authorization: sandboxWebhookToken },
      payload: `this is not JSON (${nextParty})`,
    })
  }

  await server.drain()
  // The first of a process is the slowest, and belongs to neither kind.
  await round(0)
  clean.length = 0
  const faulty = Math.max(2, Math.round(options.people / 100))
  for (let at = 0; at < options.rounds; at += 1)
    for (const count of at % 2 === 0 ? [0, faulty] : [faulty, 0]) await round(count)
  const messages = await db
    .selectFrom('message')
    .select('reason')
    .where('state', '=', 'dead')
    .execute()
  return {
    ...figures,
    parkedMessages: messages.map(({ reason }) => reason),
    p99Without: median(clean),
    p99Beside: median(poisoned),
    /** The middle one of the rounds' own: the two of a round lie side by side, on a machine that may do other things. */
    ratio: median(poisoned.map((ms, at) => ms / (clean[at] ?? NaN))),
  }
}
