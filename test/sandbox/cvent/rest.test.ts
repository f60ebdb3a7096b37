import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { askToken, callerOf, filter } from './calling.ts'
import type { CventOptions, CventSandbox } from './server.ts'
import { startCvent } from './server.ts'
import { seededEvents } from './seed.ts'

const at = Date.parse('2027-02-03T18:20:00.000Z')
const hasContract = existsSync(
  join(
    process.env['SHARED_DIR'] ?? join(import.meta.dirname, '../../../../shared'),
    'contracts/cvent-openapi.json',
  ),
)
const open: CventSandbox[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((cvent) => cvent.close()))
})

async function start(options: CventOptions = {}) {
  const cvent = await startCvent({
    now: () => at,
    switches: { enforceLimits: false },
    ...options,
  })
  open.push(cvent)
  return { cvent, call: await callerOf(cvent) }
}

test('a token needs the secret and the client id in the body, lasts an hour, and carries scopes', async () => {
  let now = at
  const { cvent } = await start({ now: () => now })

  expect((await askToken(cvent, { client_id: 'sandbox-client' }, 'wrong')).status).toBe(400)
  expect((await askToken(cvent, {})).status).toBe(400)

  const call = await callerOf(cvent, 'event/events:read event/unknown:read')
  expect((await call('GET', '/events')).status).toBe(200)
  expect(await call('GET', '/contacts')).toMatchObject({
    status: 403,
    body: { code: 403, message: 'Access Forbidden' },
  })

  now += 3_600_000
  expect(await call('GET', '/events')).toMatchObject({
    status: 401,
    body: { code: 401, message: 'Unauthorized' },
  })
})

test('attendees are filtered by what Cvent allows and nothing else', async () => {
  const { cvent, call } = await start()
  const event = seededEvents.open
  const one = await cvent.register({ event, contact: { firstName: 'Ada', lastName: "O'Neil" } })
  const two = await cvent.register({ event, contact: { firstName: 'Bo', lastName: 'Quill' } })
  const ids = async (text: string) => {
    const { status, body } = await call('POST', '/attendees/filter', { filter: text })
    expect(status).toBe(200)
    return body.data.map(({ id }) => id)
  }

  expect(await ids(`(id eq '${one.id}' or id eq '${two.id.toUpperCase()}')`)).toEqual([
    one.id,
    two.id,
  ])
  expect(await ids(`event.id eq '${one.eventId}' and contact.lastName eq "O'Neil"`)).toEqual([
    one.id,
  ])
  expect(await ids(`status in ('Cancelled', 'Accepted') and id ne '${one.id}'`)).toEqual([two.id])

  for (const refused of [
    `id in ('${one.id}')`,
    `contact.sourceId eq '101'`,
    `nonsense eq '1'`,
    `status eq Accepted`,
    `status eq 'Accepted`,
    `(status eq 'Accepted'`,
  ])
    expect(await call('GET', `/attendees?${filter(refused)}`)).toMatchObject({
      status: 400,
      body: { code: 400, message: 'Bad Request' },
    })
})

test('lists go on by nextToken, and may end with an empty page', async () => {
  const { cvent, call } = await start()
  for (let index = 0; index < 4; index += 1)
    await cvent.register({
      event: seededEvents.open,
      contact: { firstName: 'No', lastName: `Guest${index}` },
    })
  const sizes = async () => {
    const found: number[] = []
    let token: string | undefined = ''
    while (token !== undefined) {
      const query: string = token ? `token=${token}&limit=200` : 'limit=2'
      const { body } = await call('GET', `/attendees?${query}`)
      found.push(body.data.length)
      token = body.paging.nextToken
    }
    return found
  }

  expect(await sizes()).toEqual([2, 2])
  cvent.switches.emptyLastPage = true
  expect(await sizes()).toEqual([2, 2, 0])
  expect((await call('GET', '/attendees?limit=201')).status).toBe(400)
  expect((await call('GET', '/attendees?token=unknown')).status).toBe(400)
})

test('contacts are created in bulk with a status each, found by source id, patched and replaced', async () => {
  const { call, cvent } = await start()
  const made = await call('POST', '/contacts', [
    { firstName: 'Rosa', lastName: 'Lindqvist', email: 'household@example.org', sourceId: '107' },
    { firstName: 'Twin', lastName: 'Dorn', sourceId: '108' },
  ])

  expect(made.status).toBe(207)
  expect(made.rows.map(({ status }) => status)).toEqual([201, 409])
  const id = made.rows[0]?.data?.id
  const found = await call('GET', `/contacts?${filter(`sourceId eq '107'`)}`)
  expect(found.body.data).toHaveLength(1)

  await call('PATCH', `/contacts/${id}`, { id, company: 'Fjord & Sons' })
  expect((await call('GET', `/contacts/${id}`)).body).toMatchObject({
    company: 'Fjord & Sons',
    firstName: 'Rosa',
  })
  await call('PUT', `/contacts/${id}`, { id, lastName: 'Only' })
  expect((await call('GET', `/contacts/${id}`)).body).not.toHaveProperty('firstName')

  const tooMany = Array.from({ length: 11 }, () => ({ lastName: 'X' }))
  expect((await call('POST', '/contacts', tooMany)).status).toBe(400)
  cvent.switches.dedupeOnEmail = true
  const again = await call('POST', '/contacts', [
    { lastName: 'Other', email: 'selma.dorn@example.org', sourceId: '999' },
  ])
  expect(again.rows[0]?.status).toBe(409)
})

test('an invited contact gets a personal link of its own, once', async () => {
  const { call, cvent } = await start()
  const [contact] = [...cvent.state.contacts.values()]
  const [event] = [...cvent.state.events.values()]
  const invitation = {
    event: { id: event?.id },
    contact: { id: contact?.id },
    status: 'No Response',
  }

  const first = await call('POST', '/attendees', [invitation])
  const again = await call('POST', '/attendees', [invitation])

  expect(first.status).toBe(207)
  expect(again.rows[0]?.status).toBe(409)
  const attendee = await call('GET', `/attendees/${first.rows[0]?.data?.id}`)
  expect(attendee.body.status).toBe('No Response')
  expect(attendee.body.webLinks?.acceptRegistration).toContain(`${cvent.url}/r/`)
})

test('orders, their items and transactions say who had what and what was paid, refunds included', async () => {
  const { call, cvent } = await start()
  const attendee = await cvent.register({
    event: seededEvents.open,
    contact: { firstName: 'Ada', lastName: 'Neil' },
    sessions: ['DRONE'],
    quantityItems: [{ item: 'SHIRT', quantity: 2 }],
    donation: { item: 'FUND', amount: 40 },
    guests: [{ firstName: 'Gus', lastName: 'Neil' }],
    discountCode: 'EARLY10',
  })
  const items = async () => {
    const path = `/events/${attendee.eventId}/orders/items?${filter(`attendee.id eq '${attendee.id}'`)}`
    return (await call('GET', path)).body.data
  }

  const before = await items()
  expect(before.map((item) => item.product?.type)).toEqual([
    'AdmissionItem',
    'Session',
    'QuantityItem',
    'DonationItem',
    'AdmissionItem',
  ])
  expect(before[0]).toMatchObject({ amountPaid: 445.5, discounts: [{ code: 'EARLY10' }] })
  expect(before[4]).toMatchObject({ guest: true, amountPaid: 135 })

  await cvent.cancel(attendee.id)
  const after = await items()
  expect(after.filter(({ active }) => active)).toEqual([])
  const sum = after.reduce((total, item) => total + (item.amountPaid ?? 0), 0)
  expect(sum).toBeCloseTo(0)
  const paid = await call('GET', `/events/${attendee.eventId}/transactions`)
  expect(paid.body.data.map(({ amount }) => amount)).toEqual([769.5, -769.5])
})

test('an included session shows its enrolment only once the planner has marked it', async () => {
  const { call, cvent } = await start()
  const attendee = await cvent.register({
    event: seededEvents.open,
    contact: { firstName: 'Ada', lastName: 'Neil' },
    sessions: ['KEYNOTE', 'LAW'],
  })
  const rows = async () =>
    (await call('GET', `/sessions/enrollment?${filter(`attendee.id eq '${attendee.id}'`)}`)).body
      .data

  expect(await rows()).toHaveLength(1)
  await cvent.markSessionParticipant(attendee.id, 'KEYNOTE')
  expect(await rows()).toHaveLength(2)
})

test('calls over the second’s burst and the day’s quota are refused in Cvent’s two ways, and counted', async () => {
  let now = at
  const { cvent, call } = await start({
    now: () => now,
    tier: 'free',
    switches: { countTokenCalls: false },
  })

  expect((await call('GET', '/events')).status).toBe(200)
  expect(await call('GET', '/events')).toMatchObject({
    status: 429,
    body: { code: 429, message: 'Too Many Requests' },
  })
  now += 500
  const third = await call('GET', '/usage')
  expect(third.body.data[0]).toMatchObject({ used: 3, remaining: 997, date: '2027-02-03' })
  expect(third.headers.get('x-ratelimit-remaining')).toBe('997')

  const usage = cvent.state.usage.get('2027-02-03')
  if (usage) usage.used = 1000
  now += 1000
  expect(await call('GET', '/events')).toMatchObject({
    status: 429,
    body: { message: 'Limit Exceeded' },
  })
  now = Date.parse('2027-02-04T00:00:01.000Z')
  const fresh = await callerOf(cvent)
  expect((await fresh('GET', '/usage/tier')).body).toEqual({
    name: 'API_Platform_Free_Tier',
    quota: 1000,
    rateLimit: 2,
    burstLimit: 1,
  })
})

test.runIf(hasContract)(
  'every list and every write is valid by the official contract, and what is not is refused',
  async () => {
    const { call, cvent } = await start()
    const attendee = await cvent.register({
      event: seededEvents.open,
      contact: [...cvent.state.contacts.keys()][0] ?? '',
      sessions: ['KEYNOTE', 'DRONE'],
      guests: [{ firstName: 'Gus', lastName: 'Neil', email: 'gus@example.org' }],
      discountCode: 'EARLY10',
    })
    await cvent.markParticipant(attendee.id)
    await cvent.markSessionParticipant(attendee.id, 'DRONE')
    const event = `/events/${attendee.eventId}`
    const memberNumber = cvent.state.customFields[0]?.id ?? ''
    const writes = await call(
      'PUT',
      `/contacts/${attendee.contactId}/custom-fields/${memberNumber}/answers`,
      {
        id: memberNumber,
        value: ['108'],
      },
    )
    const hook = await call('POST', '/contacts/hooks', {
      name: 'Members',
      callback: 'https://register.example.org/contact-hook/nasm',
      security: { type: 'apiKey', secret: 's', authHeaderKey: 'x-api-key', apiKeyPrefix: false },
    })

    expect(writes.status).toBe(200)
    expect(hook.status).toBe(201)
    for (const path of [
      '/token-validation',
      '/usage',
      '/usage/tier',
      '/events',
      event,
      '/attendees?expand=registrationType',
      `/attendees/${attendee.id}`,
      '/contacts',
      '/contact-types',
      `/custom-fields?${filter(`category eq 'Contact'`)}`,
      '/sessions',
      '/sessions/enrollment',
      '/sessions/attendance',
      '/admission-items',
      '/event-questions',
      '/contacts/hooks',
      ...[
        'registration-paths',
        'registration-types',
        'weblinks',
        'orders',
        'orders/items',
        'transactions',
        'transactions/items',
        'quantity-items',
        'donation-items',
        'membership-items',
        'fee-items',
      ].map((name) => `${event}/${name}`),
    ]) {
      const { status, body } = await call('GET', path)
      expect([path, status]).toEqual([path, 200])
      if (body.paging && !path.endsWith('membership-items'))
        expect([path, body.data.length]).not.toEqual([path, 0])
    }
    expect(cvent.state.violations).toEqual([])

    for (const body of [
      [{ lastName: 'X', favouriteColour: 'red' }],
      [{ lastName: null }],
      [{ lastName: 'X', purged: true }],
      [{ lastName: 'X'.repeat(51) }],
    ])
      expect((await call('POST', '/contacts', body)).status).toBe(400)
    expect((await call('GET', '/events?colour=red')).status).toBe(400)
    expect(cvent.state.violations).toHaveLength(5)
  },
)
