import { describe, expect, test } from 'vitest'
import type { Account } from '../../../schemas/account.ts'
import { startServer, type TestServer } from '../../start-server.ts'
import { askState, messageOf, postSignOn, refreshTokenOf, stateOf } from '../member-steps.ts'

const TOKEN_CALL = /^POST .*\/token$/

async function outcomeFor(server: TestServer, userName: string) {
  const response = await postSignOn(server, refreshTokenOf(server, userName))
  return { status: response.status, message: messageOf(await response.text()) }
}

describe.each(['ems', '2017'] as const)('on %s', (edition) => {
  test('a signed-in member gets a token that speaks for them', async () => {
    const server = await startServer({ imis: { edition } })

    const { status, message } = await outcomeFor(server, 'MOAKFIELD')

    expect(status).toBe(200)
    if (message.type !== 'cvent-registration:member') throw new Error(message.type)
    expect(Date.parse(message.expiresAt) - server.now()).toBe(15 * 60_000)
    await expect(stateOf(server, { token: message.token })).resolves.toMatchObject({
      imisId: '101',
      phase: 'eligible',
    })
  })
})

describe('nobody is signed on for', () => {
  test.each([
    ['a disabled user', 'SDORN'],
    ['an expired user', 'AVEY'],
  ])('%s, who is told so', async (_name, userName) => {
    const server = await startServer()

    const { status, message } = await outcomeFor(server, userName)

    expect(status).toBe(200)
    expect(message).toEqual({
      type: 'cvent-registration:disabled',
      message:
        'Your user account on this site is disabled or has expired. Please ask the association’s staff.',
    })
  })

  test('a guest user', async () => {
    const server = await startServer()

    const { status, message } = await outcomeFor(server, 'GUEST')

    expect(status).toBe(200)
    expect(message).toEqual({ type: 'cvent-registration:guest' })
  })

  test('a user without a party', async () => {
    const server = await startServer()
    const user = [...server.imis.state.users.values()].find((u) => u.userName === 'MOAKFIELD')
    if (!user) throw new Error('the sandbox has no such user')
    user.partyId = null

    const { message } = await outcomeFor(server, 'MOAKFIELD')

    expect(message).toEqual({ type: 'cvent-registration:guest' })
  })
})

test('the page posts to the account’s origins and our own only, and only these may frame it', async () => {
  const server = await startServer({
    account: (account) => ({ ...account, origins: [...account.origins, 'https://b.example.org'] }),
  })

  const response = await postSignOn(server, refreshTokenOf(server, 'MOAKFIELD'))
  const page = await response.text()
  const policy = response.headers.get('content-security-policy') ?? ''
  const targets: unknown = JSON.parse(/for\(const o of (\[.*?\])\)/.exec(page)?.[1] ?? 'null')

  expect(targets).toEqual([server.imis.url, 'https://b.example.org', server.url])
  expect(policy).toContain(
    `frame-ancestors ${server.imis.url} https://b.example.org ${server.url};`,
  )
  expect(policy).toContain("default-src 'none'")
  expect(policy).not.toContain('unsafe')
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(response.headers.get('x-frame-options')).toBeNull()
  expect(response.headers.get('cross-origin-opener-policy')).toBeNull()
})

describe('a post is refused before iMIS is asked when it comes', () => {
  test.each<[name: string, headers: (server: TestServer) => Record<string, string>]>([
    ['from a foreign origin', () => ({ origin: 'https://evil.example' })],
    ['from an opaque origin', () => ({ origin: 'null' })],
    [
      'from an origin that only begins like ours',
      ({ imis }) => ({ origin: `${imis.url}.evil.example` }),
    ],
    ['from a foreign page', () => ({ referer: 'https://evil.example/page' })],
    [
      'from a foreign origin with our referrer',
      ({ imis }) => ({ origin: 'https://evil.example', referer: `${imis.url}/CventSignIn` }),
    ],
    ['without saying from where', () => ({})],
  ])('%s', async (_name, headers) => {
    const server = await startServer()

    const response = await postSignOn(server, refreshTokenOf(server, 'MOAKFIELD'), headers(server))

    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ code: 'NOT_ALLOWED' })
    expect(server.imis.switchboard.count(TOKEN_CALL)).toBe(0)
  })

  test('(control) from the account’s page, said by the referrer only: it is taken', async () => {
    const server = await startServer()
    const headers = { referer: `${server.imis.url}/CventSignIn?a=b` }

    const response = await postSignOn(server, refreshTokenOf(server, 'MOAKFIELD'), headers)

    expect(response.status).toBe(200)
  })
})

test('of a hundred posts of one refresh token over three instances, one succeeds', async () => {
  const first = await startServer()
  const vendors = { imis: first.imis, cvent: first.cvent }
  const more = { vendors, databaseUrl: first.databaseUrl, seed: false }
  const second = await startServer(more)
  const third = await startServer(more)
  // A site that takes a refresh token as often as it is sent: only our own rule is left.
  first.imis.state.settings.refreshTokensOnce = false
  const token = refreshTokenOf(first, 'MOAKFIELD')
  const servers = [first, second, third]
  const from = { origin: first.imis.url }

  const outcomes = await Promise.all(
    Array.from({ length: 100 }, async (_, index) => {
      const server = servers[index % 3] ?? first
      const response = await fetch(`${server.url}/sso/nasm`, {
        method: 'POST',
        headers: from,
        body: new URLSearchParams({ refresh_token: token }),
      })
      return messageOf(await response.text()).type
    }),
  )

  expect(outcomes.filter((type) => type === 'cvent-registration:member')).toHaveLength(1)
  expect(outcomes.filter((type) => type === 'cvent-registration:failed')).toHaveLength(99)
})

test('a flood of made-up tokens costs few calls to iMIS, also when all come at once and over three instances', async () => {
  const first = await startServer()
  const more = { vendors: first, databaseUrl: first.databaseUrl, seed: false }
  const servers = [first, await startServer(more), await startServer(more)]
  const asked = () => first.imis.switchboard.count(/POST .*\/token$/)
  const before = asked()
  const post = async (at: number) => {
    const { url } = servers[at % 3] ?? first
    const body = new URLSearchParams({ refresh_token: `made-up-${at}` })
    const headers = { origin: first.imis.url }
    const response = await fetch(`${url}/sso/nasm`, { method: 'POST', headers, body })
    await response.text()
    return response.status
  }

  const statuses = await Promise.all(Array.from({ length: 300 }, (_, at) => post(at)))
  const burst = asked() - before
  const later = [await post(300), await post(301), await post(302)]

  // Twenty failures a minute, and on each instance those that were asked about when the twentieth failed.
  expect(burst).toBeLessThanOrEqual(20 + 3 * 20)
  expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(220)
  expect(later).toEqual([429, 429, 429])
  first.advance(61_000)
  const signedOn = await postSignOn(first, refreshTokenOf(first, 'MOAKFIELD'))
  expect(messageOf(await signedOn.text()).type).toBe('cvent-registration:member')
})

test('a refresh token that iMIS did not answer for may be posted again', async () => {
  const server = await startServer({ env: { VENDOR_DEADLINE_MS: '300' } })
  const token = refreshTokenOf(server, 'MOAKFIELD')
  server.imis.switchboard.set({ route: 'POST .*/token$', kind: 'status', status: 503 })

  const failed = await postSignOn(server, token)
  server.imis.switchboard.clear()
  const again = await postSignOn(server, token)

  expect(failed.status).toBe(503)
  expect(messageOf(await failed.text())).toEqual({ type: 'cvent-registration:failed' })
  expect(messageOf(await again.text()).type).toBe('cvent-registration:member')
})

test('what is kept against a second post goes a week later', async () => {
  const server = await startServer()
  const kept = async () => server.db.selectFrom('usedtoken').select('digest').execute()
  await postSignOn(server, refreshTokenOf(server, 'MOAKFIELD'))
  await server.drain()
  const before = await kept()

  server.advance(8 * 24 * 3_600_000)
  await server.drain()

  expect(before).toHaveLength(1)
  await expect(kept()).resolves.toEqual([])
})

test('a forged refresh token is refused with a page that says so to the element', async () => {
  const server = await startServer()

  const response = await postSignOn(server, 'forged')

  expect(response.status).toBe(403)
  expect(messageOf(await response.text())).toEqual({ type: 'cvent-registration:failed' })
})

test('iMIS’s HEAD request is answered for an account that is there, and only for it', async () => {
  const server = await startServer()

  const there = await fetch(`${server.url}/sso/nasm`, { method: 'HEAD' })
  const nowhere = await fetch(`${server.url}/sso/nobody`, { method: 'HEAD' })

  expect(there.status).toBe(200)
  expect(nowhere.status).toBe(404)
})

test('the page speaks to a person without scripts in the language of their browser', async () => {
  const server = await startServer()
  const headers = { origin: server.imis.url, 'accept-language': 'fr-CA' }

  const page = await (await postSignOn(server, refreshTokenOf(server, 'GUEST'), headers)).text()

  expect(page).toContain('<html lang="fr">')
  expect(page).toContain('Veuillez vous connecter')
  expect(page).toContain(`href="${server.imis.url}/"`)
})

describe('staff acting for a member', () => {
  const withRole = (staffRole: string | null) => ({
    account: (account: Account): Account => ({
      ...account,
      imis: { ...account.imis, sso: { ...account.imis.sso, staffRole } },
    }),
  })
  async function tokenOf(server: TestServer, userName: string) {
    const { message } = await outcomeFor(server, userName)
    if (message.type !== 'cvent-registration:member') throw new Error(message.type)
    return message.token
  }
  const asked = { query: '?selectedPartyId=101' }

  test('count when iMIS confirms the role the account names', async () => {
    const server = await startServer(withRole('Staff'))
    const token = await tokenOf(server, 'IQUIST')

    await expect(stateOf(server, { token, ...asked })).resolves.toMatchObject({ imisId: '101' })
  })

  test('do not count when the account names no role', async () => {
    const server = await startServer(withRole(null))
    const token = await tokenOf(server, 'IQUIST')

    await expect(stateOf(server, { token, ...asked })).resolves.toMatchObject({ imisId: '104' })
  })

  test('do not count when they do not hold the role', async () => {
    const server = await startServer(withRole('Staff'))
    const token = await tokenOf(server, 'LFJORD')

    await expect(stateOf(server, { token, ...asked })).resolves.toMatchObject({ imisId: '110' })
  })

  test('do not count when iMIS cannot confirm it', async () => {
    const server = await startServer(withRole('Staff'))
    const token = await tokenOf(server, 'IQUIST')
    server.imis.switchboard.set({ route: 'UserSecurity', kind: 'status', status: 500 })

    const response = await askState(server, { token, ...asked })

    expect(await response.json()).toMatchObject({ imisId: '104' })
  })
})
