import { LRUCache } from 'lru-cache'
import { learnEvent } from '../../../db/events.ts'
import type { Db } from '../../../db/database.ts'
import { eventReadOf, noteEventRead, takeEventRead } from '../../../db/due/event-reads.ts'
import type { Accounts, LoadedAccount, LoadedEvent } from '../../accounts.ts'
import { atMost } from '../../cache-limit.ts'
import type { CventEvent } from '../../cvent/cvent.ts'
import { Fault } from '../../errors.ts'
import type { CallPriority } from '../../vendor-calls/call-gate.ts'
import { TIERS } from '../../vendor-calls/call-limits.ts'
import type { AccountLog } from '../../account-log.ts'
import type { Vendors } from '../../vendors.ts'
import { logCodeOf } from '../../log-codes.ts'

/**
 * How old what we know of an event may be before Cvent is asked again, behind the answer to a member. Every five minutes would
 * be 288 of the 1,000 calls that the free tier has in a day, for each event that members look at.
 */
const STALE_MS = { free: 30 * 60_000, standard: 5 * 60_000, premium: 5 * 60_000 }
/** The part of a day's calls that visitors whom nobody knows may cause in an hour: a crawler asks about every event. */
const VISITORS_PER_HOUR = 0.02
const HOUR_MS = 3_600_000
/** How long nobody else reads an event that one instance reads. */
const READING_MS = 60_000
/** How long an event is left alone that Cvent does not know, or could not tell of; doubled each time. */
const MISSING_MS = { first: 5 * 60_000, longest: 6 * 3_600_000 }
const FAILED_MS = { first: 60_000, longest: 30 * 60_000 }

/** How long a reading behind an answer may take: a hand-off may come to wait for it. */
const READ_MS = 4000

/** What Cvent says of an event, read behind the member's back. */
export interface EventCache {
  /**
   * What is known, at once; an old or missing answer is renewed behind it, never at members' cost. `isMember` false: a
   * visitor whom nobody knows, and who may cause only a few calls.
   */
  peek(
    loaded: LoadedAccount,
    event: LoadedEvent,
    trace: string,
    options?: { isMember: boolean },
  ): CventEvent | undefined
  /**
   * What is known; when nothing is, Cvent is asked and waited for, unless it was asked in vain shortly before, by whichever
   * instance. Undefined: Cvent does not answer or has no such event.
   */
  require(
    loaded: LoadedAccount,
    event: LoadedEvent,
    options: { deadlineMs: number; trace: string; isMember?: boolean },
  ): Promise<CventEvent | undefined>
  /** Resolves when nothing is being read. */
  settled(): Promise<void>
}

/** Opens the knowledge over what the events' rows hold. */
export function openEventCache(deps: {
  db: Db
  accounts: Accounts
  vendors: Vendors
  accountLog: AccountLog
  now: () => number
}): EventCache {
  const { db, accounts, vendors, accountLog, now } = deps
  const parsed = new WeakMap<LoadedEvent, CventEvent>()
  const reading = new Map<string, Promise<CventEvent | undefined>>()
  /** Until when an event is not due, as the database said last. */
  const paused = new LRUCache<string, number>(atMost(10_000))

  function known(event: LoadedEvent) {
    if (event.snapshot === undefined) return undefined
    const cventEvent = parsed.get(event) ?? (JSON.parse(event.snapshot) as CventEvent) // `learnEvent` kept a CventEvent
    parsed.set(event, cventEvent)
    return cventEvent
  }

  async function readNow(
    loaded: LoadedAccount,
    { event, eventStub }: LoadedEvent,
    deadlineMs: number,
    trace: string,
    priority: CallPriority,
  ): Promise<CventEvent | 'missing' | 'failed'> {
    const line = {
      account: loaded.account.key,
      kind: 'cvent',
      eventCode: event.eventCode,
      trace,
    } as const
    try {
      const cvent = vendors.cvent(loaded)
      const options = { deadlineMs, priority }
      const found =
        eventStub === undefined
          ? await cvent.eventByCode(event.eventCode, options)
          : await cvent.event(eventStub, options)
      if (!found) {
        const text = `Cvent has no event with the code ${event.eventCode}; check the code, and that the event is not deleted`
        accountLog.add({ ...line, code: 'event-not-at-cvent', text })
        return 'missing'
      }
      await learnEvent(
        db,
        loaded.account.key,
        event.eventCode,
        {
          eventStub: found.eventStub,
          snapshot: JSON.stringify(found),
          snapshotAt: now(),
        },
        loaded.version,
      )
      accounts.forget(loaded.account.key)
      return found
    } catch (error) {
      const code = error instanceof Fault ? logCodeOf(error.code) : 'event-not-read'
      const text = error instanceof Fault ? error.message : 'what Cvent said could not be kept'
      accountLog.add({ ...line, level: 'warning', code, text })
      return 'failed'
    }
  }

  /** Reads an event when it is due for this instance, and notes when it is due again. */
  async function readIfDue(...given: Parameters<typeof readNow>) {
    const [{ account }, { event }] = given
    const { eventCode } = event
    const key = `${account.key}\n${eventCode}`
    const failures = await takeEventRead(db, account.key, eventCode, now(), now() + READING_MS)
    if (failures === undefined) {
      const row = await eventReadOf(db, account.key, eventCode)
      // A member does not fail because another instance is reading the same event in this moment.
      if (given[4] === 'member' && row && (row.attempt < 0 || row.retryAt <= now())) {
        const found = await readNow(...given)
        return typeof found === 'string' ? undefined : found
      }
      paused.set(key, row?.retryAt ?? now() + READING_MS)
      return undefined
    }
    const found = await readNow(...given)
    const isFound = found !== 'missing' && found !== 'failed'
    const { first, longest } = found === 'missing' ? MISSING_MS : FAILED_MS
    const attempt = isFound ? 0 : failures + 1
    // Not this instance's now: another's clock may be behind it.
    const retryAt = isFound ? 0 : now() + Math.min(longest, first * 2 ** failures)
    await noteEventRead(db, { account: account.key, eventCode, attempt, retryAt })
    paused.set(key, retryAt)
    return isFound ? found : undefined
  }

  /** One reading at a time for each event and whom it is for; never rejects. */
  function renew(...given: Parameters<typeof readNow>) {
    const [{ account }, { event }, , , priority] = given
    // What a visitor began may be refused where a member's own call is not.
    const key = `${account.key}\n${event.eventCode}${priority === 'member' ? '\nmember' : ''}`
    const running = reading.get(key)
    if (running) return running
    // A database that does not answer: what is known is told, and the next visitor tries again.
    const run = readIfDue(...given)
      .catch(() => undefined)
      .finally(() => reading.delete(key))
    reading.set(key, run)
    return run
  }

  const visitors = new LRUCache<string, { reads: number; until: number }>(atMost(2000))

  /** Counts a read for a visitor; false when there were enough of them in this hour. */
  function mayVisitorRead({ account }: LoadedAccount, { event }: LoadedEvent) {
    if (reading.has(`${account.key}\n${event.eventCode}`)) return true
    const known = visitors.get(account.key)
    const hour = known && known.until > now() ? known : { reads: 0, until: now() + HOUR_MS }
    visitors.set(account.key, hour)
    hour.reads += 1
    return hour.reads <= TIERS[account.cvent.tier].perDay * VISITORS_PER_HOUR
  }

  const isPaused = ({ account }: LoadedAccount, { event }: LoadedEvent) =>
    (paused.get(`${account.key}\n${event.eventCode}`) ?? 0) > now()

  return {
    peek(loaded, event, trace, { isMember } = { isMember: true }) {
      const { tier } = loaded.account.cvent
      const isStale = event.snapshotAt === undefined || now() - event.snapshotAt > STALE_MS[tier]
      if (isStale && !isPaused(loaded, event) && (isMember || mayVisitorRead(loaded, event)))
        void renew(loaded, event, READ_MS, trace, isMember ? 'background' : 'reconcile')
      return known(event)
    },
    async require(loaded, event, { deadlineMs, trace, isMember = true }) {
      const there = known(event)
      if (there) return there
      const key = `${loaded.account.key}\n${event.event.eventCode}`
      const begun = await reading.get(key)
      if (begun) return begun
      if (!isMember && isPaused(loaded, event)) return undefined
      return renew(loaded, event, deadlineMs, trace, isMember ? 'member' : 'reconcile')
    },
    async settled() {
      await Promise.all(reading.values())
    },
  }
}
