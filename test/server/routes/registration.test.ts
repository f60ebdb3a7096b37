import { v7 as uuid } from 'uuid'
import { describe, expect, test } from 'vitest'
import { Event } from '../../../schemas/event.ts'
import { ListedEvent } from '../../../schemas/registration.ts'
import { z } from 'zod'
import { startServer, type TestServer } from '../../start-server.ts'
import { askState, formOf, openHandOff, signOnAs, stateOf } from '../member-steps.ts'

const QUERY_CALL = /^GET .*\/api\/(query|iqa)$/

/** What the worker would have kept of a registration. */
async function keepRegistration(
  { db, now }: TestServer,
  row: {
    partyId: string | null
    status: string
    eventCode?: string
    confirmationNumber?: string
    matchedBy?: string
    snapshot?: string
    registeredAt?: number
    modifiedAt?: number
  },
) {
  const id = uuid()
  await db
    .insertInto('registration')
    .values({
      id,
      account: 'nasm',
      attendeeId: id,
      eventCode: 'WRN3DBTCMX9',
      confirmationNumber: null,
      matchedBy: 'sourceId',
      wantedVersion: 1,
      syncedVersion: 1,
      state: 'synced',
      dueAt: 0,
      createdAt: now(),
      updatedAt: now(),
      ...row,
    })
    .execute()
}

const queryEvent = (registrantsQuery: string) => [
  Event.parse({ eventCode: 'WRN3DBTCMX9', meetingCode: 'AC2027', registrantsQuery }),
]

/** The event as Cvent described it is read behind the first answer. */
async function knowing(server: TestServer, token?: string, eventCode = 'WRN3DBTCMX9') {
  await expect
    .poll(async () => {
      const { event } = await stateOf(server, { eventCode, ...(token ? { token } : {}) })
      return event.title
    })
    .not.toBeNull()
}

test('who is not signed in learns where to sign in, and that is all', async () => {
  const server = await startServer()

  const state = await stateOf(server)

  expect(state).toMatchObject({
    phase: 'signed-out',
    imisId: null,
    href: null,
    registration: null,
    signIn: { page: '/CventSignIn' },
  })
  expect(server.imis.switchboard.calls).toHaveLength(0)
})

test('a member on the query may register; one who is not reads the exact sentence', async () => {
  const server = await startServer()

  const maren = await stateOf(server, { token: await signOnAs(server, 'MOAKFIELD') })
  const tomas = await stateOf(server, { token: await signOnAs(server, 'TREYL') })

  expect(maren).toMatchObject({ phase: 'eligible', imisId: '101', message: null })
  expect(maren.href).toMatch(new RegExp(`^${server.url}/hand-off/[\\w-]+\\.[\\w-]+\\.[\\w-]+$`))
  expect(tomas).toMatchObject({
    phase: 'not-eligible',
    imisId: '102',
    href: null,
    message: 'Could not confirm registration information for iMIS ID: 102',
  })
})

test('the account’s own refusal is used, and the event’s before it', async () => {
  const phrased = (notEligible?: string) => ({
    account: (account: Parameters<typeof JSON.stringify>[0]) => ({
      ...account,
      phrases: { notEligible: 'Sorry, {imisId}: {eventTitle}', signIn: 'Log in' },
    }),
    events: [
      Event.parse({
        eventCode: 'WRN3DBTCMX9',
        meetingCode: 'AC2027',
        registrantsQuery: '$/Cvent/Registrants',
        phrases: notEligible ? { notEligible } : {},
      }),
    ],
  })
  const byAccount = await startServer(phrased())
  const byEvent = await startServer(phrased('Members of 2027 only ({imisId})'))
  const first = await signOnAs(byAccount, 'TREYL')
  await knowing(byAccount, first)

  const fromAccount = await stateOf(byAccount, { token: first })
  const fromEvent = await stateOf(byEvent, { token: await signOnAs(byEvent, 'TREYL') })

  expect(fromAccount.message).toBe('Sorry, 102: Annual Conference 2027')
  expect(fromAccount.phrases).toMatchObject({ signIn: 'Log in' })
  expect(fromEvent.message).toBe('Members of 2027 only (102)')
})

describe('iMIS is asked', () => {
  test('once for a state, not again for the next, and again a minute later', async () => {
    const server = await startServer()
    const token = await signOnAs(server)
    const { switchboard } = server.imis
    await stateOf(server, { token: await signOnAs(server, 'LFJORD') }) // the service account has its token now
    switchboard.calls.length = 0

    await stateOf(server, { token })
    const uncached = switchboard.calls.length
    await stateOf(server, { token })
    const cached = switchboard.calls.length
    server.advance(61_000)
    await stateOf(server, { token })

    expect(uncached).toBe(1)
    expect(cached).toBe(1)
    expect(switchboard.count(QUERY_CALL)).toBe(2)
  })

  test('once for a hundred states of one member at the same time', async () => {
    const server = await startServer()
    const token = await signOnAs(server)
    server.imis.switchboard.calls.length = 0

    const states = await Promise.all(Array.from({ length: 100 }, () => stateOf(server, { token })))

    expect(new Set(states.map(({ phase }) => phase))).toEqual(new Set(['eligible']))
    expect(server.imis.switchboard.count(QUERY_CALL)).toBe(1)
  })

  test('for each member, and each gets their own answer', async () => {
    const server = await startServer()
    const users = ['MOAKFIELD', 'TREYL', 'IQUIST', 'LFJORD', 'PLINDQVIST']
    const tokens = await Promise.all(users.map((user) => signOnAs(server, user)))

    const states = await Promise.all(
      tokens.flatMap((token) => [stateOf(server, { token }), stateOf(server, { token })]),
    )

    const seen = states.map(({ imisId, phase }) => `${imisId} ${phase === 'eligible'}`)
    expect([...new Set(seen)].sort()).toEqual([
      '101 true',
      '102 false',
      '104 true',
      '106 true',
      '110 true',
    ])
    expect(server.imis.switchboard.count(QUERY_CALL)).toBe(5)
  })

  test('again after fifteen seconds when it refused: staff mend it while the member waits', async () => {
    const server = await startServer()
    const token = await signOnAs(server, 'TREYL')
    await expect(stateOf(server, { token })).resolves.toMatchObject({ phase: 'not-eligible' })
    const tomas = server.imis.state.parties.get('102')
    if (tomas) tomas.mayRegister = true

    server.advance(14_000)
    await expect(stateOf(server, { token })).resolves.toMatchObject({ phase: 'not-eligible' })
    server.advance(2000)
    await expect(stateOf(server, { token })).resolves.toMatchObject({ phase: 'eligible' })
  })

  test('only who the member is for an event without a query: everybody signed in may register', async () => {
    const events = [Event.parse({ eventCode: 'WRN3DBTCMX9', meetingCode: 'AC2027' })]
    const server = await startServer({ events })
    const token = await signOnAs(server, 'TREYL')
    server.imis.switchboard.calls.length = 0

    await expect(stateOf(server, { token })).resolves.toMatchObject({ phase: 'eligible' })
    await stateOf(server, { token })
    const calls = server.imis.switchboard.calls.map(({ method, path }) => `${method} ${path}`)
    expect(calls).toEqual([expect.stringMatching(/^GET .*\/Party\/102$/)])
  })
})

describe('a query that is set up wrongly refuses the member and tells the operator:', () => {
  test.each([
    ['$/Cvent/SeveralRows', 'query-several-rows'],
    ['$/Cvent/TooManyRows', 'query-several-rows'],
    ['$/Cvent/OtherPersonsRow', 'query-other-party'],
    ['$/Cvent/NoIdColumn', 'query-no-such-column'],
    ['$/Cvent/NotOpenToRest', 'query-not-available'],
    ['$/Cvent/NoSuchQuery', 'query-not-available'],
  ])('%s', async (path, code) => {
    const server = await startServer({ events: queryEvent(path) })
    const token = await signOnAs(server)

    const state = await stateOf(server, { token })
    await server.accountLog.flush()
    const lines = await server.db
      .selectFrom('log')
      .select(['kind', 'level', 'code', 'partyId', 'text'])
      .where('kind', '=', 'eligibility')
      .execute()

    expect(state).toMatchObject({
      phase: 'not-eligible',
      href: null,
      message: 'Could not confirm registration information for iMIS ID: 101',
    })
    expect(lines).toMatchObject([{ level: 'failure', code, partyId: '101' }])
    expect(lines[0]?.text).toContain(path)
  })

  test('a query that iMIS gave up on', async () => {
    const server = await startServer()
    const token = await signOnAs(server)
    server.imis.switchboard.set({ route: '/api/query$', kind: 'status', status: 408 })

    const response = await askState(server, { token })
    await server.accountLog.flush()
    const lines = await server.db
      .selectFrom('log')
      .select('code')
      .where('kind', '=', 'eligibility')
      .execute()

    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ phase: 'not-eligible' })
    expect(lines).toEqual([{ code: 'query-too-slow' }])
  })
})

describe('what Cvent needs of a member', () => {
  const NOOR = 'NALBRECHT'

  test.each([
    ['a query that shows it', '$/Cvent/Registrants'],
    ['no query', null],
  ])('is missing: they read what, and where to add it (%s)', async (_name, registrantsQuery) => {
    const server = await startServer({
      account: (account) => ({
        ...account,
        imis: { ...account.imis, profilePage: '/MyProfile' },
      }),
      events: [Event.parse({ eventCode: 'WRN3DBTCMX9', meetingCode: 'AC2027', registrantsQuery })],
    })
    const token = await signOnAs(server, NOOR)

    const state = await stateOf(server, { token })

    expect(state).toMatchObject({
      phase: 'details-missing',
      href: null,
      missing: ['email'],
      message: 'We need an e-mail address on your record before you can register.',
      profileHref: `${server.imis.url}/MyProfile`,
    })
  })

  test('several are named in one sentence, and without a profile page there is no link', async () => {
    const server = await startServer({ events: queryEvent('$/Cvent/Registrants') })
    Object.assign(server.imis.state.parties.get('105') ?? {}, { firstName: '', lastName: ' ' })

    const state = await stateOf(server, { token: await signOnAs(server, NOOR) })

    expect(state).toMatchObject({
      missing: ['email', 'firstName', 'lastName'],
      message:
        'We need an e-mail address, a first name and a last name on your record before you can register.',
      profileHref: null,
    })
  })

  test('an address that cannot be sent is a missing one', async () => {
    const server = await startServer({ events: queryEvent('$/Cvent/Registrants') })
    Object.assign(server.imis.state.parties.get('101') ?? {}, { email: 'not an address' })

    const state = await stateOf(server, { token: await signOnAs(server) })

    expect(state).toMatchObject({ phase: 'details-missing', missing: ['email'] })
  })

  test('an event says it in its own words', async () => {
    const [event] = queryEvent('$/Cvent/Registrants')
    if (!event) throw new Error('there is one')
    const phrases = { detailsMissing: 'Please add {missing} first.' }
    const server = await startServer({ events: [{ ...event, phrases }] })

    const state = await stateOf(server, { token: await signOnAs(server, NOOR) })

    expect(state.message).toBe('Please add an e-mail address first.')
  })

  test('who adds it may register soon after', async () => {
    const server = await startServer({ events: queryEvent('$/Cvent/Registrants') })
    const token = await signOnAs(server, NOOR)
    await stateOf(server, { token })
    Object.assign(server.imis.state.parties.get('105') ?? {}, { email: 'noor@example.org' })
    server.advance(16_000)

    const state = await stateOf(server, { token })

    expect(state).not.toHaveProperty('missing')
    expect(state.phase).toBe('eligible')
  })
})

describe('before anybody signs in', () => {
  test.each([
    ['closed', 'CLOSED2026A'],
    ['full', 'FULL2027ABC'],
  ])('an event that is %s says so, and offers to sign in', async (phase, eventCode) => {
    const server = await startServer()
    await knowing(server, undefined, eventCode)

    const state = await stateOf(server, { eventCode })

    expect(state).toMatchObject({
      phase,
      imisId: null,
      href: null,
      signIn: { page: '/CventSignIn' },
    })
  })

  test('one that is not open yet says so, and offers to sign in', async () => {
    const [event] = queryEvent('$/Cvent/Registrants')
    if (!event) throw new Error('there is one')
    const opensAt = '2099-01-01T00:00:00Z'
    const server = await startServer({ events: [{ ...event, opensAt }] })

    const state = await stateOf(server)

    expect(state).toMatchObject({ phase: 'not-open', signIn: { page: '/CventSignIn' } })
  })

  test('who is signed in is not asked to', async () => {
    const server = await startServer()
    const token = await signOnAs(server)
    await knowing(server, token, 'CLOSED2026A')

    const state = await stateOf(server, { token, eventCode: 'CLOSED2026A' })

    expect(state).toMatchObject({ phase: 'closed', signIn: null })
  })
})

describe('a full event', () => {
  const waiting = (waitingList: 'unknown' | 'yes' | 'no') =>
    startServer({
      events: [
        Event.parse({
          eventCode: 'WAIT2027ABC',
          meetingCode: 'WA2027',
          registrantsQuery: '$/Cvent/Registrants',
          waitingList,
        }),
      ],
    })

  test('with a waiting list leads the member there', async () => {
    const server = await waiting('yes')
    const token = await signOnAs(server)
    await knowing(server, token, 'WAIT2027ABC')

    const state = await stateOf(server, { token, eventCode: 'WAIT2027ABC' })
    const page = await openHandOff(state.href ?? '')

    expect(state.phase).toBe('full')
    expect(formOf(await page.text()).fields).toMatchObject({ source_id: '101' })
  })

  test.each(['unknown', 'no'] as const)(
    'leads nowhere when a waiting list is: %s',
    async (said) => {
      const server = await waiting(said)
      const token = await signOnAs(server)
      await knowing(server, token, 'WAIT2027ABC')

      const state = await stateOf(server, { token, eventCode: 'WAIT2027ABC' })

      expect(state).toMatchObject({ phase: 'full', href: null })
    },
  )

  test('with a waiting list leads nobody there who may not register, or is not known', async () => {
    const server = await waiting('yes')
    const token = await signOnAs(server, 'TREYL')
    await knowing(server, token, 'WAIT2027ABC')

    const refused = await stateOf(server, { token, eventCode: 'WAIT2027ABC' })
    const nobody = await stateOf(server, { eventCode: 'WAIT2027ABC' })

    expect(refused).toMatchObject({ phase: 'not-eligible', href: null })
    expect(nobody).toMatchObject({ phase: 'full', href: null })
  })
})

test.each(['wrn3dbtcmx9', 'Wrn3dbTCMX9', '%20WRN3DBTCMX9%20'])(
  'the event code %s is the same event',
  async (eventCode) => {
    const server = await startServer()
    const token = await signOnAs(server)

    const state = await stateOf(server, { token, eventCode })

    expect(state.event.eventCode).toBe('WRN3DBTCMX9')
    expect((await openHandOff(state.href ?? '')).status).toBe(200)
  },
)

describe('a member’s own registration comes first:', () => {
  test.each([
    ['Accepted', 'registered'],
    ['Waitlisted', 'waitlisted'],
    ['Pending Approval', 'pending-approval'],
  ])('%s', async (status, phase) => {
    const server = await startServer()
    await keepRegistration(server, { partyId: '101', status, confirmationNumber: 'VQNB3XNFS5X' })
    const token = await signOnAs(server)
    await knowing(server, token)

    const state = await stateOf(server, { token })

    expect(state).toMatchObject({
      phase,
      href: null,
      registration: { status, confirmationNumber: 'VQNB3XNFS5X' },
    })
    expect(state.registration?.href).toContain('/event/WRN3DBTCMX9/summary')
    expect(state.registration?.hrefKind).toBe('event')
    expect(server.imis.switchboard.count(QUERY_CALL)).toBe(0)
  })

  test.each(['sourceId', 'assigned'])(
    'matched by %s leads to it by Cvent’s own link',
    async (matchedBy) => {
      const server = await startServer()
      const acceptUrl = `${server.cvent.url}/r/their-own`
      await keepRegistration(server, {
        partyId: '101',
        status: 'Accepted',
        matchedBy,
        snapshot: JSON.stringify({ attendee: { acceptUrl }, items: [] }),
      })
      const token = await signOnAs(server)
      await knowing(server, token)

      const state = await stateOf(server, { token })

      expect(state.registration).toMatchObject({ href: acceptUrl, hrefKind: 'own' })
    },
  )

  test.each(['email', 'created'])(
    'found by %s alone it shows that they are registered, and neither number nor link',
    async (matchedBy) => {
      const server = await startServer({
        account: (account) => ({
          ...account,
          phrases: { registered: 'You are registered: {confirmationNumber}' },
        }),
      })
      await keepRegistration(server, {
        partyId: '101',
        status: 'Accepted',
        matchedBy,
        confirmationNumber: 'VQNB3XNFS5X',
        snapshot: JSON.stringify({ attendee: { acceptUrl: `${server.cvent.url}/r/x` } }),
      })
      const token = await signOnAs(server)
      await knowing(server, token)

      const state = await stateOf(server, { token })

      expect(state).toMatchObject({
        phase: 'registered',
        registration: { status: 'Accepted', confirmationNumber: null, href: null },
      })
      expect(JSON.stringify(state)).not.toContain('VQNB3XNFS5X')
    },
  )

  test('also after the event was closed', async () => {
    const server = await startServer()
    await keepRegistration(server, {
      partyId: '101',
      status: 'Accepted',
      eventCode: 'CLOSED2026A',
    })
    const token = await signOnAs(server)
    await knowing(server, token, 'CLOSED2026A')

    const state = await stateOf(server, { token, eventCode: 'CLOSED2026A' })

    expect(state.phase).toBe('registered')
  })

  test('also when they have been there, and cancelled another registration since', async () => {
    const server = await startServer()
    const mine = { partyId: '101', registeredAt: 1000, modifiedAt: 2000 }
    await keepRegistration(server, { ...mine, status: 'Visited', confirmationNumber: 'FIRST' })
    await keepRegistration(server, { ...mine, status: 'Cancelled', modifiedAt: 3000 })

    const state = await stateOf(server, { token: await signOnAs(server) })

    expect(state).toMatchObject({
      phase: 'registered',
      registration: { confirmationNumber: 'FIRST' },
    })
  })

  test('and is nobody else’s', async () => {
    const server = await startServer()
    await keepRegistration(server, { partyId: '110', status: 'Accepted' })

    const state = await stateOf(server, { token: await signOnAs(server, 'MOAKFIELD') })

    expect(state).toMatchObject({ phase: 'eligible', registration: null })
  })
})

describe('what Cvent says of the event', () => {
  test('closes it', async () => {
    const server = await startServer()
    const token = await signOnAs(server)
    await knowing(server, token, 'CLOSED2026A')

    const state = await stateOf(server, { token, eventCode: 'CLOSED2026A' })

    expect(state).toMatchObject({ phase: 'closed', href: null })
    expect(state.event.closesAt).not.toBeNull()
  })

  test('fills it, when as many are accepted as it holds', async () => {
    const server = await startServer()
    const token = await signOnAs(server)
    await knowing(server, token)
    const known = await server.accounts.event('nasm', 'WRN3DBTCMX9')
    const snapshot: unknown = JSON.parse(known?.snapshot ?? '{}')
    await server.db
      .updateTable('event')
      .set({ snapshot: JSON.stringify({ ...(snapshot as object), capacity: 2 }) })
      .where('eventCode', '=', 'WRN3DBTCMX9')
      .execute()
    server.accounts.forget('nasm')
    await keepRegistration(server, { partyId: '110', status: 'Accepted' })

    const withRoom = await stateOf(server, { token })
    await keepRegistration(server, { partyId: null, status: 'Accepted' })
    server.advance(11_000)
    const full = await stateOf(server, { token })

    expect(withRoom.phase).toBe('eligible')
    expect(full.phase).toBe('full')
  })

  test('is shown', async () => {
    const server = await startServer()
    await knowing(server)

    const { event } = await stateOf(server)

    expect(event).toMatchObject({
      eventCode: 'WRN3DBTCMX9',
      title: 'Annual Conference 2027',
      timeZone: expect.stringContaining('/'),
      priceNote: 'Members from $495',
    })
    expect(Date.parse(event.startsAt ?? '')).toBeGreaterThan(server.now())
  })

  test('is read behind the answer, once for five minutes, and not at all while Cvent is dead', async () => {
    const server = await startServer()
    const reads = /^GET \/ea\/events/
    server.cvent.switchboard.set({ route: '/ea/', kind: 'dead' })

    const unknown = await stateOf(server)
    server.cvent.switchboard.clear()
    server.advance(61_000)
    await knowing(server)
    const before = server.cvent.switchboard.count(reads)
    await Promise.all(Array.from({ length: 20 }, () => stateOf(server)))

    expect(unknown).toMatchObject({ phase: 'signed-out', event: { title: null } })
    expect(server.cvent.switchboard.count(reads)).toBe(before)
    server.advance(6 * 60_000)
    await stateOf(server)
    await expect.poll(() => server.cvent.switchboard.count(reads)).toBe(before + 1)
  })
})

test('on Cvent’s free tier an event is read twice an hour, not twelve times', async () => {
  const server = await startServer({
    account: (account) => ({ ...account, cvent: { ...account.cvent, tier: 'free' } }),
  })
  const reads = () => server.cvent.switchboard.count(/^GET \/ea\/events/)
  await knowing(server)
  const before = reads()

  server.advance(29 * 60_000)
  await stateOf(server)
  await stateOf(server)
  const early = reads()
  server.advance(2 * 60_000)
  await stateOf(server)

  expect(early).toBe(before)
  await expect.poll(reads).toBe(before + 1)
})

test('the admin’s window counts to the millisecond', async () => {
  const opensAt = '2026-12-02T10:00:05-05:00'
  const closesAt = '2026-12-02T10:00:10-05:00'
  const events = [
    Event.parse({ eventCode: 'WRN3DBTCMX9', meetingCode: 'AC2027', opensAt, closesAt }),
  ]
  const server = await startServer({ events })
  const token = await signOnAs(server)
  const phase = async () => (await stateOf(server, { token })).phase

  server.advance(Date.parse(opensAt) - server.now() - 1)
  const before = await phase()
  server.advance(1)
  const during = await phase()
  server.advance(Date.parse(closesAt) - server.now() - 1)
  const last = await phase()
  server.advance(1)
  const after = await phase()

  expect([before, during, last, after]).toEqual(['not-open', 'eligible', 'eligible', 'closed'])
})

test('an anonymous event leads on without a token', async () => {
  const server = await startServer()

  const state = await stateOf(server, { eventCode: 'ANON2027XYZ' })

  expect(state).toMatchObject({ phase: 'eligible', imisId: null })
  expect(state.href).toContain('/hand-off/')
})

test.each([
  ['an unknown event', 'NOSUCHEVENT', 404, 'NOT_FOUND'],
  ['an event that is switched off', 'MBRONLY2027', 404, 'NOT_FOUND'],
  ['something that is no event code', 'a%20b', 400, 'INVALID_REQUEST'],
])('%s is answered by a problem', async (_name, eventCode, status, code) => {
  const events = [Event.parse({ eventCode: 'MBRONLY2027', meetingCode: 'MO2027', enabled: false })]
  const server = await startServer({ events })

  const response = await askState(server, { eventCode })

  expect(response.status).toBe(status)
  expect(response.headers.get('content-type')).toContain('application/problem+json')
  expect(await response.json()).toMatchObject({ code })
})

test('the list names enabled events only, and nothing else of them', async () => {
  const server = await startServer({
    events: [
      Event.parse({ eventCode: 'WRN3DBTCMX9', meetingCode: 'AC2027', registrantsQuery: '$/A/B' }),
      Event.parse({ eventCode: 'MBRONLY2027', meetingCode: 'MO2027', enabled: false }),
    ],
  })
  await knowing(server)

  const response = await fetch(`${server.url}/v1/nasm/events`)
  const body: unknown = await response.json()

  expect(z.array(ListedEvent).parse(body)).toMatchObject([
    { eventCode: 'WRN3DBTCMX9', title: 'Annual Conference 2027' },
  ])
  expect(JSON.stringify(body)).not.toContain('$/A/B')
})

test('when iMIS is slow the state is answered within its own deadline, with a way on', async () => {
  const server = await startServer({
    realTime: true,
    env: { VENDOR_DEADLINE_MS: '50000', LEASE_MS: '120000' },
  })
  const token = await signOnAs(server)
  await stateOf(server, { token: await signOnAs(server, 'LFJORD') })
  server.imis.switchboard.set({ route: '/api/query$', kind: 'hold' })
  const began = performance.now()

  const response = await askState(server, { token })

  expect(performance.now() - began).toBeLessThan(40_000)
  expect(response.status).toBe(503)
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await response.json()).toMatchObject({
    code: 'VENDOR_UNAVAILABLE',
    detail: expect.stringContaining('try again'),
  })
})
