import { describe, expect, test } from 'vitest'
import { DIALECTS } from '../../databases.ts'
import { rush } from './rush.ts'

/** Thirty members a second, on a tier that takes ten calls a second; in test/long they are 2,000 in a minute. */
const RUSH = { members: 150, withinMs: 5000, workMs: 300_000 }

describe.for(DIALECTS)('a rush of members (%s)', (dialect) => {
  test(
    'form-post: everybody goes on at once, and the worker brings the contacts within the limit',
    { timeout: 180_000 },
    async () => {
      const seen = await rush(dialect, { ...RUSH, handOff: 'form-post', instances: 1 })

      expect(seen.statuses).toEqual({ 200: RUSH.members })
      expect(seen).toMatchObject({ breakers: 0, withoutContact: 0 })
      // Calls of two instances may reach Cvent closer together than they were sent.
      expect(seen.throttled).toBeLessThanOrEqual(seen.calls * 0.02)
      expect(seen.mostPerSecond).toBeLessThanOrEqual(20)
      expect(seen.membersMs).toBeLessThan(RUSH.withinMs + 12_000)
      expect(seen.workMs).toBeLessThan(seen.calls * 100 * 1.5 + 30_000)
    },
  )

  test.for([1, 2])(
    'personal-link on %i instances: everybody comes through, in the order in which they came',
    { timeout: 180_000 },
    async (instances) => {
      const seen = await rush(dialect, { ...RUSH, handOff: 'personal-link', instances })

      expect(seen.statuses).toEqual({ 303: RUSH.members })
      expect(seen).toMatchObject({ breakers: 0, withoutContact: 0 })
      // Calls of two instances may reach Cvent closer together than they were sent.
      expect(seen.throttled).toBeLessThanOrEqual(seen.calls * 0.02)
      expect(seen.mostPerSecond).toBeLessThanOrEqual(20)
      expect(seen.membersMs).toBeLessThan(seen.calls * 100 * 1.2 + 15_000)
      expect(seen.mostDisplaced).toBeLessThan(RUSH.members / 3)
    },
  )
})
