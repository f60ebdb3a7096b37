import { setTimeout as delay } from 'node:timers/promises'
import { setLimits } from '../../db/call-quotas.ts'
import type { Db } from '../../db/database.ts'
import type { Account } from '../../schemas/account.ts'
import { breakerFor } from './circuit-breaker.ts'
import { openCallQueue, type CallQueue } from './call-queue.ts'
import type { Usage } from '../cvent/cvent.ts'
import { ANSWER_MS, type CallGate } from './call-gate.ts'
import { dayOf, TIERS } from './call-limits.ts'

/** The gates of every account: what stands before each call to a vendor. */
export interface CallGates {
  /** iMIS counts nothing: its gate is the circuit breaker. The worker makes one write at a time by itself. */
  imis(account: Account): CallGate
  /** Cvent's limits per second and day, shared by all instances, and the circuit breaker. */
  cvent(account: Account): CallGate
}

/**
 * Opens the gates. `wait` waits for a place in the second (tests turn their clock instead).
 */
export function openCallGates(deps: {
  db: Db
  now: () => number
  wait?: (ms: number, signal: AbortSignal | undefined) => Promise<void>
}): CallGates {
  const { db, now } = deps
  const wait = deps.wait ?? ((ms: number) => delay(ms))
  const queues = new Map<string, CallQueue>()
  const breakers = new Map<string, ReturnType<typeof breakerFor>>()

  function breaker(account: string, vendor: 'imis' | 'cvent') {
    const key = `${account}\n${vendor}`
    const known = breakers.get(key) ?? breakerFor({ db, account, vendor, now })
    breakers.set(key, known)
    return known
  }

  function queue(account: string) {
    const known =
      queues.get(account) ??
      openCallQueue({ db, account, now, wait: async (ms) => wait(ms, undefined) })
    queues.set(account, known)
    return known
  }

  return {
    imis({ key }) {
      const guard = breaker(key, 'imis')
      return {
        enter: ({ priority }) => guard.pass(priority),
        leave: (fault, request) => guard.report(fault, request),
      }
    },
    cvent({ key, cvent }) {
      const guard = breaker(key, 'cvent')
      const calls = queue(key)
      const tier = TIERS[cvent.tier]
      return {
        async enter(call) {
          await guard.check(call.priority)
          const deadlineMs = call.deadlineMs - Math.min(ANSWER_MS, call.deadlineMs / 2)
          await calls.enter(tier, { ...call, deadlineMs })
          try {
            // It may have opened while the call waited for its place.
            await guard.pass(call.priority)
          } catch (error) {
            calls.giveBack()
            throw error
          }
        },
        leave(fault, request) {
          guard.report(fault, request)
          calls.report(fault)
        },
        waitMs: () => calls.waitMs(),
      }
    },
  }
}

/** Keeps the limits that Cvent itself told of an account, for every instance. */
export async function learnLimits(
  deps: { db: Db; now: () => number },
  account: string,
  usage: Usage,
): Promise<void> {
  const { perSecond = null, perDay = null } = usage
  const now = deps.now()
  if (perSecond !== null || perDay !== null)
    await setLimits(deps.db, account, 'cvent', dayOf(now), { perSecond, perDay }, now)
}
