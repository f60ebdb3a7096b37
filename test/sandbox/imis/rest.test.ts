import { afterEach, beforeEach, expect, test } from 'vitest'
import { askToken, call, executeRequest, signIn } from './client.ts'
import { SSO_CLIENT } from './seed.ts'
import { startImis, type ImisSandbox } from './server.ts'
import { mintRefreshToken } from './token.ts'
import { siteClock } from './world.ts'

const MEMBER = { userName: 'moakfield', password: 'password-101' }

let clock = Date.UTC(2026, 10, 23, 12)
const now = () => clock
let imis: ImisSandbox
let token: string
beforeEach(async () => {
  clock = Date.UTC(2026, 10, 23, 12)
  imis = await startImis({ now })
  token = await signIn(imis.apiUrl)
})
afterEach(() => imis.close())

const get = (path: string, as: string | undefined = token) =>
  call(as, 'GET', `${imis.apiUrl}/api/${path}`)
const execute = (service: string, operation: string, ...parameters: unknown[]) => {
  const body = executeRequest(operation, ...parameters)
  return call(token, 'POST', `${imis.apiUrl}/api/${service}/_execute`, body)
}
const query = (path: string, ...parameters: string[]) => {
  const search = new URLSearchParams({ QueryName: path })
  for (const value of parameters) search.append('parameter', value)
  return get(`query?${search.toString()}`)
}
const refreshForm = (refreshToken: string) => ({
  grant_type: 'refresh_token',
  client_id: SSO_CLIENT.clientId,
  client_secret: SSO_CLIENT.clientSecret,
  refresh_token: refreshToken,
})
const mint = (userName: string) =>
  mintRefreshToken(
    { state: imis.state, now, siteTime: siteClock(now, 'UTC'), site: imis.site },
    SSO_CLIENT.clientId,
    userName,
  )

test.each([
  ['a wrong password', { userName: 'MOAKFIELD', password: 'wrong' }],
  ['the guest user', { userName: 'GUEST', password: '' }],
  ['a disabled user', { userName: 'SDORN', password: 'password-108' }],
  ['an expired user', { userName: 'AVEY', password: 'password-109' }],
])('%s gets no token by password', async (_who, { userName: username, password }) => {
  const answer = await askToken(imis.apiUrl, { grant_type: 'password', username, password })

  expect(answer.status).toBe(400)
  expect(answer.body).toMatchObject({
    error: expect.stringMatching(/^(invalid|unsupported)_grant/),
  })
})

test('a token works until its lifetime is over by the given clock, then gets the 401 of iMIS', async () => {
  clock += 1_209_599_000
  const last = await get('Party/101')
  clock += 1000
  const late = await get('Party/101')
  const none = await get('Party/101', '')

  expect([last.status, late.status, none.status]).toEqual([200, 401, 401])
  expect(late.body).toMatchObject({ Message: 'Authorization has been denied for this request.' })
})

test('a refresh token of single sign-on gives the member a token once, to the right client only', async () => {
  const refresh = mint('MOAKFIELD')

  const stranger = await askToken(imis.apiUrl, { ...refreshForm(refresh), client_secret: 'x' })
  const first = await askToken(imis.apiUrl, refreshForm(refresh))
  const second = await askToken(imis.apiUrl, refreshForm(refresh))
  const tooLate = mint('MOAKFIELD')
  clock += 60 * 60_000
  const expired = await askToken(imis.apiUrl, refreshForm(tooLate))

  expect(first.body).toMatchObject({
    userName: 'MOAKFIELD',
    expires_in: 1199,
    token_type: 'bearer',
  })
  expect(stranger.body).toEqual(expect.objectContaining({ error: 'invalid_client' }))
  expect([second.status, expired.status]).toEqual([400, 400])
})

test('a visitor who is not signed in gets a token too, and the user behind it says so', async () => {
  const answer = await askToken(imis.apiUrl, refreshForm(mint('GUEST')))
  const user = await get('user?username=GUEST')

  expect(answer.body).toMatchObject({ userName: 'GUEST' })
  expect(user.body).toMatchObject({ Items: { $values: [{ IsAnonymous: true }] } })
})

test('a user carries roles, party and the flags of disabled and expired users; absent means false', async () => {
  const [plain, disabled, expired] = await Promise.all(
    ['moakfield', 'SDORN', 'AVEY'].map((name) => get(`user?username=${name}`)),
  )

  expect(plain?.text).not.toContain('IsDisable')
  expect(plain?.body).toMatchObject({
    Items: { $values: [{ IsAnonymous: false, Party: { PartyId: '101' } }] },
  })
  expect(disabled?.body).toMatchObject({ Items: { $values: [{ IsDisable: true }] } })
  expect(expired?.body).toMatchObject({
    Items: { $values: [{ ExpirationDate: '2025-12-31T00:00:00' }] },
  })
})

test('a member finds nobody but themselves', async () => {
  const member = await signIn(imis.apiUrl, MEMBER)

  const own = await get('user?username=MOAKFIELD', member)
  const other = await get('user?username=LFJORD', member)
  const party = await get('Party/110', member)
  const everyone = await get('Party', member)
  const shared = await get('Party?email=eq:household@example.org', member)

  expect(own.body).toMatchObject({ Count: 1 })
  expect(other.body).toMatchObject({ Count: 0 })
  expect([party.status, everyone.status]).toEqual([403, 403])
  expect(shared.body).toMatchObject({ Count: 0 })
})

test('parties are found by e-mail without case, and two may share an address', async () => {
  const one = await get('Party?email=eq:MAREN.OAKFIELD@example.org')
  const two = await get('PartySummary?email=eq:household@example.org')
  const missing = await get('Party/999')

  expect(one.body).toMatchObject({ TotalCount: 1, Items: { $values: [{ Id: '101' }] } })
  expect(two.body).toMatchObject({
    Items: { $values: [{ PartyId: '106' }, { PartyId: '107' }] },
  })
  expect(missing.status).toBe(404)
})

test('a person is created with both names, and refused without one', async () => {
  const person = (FirstName: string) => ({
    $type: 'Asi.Soa.Membership.DataContracts.PersonData, Asi.Contracts',
    PersonName: {
      $type: 'Asi.Soa.Membership.DataContracts.PersonNameData, Asi.Contracts',
      FirstName,
      LastName: 'Halloran',
    },
  })

  const created = await call(token, 'POST', `${imis.url}/api/Party`, person('Bea'))
  const refused = await call(token, 'POST', `${imis.url}/api/Person`, person(' '))

  expect(created.status).toBe(201)
  expect(created.body).toMatchObject({ Id: '111', Name: 'Bea Halloran' })
  expect(refused.body).toMatchObject({ Errors: { $values: [{ FieldName: 'FirstName' }] } })
})

test('an IQA answers one row for who may register and none for who may not', async () => {
  const allowed = await query('$/Cvent/Registrants', 'eq:101', '')
  const refused = await query('$/Cvent/Registrants', 'eq:102')

  expect(allowed.body).toMatchObject({
    TotalCount: 1,
    Items: { $values: [{ ID: '101', 'First Name': 'Maren', Company: 'Slipway Works' }] },
  })
  expect(refused.body).toMatchObject({ TotalCount: 0, Items: { $values: [] } })
})

test.each([
  ['a bar adds a second value', ['eq:102|101'], 1],
  ['an operator in the value is obeyed', ['startsWith:10'], 7],
  ['a value without an operator may name one', ['notEmpty:'], 8],
  ['a colon is safe behind eq:', ['eq:startsWith:10'], 0],
  ['the second prompt is the e-mail address', ['', 'eq:household@example.org'], 2],
  ['surplus parameters are ignored', ['eq:101', '', 'eq:nothing'], 1],
])('values are parsed as iMIS does: %s', async (_rule, parameters, count) => {
  const answer = await query('$/Cvent/Registrants', ...parameters)

  expect(answer.body).toMatchObject({ TotalCount: count })
})

test('a query that is missing and one that is not open to REST are the same 404, for staff too', async () => {
  const missing = await query('$/Cvent/Nowhere', 'eq:101')
  const closed = await query('$/Cvent/NotOpenToRest', 'eq:101')
  const old = await get('iqa?QueryName=$/Cvent/NotOpenToRest&parameter=eq:101')

  expect([missing, closed, old].map(({ status, text }) => [status, text])).toEqual([
    [404, ''],
    [404, ''],
    [404, ''],
  ])
})

test('a name that is no column is ignored and every row comes, 100 a page, 500 at most', async () => {
  const page = await get('query?QueryName=$/Cvent/TooManyRows&imisid=eq:30000')
  const largest = await get('query?QueryName=$/Cvent/TooManyRows&Limit=5000&Offset=1000')

  expect(page.body).toMatchObject({ Count: 100, TotalCount: 1200, NextOffset: 100, HasNext: true })
  expect(largest.body).toMatchObject({ Limit: 500, Count: 200, HasNext: false, NextOffset: 0 })
})

test('faulty queries are as faulty as their names', async () => {
  const several = await query('$/Cvent/SeveralRows', 'eq:101')
  const other = await query('$/Cvent/OtherPersonsRow', 'eq:101')
  const noId = await query('$/Cvent/NoIdColumn', 'eq:101')

  expect(several.body).toMatchObject({ TotalCount: 2 })
  expect(other.body).toMatchObject({ TotalCount: 1, Items: { $values: [{ ID: '110' }] } })
  expect(noId.body).toMatchObject({ TotalCount: 1 })
  expect(noId.text).not.toContain('"ID"')
})

test('a member runs only the queries that are open to everyone, and those know the member', async () => {
  const member = await signIn(imis.apiUrl, MEMBER)

  const staffs = await get('query?QueryName=$/Cvent/Registrants&parameter=eq:101', member)
  const whoAmI = await get('query?QueryName=$/Cvent/WhoAmI', member)

  expect(staffs.status).toBe(403)
  expect(whoAmI.body).toMatchObject({ Items: { $values: [{ ID: '101' }] } })
})

test('the 2017 edition serves REST from the scheduler site, old queries only, answers unwrapped', async () => {
  imis.state.settings.edition = '2017'
  const old = await signIn(imis.apiUrl)

  const scheduler = await get('iqa?QueryName=$/Cvent/Registrants&parameter=eq:101', old)
  const newer = await get('query?QueryName=$/Cvent/Registrants&parameter=eq:101', old)
  const root = await call(old, 'GET', `${imis.url}/api/iqa?QueryName=$/Cvent/Registrants`)
  token = old
  const definition = await execute('QueryDefinition', 'FindByPath', '$/Cvent/Registrants')
  const roles = await execute('UserSecurity', 'GetUserRoles', 'MOAKFIELD')

  expect(scheduler.body).toMatchObject({ Count: 1, IsSynchronized: false })
  expect(scheduler.text).toContain('"Name":"FirstName","Value":"Maren"')
  expect([newer.status, root.status, roles.status]).toEqual([404, 404, 501])
  expect(definition.body).toMatchObject({ Path: '$/Cvent/Registrants' })
})

test('query definitions, prompts and REST access are told to staff only', async () => {
  const found = await execute('QueryDefinition', 'FindByPath', '$/Cvent/NotOpenToRest')
  const access = await execute('QueryDefinition', 'GetRestAccess', {
    $type: 'System.String[], mscorlib',
    $values: ['$/Cvent/Registrants', '$/Cvent/NotOpenToRest'],
  })
  const prompts = await execute('QueryParameterDefinition', 'FindByPath', '$/Cvent/Registrants')
  token = await signIn(imis.apiUrl, MEMBER)
  const refused = await execute('QueryDefinition', 'FindByPath', '$/Cvent/Registrants')

  expect(found.text).not.toContain('IsAvailableToREST')
  expect(access.body).toMatchObject({ Result: { $values: ['$/Cvent/Registrants'] } })
  expect(prompts.body).toMatchObject({
    Result: { $values: [{ Prompt: 'iMIS ID', MaxLength: 10 }, { Prompt: 'Email' }] },
  })
  expect(refused.status).toBe(403)
})

test('folders list their queries by id and by path', async () => {
  const root = await execute('DocumentSummary', 'FindDocumentsInFolder', '$/', {
    $type: 'System.String[], mscorlib',
    $values: ['FOL', 'IQD'],
  })
  const folder = imis.state.documents.find(({ path }) => path === '$/Cvent')
  const types = { $type: 'System.String[], mscorlib', $values: ['IQD'] }
  const inside = await execute(
    'DocumentSummary',
    'FindDocumentsInFolder',
    folder?.documentId,
    types,
  )

  expect(root.text).toContain('"Path":"$/Cvent"')
  expect(inside.text).toContain('"Path":"$/Cvent/Registrants"')
  expect(inside.text).not.toContain('"Path":"$/Cvent/Archive"')
})

test('an event is registered without payment, leaves a MEETING activity, and can be cancelled', async () => {
  const request = {
    $type: 'Asi.Soa.Events.DataContracts.EventRegistrationRequest, Asi.Contracts',
    OperationName: 'RegisterEvent',
    RegistrationType: 3,
    EventId: 'HLG26',
    RegistrationOptionFunctionId: 'HLG26/MAIN',
    RegistrantId: '101',
  }
  const url = `${imis.url}/api/EventRegistration/_execute`

  const registered = await call(token, 'POST', url, request)
  const unknown = await call(token, 'POST', url, { ...request, EventId: 'NOPE' })
  const summary = await get('EventRegistrationSummary?EventId=eq:HLG26')
  const unfiltered = await get('EventRegistrationSummary')
  await execute('EventRegistration', 'CancelEventRegistration', 'HLG26-101')
  const after = await get('EventRegistration/HLG26-101')

  expect(registered.body).toMatchObject({ Result: { Status: 1 } })
  expect([unknown.status, unfiltered.status]).toEqual([400, 400])
  expect(summary.body).toMatchObject({ Count: 1 })
  expect(after.body).toMatchObject({ Status: 4 })
  expect(imis.activitiesOf('101')).toMatchObject([
    { ACTIVITY_TYPE: 'MEETING', SOURCE_SYSTEM: 'MEETING', PRODUCT_CODE: 'HLG26' },
  ])
})
