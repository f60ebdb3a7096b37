import { breakerOf, closeBreaker, openBreaker } from '../../db/circuit-breakers.ts'
import type { Db } from '../../db/database.ts'
import { Fault } from '../errors.ts'
import type { CallPriority } from './call-gate.ts'

/**
 * Circuit breaker of one vendor of one account, shared by all instances through a database row. Five different requests
 * that fail in a row open it; each failed trial after that doubles the time, up to ten minutes. A member's own call may try
 * every 15 seconds all the same, so that members come through soon after the vendor is back.
 */
export interface Breaker {
  /** @throws Fault `VENDOR_UNAVAILABLE` with `retryAt` while it is open for calls of that priority */
  check(priority: CallPriority): Promise<void>
  /**
   * To be asked just before the call is sent; it may become the trial that decides whether the breaker closes.
   *
   * @throws as `check`, and while another call is the trial
   */
  pass(priority: CallPriority): Promise<void>
  /** Counts how a call went. `request` undefined: the failure concerns every request alike. */
  report(fault: Fault | undefined, request?: string): void
}

const FAILURES_TO_OPEN = 5
const FIRST_OPEN_MS = 15_000
const LONGEST_OPEN_MS = 600_000
/** How long what another instance did may go unseen, and how long one trial call may hold up the others. */
const FRESH_MS = 5000

/** Opens the view on one vendor's breaker. What it stores it stores behind the caller's back; a loss only delays it. */
export function breakerFor(deps: {
  db: Db
  account: string
  vendor: 'imis' | 'cvent'
  now: () => number
}): Breaker {
  const { db, account, vendor, now } = deps
  let failures = 0
  let failed = new Set<string>()
  let openUntil = 0
  /** When a member's call may try although the breaker is open. */
  let membersTryAt = 0
  let readAt = -Infinity
  let triedAt = -Infinity
  let storing = 0

  async function refresh() {
    if (now() - readAt < FRESH_MS && now() >= readAt) return
    readAt = now()
    const row = await breakerOf(db, account, vendor).catch(() => undefined)
    if (!row) {
      // Another instance found that the vendor answers again.
      if (failures >= FAILURES_TO_OPEN && storing === 0) close()
      return
    }
    if (row.openUntil > openUntil) {
      openUntil = row.openUntil
      membersTryAt = Math.max(membersTryAt, row.updatedAt + FIRST_OPEN_MS)
    }
    failures = Math.max(failures, row.failures)
  }

  function close() {
    failures = 0
    failed = new Set()
    openUntil = 0
    triedAt = -Infinity
  }

  function store(work: Promise<void>) {
    storing += 1
    work
      .catch(() => undefined)
      .finally(() => (storing -= 1))
      .catch(() => undefined)
  }

  function open(fault: Fault) {
    const openMs = FIRST_OPEN_MS * 2 ** Math.min(failures - FAILURES_TO_OPEN, 10)
    openUntil = now() + Math.min(openMs, LONGEST_OPEN_MS)
    membersTryAt = now() + FIRST_OPEN_MS
    triedAt = -Infinity
    const row = { account, vendor, failures, openUntil, reason: fault.message.slice(0, 500) }
    store(openBreaker(db, { ...row, updatedAt: now() }))
  }

  function shut(retryAt: number) {
    const text = `${NAMES[vendor]} keeps failing; it is left alone for a while`
    return new Fault('VENDOR_UNAVAILABLE', text, { vendor, retryAt })
  }

  async function check(priority: CallPriority) {
    await refresh()
    const until = priority === 'member' ? Math.min(openUntil, membersTryAt) : openUntil
    if (until > now()) throw shut(until)
  }

  return {
    check,
    async pass(priority) {
      await check(priority)
      if (failures < FAILURES_TO_OPEN) return
      // Half open: one call tries, the others wait for what becomes of it.
      if (now() - triedAt < FRESH_MS && now() >= triedAt) throw shut(triedAt + FRESH_MS)
      triedAt = now()
      membersTryAt = Math.max(membersTryAt, now() + FIRST_OPEN_MS)
    },
    report(fault, request) {
      if (fault && (fault.status === 429 || fault.vendor === undefined)) {
        // Throttled, or given up by our own caller: it says nothing of the vendor's health.
        triedAt = -Infinity
        return
      }
      if (!fault || fault.code !== 'VENDOR_UNAVAILABLE') {
        const wasOpen = failures >= FAILURES_TO_OPEN
        close()
        if (wasOpen) store(closeBreaker(db, account, vendor))
        return
      }
      if (failures >= FAILURES_TO_OPEN) {
        // Calls that were under way when it opened fail like the others; only a trial's failure is news.
        const isTrial = triedAt !== -Infinity
        triedAt = -Infinity
        if (!isTrial || openUntil > now()) return
        failures += 1
        open(fault)
        return
      }
      if (request !== undefined && failed.has(request)) return
      if (request !== undefined) failed.add(request)
      failures += 1
      if (failures >= FAILURES_TO_OPEN) open(fault)
    },
  }
}

const NAMES = { imis: 'iMIS', cvent: 'Cvent' }
