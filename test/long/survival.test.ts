import { expect, test } from 'vitest'
import { DIALECTS } from '../databases.ts'
import { ackWhileBusy, killUnderLoad, killWorker, stopUnderLoad } from '../reliability/survival.ts'
import { traceSyncs } from '../reliability/syncs.ts'
import { tell } from './tell.ts'

const HOURS = 4 * 3_600_000

test.for(DIALECTS)(
  'R1: 200 kills under load lose nothing that was answered 200 (%s)',
  { timeout: HOURS },
  async (dialect) => {
    const seen = await killUnderLoad(dialect, 200)
    tell('R1', dialect, seen)

    expect(seen).toMatchObject({ lost: 0, duplicates: 0 })
  },
)

test.for(DIALECTS)(
  'R2: 200 of 200 answers come after their sync (%s)',
  { timeout: HOURS },
  async (dialect) => {
    const share = await traceSyncs(dialect, 200, true)
    process.stdout.write(`R2 ${dialect}: ${share * 100} % of 201 answers after their sync\n`)

    expect(share).toBe(1)
  },
)

test.for(DIALECTS)(
  'R4: 200 kills of the worker leave each activity once (%s)',
  { timeout: HOURS },
  async (dialect) => {
    const seen = await killWorker(dialect, 200)
    tell('R4', dialect, seen)

    expect(seen).toMatchObject({ missing: 0, duplicates: 0 })
  },
)

test.for(DIALECTS)(
  'R11: a minute under load with a busy worker: p99 below 250 ms (%s)',
  { timeout: HOURS },
  async (dialect) => {
    const seen = await ackWhileBusy(dialect, 60)
    tell('R11', dialect, seen)

    expect(seen.p99).toBeLessThan(250)
    expect(seen.max).toBeLessThan(1000)
  },
)

test.for(DIALECTS)(
  'R13: 100 stops under load break and lose nothing (%s)',
  { timeout: HOURS },
  async (dialect) => {
    const seen = await stopUnderLoad(dialect, 100)
    tell('R13', dialect, seen)

    expect(seen).toMatchObject({ broken: 0, lost: 0, duplicates: 0 })
  },
)
