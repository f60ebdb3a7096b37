import { test } from 'vitest'
import { runModel } from '../reliability/model.ts'
import { openRig } from '../server/sync/rig.ts'

/** A life takes hours of the rig's clock: after more of them in one rig the sandbox's event would be over. */
const LIVES_A_RIG = 500

test(
  'whatever happens to messages, vendors and processes, 20,000 lives long: each activity once',
  { timeout: 4 * 3_600_000 },
  async () => {
    for (let lived = 0; lived < 20_000; lived += LIVES_A_RIG) {
      const rig = await openRig()
      await runModel(rig, { numRuns: LIVES_A_RIG })
      await rig.close()
    }
  },
)
