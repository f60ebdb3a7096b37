import { LRUCache } from 'lru-cache'

/** Failed attempts an address may make within the window before it is refused unheard. */
const MAX_FAILURES = 20
const WINDOW_MS = 60_000

/** Counts failed attempts by address, in this process; a success does not wipe out failures. */
export interface Attempts {
  /** When the address may try again, ms since 1970; undefined when it may now. */
  refusedUntil(address: string): number | undefined
  noteFailure(address: string): void
}

/** Opens the counter. The oldest of 10,000 addresses is forgotten first. */
export function openAttempts(now: () => number): Attempts {
  const counts = new LRUCache<string, { failures: number; until: number }>({ max: 10_000 })
  return {
    refusedUntil(address) {
      const count = counts.get(address)
      if (!count || count.until <= now()) return undefined
      return count.failures >= MAX_FAILURES ? count.until : undefined
    },
    noteFailure(address) {
      const count = counts.get(address)
      if (count && count.until > now()) count.failures += 1
      else counts.set(address, { failures: 1, until: now() + WINDOW_MS })
    },
  }
}
