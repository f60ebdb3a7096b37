import { describe, expect, test } from 'vitest'
import { DIALECTS } from '../databases.ts'
import { outlast, outlastWithoutBreaker } from './outage.ts'

/** Five failures open the breaker; after that its waits double from 15 s to 10 minutes. A broken read is sent twice. */
const CALLS_OF_AN_HOUR = 40

describe.for(DIALECTS)('a vendor is down for an hour (%s)', (dialect) => {
  test.for(['imis', 'cvent'] as const)(
    '%s: nothing is dropped, it is left alone meanwhile, and what waited is brought in as fast as ever',
    async (vendor) => {
      const seen = await outlast(dialect, vendor, { people: 40, rounds: 1, stepMs: 5000 })

      expect(seen).toMatchObject({ dropped: 0, duplicates: 0, refusedMessages: 0, offSchedule: 0 })
      expect(seen).toMatchObject({ callsWhileOpen: 0, stillOpen: 0 })
      expect(Math.max(...seen.callsInHour)).toBeLessThanOrEqual(CALLS_OF_AN_HOUR)
      expect(Math.min(...seen.trials)).toBeGreaterThanOrEqual(5)
      expect(seen.cventCallsAfter).toBeLessThan(30)
      // Other work on the machine weighs on the one or the other; medians of many are measured in test/long.
      expect(seen.ratio).toBeGreaterThan(0.25)
    },
  )

  test.for(['imis', 'cvent'] as const)(
    '%s: each registration tries again on its own schedule',
    async (vendor) => {
      const seen = await outlastWithoutBreaker(dialect, vendor, { people: 8, stepMs: 5000 })

      expect(seen).toMatchObject({ offSchedule: 0, written: 8 })
      expect(seen.mostTries).toBeGreaterThanOrEqual(8)
      expect(seen.mostTries).toBeLessThanOrEqual(10)
    },
  )
})

test('control: without the breaker the vendor is called more often than that', async () => {
  const seen = await outlastWithoutBreaker('sqlite', 'imis', { people: 8, stepMs: 5000 })

  expect(seen.calls).toBeGreaterThan(CALLS_OF_AN_HOUR)
})
