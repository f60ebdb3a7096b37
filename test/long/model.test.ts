import { afterAll, beforeAll, test } from 'vitest'
import { runModel } from '../server/message/model.ts'
import { openRig, type Rig } from '../server/message/rig.ts'

let rig: Rig
beforeAll(async () => {
  rig = await openRig()
})
afterAll(() => rig.close())

test(
  'whatever happens to messages, vendors and processes, 20,000 lives long: each activity once',
  { timeout: 4 * 3_600_000 },
  async () => {
    await runModel(rig, { numRuns: 20_000 })
  },
)
