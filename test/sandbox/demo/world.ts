import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { Account } from '../../../schemas/account.ts'
import { Event } from '../../../schemas/event.ts'
import { compose } from '../../../server/compose.ts'
import { saveAccountDocument } from '../../../server/operator/account/account-documents.ts'
import { buildContentItem, CONTENT_ITEM } from '../../../server/operator/event/content-item.ts'
import { saveEventDocument } from '../../../server/operator/event/event-documents.ts'
import { readSettings, type Settings } from '../../../server/settings.ts'
import { sandboxAccount, sandboxEvents } from '../documents.ts'
import { startCvent, type CventSandbox } from '../cvent/server.ts'
import { installIPart } from '../imis/install-i-part.ts'
import { startImis, type ImisSandbox } from '../imis/server.ts'

/** PORT is the server's; the two vendors stand on the next two ports, or on free ones when PORT is 0. */
const IMIS_OFFSET = 1
const CVENT_OFFSET = 2
/** iMIS's client application leads its sign-on to this account. */
const ACCOUNT = 'nasm'

/** What stays the same when a demo starts over. */
export interface DemoOptions {
  host: string
  port: number
  secretKey: string
  adminToken: string
  logLevel: string
  /** True: no account yet, so that a newcomer can try the set-up. */
  isEmpty: boolean
}

/** The whole product on one machine: our server, both sandbox vendors and a database that goes when it stops. */
export interface DemoWorld {
  url: string
  settings: Settings
  imis: ImisSandbox
  cvent: CventSandbox
  /** Where the page builder's Configure dialog of the iPart is; null when no iPart is installed. */
  configureUrl: string | null
  stop(): Promise<void>
}

/** Starts a demo. @throws the error of a port that is taken; nothing is left running or on disk then */
export async function startDemo(options: DemoOptions): Promise<DemoWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'cvent-registration-demo-'))
  const opened: (() => Promise<unknown>)[] = []
  async function stop() {
    for (const close of opened.toReversed()) await close()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const { host, port } = options
    const beside = (offset: number) => (port === 0 ? 0 : port + offset)
    const settings = readSettings({
      DATABASE_URL: `sqlite:${join(folder, 'registration.db')}`,
      SECRET_KEY: options.secretKey,
      ADMIN_TOKEN: options.adminToken,
      PORT: String(port),
      HOST: host,
      LOG_LEVEL: options.logLevel,
      ALLOW_LOCAL_VENDORS: '1',
    })
    const logger = pino({ level: settings.logLevel })
    const server = await compose({ settings, logger, now: Date.now })
    opened.push(server.stop)
    const url = await server.app.listen({ host, port })
    settings.publicUrl = new URL(url)
    const cvent = await startCvent({ host, port: beside(CVENT_OFFSET) })
    opened.push(cvent.close)
    const imis = await startImis({
      host,
      port: beside(IMIS_OFFSET),
      serverUrl: url,
      account: ACCOUNT,
      cventUrl: cvent.url,
    })
    opened.push(imis.close)

    // As the guide tells editors: the sign-on page is for signed-in visitors, so iMIS asks the others to sign in.
    imis.state.settings.ssoPageSecured = true
    imis.state.eventPages = [...cvent.state.events.values()].map(
      ({ code, title, description }) => ({ eventCode: code, title, description }),
    )
    const world = { url, settings, imis, cvent, configureUrl: null, stop }
    if (options.isEmpty) {
      server.start()
      return world
    }

    const account = Account.parse(sandboxAccount(imis, cvent))
    const deps = { ...server, settings, now: Date.now, wake: server.worker.wake }
    const by = { actor: 'demo', requestId: 'demo' }
    await saveAccountDocument(deps, account, { by })
    for (const event of sandboxEvents())
      await saveEventDocument(deps, account.key, Event.parse(event), { by })
    server.start()
    await cvent.setWebhook({
      url: `${url}/webhooks/cvent/${account.key}`,
      token: account.cvent.webhookTokens[0] ?? '',
    })
    const zip = await buildContentItem({
      serverUrl: url,
      account: account.key,
      signInPage: account.imis.sso.page,
    })
    const { configurePath } = installIPart(imis.state, CONTENT_ITEM.zip, zip)
    return { ...world, configureUrl: `${imis.url}${configurePath}` }
  } catch (error) {
    await stop()
    throw error
  }
}
