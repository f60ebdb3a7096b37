import { expect, test } from 'vitest'
import { DIALECTS } from '../databases.ts'
import { syncEverybody } from './manual-sync.ts'

test.for(DIALECTS)(
  'a manual sync of 500 attendees takes at most 15 Cvent calls (%s)',
  { timeout: 300_000 },
  async (dialect) => {
    const { written, calls, grownMb } = await syncEverybody(dialect, 500)

    expect(written).toBe(500)
    expect(calls).toBeLessThanOrEqual(15)
    expect(grownMb).toBeLessThan(300)
  },
)

test(
  'where the event keeps copies of its contacts, two calls more for a hundred of them find whose they are',
  { timeout: 300_000 },
  async () => {
    const { written, calls } = await syncEverybody('sqlite', 500, { keepsCopies: true })

    expect(written).toBe(500)
    expect(calls).toBeLessThanOrEqual(15 + 2 * 5)
  },
)
