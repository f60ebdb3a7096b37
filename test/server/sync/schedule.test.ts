import { describe, expect, test } from 'vitest'
import { Account } from '../../../schemas/account.ts'
import { Event } from '../../../schemas/event.ts'
import { saveAccountDocument } from '../../../server/operator/account/account-documents.ts'
import { saveEventDocument } from '../../../server/operator/event/event-documents.ts'
import { DIALECTS } from '../../databases.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { sandboxAccount, sandboxEvents } from '../../sandbox/documents.ts'
import { startServer, type TestServer } from '../../start-server.ts'

const EVERY_MS = 60 * 60_000
const STEPS = 12

/** Another account of the same vendors, with the same events. */
async function addAccount(server: TestServer, key: string) {
  const deps = { ...server, wake: () => undefined }
  const by = { actor: 'test', requestId: 'test' }
  const account = Account.parse({ ...sandboxAccount(server.imis, server.cvent), key })
  await saveAccountDocument(deps, account, { by })
  for (const event of sandboxEvents())
    await saveEventDocument(deps, key, Event.parse(event), { by })
}

async function looksOf(server: TestServer) {
  const looks = await server.db
    .selectFrom('log')
    .select(['account', 'eventCode'])
    .where('code', '=', 'event-reconciled')
    .execute()
  return looks.map(({ account, eventCode }) => `${account} ${eventCode}`)
}

describe.each(DIALECTS)('on %s', (dialect) => {
  test('the events of all accounts are looked at once an interval, not at one instant, by whichever instance comes first', async () => {
    const one = await startServer({ dialect })
    await addAccount(one, 'other')
    const two = await startServer({ databaseUrl: one.databaseUrl, vendors: one, seed: false })
    const both = () => Promise.all([one.drain(), two.drain()])
    function advance(ms: number) {
      one.advance(ms)
      two.advance(ms)
    }
    await both()
    const events = (await looksOf(one)).toSorted()
    expect(new Set(events).size).toBe(2 * sandboxEvents().length)
    expect(events).toHaveLength(2 * sandboxEvents().length)
    await one.db.deleteFrom('log').execute()

    const startedAt = Math.max(one.now(), two.now())
    advance(EVERY_MS * 0.88)
    await both()
    const tooEarly = await looksOf(one)
    const atStep: number[] = []
    for (let step = 0; step < STEPS; step += 1) {
      advance(EVERY_MS * 0.01)
      await both()
      atStep.push((await looksOf(one)).length)
    }

    const looks = await looksOf(one)
    const instants = atStep.filter((count, step) => count > (atStep[step - 1] ?? 0)).length
    expect(tooEarly).toEqual([])
    // An event long over is looked at once a day.
    const running = events.filter((event) => !event.endsWith(seededEvents.closed))
    expect(looks.toSorted()).toEqual(running)
    expect(Math.max(one.now(), two.now()) - startedAt).toBeLessThanOrEqual(EVERY_MS * 1.01)
    expect(instants).toBeGreaterThanOrEqual(3)
  })
})
