import { LRUCache } from 'lru-cache'
import type { Account } from '../../../schemas/account.ts'
import { atMost } from '../../cache-limit.ts'
import type { CallPriority } from '../../vendor-calls/call-gate.ts'
import { TIERS } from '../../vendor-calls/call-limits.ts'

const DAY_MS = 86_400_000

/** What an admin asks Cvent leaves the calls alone that are kept for members, and is answered after theirs. */
export const ADMIN_PRIORITY: CallPriority = 'background'

/** The part of a day's calls that all viewers of an account may ask for together. */
const VIEWERS_SHARE = 0.1

/** How many questions the viewers of an account may ask in a day, together. */
export function questionsOfViewers({ cvent }: Pick<Account, 'cvent'>): number {
  return Math.floor(TIERS[cvent.tier].perDay * VIEWERS_SHARE)
}

/** How many requests that cost calls to a vendor somebody may make, in each window. */
const LIMITS = [
  { ms: 60_000, count: 30 },
  { ms: DAY_MS, count: 300 },
]
/** How long what a vendor offers to choose from is kept. */
const OFFER_TTL_MS = 60_000

/** Counts what admins ask the vendors, and keeps what was offered for a minute; each instance for itself. */
export interface VendorAsks {
  /** Counts one request. @returns when the next one is allowed, when this one was too many */
  count(asker: string): number | undefined
  /** Counts one request of those that `group` may make in a day, `most` of them. @returns as `count` */
  countInDay(group: string, most: number): number | undefined
  /** What `ask` answers, kept under `key` for a minute; `isNew` is called before it is asked, and may throw. */
  offer<T extends object>(key: string, isNew: () => void, ask: () => Promise<T>): Promise<T>
}

/** Opens the counters with nothing counted. */
export function openVendorAsks(now: () => number): VendorAsks {
  const counts = LIMITS.map(
    (limit) =>
      [limit, new LRUCache<string, { count: number; until: number }>(atMost(5000))] as const,
  )
  const offers = new LRUCache<string, object>({
    ...atMost(2000),
    ttl: OFFER_TTL_MS,
    ttlResolution: 0,
    perf: { now },
  })
  const groups = new LRUCache<string, { count: number; until: number }>(atMost(5000))
  return {
    countInDay(group, most) {
      const known = groups.get(group)
      const day = known && known.until > now() ? known : { count: 0, until: now() + DAY_MS }
      if (day.count >= most) return day.until
      groups.set(group, { ...day, count: day.count + 1 })
      return undefined
    },
    count(asker) {
      for (const [limit, counted] of counts) {
        const known = counted.get(asker)
        const window = known && known.until > now() ? known : { count: 0, until: now() + limit.ms }
        if (window.count >= limit.count) return window.until
        counted.set(asker, { ...window, count: window.count + 1 })
      }
      return undefined
    },
    async offer<T extends object>(key: string, isNew: () => void, ask: () => Promise<T>) {
      const known = offers.get(key)
      // A key names the route that asks, and each route keeps one shape.
      if (known) return known as T
      isNew()
      const answer = await ask()
      offers.set(key, answer)
      return answer
    },
  }
}
