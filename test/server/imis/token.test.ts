import { expect, test } from 'vitest'
import { faultOf, startImisClient } from './start-imis-client.ts'

const ACTIVITY = { partyId: '101', type: 'CVENTREG', properties: { PRODUCT_CODE: 'AC2027' } }

test('fifty questions at once fetch one token', async () => {
  const { imis, tokenCalls } = await startImisClient()

  await Promise.all(Array.from({ length: 50 }, () => imis.party('101')))

  expect(tokenCalls()).toBe(1)
})

test('a token is renewed a minute before its end, and not sooner', async () => {
  const { imis, site, advance, tokenCalls } = await startImisClient()
  site.state.settings.passwordTokenSeconds = 601

  await imis.party('101')
  advance(539_000)
  await imis.party('101')
  const before = tokenCalls()
  advance(1000)
  await imis.party('101')

  expect([before, tokenCalls()]).toEqual([1, 2])
})

test('a token iMIS forgot is fetched anew and the call made again, writes too', async () => {
  const { imis, site, tokenCalls } = await startImisClient()
  await imis.party('101')

  site.state.accessTokens.clear()
  const read = await imis.party('101')
  site.state.accessTokens.clear()
  await imis.createActivity(ACTIVITY)

  expect(read?.partyId).toBe('101')
  expect(site.activitiesOf('101')).toHaveLength(1)
  expect(tokenCalls()).toBe(3)
})

test('fifty calls that meet a 401 fetch one new token', async () => {
  const { imis, site, tokenCalls } = await startImisClient()
  await imis.party('101')
  site.state.accessTokens.clear()

  await Promise.all(Array.from({ length: 50 }, () => imis.party('101')))

  expect(tokenCalls()).toBe(2)
})

test('a second 401 ends the matter for now: nothing happened, and it is no refusal', async () => {
  const { imis, site } = await startImisClient()
  site.switchboard.set({ route: 'POST /api/Activity', kind: 'token-expired' })

  const fault = await faultOf(imis.createActivity(ACTIVITY))

  expect(fault).toMatchObject({ code: 'VENDOR_UNAVAILABLE', status: 401, mayHaveHappened: false })
  expect(site.switchboard.count(/^POST \/api\/Activity$/)).toBe(2)
})

test('a refused password is not tried again for five minutes, so the account is not locked', async () => {
  const { imis, now, advance, tokenCalls, site } = await startImisClient({ password: 'wrong' })

  const first = await faultOf(imis.party('101'))
  const others = await Promise.all(Array.from({ length: 20 }, () => faultOf(imis.party('101'))))
  const triedAtFirst = tokenCalls()
  advance(300_000)
  await faultOf(imis.party('101'))

  expect(first).toMatchObject({ code: 'VENDOR_UNAVAILABLE', retryAt: now() })
  expect(first.message).toContain('invalid_grant')
  expect(others.every(({ code }) => code === 'VENDOR_UNAVAILABLE')).toBe(true)
  expect([triedAtFirst, tokenCalls()]).toEqual([1, 2])
  expect(site.switchboard.count(/Party/)).toBe(0)
})

test('one caller’s short deadline does not cut the token off from the others', async () => {
  const { imis, site, tokenCalls } = await startImisClient()
  site.switchboard.set({ route: 'POST /token', kind: 'hold', times: 1 })

  const patient = imis.party('101')
  await site.switchboard.held()
  const hasty = await faultOf(imis.party('101', { deadlineMs: 30 }))
  site.switchboard.release()

  expect(hasty).toMatchObject({ code: 'VENDOR_UNAVAILABLE', mayHaveHappened: false })
  expect((await patient)?.partyId).toBe('101')
  expect(tokenCalls()).toBe(1)
})

test.each([
  ['a trailing slash', (url: string) => `${url}/`],
  ['none', (url: string) => url],
  ['/api', (url: string) => `${url}/api`],
  ['/api/', (url: string) => `${url}/api/`],
])(
  'the folder above /api is found from an address with %s, on both editions',
  async (_what, spell) => {
    for (const edition of ['ems', '2017'] as const) {
      const { site, connect } = await startImisClient({ edition })
      const imis = connect({ siteUrl: 'https://elsewhere.example', apiUrl: spell(site.apiUrl) })

      expect((await imis.party('101'))?.partyId).toBe('101')
    }
  },
)

test('a token endpoint that is not there is a failure of the site, not a missing party', async () => {
  const { connect, site } = await startImisClient()
  const imis = connect({ siteUrl: `${site.url}/nowhere` })

  const fault = await faultOf(imis.runQuery('$/Cvent/Registrants', ['101']))

  expect(fault).toMatchObject({ code: 'VENDOR_UNAVAILABLE' })
  expect(fault.message).toContain('address')
})
