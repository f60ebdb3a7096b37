import type { Kysely, KyselyPlugin } from 'kysely'
import { pino } from 'pino'
import type { Database } from '../../../db/database.ts'
import { saveEvent } from '../../../db/events.ts'
import { openHabits } from '../../../db/habits.ts'
import { openMessageWriter } from '../../../db/engine/message-writer.ts'
import { migrate } from '../../../db/engine/migrate.ts'
import { openDatabase } from '../../../db/engine/open.ts'
import { Account } from '../../../schemas/account.ts'
import { Event } from '../../../schemas/event.ts'
import type { Accounts } from '../../../server/accounts.ts'
import { connectCvent } from '../../../server/cvent/client.ts'
import { openGate, type CallGate } from '../../../server/vendor-calls/call-gate.ts'
import { connectImis } from '../../../server/imis/client.ts'
import type { Imis } from '../../../server/imis/imis.ts'
import { openMessageBatcher } from '../../../server/ingest/message-batcher.ts'
import { startWorker, type Worker } from '../../../server/sync/worker/worker.ts'
import { openAccountLog } from '../../../server/account-log.ts'
import type { Vendors } from '../../../server/vendors.ts'
import { sandboxAccount } from '../../sandbox/documents.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { startCvent, type CventSandbox } from '../../sandbox/cvent/server.ts'
import { startImis, type ImisSandbox } from '../../sandbox/imis/server.ts'

/** That the process died: thrown by every step of a worker after its last one. */
export class Crash extends Error {}

/** A worker that may die between any two steps, each a statement or a call to a vendor. */
export interface MortalWorker extends Worker {
  /** Dies when that many more steps were begun; 0 is at once. */
  dieAfter(steps: number): void
  /** The statement or call after that many more steps fails with `error`; those after it go on. */
  failAfter(steps: number, error: Error): void
}

/**
 * The message's path without the web door: a database, both sandbox vendors over real HTTP, a clock, and workers that may
 * crash. Cvent's webhooks go nowhere by themselves: a test takes them from `posted()` and brings them by `deliver`.
 */
export interface Rig {
  db: Kysely<Database>
  imis: ImisSandbox
  cvent: CventSandbox
  account: Account
  eventStub: string
  now(): number
  advance(ms: number): void
  /** The bodies Cvent has posted and nobody has taken yet, oldest first. */
  posted(): string[]
  deliver(body: string): Promise<void>
  /**
   * Two controls: with `isBlind` its searches of iMIS find nothing, so that it must write twice; with `isTrusting` it takes
   * whatever row stands under a stored SEQN for its own.
   */
  worker(options?: { owner?: string; isBlind?: boolean; isTrusting?: boolean }): MortalWorker
  /** Forgets everything but the account, its event and the people, so that the next round starts clean. */
  reset(): Promise<void>
  close(): Promise<void>
}

export const RIG_START = Date.parse('2026-12-02T15:00:00Z')
export const SETTINGS = {
  leaseMs: 60_000,
  vendorDeadlineMs: 10_000,
  settleMs: 5000,
  stopGraceMs: 8000,
}

/** Opens a rig on a database (default: SQLite in memory). */
export async function openRig(
  options: {
    databaseUrl?: string
    account?: (account: Account) => Account
    event?: Partial<Event>
    settings?: Partial<typeof SETTINGS>
    gate?: CallGate
    /** Stands before Cvent's calls only; default `gate`. */
    cventGate?: CallGate
    /** Waits inside Cvent's lists turn the clock instead of taking their time. */
    isPatient?: boolean
  } = {},
): Promise<Rig> {
  let time = RIG_START
  const now = () => time
  const settings = { ...SETTINGS, ...options.settings }
  const imis = await startImis({ now })
  const cvent = await startCvent({ now, switches: { enforceLimits: false, dropWebhooks: true } })
  await cvent.setWebhook({ url: 'http://127.0.0.1:9/', token: 'none' })
  const db = openDatabase(options.databaseUrl ?? 'sqlite::memory:')
  await migrate(db)
  const parsed = Account.parse(sandboxAccount(imis, cvent))
  const account = options.account?.(parsed) ?? parsed
  const event = Event.parse({
    eventCode: seededEvents.open,
    meetingCode: 'AC2027',
    ...options.event,
  })
  const loaded = { account, version: 1 }
  const accounts: Accounts = {
    get: async () => loaded,
    event: async () => undefined,
    keys: async () => [account.key],
    forget: () => undefined,
  }
  const common = {
    deadlineMs: settings.vendorDeadlineMs,
    now,
    gate: options.gate ?? openGate,
    allowLocal: true,
    onCall: () => undefined,
  }
  const imisClient = connectImis({
    ...account.imis,
    ...common,
    habits: openHabits(db, account.key, now),
  })
  const cventClient = connectCvent({
    ...account.cvent,
    ...common,
    gate: options.cventGate ?? common.gate,
    wait: options.isPatient
      ? async (ms: number) => {
          time += ms
        }
      : undefined,
  })
  const batcher = openMessageBatcher({
    writer: openMessageWriter(db, 'sqlite::memory:'),
    now,
    onTrouble: () => undefined,
  })
  const eventStub =
    [...cvent.state.events.values()].find(({ code }) => code === seededEvents.open)?.id ?? ''
  let taken = 0
  let requests = 0

  async function reset() {
    for (const table of ['message', 'registration', 'ledger', 'lease', 'log', 'event'] as const)
      await db.deleteFrom(table).execute()
    await saveEvent(
      db,
      {
        account: account.key,
        eventCode: event.eventCode,
        meetingCode: event.meetingCode,
        enabled: 1,
        document: JSON.stringify(event),
      },
      undefined,
      time,
    )
    imis.switchboard.clear()
    cvent.switchboard.clear()
    imis.switchboard.calls.length = 0
    cvent.switchboard.calls.length = 0
    imis.state.activities.clear()
    const { attendees, orders, orderItems, transactions, enrollments } = cvent.state
    for (const list of [attendees, orders, orderItems, transactions, enrollments]) list.clear()
    cvent.deliveries.length = 0
    taken = 0
  }
  await reset()

  return {
    db,
    imis,
    cvent,
    account,
    eventStub,
    now,
    advance(ms) {
      time += ms
    },
    posted() {
      const bodies = cvent.deliveries.slice(taken).map(({ body }) => body)
      taken = cvent.deliveries.length
      return bodies
    },
    async deliver(body) {
      requests += 1
      await batcher.keep({
        account: account.key,
        path: '/',
        contentType: 'application/json',
        requestId: `request-${requests}`,
        body: Buffer.from(body),
      })
    },
    worker({ owner, isBlind = false, isTrusting = false } = {}) {
      let left = Infinity
      let leftToFailure = Infinity
      let failure = new Error('unset')
      function step() {
        leftToFailure -= 1
        if (leftToFailure === -1) throw failure
        if (left <= 0) throw new Crash('the process is dead')
        left -= 1
      }
      const plugin: KyselyPlugin = {
        transformQuery({ node }) {
          step()
          return node
        },
        transformResult: async ({ result }) => result,
      }
      const mortal = db.withPlugin(plugin)
      const vendors: Vendors = {
        imis: () =>
          stepping(
            {
              ...imisClient,
              ...(isBlind ? { activities: async () => [] } : {}),
              ...(isTrusting ? trusting(imisClient) : {}),
            },
            step,
          ),
        cvent: () => stepping(cventClient, step),
        handOffForm: () => {
          throw new Error('not on this path')
        },
        close: async () => undefined,
      }
      const worker = startWorker({
        settings,
        db: mortal,
        accounts,
        vendors,
        accountLog: openAccountLog({ db: mortal, now, onLoss: () => undefined }),
        logger: pino({ level: process.env['RIG_LOG'] ?? 'silent' }),
        now,
        ...(owner === undefined ? {} : { owner }),
      })
      return {
        ...worker,
        dieAfter(steps) {
          left = steps
        },
        failAfter(steps, error) {
          leftToFailure = steps
          failure = error
        },
      }
    },
    reset,
    async close() {
      await Promise.all([imisClient.close(), cventClient.close()])
      await db.destroy()
      await Promise.all([imis.close(), cvent.close()])
    },
  }
}

/** The control that believes a stored SEQN. */
function trusting(client: Imis): Pick<Imis, 'updateActivity' | 'deleteActivity'> {
  return {
    updateActivity: (seqn, properties, _isOurs, options) =>
      client.updateActivity(seqn, properties, () => true, options),
    deleteActivity: (seqn, _isOurs, options) => client.deleteActivity(seqn, () => true, options),
  }
}

/** A client whose calls are steps: it may die before a call and, with the effect done, after it. */
function stepping<Client extends object>(client: Client, step: () => void): Client {
  return new Proxy(client, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver)
      if (typeof member !== 'function') return member
      return (...given: unknown[]) => {
        step()
        const answer: unknown = Reflect.apply(member, target, given)
        if (!(answer instanceof Promise)) return answer
        return answer.then((value: unknown) => {
          step()
          return value
        })
      }
    },
  })
}
