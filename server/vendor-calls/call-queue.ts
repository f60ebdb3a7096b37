import type { Selectable } from 'kysely'
import { callQuotaOf, openDay, setGone, takeFromQuota } from '../../db/call-quotas.ts'
import type { CallQuotaTable, Db } from '../../db/database.ts'
import { Fault } from '../errors.ts'
import type { CallPriority } from './call-gate.ts'
import { dayOf, limitOf, nextDay, type RateLimit } from './call-limits.ts'

/** Calls of one account that wait for Cvent's rate limit and are counted against its quota. */
export interface CallQueue {
  /** Resolves when the call may be sent. @throws as `CallGate.enter` */
  enter(limit: RateLimit, call: QueuedCall): Promise<void>
  /** A call that was let through and is not sent after all: it is not counted. */
  giveBack(): void
  /** Learns from an answer that Cvent throttles, or that the day is used up. */
  report(fault: Fault | undefined): void
  /** How long a member's call that came now would wait, in ms. */
  waitMs(): number
}

/** A call in the queue; as in `CallGate.enter`. */
export interface QueuedCall {
  priority: CallPriority
  deadlineMs: number
  since?: number | undefined
  signal?: AbortSignal | undefined
}

interface Waiting {
  priority: CallPriority
  since: number
  /** The call is of no use when it has not been let through by then. */
  until: number
  letIn(): void
  refuse(error: unknown): void
}

const LONGEST_THROTTLE_MS = 3_600_000
/** Tries of the compare-and-set before a call gives up: other instances take places at the same time. */
const TRIES = 20
/** While members wait too, the worker has one place in ten. */
const MEMBERS_IN_A_ROW = 9

/**
 * Opens the queue of one account. Places in Cvent's seconds are taken a few at a time from a row that all instances share.
 * Each place goes to the member's call whose work began first, one in ten to the worker's. `wait` sleeps until a place is
 * due. A call that would wait too long is refused at once, so that nobody's time is over when their turn comes.
 */
export function openCallQueue(deps: {
  db: Db
  account: string
  now: () => number
  wait: (ms: number) => Promise<void>
}): CallQueue {
  const { db, account, now, wait } = deps
  const waiting: Waiting[] = []
  let isServing = false
  let day = ''
  /** What the shared row said last: the day's quota, and the calls used of it, those in hand included. */
  let perDay = 0
  let usedToday = 0
  /** Calls already counted as used today that nobody has made yet. */
  let inHand = 0
  /** Moments at which a call may go, in order. */
  let places: number[] = []
  let everyMs = 0
  let goneUntil = 0
  let throttledUntil = 0
  let membersInARow = 0

  /** Takes places and calls from the shared row for a call of that priority. */
  async function reserve(given: RateLimit, priority: CallPriority) {
    const today = dayOf(now())
    if (today !== day) {
      day = today
      inHand = 0
    }
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const row = await rowOf(today)
      const perSecond = row.perSecond ?? given.perSecond
      perDay = row.perDay ?? given.perDay
      const limit = limitOf(perDay, priority)
      goneUntil = Math.max(goneUntil, row.goneUntil ?? 0)
      if (goneUntil > now()) throw gone(goneUntil, priority)
      // What members left in hand is not the worker's to use beyond its own part of the day.
      if (row.used - inHand >= limit) throw gone(nextDay(now()), priority)
      const chunk = Math.max(1, Math.min(10, Math.floor(perSecond / 2)))
      const granted = Math.min(Math.max(0, chunk - inHand), Math.max(0, limit - row.used))
      const burst = burstOf(Math.min(given.burst, perSecond))
      // Cvent's bucket of one call leaves no room for calls that arrive closer together than they were sent.
      everyMs = 1000 / (given.burst > 1 ? perSecond : perSecond * 0.9)
      // A place may lie in the past as far as the burst allows: those go at once.
      const first = Math.max(row.bucketAt, now() - (burst - 1) * everyMs)
      const count = Math.max(1, Math.min(chunk, inHand + granted))
      const used = row.used + granted
      const taken = { used, bucketAt: Math.ceil(first + count * everyMs) }
      if (!(await takeFromQuota(db, row, taken))) continue
      inHand += granted
      usedToday = used
      places = Array.from({ length: count }, (_, at) => first + at * everyMs)
      return
    }
    throw new Fault('VENDOR_UNAVAILABLE', 'too many instances ask Cvent at once', {
      vendor: 'cvent',
      retryAt: now() + 1000,
    })
  }

  async function rowOf(today: string): Promise<Selectable<CallQuotaTable>> {
    const known = await callQuotaOf(db, account, 'cvent', today)
    if (known) return known
    await openDay(db, account, 'cvent', today, now())
    const made = await callQuotaOf(db, account, 'cvent', today)
    if (!made) throw new Fault('STORE_UNAVAILABLE', 'the call budget cannot be read')
    return made
  }

  /** Who is let through next. */
  function next(): Waiting | undefined {
    const background = first((one) => one.priority !== 'member')
    const member = first((one) => one.priority === 'member')
    return background && membersInARow >= MEMBERS_IN_A_ROW ? background : (member ?? background)
  }

  function first(isWanted: (one: Waiting) => boolean) {
    let found: Waiting | undefined
    for (const one of waiting) if (isWanted(one) && (!found || one.since < found.since)) found = one
    return found
  }

  function remove(one: Waiting) {
    const at = waiting.indexOf(one)
    if (at >= 0) waiting.splice(at, 1)
  }

  function refuse(isMeant: (one: Waiting) => boolean, error: unknown) {
    for (const one of waiting.filter(isMeant)) {
      remove(one)
      one.refuse(error)
    }
  }

  /** Lets calls through until nobody waits. */
  async function serve(limit: RateLimit) {
    isServing = true
    for (let asked = next(); asked; asked = next()) await serveOne(limit, asked)
    // In the same moment as the last reconcile at the queue: who comes now starts it again.
    isServing = false
  }

  async function serveOne(limit: RateLimit, asked: Waiting) {
    try {
      // A place is used within its second or lost: kept ones would add up to a burst.
      places = places.filter((at) => at > now() - 1000)
      if (places.length === 0 || inHand < 1 || day !== dayOf(now()))
        await reserve(limit, asked.priority)
      const at = Math.max(places[0] ?? now(), throttledUntil)
      refuse(({ until }) => until < Math.floor(at), turnedAway(Math.ceil(at)))
      if (waiting.length > 0 && at > now()) await wait(at - now())
    } catch (error) {
      // What is used up for the worker may be open to members: each priority finds out for itself.
      return refuse(({ priority }) => priority === asked.priority, error)
    }
    const chosen = next()
    if (!chosen) return
    const { priority } = chosen
    // The places may have been taken for a member: the worker does not use them beyond its own part of the day.
    if (priority !== 'member' && usedToday - inHand >= limitOf(perDay, priority))
      return refuse((one) => one.priority === priority, gone(nextDay(now()), priority))
    places.shift()
    inHand -= 1
    membersInARow = priority === 'member' ? membersInARow + 1 : 0
    remove(chosen)
    chosen.letIn()
  }

  function aheadOf({ priority, since }: { priority: CallPriority; since: number }) {
    const isMember = priority === 'member'
    return waiting.filter((one) =>
      isMember
        ? one.priority === 'member' && one.since <= since
        : one.priority === 'member' || one.since <= since,
    ).length
  }

  function placeAfter(ahead: number) {
    const soonest = Math.max(places[0] ?? now(), throttledUntil, now())
    return soonest + ahead * everyMs
  }

  return {
    async enter(limit, { priority, deadlineMs, since = now(), signal }) {
      if (goneUntil > now()) throw gone(goneUntil, priority)
      everyMs ||= 1000 / limit.perSecond
      const at = placeAfter(aheadOf({ priority, since }))
      if (at - now() > deadlineMs) throw turnedAway(Math.ceil(at))
      await new Promise<void>((resolve, reject) => {
        const mine: Waiting = {
          priority,
          since,
          until: now() + deadlineMs,
          letIn() {
            signal?.removeEventListener('abort', giveUp)
            resolve()
          },
          refuse(error) {
            signal?.removeEventListener('abort', giveUp)
            reject(error instanceof Error ? error : new Error('the queue failed', { cause: error }))
          },
        }
        function giveUp() {
          remove(mine)
          mine.refuse(new Error('the caller gave up'))
        }
        if (signal?.aborted) return giveUp()
        signal?.addEventListener('abort', giveUp, { once: true })
        waiting.push(mine)
        if (!isServing) void serve(limit)
      })
    },
    giveBack() {
      inHand += 1
    },
    report(fault) {
      if (!fault || fault.vendor !== 'cvent') return
      if (fault.quotaGone) {
        goneUntil = Math.min(fault.retryAt ?? Infinity, nextDay(now()))
        setGone(db, account, 'cvent', dayOf(now()), goneUntil).catch(() => undefined)
      } else if (fault.status === 429) {
        // An hour at most: what a vendor says by mistake must not shut members out until a restart.
        throttledUntil = Math.min(fault.retryAt ?? now() + 2000, now() + LONGEST_THROTTLE_MS)
      }
    },
    waitMs: () => placeAfter(aheadOf({ priority: 'member', since: Infinity })) - now(),
  }
}

/** Part of Cvent's burst is left for calls that the network brings closer together than they were sent. */
const burstOf = (burst: number) => Math.max(1, Math.floor(burst * 0.7))

function turnedAway(retryAt: number) {
  return new Fault('VENDOR_UNAVAILABLE', 'Cvent takes no more calls in this moment', {
    vendor: 'cvent',
    turnedAway: true,
    retryAt,
  })
}

function gone(retryAt: number, priority: CallPriority) {
  const whose = priority === 'member' ? '' : ', but for those kept for others'
  return new Fault('VENDOR_UNAVAILABLE', `Cvent's calls of today are used up${whose}`, {
    vendor: 'cvent',
    quotaGone: true,
    retryAt,
  })
}
