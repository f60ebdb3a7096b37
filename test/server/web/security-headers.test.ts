import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Problem } from '../../../schemas/problem.ts'
import { startServer, type TestServer } from '../../start-server.ts'
import {
  askState,
  hrefFor,
  openHandOff,
  postSignOn,
  refreshTokenOf,
  signOnAs,
} from '../member-steps.ts'

type Body = string | Uint8Array<ArrayBuffer>

const STATE = '/v1/nasm/events/WRN3DBTCMX9/registration'

/** Sends bytes as they are and returns everything that comes back until the server closes. */
function send(server: TestServer, text: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(server.url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text))
    let answer = ''
    socket.on('data', (chunk) => (answer += chunk.toString()))
    socket.on('close', () => resolve(answer))
    socket.on('error', (error) => (answer === '' ? reject(error) : resolve(answer)))
  })
}

describe('a page of another site', () => {
  test.each(['https://evil.example', 'null', 'http://127.0.0.1', 'file://'])(
    '%s reads no state',
    async (origin) => {
      const server = await startServer()

      const response = await askState(server, { headers: { origin } })
      const preflight = await fetch(`${server.url}${STATE}`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'GET',
          'access-control-request-headers': 'authorization',
        },
      })

      for (const { headers } of [response, preflight]) {
        expect(headers.get('access-control-allow-origin')).toBeNull()
        expect(headers.get('access-control-allow-credentials')).toBeNull()
        expect(headers.get('vary')).toContain('Origin')
      }
    },
  )

  test('whose name only begins or ends like ours reads no state', async () => {
    const server = await startServer()
    const ours = server.imis.url

    for (const origin of [
      `${ours}.evil.example`,
      `${ours}0`,
      ours.replace('//', '//evil.'),
      `${ours}/`,
    ]) {
      const { headers } = await askState(server, { headers: { origin } })
      expect(headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  test('of another account reads no state of this one', async () => {
    const server = await startServer()
    const origin = 'https://other.example'

    const elsewhere = await fetch(`${server.url}/v1/other/events/X/registration`, {
      headers: { origin },
    })

    expect(elsewhere.headers.get('access-control-allow-origin')).toBeNull()
  })
})

test('the account’s own page reads its states, with a token and without cookies', async () => {
  const server = await startServer()
  const origin = server.imis.url

  const preflight = await fetch(`${server.url}${STATE}`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
    },
  })
  const state = await askState(server, { headers: { origin } })
  const refused = await askState(server, { headers: { origin }, token: 'a.b.c' })

  expect(preflight.status).toBe(204)
  expect(preflight.headers.get('access-control-allow-headers')).toBe('authorization')
  expect(preflight.headers.get('access-control-allow-methods')).toBe('GET, HEAD')
  for (const { headers } of [preflight, state, refused])
    expect(headers.get('access-control-allow-origin')).toBe(origin)
  expect(state.headers.get('access-control-allow-credentials')).toBeNull()
  expect(state.headers.get('set-cookie')).toBeNull()
})

test.each([
  '/sso/nasm',
  '/hand-off/x',
  '/admin/accounts/nasm',
  '/webhooks/cvent/nasm',
  '/contact-hook/nasm',
])('%s cannot be read from any other origin, not even the account’s', async (path) => {
  const server = await startServer()

  const { headers } = await fetch(`${server.url}${path}`, {
    headers: { origin: server.imis.url },
  })

  expect(headers.get('access-control-allow-origin')).toBeNull()
})

test('every answer carries the safe headers', async () => {
  const server = await startServer()
  const paths = ['/', '/health/live', STATE, '/hand-off/x', '/sso/nasm', '/v1/nasm/events']

  for (const path of paths) {
    const { headers } = await fetch(`${server.url}${path}`)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('strict-transport-security')).toContain('max-age')
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('content-security-policy')).toContain('frame-ancestors')
    expect(headers.get('x-powered-by')).toBeNull()
    expect(headers.get('server')).toBeNull()
  }
})

describe('too many requests are answered 429, with when to come back:', () => {
  test('a thousand openings of one hand-off address', async () => {
    const server = await startServer()
    const href = await hrefFor(server)
    const statuses: number[] = []
    const retryAfter = new Set<string | null>()

    for (let round = 0; round < 10; round += 1) {
      const answers = await Promise.all(Array.from({ length: 100 }, () => openHandOff(href)))
      for (const { status, headers } of answers) {
        statuses.push(status)
        if (status === 429) retryAfter.add(headers.get('retry-after'))
      }
      await Promise.all(answers.map((answer) => answer.arrayBuffer()))
    }

    expect(statuses.filter((status) => status === 200)).toHaveLength(30)
    expect(statuses.filter((status) => status === 429)).toHaveLength(970)
    for (const seconds of retryAfter) expect(Number(seconds)).toBeGreaterThan(0)
    expect(server.cvent.switchboard.count(/POST .*contacts/)).toBe(1)
  })

  test('states of one member, and not those of another', async () => {
    const server = await startServer()
    const maren = await signOnAs(server, 'MOAKFIELD')
    const lena = await signOnAs(server, 'LFJORD')

    const answers = await Promise.all(
      Array.from({ length: 300 }, () => askState(server, { token: maren })),
    )
    const other = await askState(server, { token: lena })

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(240)
    const [refused] = answers.filter(({ status }) => status === 429)
    expect(Problem.parse(await refused?.json())).toMatchObject({ code: 'TOO_MANY' })
    expect(refused?.headers.get('x-ratelimit-limit')).toBe('240')
    expect(refused?.headers.get('x-ratelimit-remaining')).toBe('0')
    expect(other.status).toBe(200)
  })

  test('a forwarded address is believed only from the proxies that TRUST_PROXY counts', async () => {
    const plain = await startServer()
    const proxied = await startServer({ env: { TRUST_PROXY: '1' } })
    const left = async (server: TestServer, address: string) => {
      const headers = { 'x-forwarded-for': `203.0.113.99, ${address}` }
      const response = await askState(server, { headers })
      return Number(response.headers.get('x-ratelimit-remaining'))
    }

    const spoofed = [await left(plain, '203.0.113.1'), await left(plain, '203.0.113.2')]
    const trusted = [await left(proxied, '203.0.113.1'), await left(proxied, '203.0.113.2')]

    expect((spoofed[0] ?? 0) - (spoofed[1] ?? 0)).toBe(1)
    expect(trusted[0]).toBe(trusted[1])
  })

  test('an address counts as one however a proxy writes it', async () => {
    const server = await startServer({ env: { TRUST_PROXY: '1' } })
    const left = async (address: string) => {
      const response = await askState(server, { headers: { 'x-forwarded-for': address } })
      return Number(response.headers.get('x-ratelimit-remaining'))
    }

    const first = await left('203.0.113.7')
    const written = [
      '203.0.113.7:51234',
      '203.0.113.7:51235',
      '::ffff:203.0.113.7',
      '::FFFF:CB00:7107',
    ]
    const others: number[] = []
    for (const address of written) others.push(await left(address))

    expect(others).toEqual([first - 1, first - 2, first - 3, first - 4])
  })
})

describe('a bad body is answered by a problem, and the server goes on:', () => {
  const post = (server: TestServer, body: Body, type: string) =>
    fetch(`${server.url}/sso/nasm`, {
      method: 'POST',
      headers: { origin: server.imis.url, 'content-type': type },
      body,
    })
  const FORM = 'application/x-www-form-urlencoded'
  const deep = '['.repeat(50_000) + ']'.repeat(50_000)

  test.each<[name: string, body: Body, type: string, statuses: number[]]>([
    ['larger than a sign-on can be', `refresh_token=${'x'.repeat(20_000)}`, FORM, [413]],
    ['a longer token than there is', `refresh_token=${'x'.repeat(5000)}`, FORM, [400]],
    ['ten thousand fields', 'a=b&'.repeat(10_000), FORM, [413]],
    ['no field', '', FORM, [400]],
    ['the field twice', 'refresh_token=a&refresh_token=b', FORM, [400]],
    ['deeply nested', deep, 'application/json', [413]],
    ['nested within the limit', '['.repeat(5000) + ']'.repeat(5000), 'application/json', [400]],
    [
      'a poisoned prototype',
      '{"__proto__":{"isAdmin":true},"refresh_token":"x"}',
      'application/json',
      [400],
    ],
    [
      'a poisoned constructor',
      '{"constructor":{"prototype":{"isAdmin":true}}}',
      'application/json',
      [400],
    ],
    ['a poisoned form', '__proto__[isAdmin]=1&constructor[prototype][isAdmin]=1', FORM, [400]],
    ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 'application/json', [400]],
    ['compressed', gzipSync('x'.repeat(1_000_000)), 'application/json', [400]],
    ['of another type', 'refresh_token=x', 'text/plain', [400, 415]],
    ['of no known type', 'refresh_token=x', 'application/x-unknown', [400, 415]],
  ])('%s', async (_name, body, type, statuses) => {
    const server = await startServer()

    const response = await post(server, body, type)
    const text = await response.text()

    expect(statuses).toContain(response.status)
    expect(response.headers.get('content-type')).toContain('application/problem+json')
    expect(Problem.parse(JSON.parse(text)).requestId).not.toBe('')
    expect(text).not.toContain('x'.repeat(100))
    expect(Object.prototype).not.toHaveProperty('isAdmin')
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200)
  })

  test('a slow client is let go', async () => {
    const { app } = await startServer()

    // Fastify waits for ever by default; Node holds the connection to these.
    expect(app.server.headersTimeout).toBe(15_000)
    expect(app.server.requestTimeout).toBe(60_000)
    expect(app.server.keepAliveTimeout).toBe(10_000)
  })

  test('headers larger than anybody needs', async () => {
    const server = await startServer()

    const answer = await send(
      server,
      `GET ${STATE} HTTP/1.1\r\nhost: x\r\nx-padding: ${'x'.repeat(40_000)}\r\n\r\n`,
    )

    expect(answer).toMatch(/^HTTP\/1\.1 431/)
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200)
  })

  test('line breaks in an address or a header set no header', async () => {
    const server = await startServer()

    const answer = await send(
      server,
      `GET /hand-off/x%0d%0aset-cookie:%20a=b HTTP/1.1\r\nhost: x\r\nconnection: close\r\naccept-language: fr%0d%0a\r\n\r\n`,
    )

    expect(answer).toMatch(/^HTTP\/1\.1 403/)
    expect(answer.toLowerCase()).not.toContain('\r\nset-cookie')
  })

  test.each([
    ['that cannot be decoded', '/hand-off/secret%zz', 400],
    ['longer than any of ours', `/hand-off/secret${'x'.repeat(5000)}`, 414],
  ])('an address %s is a problem like any other, and is not repeated', async (_, path, status) => {
    const server = await startServer()

    const response = await fetch(server.url + path)
    const body = await response.text()

    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toContain('application/problem+json')
    expect(JSON.parse(body)).toMatchObject({
      code: 'INVALID_REQUEST',
      requestId: expect.any(String),
    })
    expect(body).not.toContain('secret')
  })

  test('whatever is posted, no answer is an error of ours', async () => {
    const server = await startServer()

    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('/sso/nasm', '/contact-hook/nasm', '/sso/nobody'),
        fc.oneof(fc.json(), fc.string({ unit: 'binary' }), fc.webQueryParameters()),
        fc.constantFrom(FORM, 'application/json', 'text/html', 'multipart/form-data'),
        async (path, body, type) => {
          const response = await fetch(`${server.url}${path}`, {
            method: 'POST',
            headers: { origin: server.imis.url, 'content-type': type },
            body,
          })
          expect(response.status).toBeGreaterThanOrEqual(400)
          expect(response.status).toBeLessThan(500)
        },
      ),
      { numRuns: 100 },
    )
  })

  test('whatever is asked for, no answer is an error of ours', async () => {
    const server = await startServer()
    const token = await signOnAs(server)

    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc
            .string({ unit: 'binary', maxLength: 60 })
            .map(
              (text) => `/v1/nasm/events/${encodeURIComponent(text.toWellFormed())}/registration`,
            ),
          fc
            .string({ unit: 'binary', maxLength: 60 })
            .map((text) => `${STATE}?${encodeURIComponent(text.toWellFormed())}`),
          fc.webQueryParameters().map((query) => `${STATE}?${query}`),
          fc
            .string({ unit: 'binary', maxLength: 200 })
            .map((text) => `/hand-off/${encodeURIComponent(text.toWellFormed())}`),
        ),
        async (path) => {
          const response = await fetch(`${server.url}${path}`, {
            headers: { authorization: `Bearer ${token}` },
            redirect: 'manual',
          })
          expect(response.status).toBeLessThan(500)
        },
      ),
      { numRuns: 150 },
    )
  })
})

test('no token, ticket, name or address is in the log or in an error', async () => {
  const { pino } = await import('pino')
  const lines: string[] = []
  const server = await startServer({
    logger: pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }),
  })
  const refreshToken = refreshTokenOf(server, 'MOAKFIELD')
  const href = await hrefFor(server)
  const token = await signOnAs(server)
  const ticket = href.slice(href.lastIndexOf('/') + 1)
  const errors: string[] = []

  await postSignOn(server, refreshToken)
  errors.push(await (await postSignOn(server, refreshToken, {})).text())
  await openHandOff(href)
  errors.push(await (await fetch(`${href}x`)).text())
  errors.push(await (await askState(server, { token: `${token}x` })).text())
  server.imis.switchboard.set({ route: '.', kind: 'status', status: 400, body: 'Maren Oakfield' })
  server.advance(61_000)
  errors.push(await (await askState(server, { token })).text())
  await server.accountLog.flush()
  const accountLog = JSON.stringify(await server.db.selectFrom('log').selectAll().execute())
  const everything = [...lines, ...errors, accountLog].join('\n')

  expect(lines.length).toBeGreaterThan(0)
  for (const canary of [
    refreshToken,
    token,
    ticket,
    token.split('.')[2] ?? '?',
    ticket.split('.')[2] ?? '?',
    'Oakfield',
    'Maren',
    server.imis.state.parties.get('101')?.email ?? '?',
    'sandbox-password',
    'sandbox-sso-secret',
    'sandbox-secret',
  ])
    expect(everything).not.toContain(canary)
})
