import { setTimeout as delay } from 'node:timers/promises'
import { v7 as uuid } from 'uuid'
import { releaseLease, LeaseLost, acquireLease } from '../../../db/leases.ts'
import { nextEventDue } from '../../../db/due/reconciles.ts'
import { nextMessageDue } from '../../../db/messages.ts'
import { nextContactDue } from '../../../db/party-contacts.ts'
import {
  eraseRemovedAccounts,
  listRemovedAccounts,
} from '../../../db/personal-data/removed-accounts.ts'
import { isStoreTrouble } from '../../../db/engine/errors.ts'
import { nextRegistrationDue } from '../../../db/registration-claims.ts'
import { nextRewriteDue } from '../../../db/due/rewrites.ts'
import { isPassing } from '../../errors.ts'
import { syncDueRegistrations } from '../sync-registrations.ts'
import { finishErasures } from '../../people/erase-person.ts'
import { reconcileDueEvents } from '../reconcile/reconcile-event.ts'
import { withinReason } from './retry-policy.ts'
import { withTrace } from '../../trace.ts'
import { openJob, type SessionCache } from './open-job.ts'
import { endRunsThatAreOver } from '../reconcile/reconcile-runs.ts'
import { runMaintenance, MAINTENANCE_START, type MaintenancePlace } from './maintenance.ts'
import { touchForSettings } from '../reconcile/touch-for-settings.ts'
import { unpackDue } from '../unpack-messages.ts'
import type { AnsweredAt, SyncJob, WorkerDeps } from './job.ts'

/** The part of an instance that follows Cvent: each account is worked on by one worker at a time, by lease. */
export interface Worker {
  /** Lets it run by itself until `stop`. */
  start(): void
  /** New work for that account is in the database. */
  wake(account: string): void
  /** Works until nothing is due at the present clock. */
  drain(): Promise<void>
  /** Finishes what is in hand within the grace, gives up the leases and ends. */
  stop(): Promise<void>
}

/** How often an instance looks whether another one left it work, in ms. What arrives here wakes it at once. */
const POLL_MS = 1000
/** Accounts worked on at the same time by one instance; each is mostly waiting for its vendors. */
const ACCOUNTS_AT_ONCE = 100
/** Batches of messages unpacked in one job before registrations have theirs. */
const BATCHES_A_TURN = 25
/** How often an instance looks for erasures that were cut short, and for removed accounts whose data is to be erased. */
const ERASE_EVERY_MS = 3_600_000
/** How long it is told that the data of a removed account was erased. */
const REMOVED_TOLD_MS = 730 * 86_400_000
const AFTER_BUG_MS = 30_000
const AFTER_STORE_MS = 5000

/** Makes a worker. It does nothing before `start`, unless it is drained. */
export function startWorker(deps: WorkerDeps): Worker {
  const { db, settings, now, logger } = deps
  const owner = deps.owner ?? uuid()
  const sessions: SessionCache = new Map()
  const jobs = new Map<string, Promise<number>>()
  /** Until when an account's vendors are left alone; messages are unpacked meanwhile. */
  const pausedUntil = new Map<string, number>()
  const tidiedOn = new Map<string, string>()
  /** Maintenance that is not done for the day, by account. */
  const inMaintenance = new Map<string, MaintenancePlace>()
  let eraseDueAt = -Infinity
  const hints = new Map<string, { askedAt: number }>()
  const answers = new Map<string, AnsweredAt>()
  const sessionsSeen = new Map<string, string>()
  const calls = new AbortController()
  const stopping = new AbortController()
  const isStopping = () => stopping.signal.aborted
  let isWoken = false
  let rouse: () => void = () => undefined
  let running: Promise<void> | undefined

  async function isDue(account: string): Promise<boolean> {
    if (inMaintenance.has(account) && !isPaused(account)) return true
    const message = await nextMessageDue(db, account)
    if (message !== undefined && message <= now()) return true
    if ((await nextRewriteDue(db, account)) !== undefined) return true
    if (isPaused(account)) return false
    const registration = await nextRegistrationDue(db, account)
    if (registration !== undefined && registration <= now()) return true
    const contact = deps.contactUpdates && (await nextContactDue(db, account))
    if (contact !== undefined && contact <= now()) return true
    const event = await nextEventDue(db, account)
    return event !== undefined && event <= now()
  }

  function isPaused(account: string) {
    const until = pausedUntil.get(account)
    if (until !== undefined && until <= now()) pausedUntil.delete(account)
    return pausedUntil.has(account)
  }

  function today() {
    return new Date(now()).toISOString().slice(0, 10)
  }

  /** People whose erasure was cut short, and the data of accounts that were removed, on which nobody else works. */
  async function eraseWhatIsDue() {
    if (now() < eraseDueAt) return
    eraseDueAt = now() + ERASE_EVERY_MS
    const removed = (await listRemovedAccounts(db)).flatMap(({ account, erasedAt }) =>
      erasedAt === null ? [account] : [],
    )
    for (const account of [...(await deps.accounts.keys()), ...removed]) {
      if (isStopping()) return
      const registrations = await finishErasures({ db, now }, account)
      if (registrations > 0)
        logger.warn({ account, registrations }, 'an erasure that was cut short is finished')
    }
    await eraseRemovedAccounts(db, now(), now() - REMOVED_TOLD_MS, isStopping)
  }

  function hintsOf(account: string) {
    const known = hints.get(account) ?? { askedAt: -Infinity }
    hints.set(account, known)
    return known
  }

  function answersOf(account: string) {
    const known = answers.get(account) ?? { imis: -Infinity, cvent: -Infinity }
    answers.set(account, known)
    return known
  }

  /** One turn of an account, alone in this process. @returns how much was done; 0 also when the lease is elsewhere */
  function job(account: string): Promise<number> {
    const mine =
      jobs.get(account) ??
      work(account).finally(() => {
        jobs.delete(account)
      })
    jobs.set(account, mine)
    return mine
  }

  async function work(account: string): Promise<number> {
    try {
      if (!(await deps.accounts.get(account))) return 0
      const name = `account:${account}`
      const lease = await acquireLease(db, name, owner, now(), now() + settings.leaseMs)
      if (!lease) return 0
      // Read under the lease: what another instance saved meanwhile, a new iMIS even, holds from here on.
      deps.accounts.forget(account)
      const loaded = await deps.accounts.get(account)
      if (!loaded) {
        await releaseLease(db, lease)
        return 0
      }
      const opened = openJob(deps, loaded, lease, {
        isStopping,
        signal: calls.signal,
        sessions,
        hints: hintsOf(account),
        answeredAt: answersOf(account),
        sessionsSeen,
      })
      try {
        return await withTrace(opened.trace, () => steps(opened))
      } finally {
        await releaseLease(db, lease)
      }
    } catch (error) {
      failed(account, error)
      return 0
    }
  }

  async function steps(opened: SyncJob): Promise<number> {
    const { account } = opened
    let done = await touchForSettings(opened)
    const wasPaused = isPaused(account)
    if (!wasPaused) done += await unlessPaused(account, () => reconcileDueEvents(opened))
    for (let batch = 0; batch < BATCHES_A_TURN && !isStopping(); batch += 1) {
      const unpacked = await unpackDue(opened)
      if (unpacked === 0) break
      done += unpacked
      // Webhooks that wait for the embedded database's only connection have it between two batches.
      await new Promise((resolve) => setImmediate(resolve))
    }
    // A look that is told to wait does not cost the registrations their turn.
    if (!wasPaused) done += await unlessPaused(account, () => syncDueRegistrations(opened))
    await endRunsThatAreOver(opened)
    const { contactUpdates } = deps
    if (contactUpdates && !isPaused(account))
      done += await unlessPaused(account, () => opened.keeping(contactUpdates(opened)))
    const day = today()
    if ((tidiedOn.get(account) !== day || inMaintenance.has(account)) && !isStopping()) {
      tidiedOn.set(account, day)
      // Kept until it is done: what a failure cuts short goes on in a later turn of the same day.
      const from = inMaintenance.get(account) ?? MAINTENANCE_START
      inMaintenance.set(account, from)
      const place = await runMaintenance(opened, from)
      if (place) inMaintenance.set(account, place)
      else inMaintenance.delete(account)
      if (place) done += 1
    }
    return done
  }

  /** A vendor that says when to come back is left alone until then, with everything that needs it. */
  async function unlessPaused(account: string, step: () => Promise<number>): Promise<number> {
    try {
      return await step()
    } catch (error) {
      if (!isPassing(error) || error.retryAt === undefined) throw error
      const until = Math.max(withinReason(error.retryAt, now()), pausedUntil.get(account) ?? 0)
      pausedUntil.set(account, until)
      logger.warn({ account, until, reason: error.message }, 'a vendor is left alone')
      return 1
    }
  }

  function failed(account: string, error: unknown) {
    if (error instanceof LeaseLost) return logger.info({ account }, error.message)
    if (isStopping()) return logger.info({ account }, 'a job was cut short by the stop')
    const isTheirs = isPassing(error) || isStoreTrouble(error)
    pausedUntil.set(account, now() + (isTheirs ? AFTER_STORE_MS : AFTER_BUG_MS))
    logger.error({ account, err: error }, 'a job failed; it is tried again')
  }

  async function run() {
    while (!isStopping()) {
      isWoken = false
      try {
        await eraseWhatIsDue()
        for (const account of await deps.accounts.keys()) {
          if (isStopping() || jobs.size >= ACCOUNTS_AT_ONCE) break
          if (jobs.has(account)) continue
          // Maintenance has its day also where nothing else happens.
          if (tidiedOn.get(account) === today() && !(await isDue(account))) continue
          // What is left when the job ends, or came meanwhile, is seen at once.
          job(account).then((done) => (done > 0 ? wake() : undefined), wake)
        }
      } catch (error) {
        logger.error({ err: error }, 'the database does not answer; the worker tries again')
      }
      if (!isWoken && !isStopping()) await nap()
    }
  }

  async function nap() {
    const nap = new AbortController()
    rouse = () => nap.abort()
    await delay(POLL_MS, undefined, { signal: nap.signal }).catch(() => undefined)
  }

  function wake() {
    isWoken = true
    rouse()
  }

  return {
    start() {
      running ??= run()
    },
    wake,
    async drain() {
      for (let isIdle = false; !isIdle && !isStopping();) {
        isIdle = true
        for (const account of await deps.accounts.keys())
          if ((await isDue(account)) && (await job(account)) > 0) isIdle = false
      }
      await Promise.all(jobs.values())
      await deps.accountLog.flush()
    },
    async stop() {
      stopping.abort()
      rouse()
      const cut = new AbortController()
      const grace = delay(settings.stopGraceMs * 0.75, undefined, { signal: cut.signal }).then(
        () => calls.abort(),
        () => undefined,
      )
      await running
      await Promise.all(jobs.values())
      cut.abort()
      await grace
    },
  }
}
