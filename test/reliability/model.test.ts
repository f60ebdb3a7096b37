import { afterAll, beforeAll, expect, test } from 'vitest'
import { openModelRig, runModel } from './model.ts'
import type { Rig } from '../server/sync/rig.ts'

let rig: Rig
beforeAll(async () => {
  rig = await openModelRig()
})
afterAll(() => rig.close())

/** New lives each time but on CI; of one that fails the seed is printed. */
const RUNS = Number(process.env['MODEL_RUNS'] ?? 500)
/** For what hangs: beside other work the lives take ten times as long. */
const HALF_AN_HOUR = 1_800_000

/** Each must have happened, or the run says nothing about it. */
const MUST_HAPPEN =
  'pay checkIn moveSession correctSourceId mergeContact visit stranger substitute substituteByNewRecord reissue away throttleList odd emptyAnswer numbers wrongEvent crash deliver fault'.split(
    ' ',
  )

test(
  'whatever happens to messages, vendors and processes, iMIS ends up with each activity once',
  { timeout: HALF_AN_HOUR },
  async () => {
    const happened = await runModel(rig, { numRuns: RUNS })

    for (const name of MUST_HAPPEN) expect(happened.get(name) ?? 0, name).toBeGreaterThan(0)
  },
)

test('the same where cancelled rows are deleted', { timeout: HALF_AN_HOUR }, async () => {
  const deleting = await openModelRig({ onCancel: 'delete' })
  try {
    await runModel(deleting, { numRuns: Math.ceil(RUNS / 5) })
  } finally {
    await deleting.close()
  }
})

test(
  'control: without the search before a write, some of the same lives end with rows twice or unfollowed',
  { timeout: HALF_AN_HOUR },
  async () => {
    await expect(runModel(rig, { numRuns: 300, isBlind: true })).rejects.toThrow(/AssertionError/)
  },
)

test(
  'control: a worker that believes a stored SEQN touches rows of others',
  { timeout: HALF_AN_HOUR },
  async () => {
    await expect(runModel(rig, { numRuns: 300, isTrusting: true })).rejects.toThrow(
      /rows of others/,
    )
  },
)
