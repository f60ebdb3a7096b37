import { setTimeout as delay } from 'node:timers/promises'
import { v7 as uuid } from 'uuid'
import { renewLease, type Lease } from '../../db/leases.ts'
import type { LoadedAccount } from '../accounts.ts'
import type { Session } from '../cvent/cvent.ts'
import type { TurnDeps, WorkerDeps } from './turn.ts'

/** Sessions by account and event, kept for a few minutes: they change rarely and cost a call. */
export type SessionShelf = Map<string, { at: number; sessions: ReadonlyMap<string, Session> }>

const SESSIONS_FRESH_MS = 300_000
/** A read of many pages at two calls a second; the lease is renewed beside it. */
const BULK_DEADLINE_MS = 300_000

/** Makes what the steps of one turn are handed. */
export function openTurn(
  deps: WorkerDeps,
  loaded: LoadedAccount,
  lease: Lease,
  worker: { isStopping: () => boolean; signal: AbortSignal; sessions: SessionShelf },
): TurnDeps {
  const { db, now, settings, logger } = deps
  const account = loaded.account.key
  const cvent = deps.vendors.cvent(loaded)
  const { signal } = worker
  const priority = 'background' as const
  const bulkCall = { deadlineMs: BULK_DEADLINE_MS, signal, priority }
  const leaseUntil = () => now() + settings.leaseMs
  const shelfKey = (eventStub: string) => `${account}\n${eventStub}`

  return {
    db,
    trail: deps.trail,
    now,
    loaded,
    account,
    imis: deps.vendors.imis(loaded),
    cvent,
    lease,
    leaseUntil,
    deadlineMs: settings.vendorDeadlineMs,
    settleMs: settings.settleMs,
    call: { deadlineMs: settings.vendorDeadlineMs, signal, priority },
    bulkCall,
    trace: uuid(),
    isStopping: worker.isStopping,
    onBug: (error) => logger.error({ account, err: error }, 'a bug'),
    async keeping<T>(work: Promise<T>) {
      const done = new AbortController()
      async function renew(): Promise<never> {
        for (;;) {
          await delay(settings.leaseMs / 3, undefined, { signal: done.signal })
          await renewLease(db, lease, leaseUntil())
        }
      }
      try {
        return await Promise.race([work, renew()])
      } finally {
        done.abort()
      }
    },
    async sessions(eventStub) {
      const known = worker.sessions.get(shelfKey(eventStub))
      if (known && now() - known.at < SESSIONS_FRESH_MS) return known.sessions
      const { items } = await cvent.sessions(eventStub, bulkCall)
      const sessions = new Map(items.map((session) => [session.sessionId, session]))
      worker.sessions.set(shelfKey(eventStub), { at: now(), sessions })
      return sessions
    },
    forgetSessions(eventStub) {
      worker.sessions.delete(shelfKey(eventStub))
    },
  }
}
