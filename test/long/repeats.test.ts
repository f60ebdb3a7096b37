import { expect, test } from 'vitest'
import { DIALECTS } from '../databases.ts'
import { repeatDeliveries } from '../reliability/repeats.ts'

test.for(DIALECTS)(
  'R6: 300 deliveries ten times to each of three processes: one row and one activity each (%s)',
  { timeout: 3_600_000 },
  async (dialect) => {
    const seen = await repeatDeliveries(dialect, { deliveries: 300 })

    process.stdout.write(
      `R6 ${dialect}: ${seen.deliveries} deliveries in ${seen.posts} posts, ${seen.refused} not 2xx; ${seen.rows} rows, ${seen.effects} with one activity, ${seen.writes} writes\n`,
    )
    expect(seen).toEqual({
      deliveries: 300,
      posts: 9000,
      refused: 0,
      rows: 300,
      effects: 300,
      writes: 300,
    })
  },
)
