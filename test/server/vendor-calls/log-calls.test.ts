import { expect, test } from 'vitest'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { startServer } from '../../start-server.ts'

test('a vendor call that failed stands in the log with its request line and its answer, and names nobody', async () => {
  const server = await startServer()
  await server.drain()
  server.imis.switchboard.set({
    route: 'POST /api/Activity$',
    kind: 'status',
    status: 503,
    times: 1,
  })
  await server.cvent.register({
    event: seededEvents.open,
    contact: {
      firstName: 'Maren',
      lastName: 'Oakfield',
      email: 'maren.oakfield@example.org',
      sourceId: '101',
    },
  })

  await server.drain()

  const lines = await server.db
    .selectFrom('log')
    .selectAll()
    .where('code', '=', 'call-failed')
    .execute()
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0]?.detail ?? '')).toMatchObject({
    request: { method: 'POST', path: '/api/Activity' },
    response: { status: 503, code: 'VENDOR_UNAVAILABLE', mayHaveHappened: true },
  })
  expect(JSON.stringify(lines)).not.toMatch(/oakfield|maren/i)
})
