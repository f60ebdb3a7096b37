import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SCOPES, scopesOf } from '../../../server/cvent/scopes.ts'
import { hasSamples, sample, samplesNote } from './samples.ts'
import { faultOf, startClient } from './start-client.ts'

const jwt = (claims: unknown) =>
  `eyJhbGciOiJSUzI1NiJ9.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`

test.each([
  [jwt({ scp: ['a:read', 'b:write'] }), ['a:read', 'b:write']],
  [jwt({ scp: 'a:read b:write' }), ['a:read', 'b:write']],
  [jwt({ scp: ['a:read', 7] }), ['a:read']],
  [jwt({ scope: 'a:read' }), undefined],
  [jwt(null), undefined],
  ['opaque', undefined],
  ['a.b.c', undefined],
  ['', undefined],
])('%s lists %j', (token, scopes) => {
  expect(scopesOf(token)).toEqual(scopes && new Set(scopes))
})

test('whatever a token is, reading it does not throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.jsonValue().map(jwt)), (token) => void scopesOf(token)),
  )
})

test.skipIf(!hasSamples)(`the sample's claims are read${samplesNote}`, () => {
  expect(scopesOf(jwt(JSON.parse(sample('rest-token-claims'))))).toContain('event/orders:read')
})

describe('the token call', () => {
  async function calls(switches: object, missing: string[] = []) {
    const client = await startClient({
      sandbox: { switches: { enforceLimits: false, ...switches } },
    })
    const application = client.sandbox.state.clients.get('sandbox-client')
    if (application) application.scopes = application.scopes.filter((one) => !missing.includes(one))
    return client
  }

  test('asks for the scopes in use and no other', async () => {
    const { cvent, sandbox, eventStub } = await calls({})
    await cvent.event(eventStub)

    const [token] = sandbox.state.tokens.values()
    expect(token?.scopes.toSorted()).toEqual([...SCOPES].toSorted())
  })

  test('an application with hundreds of scopes gets a token that the gateway takes', async () => {
    const { cvent, sandbox, eventStub } = await calls({})
    const application = sandbox.state.clients.get('sandbox-client')
    for (let count = 0; count < 400; count += 1)
      application?.scopes.push(`event/scope-number-${count}:read`)
    expect(await cvent.event(eventStub)).toBeDefined()

    // The control: without the parameter the same application's token is too large.
    sandbox.switches.scopeParameter = 'ignored'
    sandbox.state.tokens.clear()
    expect((await faultOf(cvent.event(eventStub))).message).toContain('too many scopes')
  })

  test('a scope parameter that is refused is left out, for good', async () => {
    const { cvent, sandbox, clock, eventStub } = await calls({ scopeParameter: 'refused' })
    expect(await cvent.event(eventStub)).toBeDefined()
    expect(sandbox.switchboard.count(/oauth2/)).toBe(2)
    clock.now += 3_600_000
    expect(await cvent.event(eventStub)).toBeDefined()
    expect(sandbox.switchboard.count(/oauth2/)).toBe(3)
  })

  test('granted scopes are read from the token, without a call for each', async () => {
    const missing = ['event/attendees:write', 'event/orders:read']
    const { cvent, sandbox } = await calls({}, missing)

    const scopes = await cvent.scopes()

    const refused = scopes.filter(({ granted }) => !granted)
    expect(refused.map(({ scope }) => scope).toSorted()).toEqual(missing)
    expect(refused[0]?.detail).toBe('the token does not list it')
    expect(sandbox.switchboard.calls).toHaveLength(1)
  })

  test('a token that does not say is probed as before', async () => {
    const { cvent, sandbox } = await calls({ tokenClaims: false }, ['event/orders:read'])

    const scopes = await cvent.scopes()

    expect(scopes.filter(({ granted }) => !granted).map(({ scope }) => scope)).toEqual([
      'event/orders:read',
    ])
    expect(sandbox.switchboard.calls.length).toBeGreaterThan(SCOPES.length)
  })
})
