import { expect, test } from 'vitest'
import { faultOf, ignoreFilters, startImisClient } from './start-imis-client.ts'

test('a party is read by its id; what is no id is not asked for', async () => {
  const { imis, site } = await startImisClient()

  expect(await imis.party('101')).toEqual({
    partyId: '101',
    firstName: 'Maren',
    lastName: 'Oakfield',
    email: 'maren.oakfield@example.org',
    isActive: true,
    isDeleted: false,
  })
  expect(await imis.party('999')).toBeUndefined()
  for (const id of ['', '../user', '101|102', '101?x=1', '101/x', ' 101', '%00', 'é'])
    expect(await imis.party(id)).toBeUndefined()
  // One call for the party there is; for the other one a list and a second look, before it counts as missing.
  expect(site.switchboard.count(/^GET \/api/)).toBe(4)
})

test.each(['I', 'S', 'D'])('a party with status %s is not active', async (status) => {
  const { imis, site } = await startImisClient()
  const party = site.state.parties.get('101')
  if (!party) throw new Error('the seed has changed')
  party.status = status

  expect((await imis.party('101'))?.isActive).toBe(false)
})

test('everybody with an address is found, and nobody with a similar one', async () => {
  const { imis } = await startImisClient()

  const household = await imis.partiesByEmail(' Household@Example.org ')
  const part = await imis.partiesByEmail('old@example.org')

  expect(household.map(({ partyId }) => partyId)).toEqual(['106', '107'])
  expect(part).toEqual([])
})

test('parties that iMIS sends unasked are nobody’s match', async () => {
  const { imis, site } = await startImisClient()
  ignoreFilters(site, '/api/Party', [
    { PartyId: '106', Emails: { $values: [{ Address: 'other@example.org' }] } },
    { PartyId: '107', Email: 'ines@example.org' },
    { PartyId: '108' },
    { Email: 'ines@example.org' },
    null,
  ])
  site.switchboard.set({
    route: 'GET /api/Party/101',
    kind: 'status',
    status: 200,
    body: '{"PartyId":"102"}',
  })

  const found = await imis.partiesByEmail('ines@example.org')

  expect(found.map(({ partyId }) => partyId)).toEqual(['107'])
  expect(await imis.party('101')).toBeUndefined()
})

test('an address iMIS cannot be asked for belongs to nobody', async () => {
  const { imis, site } = await startImisClient()

  expect(await imis.partiesByEmail('a|b@example.org')).toEqual([])
  expect(await imis.partiesByEmail('  ')).toEqual([])
  expect(site.switchboard.calls).toEqual([])
})

test('a person is created once, and is found by the address', async () => {
  const { imis, site } = await startImisClient()
  const before = site.state.parties.size
  const draft = { firstName: 'Ines', lastName: 'Marlow', email: 'ines@example.org' }

  const { partyId } = await imis.createParty(draft)

  expect(await imis.partiesByEmail(draft.email)).toEqual([
    { ...draft, partyId, isActive: true, isDeleted: false },
  ])
  expect(site.state.parties.size).toBe(before + 1)
})

test('a refused person is told by fields and limits, never by values', async () => {
  const { imis } = await startImisClient()
  const email = `${'canary'.repeat(20)}@example.org`

  const nameless = await faultOf(imis.createParty({ firstName: '', lastName: '', email }))
  const long = await faultOf(imis.createParty({ firstName: 'A', lastName: 'B', email }))

  expect(nameless).toMatchObject({
    code: 'VENDOR_REFUSED',
    mayHaveHappened: false,
    errors: [
      { field: 'FirstName', message: 'must have a value' },
      { field: 'LastName', message: 'must have a value' },
    ],
  })
  expect(long.errors).toEqual([{ field: 'Address', message: 'longer than 100 characters' }])
  expect(JSON.stringify([long, long.message, String(long.stack)])).not.toContain('canary')
})

test('a creation whose answer is lost may have happened, and the address tells', async () => {
  const { imis, site } = await startImisClient()
  site.switchboard.set({ route: 'POST /api/Party', kind: 'lost-answer' })
  const draft = { firstName: 'Ines', lastName: 'Marlow', email: 'ines@example.org' }

  const fault = await faultOf(imis.createParty(draft))

  expect(fault).toMatchObject({ code: 'VENDOR_UNAVAILABLE', mayHaveHappened: true })
  expect(site.switchboard.count(/^POST \/api\/Party$/)).toBe(1)
  expect(await imis.partiesByEmail(draft.email)).toHaveLength(1)
})
