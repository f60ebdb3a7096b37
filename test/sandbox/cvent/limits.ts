import type { CventState } from './state.ts'

/** Cvent's plans (facts on Cvent, rate limits). */
export const tiers = {
  free: { name: 'API_Platform_Free_Tier', quota: 1000, rateLimit: 2, burstLimit: 1 },
  standard: { name: 'API_Platform_Standard_Tier', quota: 15_000, rateLimit: 10, burstLimit: 10 },
  premium: { name: 'API_Platform_Premium_Tier', quota: 500_000, rateLimit: 25, burstLimit: 25 },
} as const
export type TierName = keyof typeof tiers

export interface Limits {
  tier: () => (typeof tiers)[TierName]
  setTier: (name: TierName) => void
  /** Counts a call; says whether it is let through, and what remains of the day. */
  take: () => { verdict: 'ok' | 'throttled' | 'quota'; remaining: number; resetsIn: number }
}

export const utcDay = (at: number) => new Date(at).toISOString().slice(0, 10)

/**
 * Counts per account: a token bucket that holds `burstLimit` and fills by `rateLimit` a second, and a quota that starts
 * anew at 00:00 UTC, both by the sandbox's clock. Refused calls count against the quota too.
 */
export function wireLimits(state: CventState, now: () => number, first: TierName): Limits {
  let tier: (typeof tiers)[TierName] = tiers[first]
  let filled: number = tier.burstLimit
  let filledAt = now()

  return {
    tier: () => tier,
    setTier(name) {
      tier = tiers[name]
      filled = tier.burstLimit
    },
    take() {
      const at = now()
      const day = utcDay(at)
      const usage = state.usage.get(day) ?? { used: 0, throttled: 0, quota: 0 }
      state.usage.set(day, usage)
      usage.used += 1
      const second = Math.floor(at / 1000)
      state.perSecond.set(second, (state.perSecond.get(second) ?? 0) + 1)
      const gained = (Math.max(0, at - filledAt) / 1000) * tier.rateLimit
      filled = Math.min(tier.burstLimit, filled + gained)
      filledAt = at
      const remaining = Math.max(0, tier.quota - usage.used)
      const resetsIn = Math.ceil((Date.parse(`${day}T00:00:00Z`) + 86_400_000 - at) / 1000)
      const overQuota = usage.used > tier.quota
      const throttled = filled < 1
      if (overQuota) usage.quota += 1
      else if (throttled) usage.throttled += 1
      else filled -= 1
      if (!state.switches.enforceLimits) return { verdict: 'ok', remaining, resetsIn }
      return { verdict: overQuota ? 'quota' : throttled ? 'throttled' : 'ok', remaining, resetsIn }
    },
  }
}
