import { breakerOf, closeBreaker, openBreaker } from '../db/breakers.ts'
import type { Db } from '../db/database.ts'
import { Fault } from './errors.ts'

/** Leaves a vendor alone that keeps failing: shared by all instances by a row, looked at every few seconds. */
export interface Breaker {
  /** @throws Fault `VENDOR_UNAVAILABLE` with `retryAt` while it is open, or while another call tries whether it works again */
  pass(): Promise<void>
  report(fault: Fault | undefined): void
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
  let openUntil = 0
  let readAt = -Infinity
  let triedAt = -Infinity

  async function refresh() {
    if (now() - readAt < FRESH_MS && now() >= readAt) return
    readAt = now()
    const row = await breakerOf(db, account, vendor).catch(() => undefined)
    if (!row) return
    openUntil = Math.max(openUntil, row.openUntil)
    failures = Math.max(failures, row.failures)
  }

  function shut(retryAt: number) {
    return new Fault(
      'VENDOR_UNAVAILABLE',
      `${NAMES[vendor]} keeps failing; it is left alone for a while`,
      {
        vendor,
        retryAt,
      },
    )
  }

  return {
    async pass() {
      await refresh()
      if (openUntil > now()) throw shut(openUntil)
      if (failures < FAILURES_TO_OPEN) return
      // Half open: one call tries, the others wait for what becomes of it.
      if (now() - triedAt < FRESH_MS && now() >= triedAt) throw shut(triedAt + FRESH_MS)
      triedAt = now()
    },
    report(fault) {
      if (fault && (fault.status === 429 || fault.vendor === undefined)) {
        // Throttled, or given up by our own caller: it says nothing of the vendor's health.
        triedAt = -Infinity
        return
      }
      if (fault && fault.code === 'VENDOR_UNAVAILABLE') {
        failures += 1
        if (failures < FAILURES_TO_OPEN) return
        const openMs = FIRST_OPEN_MS * 2 ** Math.min(failures - FAILURES_TO_OPEN, 10)
        openUntil = Math.max(openUntil, now() + Math.min(openMs, LONGEST_OPEN_MS))
        triedAt = -Infinity
        const row = { account, vendor, failures, openUntil, reason: fault.message.slice(0, 500) }
        openBreaker(db, { ...row, updatedAt: now() }).catch(() => undefined)
        return
      }
      const wasOpen = failures >= FAILURES_TO_OPEN
      failures = 0
      openUntil = 0
      triedAt = -Infinity
      if (wasOpen) closeBreaker(db, account, vendor).catch(() => undefined)
    },
  }
}

const NAMES = { imis: 'iMIS', cvent: 'Cvent' }
