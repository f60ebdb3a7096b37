import { expect, test } from 'vitest'
import { DIALECTS } from '../databases.ts'
import { poisonSome } from './poison.ts'

test.for(DIALECTS)(
  'what always fails is set aside with its reason, delays nobody, and goes in once the operator tries again (%s)',
  async (dialect) => {
    const seen = await poisonSome(dialect, { people: 40, rounds: 2 })

    expect(seen).toMatchObject({ othersNotSynced: 0, wronglyHandled: 0, notReplayed: 0 })
    expect(seen.poisoned).toBe(4)
    expect(seen.parkedMessages).toEqual(['the body is not JSON', 'the body is not JSON'])
    // Other work on the machine weighs on the one or the other; medians of many are measured in test/long.
    expect(seen.ratio).toBeLessThan(4)
  },
)
