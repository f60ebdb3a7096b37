import { describe, expect, test } from 'vitest'
import { Event } from '../../../schemas/event.ts'
import type { Misbehaviour } from '../../sandbox/switchboard.ts'
import { startServer, type TestServer } from '../../start-server.ts'
import {
  askState,
  formOf,
  hrefFor,
  messageOf,
  openHandOff,
  postSignOn,
  refreshTokenOf,
  signOnAs,
} from '../member-steps.ts'

const SENTENCE = /<p( role="status")?>[^<]{10,}<\/p>/
const WAY_ON = /<a [^>]*href="[^"]+"|<button type="submit"/

/** Every way in which the sandbox misbehaves; slow ones are slower than the vendor's deadline of these tests. */
const FAULTS: Omit<Misbehaviour, 'route'>[] = [
  { kind: 'latency', ms: 700 },
  { kind: 'slow-answer', ms: 700 },
  { kind: 'slow-drip', ms: 300 },
  { kind: 'hold' },
  { kind: 'dead' },
  { kind: 'lost-answer' },
  { kind: 'half-written' },
  { kind: 'status', status: 400 },
  { kind: 'status', status: 403 },
  { kind: 'status', status: 404 },
  { kind: 'status', status: 500 },
  { kind: 'status-after', status: 502 },
  { kind: 'html' },
  { kind: 'garbage' },
  { kind: 'huge', bytes: 64 * 1024 * 1024 },
  { kind: 'token-expired' },
  { kind: 'throttled', retryAfter: '1' },
  { kind: 'quota' },
]
const named = FAULTS.map((fault) => [`${fault.kind} ${fault.status ?? ''}`.trim(), fault] as const)

const start = (handOff: Event['handOff'] = 'form-post') =>
  startServer({
    env: { VENDOR_DEADLINE_MS: '400' },
    events: [
      Event.parse({
        eventCode: 'WRN3DBTCMX9',
        meetingCode: 'AC2027',
        registrantsQuery: '$/Cvent/Registrants',
        handOff,
      }),
    ],
  })

/** An event that Cvent was asked about before anything went wrong. */
async function known(server: TestServer) {
  await askState(server)
  await expect
    .poll(async () => (await server.accounts.event('nasm', 'WRN3DBTCMX9'))?.eventStub)
    .toBeTruthy()
}

describe.each(named)('iMIS misbehaves (%s):', (_name, fault) => {
  test('sign-on ends with a sentence, a message to the element and a way back', async () => {
    const server = await start()
    const token = refreshTokenOf(server, 'MOAKFIELD')
    server.imis.switchboard.set({ route: '.', ...fault })

    const response = await postSignOn(server, token)
    const html = await response.text()

    expect([403, 503]).toContain(response.status)
    expect(html).toMatch(SENTENCE)
    expect(html).toMatch(WAY_ON)
    expect(messageOf(html)).toEqual({ type: 'cvent-registration:failed' })
  })

  test('the state is a refusal with its sentence, or a problem that says to try again', async () => {
    const server = await start()
    const token = await signOnAs(server)
    server.imis.switchboard.set({ route: '.', ...fault })

    const response = await askState(server, { token })
    const body: unknown = await response.json()

    if (response.status === 200)
      expect(body).toMatchObject({ phase: 'not-eligible', message: expect.stringContaining('101') })
    else {
      expect(response.status).toBe(503)
      expect(body).toMatchObject({ code: 'VENDOR_UNAVAILABLE' })
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    }
  })

  test('the hand-off is a page with a sentence and a way on, and nobody is handed over unasked', async () => {
    const server = await start()
    const href = await hrefFor(server)
    server.advance(61_000)
    server.imis.switchboard.set({ route: '.', ...fault })

    const response = await openHandOff(href)
    const html = await response.text()

    expect([200, 503]).toContain(response.status)
    expect(html).not.toContain('<form')
    expect(html).toMatch(SENTENCE)
    expect(html).toMatch(WAY_ON)
  })
})

describe.each(named)('Cvent misbehaves (%s):', (_name, fault) => {
  test('sign-on and state do not notice', async () => {
    const server = await start()
    server.cvent.switchboard.set({ route: '.', ...fault })

    const response = await askState(server, { token: await signOnAs(server) })

    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ phase: 'eligible' })
  })

  test('by form the member is handed over all the same', async () => {
    const server = await start()
    await known(server)
    const href = await hrefFor(server)
    server.cvent.switchboard.set({ route: '/ea/', ...fault })

    const response = await openHandOff(href)

    expect(response.status).toBe(200)
    expect(formOf(await response.text()).fields).toMatchObject({ source_id: '101' })
  })

  test('by link the member gets the event’s own page, a place in line, or a sentence with a retry', async () => {
    const server = await start('personal-link')
    await known(server)
    const href = await hrefFor(server)
    server.cvent.switchboard.set({ route: '/ea/', ...fault })

    const response = await openHandOff(href)

    if (response.status === 303)
      expect(response.headers.get('location')).toContain('/event/WRN3DBTCMX9/register')
    else {
      // A rush is no failure: the page waits in line and goes on by itself.
      if (response.headers.has('refresh')) expect(fault.kind).toBe('throttled')
      else expect(response.status).toBe(503)
      const html = await response.text()
      expect(html).toMatch(SENTENCE)
      expect(html).toMatch(WAY_ON)
    }
  })

  test('an event it was never asked about is answered with a retry', async () => {
    const server = await start()
    server.cvent.switchboard.set({ route: '/ea/', ...fault })

    const response = await openHandOff(await hrefFor(server))
    const html = await response.text()

    expect(response.status).toBe(503)
    expect(html).toMatch(SENTENCE)
    expect(html).toMatch(WAY_ON)
  })
})
