import { setLastSeen } from '../../db/last-seen.ts'
import type { Db } from '../../db/database.ts'

/** Counts what was seen, without a statement for each time. */
export interface LastSeen {
  see(account: string, what: string): void
  /** Stores what is counted and not stored yet. */
  flush(): Promise<void>
}

const EVERY_MS = 5000

/** Opens a counter: the first last-seen record is stored at once, later ones together every few seconds, when another is seen. */
export function openLastSeen(deps: { db: Db; now: () => number }): LastSeen {
  const counts = new Map<
    string,
    { account: string; what: string; times: number; storedAt: number }
  >()
  const storing = new Set<Promise<void>>()

  function store(count: { account: string; what: string; times: number; storedAt: number }) {
    const { times } = count
    count.times = 0
    count.storedAt = deps.now()
    const stored = setLastSeen(deps.db, count.account, count.what, times, deps.now())
      .catch(() => {
        count.times += times // a count is not worth an error; it is tried with the next
      })
      .finally(() => storing.delete(stored))
    storing.add(stored)
  }

  return {
    see(account, what) {
      const key = `${account}\n${what}`
      const count = counts.get(key) ?? { account, what, times: 0, storedAt: -Infinity }
      counts.set(key, count)
      count.times += 1
      if (deps.now() - count.storedAt >= EVERY_MS) store(count)
    },
    async flush() {
      for (const count of counts.values()) if (count.times > 0) store(count)
      await Promise.all(storing)
    },
  }
}
