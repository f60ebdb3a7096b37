// `npm run demo`: the whole product on one machine, with sandbox vendors, on a fresh database that is gone afterwards.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { Account } from '../../schemas/account.ts'
import { Event } from '../../schemas/event.ts'
import { compose } from '../../server/compose.ts'
import { explain } from '../../server/explain.ts'
import { saveAccountDocument } from '../../server/operator/account-documents.ts'
import { saveEventDocument } from '../../server/operator/event-documents.ts'
import { readSettings } from '../../server/settings.ts'
import { buildWidgets } from '../../tools/build-widgets.ts'
import { seededEvents } from './cvent/seed.ts'
import { startCvent } from './cvent/server.ts'
import { sandboxAccount, sandboxEvents } from './documents.ts'
import { startImis } from './imis/server.ts'

/** PORT is ours; the two vendors stand on the next two ports, or on free ones when PORT is 0. */
const IMIS_OFFSET = 1
const CVENT_OFFSET = 2

async function demo() {
  const folder = mkdtempSync(join(tmpdir(), 'cvent-registration-demo-'))
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  try {
    await serve(folder, removeFolder)
  } catch (error) {
    removeFolder()
    throw error
  }
}

async function serve(folder: string, removeFolder: () => void) {
  const settings = readSettings({
    DATABASE_URL: `sqlite:${join(folder, 'registration.db')}`,
    SECRET_KEY: randomBytes(32).toString('base64url'),
    ADMIN_TOKEN: `demo-${randomBytes(12).toString('base64url')}`,
    PORT: process.env['PORT'] ?? '8080',
    HOST: process.env['HOST'],
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'warn',
    ALLOW_LOCAL_VENDORS: '1',
  })
  await buildWidgets()
  const { host } = settings
  const beside = (offset: number) => (settings.port === 0 ? 0 : settings.port + offset)
  const logger = pino({ level: settings.logLevel })
  const server = await compose({ settings, logger, now: Date.now })
  const url = await server.app.listen({ host, port: settings.port })
  settings.publicUrl = new URL(url)
  const cvent = await startCvent({ host, port: beside(CVENT_OFFSET) })
  const imis = await startImis({
    host,
    port: beside(IMIS_OFFSET),
    serverUrl: url,
    account: 'nasm',
    cventUrl: cvent.url,
  })

  // As the guide tells editors: the sign-on page is for signed-in visitors, so iMIS asks the others to sign in.
  imis.state.settings.ssoPageSecured = true

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

  let isStopping = false
  const stop = () => {
    if (isStopping) return
    isStopping = true
    process.stdout.write('\nStopping …\n')
    // Whatever hangs, the terminal is given back.
    setTimeout(() => process.exit(1), settings.stopGraceMs).unref()
    Promise.all([server.stop(), imis.close(), cvent.close()])
      .then(
        () => 0,
        () => 1,
      )
      .then((code) => {
        removeFolder()
        process.exit(code)
      })
      .catch(() => process.exit(1))
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)

  process.stdout.write(`
Cvent registration inside iMIS: everything runs, with sandbox vendors and invented people.

  1. The association's page   ${imis.url}/EventsPage?EventCode=${seededEvents.open}
     Sign in as Maren Oakfield (may register) or Tomas Reyl (may not), press Register, complete Cvent's form.
  2. Her iMIS record          ${imis.url}/Party?ID=101&tab=participation
     The registration stands there a moment later.

     More events              ${imis.url}/EventsPage
     Cvent's planner page     ${cvent.url}/planner/${seededEvents.open}
     Dashboard                ${url}/dashboard/
     Admin API                ${url}/admin/docs
     Admin token              ${settings.adminToken}
     Make things go wrong     ${imis.url}/sandbox and ${cvent.url}/sandbox

Ctrl-C stops it and forgets everything.
`)
}

demo().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`)
  process.exit(1)
})
