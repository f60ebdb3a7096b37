import { expect, test } from 'vitest'
import { DIALECTS } from '../databases.ts'
import { pauseWorkers } from './pauses.ts'

const LONG = 120_000

test.for(DIALECTS)(
  'a worker frozen past its lease stores nothing of what it did, and a second row it leaves in iMIS is reported (%s)',
  { timeout: LONG },
  async (dialect) => {
    const seen = await pauseWorkers(dialect, { pauses: 2, aimedEvery: 2 })

    expect(seen).toMatchObject({ pauses: 2, stale: 0, backwards: 0, missing: 0, wrong: 0 })
    expect(seen.duplicates).toBeGreaterThan(0)
    expect(seen).toMatchObject({ outsideTheWindow: 0, reported: seen.duplicates })
  },
)

test.for(DIALECTS)(
  'control: without the check whose the lease is, a frozen worker writes over the other (%s)',
  { timeout: LONG },
  async (dialect) => {
    const seen = await pauseWorkers(dialect, { pauses: 1, aimedEvery: 1, isFenced: false })

    expect(seen.stale).toBeGreaterThan(0)
  },
)
