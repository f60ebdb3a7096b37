import { expect, test } from 'vitest'
import { errorBody } from '../../sandbox/cvent/errors.ts'
import { startClient } from './start-client.ts'

test('usage tells the plan and what is used of today', async () => {
  const { cvent } = await startClient({ sandbox: { tier: 'standard' } })

  expect(await cvent.usage()).toEqual({
    tier: 'API_Platform_Standard_Tier',
    perDay: 15_000,
    perSecond: 10,
    usedToday: 3,
  })
})

test('where Cvent does not tell, usage is undefined and nothing fails', async () => {
  const { cvent, sandbox } = await startClient()
  const body = JSON.stringify(errorBody(403))
  sandbox.switchboard.set({ route: '/usage', kind: 'status', status: 403, body })

  expect(await cvent.usage()).toEqual({
    tier: undefined,
    perDay: undefined,
    perSecond: undefined,
    usedToday: undefined,
  })
})

test('a web server’s own page is not Cvent’s word that there is no plan', async () => {
  const { cvent, sandbox } = await startClient()
  const body = '<html><body>Forbidden</body></html>'
  sandbox.switchboard.set({ route: '/usage', kind: 'status', status: 403, body })

  await expect(cvent.usage()).rejects.toMatchObject({ code: 'VENDOR_UNAVAILABLE' })
})

const silent = { sandbox: { switches: { tokenClaims: false } } }

test('scopes are told apart one by one, and nothing is written', async () => {
  const { cvent, sandbox } = await startClient(silent)
  const client = sandbox.state.clients.get('sandbox-client')
  const missing = ['event/attendees:write', 'event/contacts:write', 'event/orders:read']
  if (client) client.scopes = client.scopes.filter((scope) => !missing.includes(scope))
  const before = structuredClone([[...sandbox.state.contacts], [...sandbox.state.attendees]])

  const scopes = await cvent.scopes()

  const refused = scopes.filter(({ granted }) => !granted).map(({ scope }) => scope)
  expect(refused.toSorted()).toEqual(missing)
  expect(scopes).toHaveLength(11)
  expect([[...sandbox.state.contacts], [...sandbox.state.attendees]]).toEqual(before)
})

test('with every scope granted every probe says so', async () => {
  const { cvent } = await startClient(silent)

  const scopes = await cvent.scopes()

  expect(scopes.every(({ granted }) => granted)).toBe(true)
})
