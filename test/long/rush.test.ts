import { describe, expect, test } from 'vitest'
import { DIALECTS } from '../databases.ts'
import { rush } from '../server/member/rush.ts'
import { tell } from './tell.ts'

const RUSH = { members: 2000, withinMs: 60_000, workMs: 3_600_000, instances: 2 }

describe.for(DIALECTS)('2,000 members in a minute (%s)', (dialect) => {
  test.for([
    ['form-post', 200],
    ['personal-link', 303],
  ] as const)('%s: everybody comes through', { timeout: 1_800_000 }, async ([handOff, status]) => {
    const seen = await rush(dialect, { ...RUSH, handOff })

    const { statuses, ...figures } = seen
    tell(`a rush of 2,000, ${handOff},`, dialect, figures)
    expect(statuses).toEqual({ [status]: RUSH.members })
    expect(seen).toMatchObject({ breakers: 0, withoutContact: 0 })
    expect(seen.throttled).toBeLessThanOrEqual(seen.calls * 0.02)
    expect(seen.workMs).toBeLessThan(seen.calls * 100 * 1.3 + 60_000)
  })
})
