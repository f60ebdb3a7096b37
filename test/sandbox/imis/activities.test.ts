import { afterEach, beforeEach, expect, test } from 'vitest'
import { activityRequest, call, signIn } from './client.ts'
import { startImis, type ImisSandbox } from './server.ts'

let imis: ImisSandbox
let token: string
beforeEach(async () => {
  imis = await startImis()
  token = await signIn(imis.apiUrl)
})
afterEach(() => imis.close())

const MEETING = { PartyId: '101', ACTIVITY_TYPE: 'MEETING' }
const post = (properties: Record<string, unknown>, as = token) =>
  call(as, 'POST', `${imis.url}/api/Activity`, activityRequest(properties))
const list = (search: string, as = token) => call(as, 'GET', `${imis.url}/api/Activity?${search}`)

test('an activity that was posted is answered with its SEQN and remembered with typed values', async () => {
  const answer = await post({ ...MEETING, UF_2: 'cvent:a1', AMOUNT: 495.5, UF_6: null })

  const [stored] = imis.activitiesOf('101')
  expect(answer.status).toBe(201)
  expect(stored).toMatchObject({ UF_2: 'cvent:a1', AMOUNT: 495.5, UF_6: null, MEMBER_TYPE: 'MEM' })
  expect(answer.body).toMatchObject({
    Identity: { IdentityElements: { $values: [String(stored?.SEQN)] } },
    PrimaryParentIdentity: { IdentityElements: { $values: ['101'] } },
  })
  expect(answer.text).toContain('"Name":"AMOUNT","Value":{"$type":"System.Decimal","$value":495.5}')
  expect(answer.text).toContain('"Name":"UF_6"}')
})

test.each([
  ['a text that is too long', { PRODUCT_CODE: 'x'.repeat(32) }, 'maximum defined length of 31'],
  ['a one-letter status of two letters', { STATUS_CODE: 'AB' }, 'maximum defined length of 1'],
  ['an unknown property', { Uf_1: 'x' }, 'Uf_1 is not a known property name'],
  ['no activity type', { ACTIVITY_TYPE: '' }, "'ACTIVITY_TYPE' must have a value"],
  ['no party', { PartyId: null }, "'PartyId' must have a value"],
  ['an unknown activity type', { ACTIVITY_TYPE: 'NOPE' }, 'Activity type NOPE does not exist'],
  ['an unknown party', { PartyId: '999' }, 'Party 999 does not exist'],
  ['a date with an offset', { TRANSACTION_DATE: '2026-03-03T17:25:10Z' }, 'not a date without'],
  ['a number that is a word', { QUANTITY: 'many' }, 'not a number'],
])('%s is refused by validation results and nothing is written', async (_case, wrong, words) => {
  const answer = await post({ ...MEETING, ...wrong })

  expect(answer.status).toBe(400)
  expect(answer.body).toMatchObject({
    $type: expect.stringContaining('ValidationResultsData'),
    Errors: { $values: [{ Message: expect.stringContaining(words) }] },
  })
  expect(imis.state.activities.size).toBe(0)
})

test('a body whose $type is not the first member gets the 500 of malformed payloads', async () => {
  const { $type, ...rest } = activityRequest(MEETING)

  const late = await call(token, 'POST', `${imis.url}/api/Activity`, { ...rest, $type })
  const absent = await call(token, 'POST', `${imis.url}/api/Activity`, rest)

  expect([late.status, absent.status]).toEqual([500, 500])
  expect(late.text).toBe('An error occurred. Please contact the administrator.')
  expect(imis.state.activities.size).toBe(0)
})

test('a body that is not JSON gets the 500 of malformed payloads, an empty one counts as none', async () => {
  await post(MEETING)
  const send = (method: string, path: string, body: string) =>
    fetch(`${imis.url}/api/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body,
    }).then(({ status }) => status)

  const cut = await send('POST', 'Activity', '{"$type": "Asi')
  const empty = await send('POST', 'Activity', '')
  const deleted = await send('DELETE', `Activity/${imis.activitiesOf('101')[0]?.SEQN}`, '')

  expect([cut, empty, deleted]).toEqual([500, 500, 204])
})

test('a search filters by property, ignores filters it does not know, and pages by 100, 500 at most', async () => {
  for (let index = 0; index < 501; index += 1)
    await post({ ...MEETING, PRODUCT_CODE: index === 7 ? 'AC2027' : `P${index}` })

  const one = await list('PartyId=eq:101&ACTIVITY_TYPE=eq:MEETING&PRODUCT_CODE=eq:ac2027')
  const misspelt = await list('PartyId=eq:101&PRODUCTCODE=eq:AC2027')
  const largest = await list('PartyId=101&Limit=9999')
  const last = await list('PartyId=101&Limit=500&Offset=500')

  expect(one.body).toMatchObject({ Count: 1, TotalCount: 1, HasNext: false, NextOffset: 0 })
  expect(misspelt.body).toMatchObject({
    Count: 100,
    TotalCount: 501,
    HasNext: true,
    NextOffset: 100,
  })
  expect(largest.body).toMatchObject({ Count: 500, Limit: 500, NextOffset: 500 })
  expect(last.body).toMatchObject({ Count: 1, Offset: 500, HasNext: false, NextOffset: 0 })
})

test('PUT replaces the whole entity: what is not sent goes back to its default', async () => {
  await post({ ...MEETING, NOTE: 'by staff', UF_1: 'VQN' })
  const seqn = imis.activitiesOf('101')[0]?.SEQN ?? 0
  const url = `${imis.url}/api/Activity/${seqn}`

  const changed = await call(token, 'PUT', url, activityRequest({ ...MEETING, UF_1: 'W' }, seqn))
  const other = await call(token, 'PUT', url, activityRequest(MEETING, seqn + 1))
  const missing = await call(token, 'PUT', `${url}9`, activityRequest(MEETING, seqn))

  expect([changed.status, other.status, missing.status]).toEqual([200, 400, 404])
  expect(imis.activitiesOf('101')).toMatchObject([{ SEQN: seqn, UF_1: 'W', NOTE: '' }])
})

test('DELETE works, and answers 501 or 405 when the site does not offer it', async () => {
  await post(MEETING)
  const url = `${imis.url}/api/Activity/${imis.activitiesOf('101')[0]?.SEQN}`

  imis.state.settings.deleteOffered = false
  const unimplemented = await call(token, 'DELETE', url)
  imis.state.settings.deleteRefusal = 405
  const notAllowed = await call(token, 'DELETE', url)
  imis.state.settings.deleteOffered = true
  const deleted = await call(token, 'DELETE', url)
  const again = await call(token, 'GET', url)

  expect([unimplemented, notAllowed, deleted, again].map(({ status }) => status)).toEqual([
    501, 405, 204, 404,
  ])
})

test('a member reads and writes activities of nobody but themselves', async () => {
  const member = await signIn(imis.apiUrl, { userName: 'MOAKFIELD', password: 'password-101' })
  await post({ ...MEETING, PartyId: '110' })

  const own = await post(MEETING, member)
  const foreign = await post({ ...MEETING, PartyId: '110' }, member)
  const seen = await list('ACTIVITY_TYPE=MEETING', member)

  expect([own.status, foreign.status]).toEqual([201, 403])
  expect(seen.body).toMatchObject({ TotalCount: 1 })
  expect(imis.activitiesOf('110')).toHaveLength(1)
})

test('a write whose caller gave up is committed late', async () => {
  imis.switchboard.set({ route: 'POST /api/Activity$', kind: 'hold', times: 1 })
  const abort = new AbortController()
  const gaveUp = fetch(`${imis.url}/api/Activity`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(activityRequest(MEETING)),
    signal: abort.signal,
  })
  await imis.switchboard.held()

  abort.abort()
  await expect(gaveUp).rejects.toThrow()
  const before = imis.activitiesOf('101').length
  imis.switchboard.release()

  await expect.poll(() => imis.activitiesOf('101').length).toBe(1)
  expect(before).toBe(0)
})

test('calls that overlap with the service token are counted, apart for writes', async () => {
  imis.switchboard.set({ route: 'Activity$', kind: 'hold' })
  const calls = [list('PartyId=101'), list('PartyId=101'), post(MEETING)]
  await imis.switchboard.held(3)
  imis.switchboard.clear()
  await Promise.all(calls)

  expect(imis.state).toMatchObject({ parallelPeak: 3, parallelWritePeak: 1 })
})
