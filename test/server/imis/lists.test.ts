import { expect, test } from 'vitest'
import { activityEntity } from '../../sandbox/imis/activities.ts'
import { faultOf, startImisClient } from './start-imis-client.ts'

const SEARCH = { partyId: '101', type: 'CVENTREG', productCode: 'AC2027' }
const READ = 'GET /api/Activity$'
const ROWS = 700

/** A party with so many rows that they take two pages. */
async function startWithRows() {
  const client = await startImisClient()
  const { imis, site } = client
  const properties = { PRODUCT_CODE: SEARCH.productCode, TRANSACTION_DATE: '2026-12-02T10:00:00' }
  const { seqn } = await imis.createActivity({ partyId: '101', type: 'CVENTREG', properties })
  const first = site.state.activities.get(Number(seqn))
  if (!first) throw new Error('nothing was written')
  for (let more = 1; more < ROWS; more += 1)
    site.state.activities.set(first.SEQN + more, { ...first, SEQN: first.SEQN + more })
  site.switchboard.calls.length = 0
  const rows = [...site.state.activities.values()].map((row) => activityEntity(row))
  const second = (body: object) =>
    site.switchboard.set({
      route: READ,
      kind: 'status',
      status: 200,
      body: JSON.stringify(body),
      skip: 1,
    })
  return { ...client, rows, second, calls: () => site.switchboard.count(/GET \/api\/Activity$/) }
}

test.each([
  ['the count promises more', { Offset: 500, Count: 0, TotalCount: ROWS, HasNext: false }],
  ['there is said to be more', { Offset: 500, Count: 0, TotalCount: 0, HasNext: true }],
  ['the page says nothing of where it stands', { Count: 0, TotalCount: ROWS }],
])('a list that ends early is not taken for whole: %s', async (_why, paging) => {
  const { imis, second, calls } = await startWithRows()
  second({ Items: { $values: [] }, ...paging })

  expect((await faultOf(imis.activities(SEARCH))).code).toBe('VENDOR_UNAVAILABLE')
  expect(calls()).toBe(2)
})

test.each([0, 500])(
  'a list that sends its first page again, as from %i, is given up',
  async (Offset) => {
    const { imis, rows, second, calls } = await startWithRows()
    const page = { Offset, Count: 500, TotalCount: ROWS, HasNext: true }
    second({ Items: { $values: rows.slice(0, 500) }, ...page })

    expect((await faultOf(imis.activities(SEARCH))).code).toBe('VENDOR_UNAVAILABLE')
    expect(calls()).toBe(2)
  },
)

test('a page on which rows are held back is passed by its next offset', async () => {
  const { imis, site, rows } = await startWithRows()
  const page = { Offset: 0, Count: 400, TotalCount: ROWS, HasNext: true, NextOffset: 500 }
  const body = JSON.stringify({ Items: { $values: rows.slice(0, 400) }, ...page })
  site.switchboard.set({ route: READ, kind: 'status', status: 200, body, times: 1 })

  expect(await imis.activities(SEARCH)).toHaveLength(ROWS - 100)
})
