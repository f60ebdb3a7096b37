import { describe, expect, test } from 'vitest'
import { Event } from '../../../schemas/event.ts'
import { DIALECTS } from '../../databases.ts'
import { startServer } from '../../start-server.ts'
import { hrefFor, openHandOff, signOnAs, stateOf } from '../member-steps.ts'

const LINK = [
  Event.parse({
    eventCode: 'WRN3DBTCMX9',
    meetingCode: 'AC2027',
    registrantsQuery: '$/Cvent/Registrants',
    handOff: 'personal-link',
  }),
]

describe.for(DIALECTS)('what one member may cost (%s)', (dialect) => {
  test('a link opened a hundred times, each time at another address, is refused after thirty', async () => {
    const server = await startServer({ dialect })
    const href = await hrefFor(server)

    const statuses: number[] = []
    for (let n = 0; n < 100; n += 1) statuses.push((await openHandOff(`${href}?n=${n}`)).status)

    expect(statuses.filter((status) => status === 200)).toHaveLength(30)
    expect(statuses.filter((status) => status === 429)).toHaveLength(70)
  })

  test('new tickets for the same member do not help', async () => {
    const server = await startServer({ dialect })
    const token = await signOnAs(server)
    const statuses: number[] = []
    for (let n = 0; n < 40; n += 1) {
      const { href } = await stateOf(server, { token, query: `?utm_source=${n}` })
      statuses.push((await openHandOff(href ?? '')).status)
    }

    expect(statuses.filter((status) => status === 429)).toHaveLength(10)
  })

  test('an hour of it costs no more than one member may use in a day', async () => {
    const server = await startServer({ dialect, events: LINK })
    await server.drain()
    await openHandOff(await hrefFor(server, { userName: 'RLINDQVIST' }))
    server.cvent.switchboard.calls.length = 0

    for (let minute = 0; minute < 60; minute += 2) {
      server.advance(120_000)
      const href = await hrefFor(server)
      for (let n = 0; n < 5; n += 1) await openHandOff(`${href}?n=${n}`)
    }

    // The event is read again for members; the rest is this one's.
    const calls = server.cvent.switchboard.calls.filter(({ path }) => !path.includes('/events'))
    expect(calls.length).toBeLessThanOrEqual(25 + 6)
    const other = await openHandOff(await hrefFor(server, { userName: 'RLINDQVIST' }))
    expect(other.status).toBe(303)
  })
})

describe.for(DIALECTS)('an event that Cvent does not know (%s)', (dialect) => {
  test('is asked for a few times a day, by all instances together and however often it is looked at', async () => {
    const missing = [
      Event.parse({ eventCode: 'NOWHERE1', meetingCode: 'NW', allowAnonymous: true }),
    ]
    const first = await startServer({ dialect, events: missing })
    const second = await startServer({
      databaseUrl: first.databaseUrl,
      vendors: first,
      seed: false,
    })
    const reads = () =>
      first.cvent.switchboard.calls.filter(({ path }) => path.endsWith('/events')).length

    for (let minute = 0; minute < 24 * 60; minute += 10) {
      for (const server of [first, second]) {
        server.advance(600_000)
        const response = await fetch(
          `${server.url}/v1/nasm/events/NOWHERE1/registration?visit=${minute}`,
        )
        expect(response.status).toBe(200)
      }
    }
    await first.accountLog.flush()

    expect(reads()).toBeGreaterThan(0)
    expect(reads()).toBeLessThanOrEqual(14)
  })
})
