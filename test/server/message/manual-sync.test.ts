import { expect, test } from 'vitest'
import { DIALECTS } from '../../databases.ts'
import { syncEverybody } from './manual-sync.ts'

test.for(DIALECTS)(
  'a manual sync of 500 attendees takes at most 15 Cvent calls (%s)',
  { timeout: 120_000 },
  async (dialect) => {
    const { written, calls, grownMb } = await syncEverybody(dialect, 500)

    expect(written).toBe(500)
    expect(calls).toBeLessThanOrEqual(15)
    expect(grownMb).toBeLessThan(300)
  },
)
