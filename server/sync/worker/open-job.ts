import { setTimeout as delay } from 'node:timers/promises'
import { v7 as uuid } from 'uuid'
import { fencedTransaction, renewLease, type Lease } from '../../../db/leases.ts'
import type { LoadedAccount } from '../../accounts.ts'
import { isForbidden } from './ask-halving.ts'
import { openKeyedQueue } from './keyed-queue.ts'
import type { AnsweredAt, SessionList, SyncJob, WorkerDeps } from './job.ts'

/** Sessions by account and event, kept for a few minutes: they change rarely and cost a call. */
export type SessionCache = Map<
  string,
  ({ at: number } & SessionList) | { at: number; error: unknown }
>

const SESSIONS_FRESH_MS = 300_000
/** A read that failed is the answer for the registrations beside it, too. */
const SESSIONS_FAILED_MS = 4000
/** A read of many pages at two calls a second; the lease is renewed beside it. */
const BULK_DEADLINE_MS = 300_000

/** Makes the job that every step of a worker's pass over one account is handed. */
export function openJob(
  deps: WorkerDeps,
  loaded: LoadedAccount,
  lease: Lease,
  worker: {
    isStopping: () => boolean
    signal: AbortSignal
    sessions: SessionCache
    hints: SyncJob['hints']
    answeredAt: AnsweredAt
    sessionsSeen: SyncJob['sessionsSeen']
  },
): SyncJob {
  const { db, now, settings, logger } = deps
  const account = loaded.account.key
  const { answeredAt } = worker
  const noting = (vendor: keyof AnsweredAt) => () => {
    answeredAt[vendor] = now()
  }
  const cvent = observed(deps.vendors.cvent(loaded), noting('cvent'))
  const { signal } = worker
  const priority = 'background' as const
  const bulkCall = { deadlineMs: BULK_DEADLINE_MS, signal, priority }
  const leaseUntil = () => now() + settings.leaseMs
  const cacheKey = (eventStub: string) => `${account}\n${eventStub}`

  const trace = uuid()

  async function readSessions(eventStub: string): Promise<SessionList> {
    try {
      const { items, setAside } = await cvent.sessions(eventStub, bulkCall)
      const sessions = new Map(items.map((session) => [session.sessionId, session]))
      return { sessions, isWhole: setAside.length === 0 }
    } catch (error) {
      if (!isForbidden(error)) {
        worker.sessions.set(cacheKey(eventStub), { at: now(), error })
        throw error
      }
      deps.accountLog.add({
        account,
        code: 'sessions-unread',
        text: 'Cvent does not let us read sessions (scope event/sessions:read): they are written without their times',
        trace,
      })
      return { sessions: new Map(), isWhole: true }
    }
  }

  return {
    db,
    accountLog: deps.accountLog,
    now,
    loaded,
    account,
    imis: observed(deps.vendors.imis(loaded), noting('imis')),
    cvent,
    lease,
    leaseUntil,
    fenced: (work) => fencedTransaction(db, lease, leaseUntil(), work),
    log: (entry) => deps.accountLog.add({ ...entry, account, trace }),
    deadlineMs: settings.vendorDeadlineMs,
    settleMs: settings.settleMs,
    call: { deadlineMs: settings.vendorDeadlineMs, signal, priority },
    bulkCall,
    trace,
    isReadOnly: false,
    oneByOne: openKeyedQueue(),
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
    answeredAt,
    sessionsSeen: worker.sessionsSeen,
    hints: worker.hints,
    async sessions(eventStub) {
      const known = worker.sessions.get(cacheKey(eventStub))
      const at = now()
      if (known && 'error' in known && at - known.at < SESSIONS_FAILED_MS) throw known.error
      const freshMs =
        known && 'isWhole' in known && !known.isWhole ? SESSIONS_FAILED_MS : SESSIONS_FRESH_MS
      if (known && 'sessions' in known && at - known.at < freshMs) return known
      const read = await readSessions(eventStub)
      worker.sessions.set(cacheKey(eventStub), { at, ...read })
      return read
    },
    forgetSessions(eventStub) {
      worker.sessions.delete(cacheKey(eventStub))
    },
  }
}

/** Returns the client, with `onAnswer` called after each of its calls that is answered. */
function observed<Client extends object>(client: Client, onAnswer: () => void): Client {
  return new Proxy(client, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver)
      if (typeof member !== 'function') return member
      return (...given: unknown[]) => {
        const answer: unknown = Reflect.apply(member, target, given)
        if (!(answer instanceof Promise)) return answer
        return answer.then((value: unknown) => {
          onAnswer()
          return value
        })
      }
    },
  })
}
