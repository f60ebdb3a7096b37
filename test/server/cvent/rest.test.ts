import { expect, test } from 'vitest'
import { apiUrlOf } from '../../../server/cvent/rest.ts'
import type { Misbehaviour } from '../../sandbox/switchboard.ts'
import { faultOf, startClient } from './start-client.ts'

const tokenCalls = /^POST \/ea\/oauth2\/token$/

test('a hundred calls at once ask for one token', async () => {
  const { cvent, sandbox, eventStub } = await startClient()

  await Promise.all(Array.from({ length: 100 }, () => cvent.event(eventStub)))

  expect(sandbox.switchboard.count(tokenCalls)).toBe(1)
})

test('the token is renewed a minute before it ends, and not sooner', async () => {
  const { cvent, sandbox, clock, eventStub } = await startClient()

  await cvent.event(eventStub)
  clock.now += 3_540_000 - 1
  await cvent.event(eventStub)
  expect(sandbox.switchboard.count(tokenCalls)).toBe(1)
  clock.now += 1
  await cvent.event(eventStub)

  expect(sandbox.switchboard.count(tokenCalls)).toBe(2)
})

test('a token that ends in the middle of a list is replaced, and the list is whole', async () => {
  const { cvent, sandbox, eventStub } = await startClient()
  for (let count = 0; count < 450; count += 1)
    await sandbox.register({ event: eventStub, contact: { lastName: `L${count}` } })

  const found: string[] = []
  for await (const page of cvent.attendeesOfEvent(eventStub, undefined)) {
    found.push(...page.items.map((attendee) => attendee.attendeeId))
    sandbox.state.tokens.clear()
  }

  expect(new Set(found).size).toBe(450)
  expect(sandbox.switchboard.count(tokenCalls)).toBe(3)
})

test('a token that is refused twice ends the call, which may be tried again', async () => {
  const { cvent, sandbox, eventStub } = await startClient()
  sandbox.switchboard.set({ route: '/ea/events', kind: 'token-expired' })

  const fault = await faultOf(cvent.event(eventStub))

  expect(fault).toMatchObject({ code: 'VENDOR_UNAVAILABLE', vendor: 'cvent', status: 401 })
  expect(sandbox.switchboard.count(/GET \/ea\/events/)).toBe(2)
})

test('a wrong secret is said as such, and not tried again for five minutes', async () => {
  const { cvent, sandbox, clock, eventStub } = await startClient({
    client: { clientSecret: 'wrong-canary' },
  })

  const fault = await faultOf(cvent.event(eventStub))
  await faultOf(cvent.event(eventStub))
  expect(sandbox.switchboard.count(tokenCalls)).toBe(1)
  clock.now += 300_000
  await faultOf(cvent.event(eventStub))

  expect(fault.code).toBe('VENDOR_UNAVAILABLE')
  expect(fault.message).toBe('Cvent does not accept the client id and secret.')
  expect(fault.retryAt).toBe(clock.now)
  expect(sandbox.switchboard.count(tokenCalls)).toBe(2)
})

test.each([
  [{ emptyLastPage: true }, 1],
  [{ blankTotalCount: true }, 1],
  [{ emptyLastPage: true, blankTotalCount: true }, 2],
])('a list is whole with %j after %i calls', async (switches, calls) => {
  const { cvent, sandbox, eventStub } = await startClient({
    sandbox: { switches: { enforceLimits: false, ...switches } },
  })
  for (let count = 0; count < 200; count += 1)
    await sandbox.register({ event: eventStub, contact: { lastName: `L${count}` } })

  let found = 0
  for await (const { items } of cvent.attendeesOfEvent(eventStub, undefined)) found += items.length

  expect(found).toBe(200)
  expect(sandbox.switchboard.count(/GET \/ea\/attendees$/)).toBe(calls)
})

test('the day’s quota waits for midnight UTC, a throttle for seconds, and Retry-After wins', async () => {
  const { cvent, sandbox, clock, eventStub } = await startClient()
  await cvent.event(eventStub)

  sandbox.switchboard.set({ route: '/ea/events', kind: 'quota', retryAfter: '7', times: 1 })
  expect(await faultOf(cvent.event(eventStub))).toMatchObject({
    code: 'VENDOR_UNAVAILABLE',
    quotaGone: true,
    retryAt: Date.parse('2027-02-04T00:00:00.000Z'),
  })
  sandbox.switchboard.set({ route: '/ea/events', kind: 'throttled', times: 1 })
  expect(await faultOf(cvent.event(eventStub))).toMatchObject({
    code: 'VENDOR_UNAVAILABLE',
    quotaGone: false,
    retryAt: clock.now + 2000,
  })
  sandbox.switchboard.set({ route: '/ea/events', kind: 'throttled', retryAfter: '7', times: 1 })
  expect(await faultOf(cvent.event(eventStub))).toMatchObject({ retryAt: clock.now + 7000 })
})

test('a 429 with words nobody documented is a throttle', async () => {
  const { cvent, sandbox, clock, eventStub } = await startClient()
  const body = '{"message":"Rate limit exceeded for this plan"}'
  sandbox.switchboard.set({ route: '/ea/events', kind: 'status', status: 429, body })

  expect(await faultOf(cvent.event(eventStub))).toMatchObject({
    quotaGone: false,
    retryAt: clock.now + 2000,
  })
})

test('the sandbox’s own limits are told apart too', async () => {
  const { cvent, clock, eventStub } = await startClient({
    sandbox: { tier: 'free', switches: { enforceLimits: true, countTokenCalls: false } },
  })

  await cvent.event(eventStub)
  expect(await faultOf(cvent.event(eventStub))).toMatchObject({ quotaGone: false, status: 429 })
  for (let count = 0; count < 998; count += 1) {
    clock.now += 500
    await cvent.event(eventStub).catch(() => undefined)
  }
  clock.now += 500

  expect(await faultOf(cvent.event(eventStub))).toMatchObject({ quotaGone: true, status: 429 })
})

const faults: [Omit<Misbehaviour, 'route'>, string, boolean][] = [
  [{ kind: 'dead' }, 'VENDOR_UNAVAILABLE', true],
  [{ kind: 'lost-answer' }, 'VENDOR_UNAVAILABLE', true],
  [{ kind: 'half-written' }, 'VENDOR_UNAVAILABLE', true],
  [{ kind: 'slow-answer', ms: 400 }, 'VENDOR_UNAVAILABLE', true],
  [{ kind: 'latency', ms: 400 }, 'VENDOR_UNAVAILABLE', true],
  [{ kind: 'slow-drip', ms: 100 }, 'VENDOR_UNAVAILABLE', true],
  [{ kind: 'hold' }, 'VENDOR_UNAVAILABLE', true],
  [{ kind: 'status', status: 503 }, 'VENDOR_UNAVAILABLE', true],
  [{ kind: 'status-after', status: 500 }, 'VENDOR_UNAVAILABLE', true],
  [{ kind: 'status', status: 431 }, 'VENDOR_REFUSED', false],
  [{ kind: 'html' }, 'VENDOR_UNAVAILABLE', true],
  [{ kind: 'garbage' }, 'VENDOR_UNAVAILABLE', true],
  [{ kind: 'huge', bytes: 20_000_000 }, 'VENDOR_UNAVAILABLE', true],
  [{ kind: 'token-expired' }, 'VENDOR_UNAVAILABLE', false],
  [{ kind: 'throttled' }, 'VENDOR_UNAVAILABLE', false],
  [{ kind: 'quota' }, 'VENDOR_UNAVAILABLE', false],
]

test.each(faults)('%j: a read ends with a Fault', async (fault, code) => {
  const { cvent, sandbox, eventStub } = await startClient()
  await cvent.event(eventStub)
  sandbox.switchboard.set({ route: 'GET /ea/contacts$', ...fault })

  const found = await faultOf(cvent.contactBySourceId('108', { deadlineMs: 300 }))

  expect(found).toMatchObject({ code, mayHaveHappened: false, vendor: 'cvent' })
  sandbox.switchboard.clear()
  expect(await cvent.contactBySourceId('108')).toBeDefined()
})

test.each(faults)(
  '%j: a write ends with a Fault that says whether it may have happened',
  async (fault, code, mayHaveHappened) => {
    const { cvent, sandbox, eventStub } = await startClient()
    await cvent.event(eventStub)
    sandbox.switchboard.set({ route: 'POST /ea/contacts$', ...fault })

    const found = await faultOf(cvent.createContact({ lastName: 'Quill' }, { deadlineMs: 300 }))

    expect(found).toMatchObject({ code, mayHaveHappened, vendor: 'cvent' })
    const calls = sandbox.switchboard.count(/POST \/ea\/contacts$/)
    expect(calls).toBe(fault.kind === 'token-expired' ? 2 : 1)
    sandbox.switchboard.clear()
  },
)

test('whoever waits for another’s token call gives up in time, and by the signal', async () => {
  const { cvent, sandbox, eventStub } = await startClient()
  sandbox.switchboard.set({ route: 'oauth2', kind: 'hold' })
  const controller = new AbortController()

  const late = faultOf(cvent.event(eventStub, { deadlineMs: 50 }))
  const stopped = faultOf(cvent.event(eventStub, { signal: controller.signal }))
  const patient = cvent.event(eventStub)
  await sandbox.switchboard.held()
  controller.abort()

  expect(await late).toMatchObject({ code: 'VENDOR_UNAVAILABLE', vendor: 'cvent' })
  expect(await stopped).toMatchObject({ code: 'VENDOR_UNAVAILABLE', vendor: undefined })
  sandbox.switchboard.release()
  expect(await patient).toMatchObject({ eventStub })
})

test('neither notes nor Faults hold the secret, the token, a name or an e-mail', async () => {
  const { cvent, sandbox, notes } = await startClient({
    sandbox: { switches: { dedupeOnEmail: true } },
  })
  const email = 'canary@example.org'
  await cvent.createContact({ lastName: 'Canary', email })
  await cvent.contactsByEmail(email)
  const body = `{"message":"Bad Request","details":[{"code":400,"message":"Value 'Canary' of ${email} is bad","target":"email"}]}`
  sandbox.switchboard.set({ route: 'GET /ea/contacts', kind: 'status', status: 400, body })

  const faults = [
    await faultOf(cvent.createContact({ lastName: 'Canary', email })),
    await faultOf(cvent.contactsByEmail(email)),
  ]

  expect(faults.map(({ code }) => code)).toEqual(['CONFLICT', 'VENDOR_REFUSED'])
  expect(faults[1]?.errors).toEqual([{ field: 'email', message: 'Value … of … is bad' }])
  const told = JSON.stringify([notes, faults, faults.map(({ message }) => message)])
  expect(told).not.toMatch(/canary|sandbox-secret|Bearer|eyJ/i)
})

test.each([
  [{ region: 'na', apiUrl: null }, 'https://api-platform.cvent.com/ea'],
  [{ region: 'eu', apiUrl: null }, 'https://api-platform-eur.cvent.com/ea'],
  [{ region: 'eu', apiUrl: 'https://other.example.org/ea/' }, 'https://other.example.org/ea'],
] as const)('the account %j is called at %s', (account, address) => {
  expect(apiUrlOf(account)).toBe(address)
})

test('an address of a private network, or without TLS, is not called', async () => {
  const { cvent, sandbox, eventStub } = await startClient({ client: { allowLocal: false } })

  expect(await faultOf(cvent.event(eventStub))).toMatchObject({ code: 'VENDOR_REFUSED' })
  expect(sandbox.switchboard.calls).toEqual([])
})
