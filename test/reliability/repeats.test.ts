import { expect, test } from 'vitest'
import { DIALECTS } from '../databases.ts'
import { repeatDeliveries } from './repeats.ts'

const LONG = 300_000

test.for(DIALECTS)(
  'the same delivery ten times at once to three processes is one row, one activity and thirty 200s (%s)',
  { timeout: LONG },
  async (dialect) => {
    const seen = await repeatDeliveries(dialect, { deliveries: 8 })

    expect(seen).toEqual({ deliveries: 8, posts: 240, refused: 0, rows: 8, effects: 8, writes: 8 })
  },
)

test.for(DIALECTS)(
  'control: without the unique key the same deliveries are kept again and again (%s)',
  { timeout: LONG },
  async (dialect) => {
    const seen = await repeatDeliveries(dialect, { deliveries: 2, isUnique: false })

    expect(seen).toMatchObject({ posts: 60, refused: 0, rows: 60 })
  },
)
