import { LRUCache } from 'lru-cache'

/** How many requests that cost calls to a vendor somebody may make, in each window. */
const LIMITS = [
  { ms: 60_000, count: 30 },
  { ms: 86_400_000, count: 300 },
]
/** How long what a vendor offers to choose from is kept. */
const OFFER_TTL_MS = 60_000

/** Counts what admins ask the vendors, and keeps what was offered for a minute; each instance for itself. */
export interface VendorAsks {
  /** Counts one request. @returns when the next one is allowed, when this one was too many */
  count(asker: string): number | undefined
  /** What `ask` answers, kept under `key` for a minute; `isNew` is called before it is asked, and may throw. */
  offer<T extends object>(key: string, isNew: () => void, ask: () => Promise<T>): Promise<T>
}

/** Opens the counters with nothing counted. */
export function openVendorAsks(now: () => number): VendorAsks {
  const counts = LIMITS.map(
    (limit) =>
      [limit, new LRUCache<string, { count: number; until: number }>({ max: 5000 })] as const,
  )
  const offers = new LRUCache<string, object>({
    max: 2000,
    ttl: OFFER_TTL_MS,
    ttlResolution: 0,
    perf: { now },
  })
  return {
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
