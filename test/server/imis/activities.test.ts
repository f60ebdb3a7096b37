import { describe, expect, test } from 'vitest'
import { activityEntity } from '../../sandbox/imis/activities.ts'
import { faultOf, ignoreFilters, startImisClient } from './start-imis-client.ts'

const ours = () => true

const SEARCH = { partyId: '101', type: 'CVENTREG', productCode: 'AC2027' }
const PROPERTIES = {
  PRODUCT_CODE: 'AC2027',
  DESCRIPTION: 'Annual Conference 2027',
  TRANSACTION_DATE: '2026-12-02T10:00:00',
  QUANTITY: 1,
  AMOUNT: '495.50',
  UF_2: 'cvent:6f1c2b9e',
}
const DRAFT = { partyId: '101', type: 'CVENTREG', properties: PROPERTIES }

test('an activity is written with its key and found by party, type and product code', async () => {
  const { imis, site } = await startImisClient()

  const { seqn } = await imis.createActivity(DRAFT)
  const found = await imis.activities(SEARCH)

  expect(found).toHaveLength(1)
  expect(found[0]).toMatchObject({ seqn, partyId: '101', type: 'CVENTREG' })
  expect(found[0]?.properties).toMatchObject({
    TRANSACTION_DATE: '2026-12-02T10:00:00',
    QUANTITY: '1',
    AMOUNT: '495.5',
    UF_2: 'cvent:6f1c2b9e',
  })
  expect(site.activitiesOf('101')).toHaveLength(1)
})

test('other parties, types and product codes are left out, though iMIS sends them', async () => {
  const { imis, site } = await startImisClient()
  const wanted = await imis.createActivity(DRAFT)
  await imis.createActivity({ ...DRAFT, partyId: '102' })
  await imis.createActivity({ ...DRAFT, type: 'CVENTFUNC' })
  await imis.createActivity({ ...DRAFT, properties: { ...PROPERTIES, PRODUCT_CODE: 'AC20271' } })
  const everything = [...site.state.activities.values()].map((row) => activityEntity(row))
  ignoreFilters(site, '/api/Activity', everything)

  const found = await imis.activities(SEARCH)

  expect(everything).toHaveLength(4)
  expect(found.map(({ seqn }) => seqn)).toEqual([wanted.seqn])
})

test('a row that cannot be read is a failure, because it may be the one looked for', async () => {
  const { imis, site } = await startImisClient()
  for (const row of [null, 'x', {}, { Properties: { $values: [] } }]) {
    site.switchboard.clear()
    ignoreFilters(site, '/api/Activity', [row])

    expect((await faultOf(imis.activities(SEARCH))).code).toBe('VENDOR_UNAVAILABLE')
  }
})

test('every page is read', async () => {
  const { imis, site } = await startImisClient()
  const { seqn } = await imis.createActivity(DRAFT)
  const first = site.state.activities.get(Number(seqn))
  if (!first) throw new Error('nothing was written')
  for (let more = 1; more < 1234; more += 1)
    site.state.activities.set(first.SEQN + more, { ...first, SEQN: first.SEQN + more })

  const found = await imis.activities(SEARCH)

  expect(new Set(found.map((activity) => activity.seqn)).size).toBe(1234)
  expect(site.switchboard.count(/^GET \/api\/Activity$/)).toBe(3)
})

test('a list without an end is refused, not taken for complete', async () => {
  const { imis, site } = await startImisClient()
  const { seqn } = await imis.createActivity(DRAFT)
  const first = site.state.activities.get(Number(seqn))
  if (!first) throw new Error('nothing was written')
  for (let more = 1; more <= 10_000; more += 1)
    site.state.activities.set(first.SEQN + more, { ...first, SEQN: first.SEQN + more })

  const fault = await faultOf(imis.activities(SEARCH, { deadlineMs: 30_000 }))

  expect(fault.code).toBe('VENDOR_REFUSED')
})

test.each(['empty', 'unreadable'] as const)(
  'a created activity whose answer is %s may have happened, and the search finds it',
  async (createdBody) => {
    const { imis, site } = await startImisClient()
    site.state.settings.createdBody = createdBody

    const fault = await faultOf(imis.createActivity(DRAFT))

    expect(fault).toMatchObject({ code: 'VENDOR_UNAVAILABLE', status: 201, mayHaveHappened: true })
    expect((await imis.activities(SEARCH))[0]?.properties['UF_2']).toBe(PROPERTIES.UF_2)
  },
)

test('a change leaves everything else of the activity as it is', async () => {
  const { imis, site } = await startImisClient()
  const { seqn } = await imis.createActivity(DRAFT)
  const stored = site.state.activities.get(Number(seqn))
  if (!stored) throw new Error('nothing was written')
  Object.assign(stored, { NOTE: 'by staff', UF_5: 12.3456, SOLICITOR_ID: '104' })
  const before = { ...stored }

  await imis.updateActivity(
    seqn,
    { STATUS_CODE: 'C', AMOUNT: '0.10', QUANTITY: 0, UF_3: 'Member' },
    ours,
  )

  expect(site.state.activities.get(Number(seqn))).toEqual({
    ...before,
    STATUS_CODE: 'C',
    AMOUNT: 0.1,
    QUANTITY: 0,
    UF_3: 'Member',
  })
})

test('an activity that is gone is not found, not changed and not deleted', async () => {
  const { imis, site } = await startImisClient()

  expect(await imis.activity('1')).toBeUndefined()
  expect((await faultOf(imis.updateActivity('1', { STATUS_CODE: 'C' }, ours))).code).toBe(
    'NOT_FOUND',
  )
  expect((await faultOf(imis.deleteActivity('1', ours))).code).toBe('NOT_FOUND')
  expect(site.switchboard.count(/^PUT/)).toBe(0)
})

test('a change of an activity that goes between reading and writing says so', async () => {
  const { imis, site } = await startImisClient()
  const { seqn } = await imis.createActivity(DRAFT)
  site.switchboard.set({ route: 'PUT /api/Activity', kind: 'status', status: 404 })

  expect((await faultOf(imis.updateActivity(seqn, { STATUS_CODE: 'C' }, ours))).code).toBe(
    'NOT_FOUND',
  )
})

test('an activity is deleted where iMIS offers it', async () => {
  const { imis, site } = await startImisClient()
  const { seqn } = await imis.createActivity(DRAFT)

  expect(await imis.deleteActivity(seqn, ours)).toBe(true)
  expect(site.state.activities.size).toBe(0)
})

test.each([405, 501] as const)('a %i says that deleting is not offered', async (status) => {
  const { imis, site } = await startImisClient()
  const { seqn } = await imis.createActivity(DRAFT)
  Object.assign(site.state.settings, { deleteOffered: false, deleteRefusal: status })

  expect(await imis.deleteActivity(seqn, ours)).toBe(false)
  expect(site.state.activities.size).toBe(1)
})

test('a 404 to a deletion is believed only when the activity is gone', async () => {
  const { imis, site } = await startImisClient()
  const { seqn } = await imis.createActivity(DRAFT)
  site.switchboard.set({ route: 'DELETE /api/Activity', kind: 'status', status: 404 })

  expect(await imis.deleteActivity(seqn, ours)).toBe(false)
})

test('a refusal names fields and limits, never values', async () => {
  const { imis } = await startImisClient()
  const properties = { DESCRIPTION: 'canary'.repeat(50), STATUS_CODE: 'canary', UF_4: 'canary' }

  const fault = await faultOf(imis.createActivity({ ...DRAFT, properties }))
  const unknown = await faultOf(imis.createActivity({ ...DRAFT, partyId: '999', type: 'NOPE' }))

  expect(fault).toMatchObject({ code: 'VENDOR_REFUSED', status: 400, mayHaveHappened: false })
  expect(fault.errors).toEqual([
    { field: 'DESCRIPTION', message: 'longer than 255 characters' },
    { field: 'STATUS_CODE', message: 'longer than 1 characters' },
    { field: 'UF_4', message: 'was refused' },
  ])
  expect(JSON.stringify([fault, fault.message, String(fault.stack)])).not.toContain('canary')
  expect(unknown.errors).toEqual([
    { field: 'PartyId', message: 'names something that does not exist' },
    { field: 'ACTIVITY_TYPE', message: 'names something that does not exist' },
  ])
})

test('the activity types are listed', async () => {
  const { imis } = await startImisClient()

  expect(await imis.activityTypes()).toContainEqual({
    code: 'CVENTREG',
    description: 'Cvent registrations',
  })
})

test('a row that is not ours is neither changed nor deleted, and the caller saw what stands there', async () => {
  const { imis, site } = await startImisClient()
  const { seqn } = await imis.createActivity(DRAFT)
  const before = { ...site.state.activities.get(Number(seqn)) }
  const seen: string[] = []
  const isOurs = ({ partyId }: { partyId: string }) => {
    seen.push(partyId)
    return false
  }

  const change = await faultOf(imis.updateActivity(seqn, { STATUS_CODE: 'C' }, isOurs))
  const deletion = await faultOf(imis.deleteActivity(seqn, isOurs))

  expect([change.code, deletion.code]).toEqual(['CONFLICT', 'CONFLICT'])
  expect([change.mayHaveHappened, deletion.mayHaveHappened]).toEqual([false, false])
  expect(seen).toEqual(['101', '101'])
  expect(site.state.activities.get(Number(seqn))).toEqual(before)
  expect(site.switchboard.count(/^(PUT|DELETE) /)).toBe(0)
})

describe.each(['typed', 'plain'] as const)('an iMIS that answers %s numbers', (numbersAnswered) => {
  test.each(['either', 'typed', 'plain'] as const)(
    'and takes %s ones: rows are written and changed, and the form is learnt once',
    async (numbersTaken) => {
      const { imis, site } = await startImisClient()
      Object.assign(site.state.settings, { numbersTaken, numbersAnswered, datesAnswered: 'typed' })

      const { seqn } = await imis.createActivity(DRAFT)
      await imis.updateActivity(seqn, { AMOUNT: '0.10', QUANTITY: 0 }, ours)
      const learning = site.switchboard.count(/^(POST|PUT) \/api\/Activity/)
      const another = await imis.createActivity(DRAFT)
      await imis.updateActivity(another.seqn, { AMOUNT: '12.34' }, ours)
      const later = site.switchboard.count(/^(POST|PUT) \/api\/Activity/) - learning

      const rows = site.activitiesOf('101')
      expect(rows.map(({ AMOUNT, QUANTITY }) => [AMOUNT, QUANTITY])).toEqual([
        [0.1, 0],
        [12.34, 1],
      ])
      expect(later).toBe(2)
      expect(learning).toBeLessThanOrEqual(4)
      expect((await imis.activity(seqn))?.properties['TRANSACTION_DATE']).toBe(
        '2026-12-02T10:00:00',
      )
    },
  )
})

test('numbers are written typed, with every digit', async () => {
  const { imis, site } = await startImisClient()
  site.state.settings.numbersTaken = 'typed'

  await imis.createActivity({ ...DRAFT, properties: { ...PROPERTIES, UF_4: '1234567890123.45' } })

  expect(site.activitiesOf('101')).toMatchObject([{ UF_4: 1234567890123.45, AMOUNT: 495.5 }])
  expect(site.switchboard.count(/^POST \/api\/Activity$/)).toBe(1)
})

test('a 500 to a number’s form may have written: the other form goes out with the next write, not with this one', async () => {
  const { imis, site } = await startImisClient()
  Object.assign(site.state.settings, { numbersTaken: 'plain', numbersRefusedWith: 500 })

  const fault = await faultOf(imis.createActivity(DRAFT))
  const posts = site.switchboard.count(/^POST \/api\/Activity$/)
  await imis.createActivity(DRAFT)
  await imis.createActivity(DRAFT)

  expect(fault).toMatchObject({ code: 'VENDOR_UNAVAILABLE', mayHaveHappened: true })
  expect(posts).toBe(1)
  expect(site.activitiesOf('101')).toHaveLength(2)
})

test('a refusal of something else is not tried in another form', async () => {
  const { imis, site } = await startImisClient()
  const properties = { ...PROPERTIES, DESCRIPTION: 'x'.repeat(300) }

  await faultOf(imis.createActivity({ ...DRAFT, properties }))

  expect(site.switchboard.count(/^POST \/api\/Activity$/)).toBe(1)
})
