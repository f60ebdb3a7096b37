import { expect, test } from 'vitest'
import { openModelRig, runModel } from '../reliability/model.ts'
import { tell } from './tell.ts'

const LIVES = Number(process.env['MODEL_RUNS'] ?? 20_000)
/** A life takes hours of the rig's clock: after more of them in one rig the sandbox's event would be over. */
const LIVES_A_RIG = 500

test(
  'whatever happens to messages, vendors and processes, 20,000 lives long: each activity once',
  { timeout: 8 * 3_600_000 },
  async () => {
    const failures: string[] = []
    const startedAt = performance.now()
    for (let lived = 0; lived < LIVES; lived += LIVES_A_RIG) {
      // Every fourth rig deletes what is cancelled.
      const isDeleting = (lived / LIVES_A_RIG) % 4 === 3
      const rig = await openModelRig(isDeleting ? { onCancel: 'delete' } : {})
      try {
        await runModel(rig, { numRuns: Math.min(LIVES_A_RIG, LIVES - lived) })
      } catch (error) {
        // The other lives are lived all the same: one fault may hide another.
        const failure = `${isDeleting ? 'deleting: ' : ''}${String(error)}`
        failures.push(failure)
        process.stdout.write(`${failure}\n`)
      } finally {
        await rig.close()
      }
      const seconds = (performance.now() - startedAt) / 1000
      tell('lives', 'sqlite', {
        lived: Math.min(LIVES, lived + LIVES_A_RIG),
        failures: failures.length,
        seconds,
      })
    }
    expect(failures, failures.join('\n\n')).toEqual([])
  },
)
