import { pino, type Logger } from 'pino'
import { onTestFinished } from 'vitest'
import { Account } from '../schemas/account.ts'
import { Event } from '../schemas/event.ts'
import type { Timeouts } from '../server/routes/deps.ts'
import { compose, type Composed } from '../server/compose.ts'
import { saveAccountDocument } from '../server/operator/account/account-documents.ts'
import { saveEventDocument } from '../server/operator/event/event-documents.ts'
import { readSettings } from '../server/settings.ts'
import { freshDatabase, type Dialect } from './databases.ts'
import { startCvent, type CventOptions, type CventSandbox } from './sandbox/cvent/server.ts'
import { sandboxAccount, sandboxEvents } from './sandbox/documents.ts'
import { startImis, type ImisOptions, type ImisSandbox } from './sandbox/imis/server.ts'

/** How a test's server starts; everything has a default. */
export interface StartOptions {
  dialect?: Dialect
  /** An existing database instead of a fresh one: what a restart finds. It is not removed afterwards. */
  databaseUrl?: string
  /** More environment, over the harness's own: `{ VENDOR_DEADLINE_MS: '300' }`. */
  env?: Record<string, string>
  imis?: ImisOptions
  cvent?: CventOptions
  /** Vendors that already run, shared by several servers. They are not closed afterwards. */
  vendors?: { imis: ImisSandbox; cvent: CventSandbox }
  /** False: no account and no events are saved. */
  seed?: boolean
  /** Changes to the seeded account before it is saved. */
  account?: (account: Account) => Account
  /** Seeded events; default `sandboxEvents`. */
  events?: Event[]
  /** Real clock instead of the turned one: for tests in which a browser or a process waits. */
  realTime?: boolean
  /** Lets the worker run by itself, as in production; else it moves by `drain()` only. */
  runWorker?: boolean
  /** Shorter time limits for slow clients. */
  timeouts?: Partial<Timeouts>
  /** A clock that the test turns itself, and who waits on it, instead of the one that waiting turns. */
  clock?: { now: () => number; wait: (ms: number) => Promise<void> }
  /** Takes every log line; default nothing is logged. */
  logger?: Logger
}

/** A server as in production, with sandbox vendors, on a real port. Closed when the test ends. */
export interface TestServer extends Composed {
  url: string
  imis: ImisSandbox
  cvent: CventSandbox
  databaseUrl: string
  /** The key of the seeded account: `nasm`. */
  account: string
  adminToken: string
  now(): number
  /** Turns the clock forward; everything of ours and the vendors' sees it. Not with `realTime`. */
  advance(ms: number): void
  /** Turns the worker until nothing is due at the present clock, Cvent's messages on their way first. */
  drain(): Promise<void>
  /** Ends the server before the test does; harmless to repeat. */
  close(): Promise<void>
}

/** Where a turned clock begins: a working Wednesday, months before the sandbox's open events. */
export const CLOCK_START = Date.parse('2026-12-02T15:00:00Z')

/** The owner's token of every test server. */
export const ADMIN_TOKEN = 'test-admin-token-0123456789'

/** Starts it all: database, vendors, account, events, doors, webhooks pointed at us. */
export async function startServer(options: StartOptions = {}): Promise<TestServer> {
  let offset = 0
  const began = CLOCK_START
  const now = options.clock?.now ?? (options.realTime ? Date.now : () => began + offset)
  const fresh = options.databaseUrl ? undefined : await freshDatabase(options.dialect)
  const databaseUrl = options.databaseUrl ?? fresh?.url ?? ''
  const imis = options.vendors?.imis ?? (await startImis({ now, ...options.imis }))
  const cvent = options.vendors?.cvent ?? (await startCvent({ now, ...options.cvent }))
  const settings = readSettings({
    DATABASE_URL: databaseUrl,
    SECRET_KEY: 'a test key that is long enough for the ring',
    ADMIN_TOKEN,
    ALLOW_LOCAL_VENDORS: '1',
    ...options.env,
  })
  const parts = await compose({
    settings,
    logger: options.logger ?? pino({ level: 'silent' }),
    now,
    ...(options.timeouts ? { timeouts: options.timeouts } : {}),
    ...(options.realTime
      ? {}
      : {
          wait:
            options.clock?.wait ??
            (async (ms) => {
              offset += ms
            }),
        }),
  })
  const url = await parts.app.listen({ host: '127.0.0.1', port: 0 })
  settings.publicUrl ??= new URL(url)
  imis.site.serverUrl = url
  imis.site.cventUrl = cvent.url

  const account = Account.parse(sandboxAccount(imis, cvent))
  const saved = options.account?.(account) ?? account
  if (options.seed !== false) {
    const deps = { ...parts, settings, now, wake: () => undefined }
    const by = { actor: 'test', requestId: 'test' }
    await saveAccountDocument(deps, saved, { by })
    for (const event of options.events ?? sandboxEvents().map((document) => Event.parse(document)))
      await saveEventDocument(deps, saved.key, event, { by })
  }
  await cvent.setWebhook({
    url: `${url}/webhooks/cvent/${saved.key}`,
    token: saved.cvent.webhookTokens[0] ?? '',
  })
  if (options.runWorker) parts.start()

  let closing: Promise<void> | undefined
  async function close() {
    await parts.stop()
    if (!options.vendors) await Promise.all([imis.close(), cvent.close()])
    await fresh?.close()
  }
  const server: TestServer = {
    ...parts,
    url,
    imis,
    cvent,
    databaseUrl,
    account: saved.key,
    adminToken: ADMIN_TOKEN,
    now,
    advance(ms) {
      offset += ms
    },
    async drain() {
      await cvent.settled()
      await parts.worker.drain()
    },
    close: () => (closing ??= close()),
  }
  onTestFinished(() => server.close())
  return server
}
