import { expect, test } from 'vitest'
import { DIALECTS } from '../databases.ts'
import { syncEverybody } from '../reliability/manual-sync.ts'
import { tell } from './tell.ts'

test.for(DIALECTS)(
  'a manual sync of 5,000 attendees takes at most 150 Cvent calls and 300 MB (%s)',
  { timeout: 3_600_000 },
  async (dialect) => {
    const measured = await syncEverybody(dialect, 5000)
    tell('manual sync', dialect, measured)

    expect(measured.written).toBe(5000)
    expect(measured.calls).toBeLessThanOrEqual(150)
    expect(measured.grownMb).toBeLessThan(300)
  },
)
