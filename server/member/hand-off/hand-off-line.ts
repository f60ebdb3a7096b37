import { lastLimits } from '../../../db/call-quotas.ts'
import type { Db } from '../../../db/database.ts'
import { setPlace, leaveLine, lineFreeAt, placeOf, takeLine } from '../../../db/hand-off-line.ts'
import type { LoadedAccount } from '../../accounts.ts'
import { dayOf, TIERS } from '../../vendor-calls/call-limits.ts'

/** Whose turn it is in the line for Cvent. */
export interface InLine {
  loaded: LoadedAccount
  partyId: string
  eventCode: string
}

/** It is this hand-off's turn, or when it will be. `since`: when the member came first. */
export interface Turn {
  isNow: boolean
  at: number
  since: number
}

/**
 * The line of hand-offs that need calls to Cvent, shared by all instances: each takes the time that its calls need at
 * Cvent's rate limit, so that as many are under way as can be answered, in the order in which the members came.
 */
export interface HandOffLine {
  /** The turn of a member who already has a place; undefined when they have none. */
  known(who: InLine): Promise<Turn | undefined>
  /** Takes the turn of a member who waits for it on a page; a later turn is kept as their place. */
  take(who: InLine, calls: number): Promise<Turn>
  /** Takes a turn only when it is now; false when the line is longer than that. */
  tryTake(loaded: LoadedAccount, calls: number): Promise<boolean>
  /** The member was served. */
  leave(who: InLine): Promise<void>
}

/** A turn that comes this soon is now: the calls wait that long for the rate limit. */
const SOON_MS = 1500

/** Opens the line. `waitMs`: how long a call of that account would wait for the rate limit at present. */
export function openHandOffLine(deps: {
  db: Db
  now: () => number
  waitMs: (account: LoadedAccount) => number
}): HandOffLine {
  const { db, now } = deps

  async function msFor({ account }: LoadedAccount, calls: number) {
    const limits = await lastLimits(db, account.key, 'cvent')
    return (calls * 1000) / (limits?.perSecond ?? TIERS[account.cvent.tier].perSecond)
  }

  /** Calls that wait already, the worker's among them, make the line longer. */
  const from = (loaded: LoadedAccount) =>
    Math.ceil(now() + Math.max(0, deps.waitMs(loaded) - SOON_MS / 2))

  async function known({ loaded, partyId, eventCode }: InLine) {
    const place = await placeOf(db, loaded.account.key, partyId, eventCode)
    if (!place) return undefined
    return { isNow: place.turnAt <= now() + SOON_MS / 2, at: place.turnAt, since: place.since }
  }

  return {
    known,
    async take(who, calls) {
      const there = await known(who)
      if (there) return there
      const { loaded, partyId, eventCode } = who
      const account = loaded.account.key
      const since = now()
      const forMs = await msFor(loaded, calls)
      const day = dayOf(now())
      const at = await takeLine(db, account, day, { from: from(loaded), forMs })
      // Too many instances at once: the page comes again in a moment.
      if (at === undefined) return { isNow: false, at: now() + 2000, since }
      if (at <= now() + SOON_MS) return { isNow: true, at, since }
      await setPlace(db, { account, partyId, eventCode, since, turnAt: at })
      return { isNow: false, at, since }
    },
    async tryTake(loaded, calls) {
      const day = dayOf(now())
      const { key } = loaded.account
      const freeAt = Math.max((await lineFreeAt(db, key, day)) ?? 0, from(loaded))
      if (freeAt > now() + SOON_MS) return false
      const forMs = await msFor(loaded, calls)
      const at = await takeLine(db, key, day, { from: from(loaded), forMs })
      return at !== undefined && at <= now() + 2 * SOON_MS
    },
    leave: ({ loaded, partyId, eventCode }) =>
      leaveLine(db, loaded.account.key, partyId, eventCode),
  }
}
