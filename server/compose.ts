import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Kysely } from 'kysely'
import type { Database } from '../db/database.ts'
import { openHabits } from '../db/habits.ts'
import { openMessageWriter, type MessageWriter } from '../db/engine/message-writer.ts'
import { migrate } from '../db/engine/migrate.ts'
import { serverAdvice } from '../db/engine/mysql.ts'
import { isMysql, openDatabase } from '../db/engine/open.ts'
import { openAccounts, type Accounts } from './accounts.ts'
import { buildApp } from './app.ts'
import type { Timeouts } from './routes/deps.ts'
import type { RateLimits } from './web/security-headers.ts'
import { openCallGates } from './vendor-calls/call-quota.ts'
import { connectCvent } from './cvent/client.ts'
import { connectImis } from './imis/client.ts'
import { openContactBringer } from './member/contact/bring-contact.ts'
import { openContactUpdates } from './member/contact/contact-job.ts'
import { openContactTypes } from './member/contact/contact-types.ts'
import { openContactUpkeep } from './member/contact/contact-upkeep.ts'
import { startWorker, type Worker } from './sync/worker/worker.ts'
import { noteCalls } from './vendor-calls/log-calls.ts'
import { openKeyRing, type KeyRing } from './secrets/key-ring.ts'
import { findSecretKeys } from './secrets/key-file.ts'
import type { Settings } from './settings.ts'
import { openAccountLog, type AccountLog } from './account-log.ts'
import { openVendors, type Vendors } from './vendors.ts'

/** The parts of one instance, built and wired, listening to nothing yet. `stop` ends them in order. */
export interface Composed {
  settings: Settings
  db: Kysely<Database>
  writer: MessageWriter
  ring: KeyRing
  accounts: Accounts
  vendors: Vendors
  accountLog: AccountLog
  app: FastifyInstance
  worker: Worker
  /** Lets the worker run, unless this instance is `ROLE=web`. */
  start(): void
  stop(): Promise<void>
}

/**
 * The composition root: builds every part once and hands each what it needs. `main.ts` calls it for a process, the
 * command line and the tests for theirs.
 *
 * @throws CannotOpen, the database's error or a sentence about SECRET_KEY; nothing is left open then
 */
export async function compose(deps: {
  settings: Settings
  logger: FastifyBaseLogger
  now: () => number
  /** Waits for a place among a vendor's calls of this second; a turned clock turns itself on instead. */
  wait?: (ms: number, signal: AbortSignal | undefined) => Promise<void>
  limits?: Partial<RateLimits>
  timeouts?: Partial<Timeouts>
}): Promise<Composed> {
  const { settings, logger, now } = deps
  const found = findSecretKeys(settings.secretKeys, settings.databaseUrl)
  if (found.note) logger.warn(found.note)
  const ring = openKeyRing(found.keys)
  const db = openDatabase(settings.databaseUrl)
  try {
    await migrate(db)
    const advice = isMysql(db) ? await serverAdvice(db) : undefined
    if (advice) logger.warn(advice)
  } catch (error) {
    await db.destroy()
    throw error
  }
  const writer = openMessageWriter(db, settings.databaseUrl)
  const accounts = openAccounts({ db, ring, now })
  const accountLog = openAccountLog({
    db,
    now,
    onLoss: (lines, error) =>
      logger.error({ lines, err: error }, 'lines of the account log were lost'),
  })
  const gates = openCallGates({ db, now, ...(deps.wait ? { wait: deps.wait } : {}) })
  const common = {
    deadlineMs: settings.vendorDeadlineMs,
    allowLocal: settings.allowLocalVendors,
    now,
  }
  const vendors = openVendors({
    connectImis: (account) =>
      connectImis({
        ...account.imis,
        ...common,
        gate: gates.imis(account),
        habits: openHabits(db, account.key, now),
        onCall: noteCalls({ accountLog, logger }, account.key),
      }),
    connectCvent: (account) =>
      connectCvent({
        ...account.cvent,
        ...common,
        wait: deps.wait,
        gate: gates.cvent(account),
        onCall: noteCalls({ accountLog, logger }, account.key),
      }),
  })
  const parts = { db, accounts, vendors, accountLog, now }
  const contactTypes = openContactTypes({ cventOf: (loaded) => vendors.cvent(loaded), now })
  const upkeep = openContactUpkeep({
    db,
    now,
    contacts: openContactBringer({ ...parts, contactTypes }),
  })
  const contactUpdates = openContactUpdates({ ...parts, upkeep })
  const worker = startWorker({ ...parts, settings, logger, contactUpdates })
  const app = await buildApp({
    settings,
    db,
    writer,
    ring,
    accounts,
    vendors,
    accountLog,
    logger,
    now,
    wake: worker.wake,
    waitMs: (account) => gates.cvent(account).waitMs?.() ?? 0,
    ...(deps.limits ? { limits: deps.limits } : {}),
    ...(deps.timeouts ? { timeouts: deps.timeouts } : {}),
  })
  return {
    settings,
    db,
    writer,
    ring,
    accounts,
    vendors,
    accountLog,
    app,
    worker,
    start() {
      if (settings.role !== 'web') worker.start()
    },
    async stop() {
      await app.close() // no new messages
      await writer.close() // those taken are on disk
      await worker.stop() // what is in hand is settled, the leases are given up
      await accountLog.flush()
      await vendors.close()
      await db.destroy()
    },
  }
}
