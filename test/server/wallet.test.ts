import { describe, expect, test } from 'vitest'
import { Event } from '../../schemas/event.ts'
import { DIALECTS } from '../databases.ts'
import { seededEvents } from '../sandbox/cvent/seed.ts'
import { sandboxEvents } from '../sandbox/documents.ts'
import { startServer, type TestServer } from '../start-server.ts'
import { askState, hrefFor, openHandOff, postSignOn, signOnAs, stateOf } from './member-steps.ts'

const FREE_DAY = 1000
const TABLES = [
  'usedtoken',
  'failure',
  'log',
  'partycontact',
  'handoffplace',
  'eventread',
  'lastseen',
] as const

/** What the tables hold that visitors can fill, in bytes of their values as JSON, thrice for indexes and pages. */
async function bytesOf({ db, accountLog }: TestServer) {
  await accountLog.flush()
  let bytes = 0
  for (const table of TABLES)
    bytes += JSON.stringify(await db.selectFrom(table).selectAll().execute()).length * 3
  return bytes
}

describe.for(DIALECTS)('an hour of hostile visitors (%s)', (dialect) => {
  test('costs a twentieth of the free tier’s day and little disk; members and the worker go on', async () => {
    const events = [
      ...sandboxEvents().map((event) => Event.parse(event)),
      Event.parse({ eventCode: 'NOTCONFIG27', meetingCode: 'NC2027', handOff: 'personal-link' }),
      Event.parse({ eventCode: 'NOWHERE1', meetingCode: 'NW1', allowAnonymous: true }),
      Event.parse({ eventCode: 'NOWHERE2', meetingCode: 'NW2', allowAnonymous: true }),
    ]
    const server = await startServer({
      dialect,
      env: { TRUST_PROXY: '1' },
      events,
      cvent: { tier: 'free' },
      account: (account) => ({ ...account, cvent: { ...account.cvent, tier: 'free' } }),
    })
    await server.drain()
    const flooder = { origin: server.imis.url, 'x-forwarded-for': '198.51.100.7' }
    const token = await signOnAs(server)
    await stateOf(server, { token })
    const began = server.now()
    const before = await bytesOf(server)
    server.cvent.switchboard.calls.length = 0
    const imisBefore = server.imis.switchboard.count(/\/token$/)

    for (let minute = 0; server.now() - began < 3_600_000; minute += 1) {
      // The member: as many tickets and openings as they like, of each way to Cvent, with a record that they edit meanwhile.
      const member = minute % 14 === 0 ? await signOnAs(server) : undefined
      for (const eventCode of member ? [seededEvents.open, 'NOTCONFIG27'] : []) {
        const { href } = await stateOf(server, { token: member ?? '', eventCode })
        for (let n = 0; href && n < 20; n += 1) {
          const party = server.imis.state.parties.get('101')
          if (party) party.firstName = `Maren ${'abcdefghijklmnopqrst'[n]}${minute}`
          await openHandOff(`${href}?n=${n}`)
        }
      }
      // The crawler: every event's page, with varied addresses.
      for (const { eventCode } of events)
        await askState(server, { eventCode, query: `?page=${minute}` })
      // The flooder: made-up tokens.
      for (let n = 0; n < 30; n += 1) await postSignOn(server, `made-up-${minute}-${n}`, flooder)
      server.advance(60_000)
    }
    const calls = server.cvent.switchboard.calls.length
    const asked = server.imis.switchboard.count(/\/token$/) - imisBefore
    const bytes = (await bytesOf(server)) - before
    const refusals = await server.db
      .selectFrom('log')
      .select('id')
      .where('kind', '=', 'sign-on')
      .where('level', '=', 'warning')
      .execute()
    const spent = await server.db.selectFrom('usedtoken').select('digest').execute()

    server.advance(61_000)
    const other = await openHandOff(await hrefFor(server, { userName: 'RLINDQVIST' }))
    await server.cvent.register({
      event: seededEvents.open,
      contact: { firstName: 'Lena', lastName: 'Fjord', email: 'l@example.org', sourceId: '110' },
    })
    await server.drain()

    expect(calls).toBeLessThanOrEqual(FREE_DAY * 0.05)
    expect(bytes).toBeLessThan(10 * 1024 * 1024)
    expect(asked).toBeLessThan(60 * 21 + 20)
    expect(refusals.length).toBeLessThanOrEqual(62)
    expect(spent.length).toBeLessThan(20)
    expect(other.status).toBe(200)
    expect(server.imis.activitiesOf('110').length).toBeGreaterThan(0)
  }, 240_000)
})
