import { expect, test } from 'vitest'
import { DIALECTS } from '../databases.ts'
import { ackWhileBusy, killAckFirst, killUnderLoad, killWorker, stopUnderLoad } from './survival.ts'

const LONG = 300_000

test.for(DIALECTS)(
  'no message answered 200 is lost when the server is killed (%s)',
  { timeout: LONG },
  async (dialect) => {
    const seen = await killUnderLoad(dialect, 3)

    expect(seen.kept).toBeGreaterThan(100)
    expect(seen).toMatchObject({ lost: 0, duplicates: 0 })
  },
)

test(
  'control: a program that answers before it stores loses some in the same test',
  { timeout: LONG },
  async () => {
    const { lost } = await killAckFirst(1)

    expect(lost).toBeGreaterThan(0)
  },
)

test.for(DIALECTS)(
  'a worker killed at any moment leaves each activity once (%s)',
  { timeout: LONG },
  async (dialect) => {
    const seen = await killWorker(dialect, 4)

    expect(seen).toMatchObject({ missing: 0, duplicates: 0 })
  },
)

test.for(DIALECTS)(
  'asked to stop under load, the server answers what it took and ends in time (%s)',
  { timeout: LONG },
  async (dialect) => {
    const seen = await stopUnderLoad(dialect, 2)

    expect(seen).toMatchObject({ broken: 0, lost: 0, duplicates: 0 })
  },
)

test.for(DIALECTS)(
  'a busy worker hardly lets a sender wait (%s)',
  { timeout: LONG },
  async (dialect) => {
    // The middle of all, in two rounds: other work on the machine weighs on both. Times are measured in test/long.
    const rounds = [await ackWhileBusy(dialect, 1.5), await ackWhileBusy(dialect, 1.5)]
    const busy = Math.min(...rounds.map(({ p50 }) => p50))
    const quiet = Math.max(...rounds.map(({ p50WithoutWorker }) => p50WithoutWorker))

    expect(busy).toBeGreaterThan(0)
    expect(busy).toBeLessThan(10 * quiet)
  },
)
