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
