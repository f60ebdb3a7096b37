import { expect, test } from 'vitest'
import { DIALECTS } from '../../databases.ts'
import { traceSyncs } from './syncs.ts'

test.for(DIALECTS)('every 200 comes after the sync of its write (%s)', async (dialect) => {
  expect(await traceSyncs(dialect, 20, true)).toBe(1)
})

test.for(DIALECTS)(
  'control: of a database that does not sync no 200 does (%s)',
  async (dialect) => {
    expect(await traceSyncs(dialect, 20, false)).toBe(0)
  },
)
