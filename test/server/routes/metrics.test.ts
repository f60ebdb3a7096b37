import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { DIALECTS } from '../../databases.ts'
import { startServer } from '../../start-server.ts'

describe.each(DIALECTS)('on %s', (dialect) => {
  test('the metrics count waiting work and durations by route, and name nobody', async () => {
    const server = await startServer({ dialect })
    await server.drain()
    await server.cvent.register({
      event: seededEvents.open,
      contact: { firstName: 'Canary', lastName: 'Bird', email: 'canary@example.org' },
    })

    const response = await fetch(`${server.url}/metrics`, {
      headers: { authorization: `Bearer ${server.adminToken}` },
    })

    const text = await response.text()
    expect(response.status).toBe(200)
    expect(text).toContain('registration_backlog{account="nasm",kind="message",state="waiting"} 1')
    expect(text).toMatch(
      /http_request_duration_seconds_count\{method="POST",route="\/webhooks\/cvent/,
    )
    expect(text).toContain('cvent_quota_calls{account="nasm",what="limit"} ')
    expect(text).toContain('cvent_quota_calls{account="nasm",what="reconcile-planned"} ')
    expect(text).toMatch(/registration_reconcile_interval_seconds\{account="nasm"\} \d+/)
    expect(text.toLowerCase()).not.toContain('canary')
  })
})

test.each([undefined, 'Bearer wrong-token-0123456789'])(
  '%s is not let in',
  async (authorization) => {
    const server = await startServer()

    const response = await fetch(`${server.url}/metrics`, {
      headers: authorization ? { authorization } : {},
    })

    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ code: 'NOT_SIGNED_IN' })
  },
)

test('guesses are limited here as in /admin, and count together; the right token still opens it', async () => {
  const server = await startServer()
  const ask = (token: string) =>
    fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${token}` } })
  for (let guess = 0; guess < 20; guess += 1) await ask(`wrong-token-${guess}`)

  const limited = await ask('wrong-token-20')
  const admin = await fetch(`${server.url}/admin/session`, {
    headers: { authorization: 'Bearer wrong' },
  })
  const right = await ask(server.adminToken)

  expect([limited.status, admin.status, right.status]).toEqual([429, 429, 200])
})

test('a proxy that the server was not told of is one line of its log, and a warning on every overview', async () => {
  const lines: string[] = []
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) })
  const server = await startServer({ logger })
  const visit = () =>
    fetch(`${server.url}/v1/nasm/events`, { headers: { 'x-forwarded-for': '203.0.113.9' } })
  const warnings = async () => {
    const response = await fetch(`${server.url}/admin/accounts/nasm/overview`, {
      headers: { authorization: `Bearer ${server.adminToken}` },
    })
    return JSON.stringify(await response.json())
  }
  const before = await warnings()

  await visit()
  await visit()

  expect(before).not.toContain('PROXY_NOT_TRUSTED')
  expect(lines.filter((line) => line.includes('TRUST_PROXY'))).toHaveLength(1)
  expect(await warnings()).toContain('PROXY_NOT_TRUSTED')
})
