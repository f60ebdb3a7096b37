import type { CallPriority } from './call-gate.ts'

/** What a Cvent account may do: calls a second, how many of them at once, calls a day (UTC). */
export interface RateLimit {
  perSecond: number
  burst: number
  perDay: number
}

/** Cvent's own limits. @see https://developers.cvent.com/docs/rest-api/guides/handling-rate-limits */
export const TIERS = {
  free: { perSecond: 2, burst: 1, perDay: 1000 },
  standard: { perSecond: 10, burst: 10, perDay: 15_000 },
  premium: { perSecond: 25, burst: 25, perDay: 500_000 },
} satisfies Record<string, RateLimit>

/** The share of the day up to which each priority may go: a fifth is kept for members, another for what Cvent tells of. */
export const SHARE_OF_DAY: Record<CallPriority, number> = {
  member: 1,
  background: 0.8,
  reconcile: 0.6,
}

/** How many calls may be used of a day before calls of that priority stop. */
export function limitOf(perDay: number, priority: CallPriority): number {
  return Math.floor(perDay * SHARE_OF_DAY[priority])
}

/** The day of a moment as Cvent counts it: UTC. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}

/** The midnight (UTC) after a moment, a minute past: clocks differ. */
export function nextDay(at: number): number {
  return Date.parse(`${dayOf(at + 86_400_000)}T00:01:00Z`)
}
