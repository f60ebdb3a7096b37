import { expect, test } from 'vitest'
import { DIALECTS } from '../databases.ts'
import { shuffleChanges } from '../reliability/order.ts'

test.for(DIALECTS)(
  'R7: 1,000 registrations changed five times, four workers: all at their newest, one write in flight (%s)',
  { timeout: 2 * 3_600_000 },
  async (dialect) => {
    const seen = await shuffleChanges(dialect, {
      registrations: 1000,
      changes: 5,
      groupSize: 50,
      writeMs: 10,
    })

    process.stdout.write(
      `R7 ${dialect}: ${seen.people} registrations, ${seen.messages} messages twice; ${seen.newest} at their newest, at most ${seen.writesInFlight} write in flight; ${seen.jobs} turns by ${seen.owners} workers\n`,
    )
    expect(seen).toMatchObject({ newest: 1000, writesInFlight: 1 })
    expect(seen.owners).toBe(4)
  },
)
