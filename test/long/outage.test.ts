import { describe, expect, test } from 'vitest'
import { DIALECTS } from '../databases.ts'
import { outlast } from '../reliability/outage.ts'

describe.for(DIALECTS)('R9: five outages of an hour (%s)', (dialect) => {
  test.for(['imis', 'cvent'] as const)(
    '%s down, 500 registrations each: none dropped, and caught up at 0.8 of the normal rate at least',
    { timeout: 3_600_000 },
    async (vendor) => {
      const seen = await outlast(dialect, vendor, { people: 500, rounds: 5, stepMs: 5000 })
      process.stdout.write(
        `R9 ${dialect} ${vendor}: ${seen.people} registrations, ${seen.dropped} dropped, ${seen.duplicates} twice; ` +
          `${seen.normal.toFixed(0)}/s normal, ${seen.after.toFixed(0)}/s after, ratio ${seen.ratio.toFixed(2)}; ` +
          `calls in each hour ${seen.callsInHour.join(' ')}, while open ${seen.callsWhileOpen}; ` +
          `at most ${seen.mostTries} tries each, ${seen.offSchedule} off schedule; ` +
          `recovered within ${seen.recoveryMs / 1000} s, ${seen.cventCallsAfter} Cvent calls\n`,
      )

      expect(seen).toMatchObject({ dropped: 0, duplicates: 0, refusedMessages: 0, offSchedule: 0 })
      expect(seen).toMatchObject({ callsWhileOpen: 0, stillOpen: 0 })
      expect(Math.max(...seen.callsInHour)).toBeLessThanOrEqual(40)
      expect(seen.mostTries).toBeLessThanOrEqual(10)
      expect(seen.ratio).toBeGreaterThanOrEqual(0.8)
    },
  )
})
