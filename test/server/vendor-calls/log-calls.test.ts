import { expect, test } from 'vitest'
import { Problem } from '../../../schemas/problem.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { startServer } from '../../start-server.ts'
import { askState, signOnAs } from '../member-steps.ts'

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

test('a failed call has the trace of the request that made it, which its answer names', async () => {
  const server = await startServer()
  const token = await signOnAs(server)
  server.imis.switchboard.set({ route: '/api/query$', kind: 'status', status: 503 })

  const response = await askState(server, { token })
  const { requestId } = Problem.parse(await response.json())
  await server.accountLog.flush()

  const lines = await server.db
    .selectFrom('log')
    .select(['code', 'trace'])
    .where('level', '!=', 'info')
    .execute()
  expect(lines).toContainEqual({ code: 'call-failed', trace: requestId })
  expect(lines.filter(({ trace }) => trace !== requestId)).toEqual([])
})

test('a failed call has the trace of the job that made it, as has what came of it', async () => {
  const server = await startServer()
  await server.drain()
  server.imis.switchboard.set({ route: 'POST /api/Activity$', kind: 'status', status: 503 })
  await server.cvent.register({
    event: seededEvents.open,
    contact: { firstName: 'Maren', lastName: 'Oakfield', email: 'm@example.org', sourceId: '101' },
  })

  await server.drain()

  const lines = await server.db.selectFrom('log').select(['code', 'trace']).execute()
  const rescheduled = lines.find(({ code }) => code === 'registration-rescheduled')
  const failed = lines.filter(({ code }) => code === 'call-failed')
  expect(failed.map(({ trace }) => trace)).toContain(rescheduled?.trace)
})
