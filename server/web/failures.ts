import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Db } from '../../db/database.ts'
import { addFailure, failuresOf, forgetFailures } from '../../db/failures.ts'
import { atMost } from '../cache-limit.ts'
import { customerOf, networkOf } from './client-address.ts'

/** Counts failed attempts by address and by network, for all instances together; a success does not wipe out failures. */
export interface Failures {
  /** When attempts from there are heard again, ms since 1970; undefined when they are now. */
  refusedUntil(address: string): Promise<number | undefined>
  note(address: string): Promise<void>
}

const WINDOW_MS = 60_000
/** How many counts that are over are forgotten in one statement. */
const FORGOTTEN_AT_ONCE = 500

/**
 * Opens the counters of a minute. `what`: whose failures these are. Addresses are stored as digests, for that minute. While
 * the database does not answer, each instance goes by what it counted itself.
 */
export function openFailures(
  deps: { db: Db; now: () => number },
  what: string,
  limits: { perAddress: number; perNetwork: number },
): Failures {
  const { db, now } = deps
  /** What this instance knows to be full: it asks nobody then. */
  const full = new LRUCache<string, number>(atMost(20_000))
  const own = new LRUCache<string, { times: number; until: number }>(atMost(20_000))
  let forgottenAt = now()

  const keysOf = (address: string) =>
    [
      { key: `${what} address ${customerOf(address)}`, max: limits.perAddress },
      { key: `${what} network ${networkOf(address)}`, max: limits.perNetwork },
    ].map(({ key, max }) => ({
      digest: createHash('sha256').update(key).digest('base64url'),
      max,
    }))

  function countOwn(digest: string) {
    const count = own.get(digest)
    if (count && count.until > now()) count.times += 1
    else own.set(digest, { times: 1, until: now() + WINDOW_MS })
  }

  function ownCount(digest: string) {
    const count = own.get(digest)
    return count && count.until > now() ? count : undefined
  }

  async function forget() {
    if (now() - forgottenAt < WINDOW_MS) return
    forgottenAt = now()
    while ((await forgetFailures(db, now(), FORGOTTEN_AT_ONCE)) === FORGOTTEN_AT_ONCE);
  }

  return {
    async refusedUntil(address) {
      const keys = keysOf(address)
      const known = keys.map(({ digest }) => full.get(digest) ?? 0).filter((until) => until > now())
      if (known.length > 0) return Math.max(...known)
      const digests = keys.map(({ digest }) => digest)
      const counted = await failuresOf(db, digests, now()).catch(() => [])
      for (const { digest, max } of keys) {
        const shared = counted.find((row) => row.digest === digest)
        const mine = ownCount(digest)
        if (shared && shared.times >= max) full.set(digest, shared.countedUntil)
        else if (mine && mine.times >= max) full.set(digest, mine.until)
        else continue
        known.push(full.get(digest) ?? 0)
      }
      return known.length > 0 ? Math.max(...known) : undefined
    },
    async note(address) {
      const digests = keysOf(address).map(({ digest }) => digest)
      for (const digest of digests) countOwn(digest)
      try {
        await addFailure(db, digests, now(), now() + WINDOW_MS)
        await forget()
      } catch {
        // A database that does not answer: this instance has counted it.
      }
    },
  }
}
