import { afterAll, beforeAll, expect, test } from 'vitest'
import { runModel } from './model.ts'
import { openRig, type Rig } from './rig.ts'

let rig: Rig
beforeAll(async () => {
  rig = await openRig()
})
afterAll(() => rig.close())

const RUNS = Number(process.env['MODEL_RUNS'] ?? 500)

test(
  'whatever happens to messages, vendors and processes, iMIS ends up with each activity once',
  { timeout: 300_000 },
  async () => {
    await runModel(rig, { numRuns: RUNS })
  },
)

test('the same where cancelled rows are deleted', { timeout: 300_000 }, async () => {
  const deleting = await openRig({
    account: (account) => ({ ...account, activity: { ...account.activity, onCancel: 'delete' } }),
  })
  try {
    await runModel(deleting, { numRuns: Math.ceil(RUNS / 5) })
  } finally {
    await deleting.close()
  }
})

test('control: without the search before a write, some of the same lives end with rows twice or unfollowed', async () => {
  await expect(runModel(rig, { numRuns: 300, isBlind: true })).rejects.toThrow(/AssertionError/)
})
