import { afterEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../../../db/engine/open.ts'
import { openFailures } from '../../../server/web/failures.ts'
import { DIALECTS, freshDatabase, type FreshDatabase } from '../../databases.ts'

const LIMITS = { perAddress: 10, perNetwork: 40 }

describe.for(DIALECTS)('failed attempts (%s)', (dialect) => {
  let fresh: FreshDatabase
  let time = 1_000_000
  const now = () => time
  afterEach(() => fresh.close())

  async function open(instances = 1) {
    time = 1_000_000
    fresh = await freshDatabase(dialect)
    return Array.from({ length: instances }, () =>
      openFailures({ db: fresh.db, now }, 'test', LIMITS),
    )
  }

  test('of an IPv6 customer’s addresses count as one, and of a network as the sum of its addresses', async () => {
    const [failures] = await open()
    if (!failures) throw new Error('nothing was opened')
    for (let n = 0; n < 10; n += 1) await failures.note(`2001:db8:1:2::${n}`)
    for (let n = 0; n < 40; n += 1) await failures.note(`203.0.113.${n}`)

    expect(await failures.refusedUntil('2001:db8:1:2:9::')).toBe(1_060_000)
    expect(await failures.refusedUntil('2001:db8:1:3::1')).toBeUndefined()
    expect(await failures.refusedUntil('203.0.113.200')).toBe(1_060_000)
    expect(await failures.refusedUntil('203.0.114.1')).toBeUndefined()
    time += 60_001
    expect(await failures.refusedUntil('203.0.113.200')).toBeUndefined()
  })

  test('are counted for all instances together, however they are spread, also at the same moment', async () => {
    const instances = await open(3)

    await Promise.all(
      Array.from({ length: 10 }, async (_, at) => instances[at % 3]?.note('198.51.100.7')),
    )

    for (const failures of instances) {
      expect(await failures.refusedUntil('198.51.100.7')).toBe(1_060_000)
      expect(await failures.refusedUntil('198.51.100.8')).toBeUndefined()
    }
  })

  test('begin anew after their minute, and what is over goes', async () => {
    const [failures] = await open()
    if (!failures) throw new Error('nothing was opened')
    for (let n = 0; n < 600; n += 1) await failures.note(`10.${n % 250}.${Math.floor(n / 250)}.1`)
    for (let n = 0; n < 9; n += 1) await failures.note('198.51.100.7')

    time += 61_000
    for (let n = 0; n < 9; n += 1) await failures.note('198.51.100.7')

    expect(await failures.refusedUntil('198.51.100.7')).toBeUndefined()
    const rows = await fresh.db.selectFrom('failure').selectAll().execute()
    expect(rows.map(({ times }) => times)).toEqual([9, 9])
    expect(JSON.stringify(rows)).not.toContain('198.51')
  })

  test('of one kind say nothing of another', async () => {
    await open()
    const one = openFailures({ db: fresh.db, now }, 'one', LIMITS)
    const other = openFailures({ db: fresh.db, now }, 'other', LIMITS)

    for (let n = 0; n < 10; n += 1) await one.note('198.51.100.7')

    expect(await other.refusedUntil('198.51.100.7')).toBeUndefined()
  })

  test('are counted by the instance itself while the database does not answer', async () => {
    fresh = await freshDatabase(dialect)
    const db = openDatabase(fresh.url)
    await db.destroy()
    const failures = openFailures({ db, now }, 'test', LIMITS)

    for (let n = 0; n < 10; n += 1) await failures.note('198.51.100.7')

    expect(await failures.refusedUntil('198.51.100.7')).toBe(time + 60_000)
  })
})
