// `npm run dev`: the server, started again when a source changes; the element and the dashboard through Vite with hot reload;
// both sandbox vendors. The database and what the vendors remember are kept in data/dev between runs; delete that folder to
// start over. PORT (8080) is the address to open; the three ports after it are taken too.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { sandboxAccount, sandboxEvents } from '../test/sandbox/documents.ts'
import { seededEvents } from '../test/sandbox/cvent/seed.ts'
import { buildWidgets } from './build-widgets.ts'
import { startBrowserServer } from './dev-browser.ts'
import { startKeptVendors } from './dev-vendors.ts'

const HOST = '127.0.0.1'
const ADMIN_TOKEN = 'development-token'
const folder = process.env['DEV_FOLDER'] ?? 'data/dev'
const port = Number(process.env['PORT'] ?? 8080)
const [imisPort, serverPort] = [port + 1, port + 3]
const publicUrl = `http://${HOST}:${port}`
const serverUrl = `http://${HOST}:${serverPort}`

async function dev() {
  // The content item's package is made of built parts.
  await buildWidgets()
  const vendors = await startKeptVendors({
    file: join(folder, 'vendors.bin'),
    serverUrl: publicUrl,
    host: HOST,
    port: imisPort,
  })
  const browser = await startBrowserServer({ host: HOST, port, serverUrl })
  const server = spawn(process.execPath, ['--watch', '--watch-preserve-output', 'server/main.ts'], {
    stdio: 'inherit',
    env: {
      ...process.env,
      DATABASE_URL: `sqlite:${join(folder, 'registration.db')}`,
      HOST,
      PORT: String(serverPort),
      PUBLIC_URL: publicUrl,
      ADMIN_TOKEN,
      ALLOW_LOCAL_VENDORS: '1',
    },
  })
  await untilReady()
  await seed(vendors)
  vendors.keep()

  let isStopping = false
  const stop = (code: number) => {
    if (isStopping) return
    isStopping = true
    vendors.keep()
    server.kill('SIGTERM')
    void Promise.all([browser.close(), vendors.close()]).finally(() => process.exit(code))
  }
  process.once('SIGINT', () => stop(0))
  process.once('SIGTERM', () => stop(0))
  server.once('exit', (code) => stop(code ?? 1))

  console.log(`
Everything runs; a change to a source shows at once.

  The association's page   http://${HOST}:${imisPort}/EventsPage?EventCode=${seededEvents.open}
  Dashboard                ${publicUrl}/dashboard/   token ${ADMIN_TOKEN}
  Admin API                ${publicUrl}/admin/docs
  Vendors' switches        http://${HOST}:${imisPort}/sandbox and http://${HOST}:${imisPort + 1}/sandbox
  Kept in                  ${folder} (delete it to start over)

Ctrl-C stops it.
`)
}

/** Node's watcher starts the server again after each change: until it answers, it is starting. */
async function untilReady() {
  for (;;) {
    const answer = await fetch(`${serverUrl}/health/ready`).catch(() => undefined)
    if (answer?.ok) return
    await delay(200)
  }
}

/** Writes the sandbox's account and events where there are none yet; an admin's own changes stay. */
async function seed({ imis, cvent }: Awaited<ReturnType<typeof startKeptVendors>>) {
  const account = sandboxAccount(imis, cvent)
  await putIfMissing(`/admin/accounts/${account.key}`, account)
  for (const event of sandboxEvents())
    await putIfMissing(`/admin/accounts/${account.key}/events/${event.eventCode}`, event)
  const token = account.cvent.webhookTokens?.[0] ?? ''
  await cvent.setWebhook({ url: `${publicUrl}/webhooks/cvent/${account.key}`, token })
}

async function putIfMissing(path: string, document: object) {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' }
  const known = await fetch(`${serverUrl}${path}`, { headers })
  if (known.ok) return
  const body = JSON.stringify(document)
  const saved = await fetch(`${serverUrl}${path}`, { method: 'PUT', headers, body })
  if (!saved.ok) throw new Error(`${path} was not saved: ${await saved.text()}`)
}

dev().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})
