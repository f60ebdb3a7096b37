import { describe, expect, test } from 'vitest'
import { startServer, type TestServer } from '../../start-server.ts'
import { hrefFor, messageOf, openHandOff, postSignOn, refreshTokenOf } from '../member-steps.ts'

const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

/** A database that has lost what every member's page needs. */
async function breakDatabase({ db, accounts }: TestServer) {
  await db.schema.alterTable('account').renameTo('mislaid').execute()
  accounts.forget('nasm')
}

async function pageOf(response: Response) {
  const html = await response.text()
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  return html
}

describe('a browser that is sent to the sign-on reads a page with a way back', () => {
  test('when the page is loaded again: the token counts once', async () => {
    const server = await startServer()
    const token = refreshTokenOf(server, 'MOAKFIELD')
    const headers = { ...BROWSER, origin: server.imis.url }

    const first = await postSignOn(server, token, headers)
    const again = await postSignOn(server, token, headers)
    const html = await pageOf(again)

    expect([first.status, again.status]).toEqual([200, 403])
    expect(messageOf(html)).toEqual({ type: 'cvent-registration:failed' })
    expect(html).toContain('Go back to the page you came from and try again.')
    expect(html).toContain(`href="${server.imis.url}/"`)
  })

  test.each<[name: string, status: number, headers: Record<string, string>, body: string]>([
    ['from a foreign origin', 403, { origin: 'https://evil.example' }, 'refresh_token=x'],
    ['without a token', 400, {}, ''],
    ['with more than a token', 413, {}, `refresh_token=${'x'.repeat(20_000)}`],
  ])('%s', async (_name, status, headers, body) => {
    const server = await startServer()

    const response = await fetch(`${server.url}/sso/nasm`, {
      method: 'POST',
      headers: {
        ...BROWSER,
        'content-type': 'application/x-www-form-urlencoded',
        origin: server.imis.url,
        ...headers,
      },
      body,
    })
    const html = await pageOf(response)

    expect(response.status).toBe(status)
    expect(messageOf(html)).toEqual({ type: 'cvent-registration:failed' })
    expect(html).toContain(`href="${server.imis.url}/"`)
  })

  test('when they come by the address bar', async () => {
    const server = await startServer()

    const response = await fetch(`${server.url}/sso/nasm`, { headers: BROWSER })
    const html = await pageOf(response)

    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('HEAD, POST')
    expect(html).toContain(`href="${server.imis.url}/"`)
  })

  test('when the database does not answer', async () => {
    const server = await startServer()
    await breakDatabase(server)

    const response = await postSignOn(server, 'x', { ...BROWSER, origin: server.imis.url })

    expect(response.status).toBe(500)
    expect(await pageOf(response)).toContain('The sign-in did not work')
  })
})

describe('a browser that opens a hand-off address reads a page with a way on', () => {
  test('when it was opened too often', async () => {
    const server = await startServer()
    const href = await hrefFor(server)
    for (let opened = 0; opened < 30; opened += 1) await openHandOff(href)

    const response = await openHandOff(href, { ...BROWSER, 'accept-language': 'fr' })
    const html = await pageOf(response)

    expect(response.status).toBe(429)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(html).toContain('Trop de tentatives')
    expect(html).toContain(`href="${new URL(href).pathname}"`)
  })

  test('when the database does not answer, with what finds it in the log', async () => {
    const server = await startServer()
    const href = await hrefFor(server)
    await breakDatabase(server)

    const problem = await openHandOff(href)
    const response = await openHandOff(href, BROWSER)
    const html = await pageOf(response)

    expect(problem.headers.get('content-type')).toContain('application/problem+json')
    expect(response.status).toBe(500)
    expect(html).toContain('The registration does not answer just now')
    expect(html).toMatch(/<small>[0-9a-f-]{36}<\/small>/)
  })

  test('when it has expired, back to the site it came from; a forged one leads nowhere', async () => {
    const server = await startServer()
    const href = await hrefFor(server)
    server.advance(5 * 60_000 + 6000)

    const expired = await pageOf(await openHandOff(href, BROWSER))
    const altered = await pageOf(await openHandOff(`${href.slice(0, -10)}AAAAAAAAAA`, BROWSER))

    expect(expired).toContain(`href="${server.imis.url}/"`)
    expect(altered).not.toContain(server.imis.url)
  })
})

test('the operator is told when the site hides where its sign-on comes from', async () => {
  const server = await startServer()

  await postSignOn(server, refreshTokenOf(server, 'MOAKFIELD'), { origin: 'null' })
  await server.accountLog.flush()
  const { text } = await server.db
    .selectFrom('log')
    .select('text')
    .where('code', '=', 'sign-on-foreign-origin')
    .executeTakeFirstOrThrow()

  expect(text).toContain('Referrer-Policy')
})
