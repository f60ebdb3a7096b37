import { describe, expect, test } from 'vitest'
import { startServer, type StartOptions, type TestServer } from '../../start-server.ts'

const EMAIL = '0852644F-265F-4D94-83A4-05C8479B5599'
const SECRET = 'the contact hook’s own secret'

const open = (more: StartOptions = {}) =>
  startServer({
    account: (account) => ({
      ...account,
      contactHook: { enabled: true, secret: SECRET, fields: ['firstName', 'lastName'] },
    }),
    ...more,
  })

const asking = (email: string | undefined, more: object[] = []) => ({
  transactionId: 't-1',
  data: [
    {
      id: EMAIL,
      name: 'Email Address',
      maximumLength: 80,
      type: 'String',
      value: email ? [email] : [],
    },
    ...more,
  ],
})

function ask(
  server: TestServer,
  body: unknown,
  headers: Record<string, string> = { authorization: `api_key ${encodeURI('x')}` },
) {
  return fetch(`${server.url}/contact-hook/nasm`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}
const basic = { authorization: `Basic ${Buffer.from(SECRET).toString('base64')}` }
const emailOf = (server: TestServer, partyId: string) =>
  server.imis.state.parties.get(partyId)?.email

test('an e-mail that one member has is answered with the fields the account allows', async () => {
  const server = await open()

  const response = await ask(server, asking(emailOf(server, '101')), basic)
  const body = await response.text()

  expect(response.status).toBe(200)
  expect(JSON.parse(body)).toMatchObject({
    data: [
      { name: 'First Name', value: ['Maren'] },
      { name: 'Last Name', value: ['Oakfield'] },
    ],
  })
  expect(body).not.toContain('@')
})

const sourceId = (value: string) => ({ id: 'of-the-call', name: 'Source ID', value: [value] })
const called = (firstName: string, lastName: string) => [
  { id: 'f', name: 'First Name', value: [firstName] },
  { id: 'l', name: 'Last Name', value: [lastName] },
]

test.each<[name: string, body: (server: TestServer) => unknown]>([
  ['the last name', () => asking(undefined, [sourceId('110'), ...called('', 'FJORD')])],
  ['the address', (server) => asking(emailOf(server, '110')?.toUpperCase(), [sourceId('110')])],
])('a source id is enough with %s beside it', async (_name, body) => {
  const server = await open()

  const response = await ask(server, body(server), basic)

  expect(await response.json()).toMatchObject({ data: [{ value: ['Lena'] }, { value: ['Fjord'] }] })
})

test('a name that fits the address beside it is answered', async () => {
  const server = await open()

  const response = await ask(
    server,
    asking(emailOf(server, '101'), called('maren', 'OAKFIELD')),
    basic,
  )

  expect(response.status).toBe(200)
})

describe('nobody is known', () => {
  test.each<[name: string, body: (server: TestServer) => unknown]>([
    ['by an address nobody has', () => asking('nobody@example.org')],
    ['by an address two members share', (server) => asking(emailOf(server, '106'))],
    ['by a source id alone, which anybody may type', () => asking(undefined, [sourceId('110')])],
    [
      'by a source id with somebody else’s address and name',
      (server) => asking(emailOf(server, '101'), [sourceId('110'), ...called('Maren', 'Oakfield')]),
    ],
    [
      'by an address with another last name beside it',
      (server) => asking(emailOf(server, '101'), called('Maren', 'Stone')),
    ],
    [
      'by an address with another first name beside it',
      (server) => asking(emailOf(server, '101'), called('Robert', 'Oakfield')),
    ],
    ['by nothing', () => asking(undefined)],
    ['by an operator', () => asking('contains:example.org')],
    [
      'by several values',
      (server) => asking(`${emailOf(server, '101')}|${emailOf(server, '110')}`),
    ],
    [
      'by somebody else’s source id',
      () => asking(undefined, [{ id: 'x', name: 'source_id', value: ['1|2'] }]),
    ],
  ])('%s', async (_name, body) => {
    const server = await open()

    const response = await ask(server, body(server), basic)

    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ code: 'NOT_FOUND' })
  })

  test('by an address alone where the account goes by the source id only', async () => {
    const server = await startServer({
      account: (account) => ({
        ...account,
        matching: { ...account.matching, order: ['sourceId'] },
        contactHook: { enabled: true, secret: SECRET, fields: ['firstName'] },
      }),
    })

    const response = await ask(server, asking(emailOf(server, '101')), basic)

    expect(response.status).toBe(404)
  })

  test.each(['sourceId', 'assigned'])(
    'by an address under which another party has registered (%s)',
    async (matchedBy) => {
      const server = await open()
      await server.db
        .insertInto('registration')
        .values({
          id: 'r',
          account: 'nasm',
          attendeeId: 'a',
          eventCode: 'WRN3DBTCMX9',
          email: emailOf(server, '101') ?? '',
          partyId: '110',
          matchedBy,
          wantedVersion: 1,
          syncedVersion: 1,
          state: 'synced',
          dueAt: 0,
          createdAt: 0,
          updatedAt: 0,
        })
        .execute()

      const response = await ask(server, asking(emailOf(server, '101')), basic)

      expect(response.status).toBe(404)
    },
  )

  test('when iMIS does not answer, long before a vendor’s usual deadline', async () => {
    const server = await open({
      realTime: true,
      env: { VENDOR_DEADLINE_MS: '50000', LEASE_MS: '120000' },
    })
    server.imis.switchboard.set({ route: '.', kind: 'hold' })
    const began = performance.now()

    const response = await ask(server, asking('maren@example.org'), basic)

    expect(response.status).toBe(404)
    expect(performance.now() - began).toBeLessThan(40_000)
  })
})

test.each<[name: string, headers: Record<string, string>]>([
  ['no credentials', {}],
  ['a wrong secret', { authorization: 'api_key wrong' }],
  ['a wrong key header', { 'x-api-key': 'wrong' }],
])('%s: refused, and iMIS is not asked', async (_name, headers) => {
  const server = await open()

  const response = await ask(server, asking(emailOf(server, '101')), headers)

  expect(response.status).toBe(401)
  expect(server.imis.switchboard.calls).toHaveLength(0)
})

test('wrong credentials are limited for the address they come from, and the right ones are let through', async () => {
  const server = await open()
  const question = asking(emailOf(server, '101'))
  const wrong = { authorization: 'api_key wrong' }

  const statuses = new Set<number>()
  for (let tried = 0; tried < 40; tried += 1)
    statuses.add((await ask(server, question, wrong)).status)
  const right = await ask(server, question, basic)

  expect([...statuses]).toEqual([401, 429])
  expect(right.status).toBe(200)
})

test.each([
  ['switched off, as it is by default', { enabled: false, secret: SECRET }],
  ['without a secret', { enabled: true, secret: null }],
])('%s there is no hook', async (_name, hook) => {
  const server = await startServer({
    account: (account) => ({ ...account, contactHook: { ...account.contactHook, ...hook } }),
  })

  const response = await ask(server, asking(emailOf(server, '101')), basic)

  expect(response.status).toBe(404)
})

test.each([[[]], [{}], [{ data: 'x' }], [{ data: [{ value: 'x' }] }]])(
  'the body %j is answered 400',
  async (body) => {
    const server = await open()

    const response = await ask(server, body, basic)

    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'INVALID_REQUEST' })
  },
)
