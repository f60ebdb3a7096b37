import { expect, test } from 'vitest'
import { DIALECTS } from '../databases.ts'
import { lacks } from '../programs.ts'
import { traceSyncs } from './syncs.ts'

// Without strace nobody sees the syncs.
const traced = test.skipIf(lacks('strace'))

traced.for(DIALECTS)('every 200 comes after the sync of its write (%s)', async (dialect) => {
  expect(await traceSyncs(dialect, 20, true)).toBe(1)
})

traced.for(DIALECTS)(
  'control: of a database that does not sync no 200 does (%s)',
  async (dialect) => {
    expect(await traceSyncs(dialect, 20, false)).toBe(0)
  },
)
