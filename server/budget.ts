import { setTimeout as delay } from 'node:timers/promises'
import type { Selectable } from 'kysely'
import { budgetOf, openDay, setGone, setLimits, takeFromBudget } from '../db/budgets.ts'
import type { BudgetTable, Db } from '../db/database.ts'
import type { Account } from '../schemas/account.ts'
import { breakerFor } from './breaker.ts'
import type { Usage } from './cvent/cvent.ts'
import { Fault } from './errors.ts'
import type { CallGate } from './gate.ts'

/** The gates of every account: what stands before each call to a vendor. */
export interface CallGates {
  /** iMIS counts nothing: its gate is the circuit breaker. The worker makes one write at a time by itself. */
  imis(account: Account): CallGate
  /** Cvent's limits per second and day, shared by all instances, then the circuit breaker. */
  cvent(account: Account): CallGate
}

/** Cvent's own limits. @see https://developers.cvent.com/docs/rest-api/guides/handling-rate-limits */
export const TIERS = {
  free: { perSecond: 2, burst: 1, perDay: 1000 },
  standard: { perSecond: 10, burst: 10, perDay: 15_000 },
  premium: { perSecond: 25, burst: 25, perDay: 500_000 },
}

/** The share of the day that only members' clicks may use. */
const MEMBERS_SHARE = 0.2
const LONGEST_THROTTLE_MS = 3_600_000
/** Tries of the compare-and-set before a call gives up: other instances take places at the same time. */
const TRIES = 20

/**
 * Opens the gates. `wait` waits for a place in the second (tests turn their clock instead).
 */
export function openCallGates(deps: {
  db: Db
  now: () => number
  wait?: (ms: number, signal: AbortSignal | undefined) => Promise<void>
}): CallGates {
  const { db, now } = deps
  const wait =
    deps.wait ??
    (async (ms, signal) => {
      await delay(ms, undefined, signal ? { signal } : {})
    })
  const budgets = new Map<string, ReturnType<typeof budgetFor>>()
  const breakers = new Map<string, ReturnType<typeof breakerFor>>()

  function breaker(account: string, vendor: 'imis' | 'cvent') {
    const key = `${account}\n${vendor}`
    const known = breakers.get(key) ?? breakerFor({ db, account, vendor, now })
    breakers.set(key, known)
    return known
  }

  return {
    imis({ key }) {
      const guard = breaker(key, 'imis')
      return { enter: () => guard.pass(), leave: (fault) => guard.report(fault) }
    },
    cvent({ key, cvent }) {
      const guard = breaker(key, 'cvent')
      const budget = budgets.get(key) ?? budgetFor({ db, account: key, now })
      budgets.set(key, budget)
      const tier = TIERS[cvent.tier]
      return {
        async enter({ priority, deadlineMs, signal }) {
          await guard.pass()
          const waitMs = await budget.take(tier, priority, deadlineMs)
          if (waitMs > 0) await wait(waitMs, signal)
        },
        leave(fault) {
          guard.report(fault)
          budget.report(fault)
        },
      }
    },
  }
}

interface Tier {
  perSecond: number
  burst: number
  perDay: number
}

/** The places of one account in Cvent's seconds and day. A few are taken from the shared row at a time. */
function budgetFor({ db, account, now }: { db: Db; account: string; now: () => number }) {
  let day = ''
  /** Calls already counted as used today that nobody has made yet. */
  let inHand = 0
  /** Moments at which a call may go, in order. */
  let places: number[] = []
  let goneUntil = 0
  let throttledUntil = 0
  let taking: Promise<unknown> = Promise.resolve()

  async function reserve(tier: Tier, priority: 'member' | 'background') {
    const today = dayOf(now())
    if (today !== day) {
      day = today
      inHand = 0
    }
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const row = await rowOf(today)
      const perSecond = row.perSecond ?? tier.perSecond
      const perDay = row.perDay ?? tier.perDay
      goneUntil = Math.max(goneUntil, row.goneUntil ?? 0)
      if (goneUntil > now()) throw gone(goneUntil)
      const limit = priority === 'member' ? perDay : Math.floor(perDay * (1 - MEMBERS_SHARE))
      const chunk = Math.max(1, Math.min(10, Math.floor(perSecond / 2)))
      const wanted = Math.max(0, chunk - inHand)
      const granted = Math.min(wanted, Math.max(0, limit - row.used))
      if (inHand + granted < 1) throw gone(nextDay(now()))
      const everyMs = 1000 / perSecond
      const burst = Math.min(tier.burst, perSecond)
      // A place may lie in the past as far as the burst allows: those go at once.
      const first = Math.max(row.bucketAt, now() - (burst - 1) * everyMs)
      const count = Math.max(1, Math.min(chunk, inHand + granted))
      const taken = {
        used: row.used + granted,
        bucketAt: Math.ceil(first + count * everyMs),
      }
      if (!(await takeFromBudget(db, row, taken))) continue
      inHand += granted
      places = Array.from({ length: count }, (_, at) => first + at * everyMs)
      return
    }
    throw new Fault('VENDOR_UNAVAILABLE', 'too many instances ask Cvent at once', {
      vendor: 'cvent',
      retryAt: now() + 1000,
    })
  }

  async function rowOf(today: string): Promise<Selectable<BudgetTable>> {
    const known = await budgetOf(db, account, 'cvent', today)
    if (known) return known
    await openDay(db, account, 'cvent', today, now())
    const made = await budgetOf(db, account, 'cvent', today)
    if (!made) throw new Fault('STORE_UNAVAILABLE', 'the call budget cannot be read')
    return made
  }

  async function take(tier: Tier, priority: 'member' | 'background', deadlineMs: number) {
    if (goneUntil > now()) throw gone(goneUntil)
    // A place is used within its second or lost: kept ones would add up to a burst.
    places = places.filter((at) => at > now() - 1000)
    if (places.length === 0 || inHand < 1 || day !== dayOf(now())) await reserve(tier, priority)
    const at = Math.max(places[0] ?? now(), throttledUntil)
    if (at - now() > deadlineMs)
      throw new Fault('VENDOR_UNAVAILABLE', 'Cvent takes no more calls in this moment', {
        vendor: 'cvent',
        retryAt: Math.ceil(at),
      })
    places.shift()
    inHand -= 1
    return Math.max(0, at - now())
  }

  return {
    /** How long to wait before the call may go, in ms. Calls queue, so that each gets a place of its own. */
    take(tier: Tier, priority: 'member' | 'background', deadlineMs: number): Promise<number> {
      const mine = taking.then(() => take(tier, priority, deadlineMs))
      taking = mine.catch(() => undefined)
      return mine
    },
    report(fault: Fault | undefined) {
      if (!fault || fault.vendor !== 'cvent') return
      if (fault.quotaGone) {
        goneUntil = Math.min(fault.retryAt ?? Infinity, nextDay(now()))
        setGone(db, account, 'cvent', dayOf(now()), goneUntil).catch(() => undefined)
      } else if (fault.status === 429) {
        // An hour at most: what a vendor says by mistake must not shut members out until a restart.
        throttledUntil = Math.min(fault.retryAt ?? now() + 2000, now() + LONGEST_THROTTLE_MS)
      }
    },
  }
}

function gone(retryAt: number) {
  return new Fault('VENDOR_UNAVAILABLE', "Cvent's calls of today are used up", {
    vendor: 'cvent',
    quotaGone: true,
    retryAt,
  })
}

/** The day of a moment as Cvent counts it: UTC. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}

/** The midnight (UTC) after a moment, a minute past: clocks differ. */
export function nextDay(at: number): number {
  return Date.parse(`${dayOf(at + 86_400_000)}T00:01:00Z`)
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
