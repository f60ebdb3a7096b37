import { expect, test } from 'vitest'
import { mintRefreshToken } from '../../sandbox/imis/token.ts'
import { SSO_CLIENT } from '../../sandbox/imis/seed.ts'
import { faultOf, ignoreFilters, startImisClient } from './start-imis-client.ts'

type Started = Awaited<ReturnType<typeof startImisClient>>

function refreshToken({ site, now }: Started, userName: string) {
  const { state } = site
  return mintRefreshToken(
    { state, now, site: site.site, siteTime: () => '' },
    SSO_CLIENT.clientId,
    userName,
  )
}

test.each(['ems', '2017'] as const)(
  'a refresh token of %s is swapped for its user’s name',
  async (edition) => {
    const started = await startImisClient({ edition })

    const answer = await started.imis.exchange(refreshToken(started, 'MOAKFIELD'))

    expect(answer).toEqual({ userName: 'MOAKFIELD' })
  },
)

test('a used, expired or invented refresh token is not allowed', async () => {
  const started = await startImisClient()
  const used = refreshToken(started, 'MOAKFIELD')
  await started.imis.exchange(used)
  const expired = refreshToken(started, 'MOAKFIELD')
  started.advance(61 * 60_000)

  for (const token of [used, expired, 'invented', "'; drop table", 'x'.repeat(5000)]) {
    const fault = await faultOf(started.imis.exchange(token))
    expect(fault.code).toBe('NOT_ALLOWED')
    expect(fault.message).not.toContain(token)
  }
})

test('a wrong client secret is told apart from a wrong token', async () => {
  const started = await startImisClient()
  const imis = started.connect({ sso: { ...SSO_CLIENT, clientSecret: 'wrong' } })

  const fault = await faultOf(imis.exchange(refreshToken(started, 'MOAKFIELD')))

  expect(fault.code).toBe('VENDOR_REFUSED')
  expect(fault.message).toContain('client id and secret')
})

test('an exchange whose answer is lost is not sent again, because the token may be used up', async () => {
  const started = await startImisClient()
  started.site.switchboard.set({ route: 'POST /token', kind: 'lost-answer' })

  const fault = await faultOf(started.imis.exchange(refreshToken(started, 'MOAKFIELD')))

  expect(fault.code).toBe('VENDOR_UNAVAILABLE')
  expect(started.tokenCalls()).toBe(1)
})

test.each(['html', 'garbage'] as const)(
  '%s from the token endpoint lets nobody in',
  async (kind) => {
    const started = await startImisClient()
    started.site.switchboard.set({ route: 'POST /token', kind })

    const fault = await faultOf(started.imis.exchange(refreshToken(started, 'MOAKFIELD')))

    expect(fault.code).toBe('VENDOR_UNAVAILABLE')
  },
)

test('a user comes with party, roles and standing', async () => {
  const { imis } = await startImisClient()

  expect(await imis.user('moakfield')).toEqual({
    userName: 'MOAKFIELD',
    partyId: '101',
    isAnonymous: false,
    isActive: true,
    roles: ['Everyone', 'Member'],
  })
  expect(await imis.user('GUEST')).toMatchObject({ isAnonymous: true })
  expect(await imis.user('SDORN')).toMatchObject({ isActive: false })
  expect(await imis.user('AVEY')).toMatchObject({ isActive: false })
})

test('a user’s dates are read in the site’s time zone', async () => {
  const { imis, site, advance } = await startImisClient()
  const user = site.state.users.find(({ userName }) => userName === 'MOAKFIELD')
  if (!user) throw new Error('the seed has changed')
  // The clock stands at 10:00 in New York.
  user.expiresAt = '2026-12-02T10:00:01'

  const before = await imis.user('MOAKFIELD')
  advance(1000)
  const after = await imis.user('MOAKFIELD')
  user.expiresAt = null
  user.effectiveAt = '2026-12-02T10:00:02'
  const early = await imis.user('MOAKFIELD')

  expect([before?.isActive, after?.isActive, early?.isActive]).toEqual([true, false, false])
})

test('only the very name is taken, whatever iMIS answers', async () => {
  const { imis, site } = await startImisClient()
  const names = (...userNames: string[]) => {
    site.switchboard.clear()
    ignoreFilters(
      site,
      '/api/user',
      userNames.map((UserName) => ({ UserName, Party: { PartyId: '101' } })),
    )
  }

  names('MOAKFIELD2', 'XMOAKFIELD', 'IQUIST')
  expect(await imis.user('MOAKFIELD')).toBeUndefined()
  names('IQUIST', 'MoakField')
  expect((await imis.user('MOAKFIELD'))?.userName).toBe('MoakField')
  names('moakfield', 'MoakField')
  expect(await imis.user('MOAKFIELD')).toBeUndefined()
  names('moakfield', 'MOAKFIELD')
  expect((await imis.user('MOAKFIELD'))?.userName).toBe('MOAKFIELD')
})

test('a name cannot bring an operator or a second name of its own', async () => {
  const { imis } = await startImisClient()

  for (const name of ['MOAK', '', 'contains:O', 'ne:X'])
    expect(await imis.user(name)).toBeUndefined()
  expect((await faultOf(imis.user('MOAKFIELD|IQUIST'))).code).toBe('INVALID_REQUEST')
})

test('a role is asked for by name, without case; 2017 cannot tell', async () => {
  const { imis } = await startImisClient()
  const old = await startImisClient({ edition: '2017' })

  expect(await imis.hasRole('IQUIST', 'sysadmin')).toBe(true)
  expect(await imis.hasRole('MOAKFIELD', 'SysAdmin')).toBe(false)
  expect(await imis.hasRole('NOBODY', 'SysAdmin')).toBe(false)
  expect((await faultOf(old.imis.hasRole('IQUIST', 'SysAdmin'))).code).toBe('NOT_FOUND')
})
