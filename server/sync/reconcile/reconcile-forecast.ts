import { callQuotaOf, lastLimits } from '../../../db/call-quotas.ts'
import type { Db } from '../../../db/database.ts'
import { snapshotsOfEnabled } from '../../../db/due/reconciles.ts'
import type { Account } from '../../../schemas/account.ts'
import type { CventEvent } from '../../cvent/cvent.ts'
import { dayOf, limitOf, TIERS } from '../../vendor-calls/call-limits.ts'
import { forecastReconciles, type ReconcileForecast } from './reconcile-interval.ts'

/** An event over for longer than this is reconciled once a day: refunds still come, in their own time. */
const LONG_OVER_MS = 30 * 86_400_000

/** True when an event's end lies a month or more back. */
export function isLongOver(endsAt: number | undefined, now: number): boolean {
  return endsAt !== undefined && now - endsAt > LONG_OVER_MS
}

/** Computes how often an account's events are reconciled, from Cvent's quota and the enabled events. */
export async function reconcileForecast(
  db: Db,
  account: Account,
  now: number,
): Promise<ReconcileForecast> {
  const [limits, snapshots] = await Promise.all([
    lastLimits(db, account.key, 'cvent'),
    snapshotsOfEnabled(db, account.key),
  ])
  const ends = snapshots.map((snapshot) =>
    // Stored by `learnEvent` in this shape; an event that was never read counts as ahead.
    snapshot === null ? undefined : (JSON.parse(snapshot) as CventEvent).endsAt,
  )
  const longOver = ends.filter((endsAt) => isLongOver(endsAt, now)).length
  return forecastReconciles({
    perDay: limits?.perDay ?? TIERS[account.cvent.tier].perDay,
    everyMinutes: account.reconcile.everyMinutes,
    current: ends.length - longOver,
    longOver,
  })
}

/** What becomes of an account's calls today: the quota, its parts, and the reconciles planned. */
export interface QuotaForecast {
  perDay: number
  usedToday: number
  /** Kept for members' clicks, and for them and what Cvent tells of together. */
  keptForMembers: number
  keptForChanges: number
  reconcile: ReconcileForecast
}

/** Forecasts an account's calls of the day, for the operator. */
export async function quotaForecast(db: Db, account: Account, now: number): Promise<QuotaForecast> {
  const [reconcile, callquota, limits] = await Promise.all([
    reconcileForecast(db, account, now),
    callQuotaOf(db, account.key, 'cvent', dayOf(now)),
    lastLimits(db, account.key, 'cvent'),
  ])
  const perDay = limits?.perDay ?? TIERS[account.cvent.tier].perDay
  return {
    perDay,
    usedToday: callquota?.used ?? 0,
    keptForMembers: perDay - limitOf(perDay, 'background'),
    keptForChanges: limitOf(perDay, 'background') - limitOf(perDay, 'reconcile'),
    reconcile,
  }
}
