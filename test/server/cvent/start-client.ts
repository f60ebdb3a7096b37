import { afterEach, expect } from 'vitest'
import { connectCvent } from '../../../server/cvent/client.ts'
import type { CventOptions } from '../../../server/cvent/client.ts'
import { Fault } from '../../../server/errors.ts'
import type { CallNote } from '../../../server/vendor-calls/call-gate.ts'
import { openGate } from '../../../server/vendor-calls/call-gate.ts'
import type { CventOptions as SandboxOptions } from '../../sandbox/cvent/server.ts'
import { startCvent } from '../../sandbox/cvent/server.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'

const open: { close: () => Promise<void> }[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()))
})

/**
 * A sandbox Cvent without limits and a client of it, both by one clock; closed after the test, which fails when a call or
 * an answer broke the official contract.
 */
export async function startClient(
  options: { sandbox?: SandboxOptions; client?: Partial<CventOptions> } = {},
) {
  const clock = { now: Date.parse('2027-02-03T18:20:00.000Z') }
  const now = () => clock.now
  const { switches, ...sandboxOptions } = options.sandbox ?? {}
  const sandbox = await startCvent({
    now,
    switches: { enforceLimits: false, ...switches },
    ...sandboxOptions,
  })
  const notes: CallNote[] = []
  const cvent = connectCvent({
    region: 'na',
    apiUrl: sandbox.apiUrl,
    clientId: 'sandbox-client',
    clientSecret: 'sandbox-secret',
    deadlineMs: 5000,
    now,
    gate: openGate,
    allowLocal: true,
    onCall: (note) => notes.push(note),
    ...options.client,
  })
  open.push({
    async close() {
      await cvent.close()
      await sandbox.close()
      expect(sandbox.state.violations).toEqual([])
    },
  })
  const eventStub = eventStubOf(sandbox.state.events.values())
  return { sandbox, cvent, clock, notes, eventStub }
}

function eventStubOf(events: Iterable<{ id: string; code: string }>) {
  for (const { id, code } of events) if (code === seededEvents.open) return id
  throw new Error('the seed has no open event')
}

/** The Fault a call ends with; a test fails when it ends otherwise. */
export async function faultOf(promise: Promise<unknown>): Promise<Fault> {
  const error: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (error instanceof Fault) return error
  throw new Error('expected a Fault', { cause: error })
}
