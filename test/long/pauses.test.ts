import { expect, test } from 'vitest'
import { DIALECTS } from '../databases.ts'
import { pauseWorkers } from '../reliability/pauses.ts'

test.for(DIALECTS)(
  'R5: 100 pauses past the lease store nothing stale, and every second row in iMIS is reported (%s)',
  { timeout: 2 * 3_600_000 },
  async (dialect) => {
    const seen = await pauseWorkers(dialect, { pauses: 100, aimedEvery: 5 })

    process.stdout.write(
      `R5 ${dialect}: ${seen.pauses} pauses (${seen.unheeded} more let nobody take over), ${seen.turnedAway} times turned away, ${seen.writes} writes, ${seen.stale} stale; ` +
        `${seen.people} people, ${seen.missing} missing, ${seen.wrong} wrong; ${seen.duplicates} duplicates, ${seen.outsideTheWindow} outside the window, ${seen.reported} reported\n`,
    )
    expect(seen).toMatchObject({ pauses: 100, stale: 0, backwards: 0, missing: 0, wrong: 0 })
    expect(seen.turnedAway).toBeGreaterThan(20)
    expect(seen).toMatchObject({ outsideTheWindow: 0, reported: seen.duplicates })
  },
)
