import { LRUCache } from 'lru-cache'
import { learnEvent } from '../../db/events.ts'
import type { Db } from '../../db/database.ts'
import type { Accounts, LoadedAccount, LoadedEvent } from '../accounts.ts'
import type { CventEvent } from '../cvent/cvent.ts'
import { Fault } from '../errors.ts'
import type { Trail } from '../trail.ts'
import type { Vendors } from '../vendors.ts'

/**
 * How old what we know of an event may be before Cvent is asked again, behind the answer. Every five minutes would be 288 of
 * the 1,000 calls that the free tier has in a day, for each event that members look at.
 */
const STALE_MS = { free: 30 * 60_000, standard: 5 * 60_000, premium: 5 * 60_000 }
/** How long Cvent is left alone after it did not answer or did not know the event. */
const PAUSE_MS = 60_000

/** How long a reading behind an answer may take: a hand-off may come to wait for it. */
const READ_MS = 4000

/** What Cvent says of an event, read behind the member's back. */
export interface EventKnowledge {
  /** What is known, at once; an old or missing answer is renewed behind it. */
  peek(loaded: LoadedAccount, event: LoadedEvent, trace: string): CventEvent | undefined
  /** What is known; when nothing is, Cvent is asked and waited for. Undefined: Cvent does not answer or has no such event. */
  require(
    loaded: LoadedAccount,
    event: LoadedEvent,
    options: { deadlineMs: number; trace: string },
  ): Promise<CventEvent | undefined>
  /** Resolves when nothing is being read. */
  settled(): Promise<void>
}

/** Opens the knowledge over what the events' rows hold. */
export function openEventKnowledge(deps: {
  db: Db
  accounts: Accounts
  vendors: Vendors
  trail: Trail
  now: () => number
}): EventKnowledge {
  const { db, accounts, vendors, trail, now } = deps
  const parsed = new WeakMap<LoadedEvent, CventEvent>()
  const reading = new Map<string, Promise<CventEvent | undefined>>()
  const paused = new LRUCache<string, true>({
    max: 10_000,
    ttl: PAUSE_MS,
    ttlResolution: 0,
    perf: { now },
  })

  function known(event: LoadedEvent) {
    if (event.snapshot === undefined) return undefined
    const cventEvent = parsed.get(event) ?? (JSON.parse(event.snapshot) as CventEvent) // `learnEvent` kept a CventEvent
    parsed.set(event, cventEvent)
    return cventEvent
  }

  async function read(
    loaded: LoadedAccount,
    { event, eventStub }: LoadedEvent,
    deadlineMs: number,
    trace: string,
    priority: 'member' | 'background',
  ) {
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
        trail.note({ ...line, level: 'warning', code: 'EVENT_NOT_AT_CVENT', text })
        return undefined
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
      const code = error instanceof Fault ? error.code : 'EVENT_NOT_READ'
      const text = error instanceof Fault ? error.message : 'what Cvent said could not be kept'
      trail.note({ ...line, level: 'warning', code, text })
      return undefined
    }
  }

  /** One reading at a time for each event; never rejects. */
  function renew(
    loaded: LoadedAccount,
    event: LoadedEvent,
    deadlineMs: number,
    trace: string,
    priority: 'member' | 'background',
  ) {
    const key = `${loaded.account.key}\n${event.event.eventCode}`
    const running = reading.get(key)
    if (running) return running
    const run = read(loaded, event, deadlineMs, trace, priority).then((found) => {
      reading.delete(key)
      if (!found) paused.set(key, true)
      return found
    })
    reading.set(key, run)
    return run
  }

  return {
    peek(loaded, event, trace) {
      const { tier } = loaded.account.cvent
      const isStale = event.snapshotAt === undefined || now() - event.snapshotAt > STALE_MS[tier]
      if (isStale && !paused.has(`${loaded.account.key}\n${event.event.eventCode}`))
        void renew(loaded, event, READ_MS, trace, known(event) ? 'background' : 'member')
      return known(event)
    },
    require: async (loaded, event, { deadlineMs, trace }) =>
      known(event) ?? (await renew(loaded, event, deadlineMs, trace, 'member')),
    async settled() {
      await Promise.all(reading.values())
    },
  }
}
