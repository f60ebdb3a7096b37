import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { Account } from '../../schemas/account.ts'
import { Event } from '../../schemas/event.ts'
import { compose } from '../../server/compose.ts'
import { saveAccountDocument } from '../../server/operator/account/account-documents.ts'
import { saveEventDocument } from '../../server/operator/event/event-documents.ts'
import { readSettings } from '../../server/settings.ts'
import { openTokens } from '../../server/secrets/tokens.ts'
import { buildWidgets, scriptConfig } from '../../tools/build-widgets.ts'
import { median } from '../figures.ts'
import { seededEvents } from '../sandbox/cvent/seed.ts'
import { startCvent } from '../sandbox/cvent/server.ts'
import { sandboxAccount, sandboxEvents } from '../sandbox/documents.ts'
import { startImis } from '../sandbox/imis/server.ts'
import { slowLine } from './slow-line.ts'

const ROUNDS = 5
const IMIS_MS = 100
const OURS_MS = 20
const PARTY = '101'

/** From the start of the navigation until the member can press Register, and what was asked on the way. */
interface Load {
  ms: number
  trips: string[]
}

/**
 * What a member waits for: a page of the association 100 ms away, our server 20 ms away, in Chromium. The first page of a tab
 * and the second, each beside a bare Lit element that has its token already and asks the same state once.
 */
export async function benchPage(print: (line: string) => void): Promise<void> {
  const stage = await open()
  const browser = await chromium.launch({
    executablePath: execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim(),
    args: ['--no-sandbox', '--disable-gpu'],
  })
  const loads: Record<string, Load[]> = {
    first: [],
    second: [],
    'bare first': [],
    'bare second': [],
  }
  try {
    for (let round = 0; round < ROUNDS; round += 1)
      for (const [name, url] of [
        ['', stage.eventPage],
        ['bare ', stage.barePage],
      ] as const) {
        const context = await browser.newContext()
        const page = await context.newPage()
        await page.goto(stage.signInPage)
        await page.getByRole('button', { name: 'Maren Oakfield' }).click()
        await page.waitForURL(/EventsPage/)
        loads[`${name}first`]?.push(await load(page, url))
        loads[`${name}second`]?.push(await load(page, url))
        await context.close()
      }
  } finally {
    await browser.close()
    await stage.close()
  }
  const ms = (name: string) => median((loads[name] ?? []).map((one) => one.ms))
  print(`${ROUNDS} rounds; ${IMIS_MS} ms to iMIS, ${OURS_MS} ms to us; medians`)
  for (const name of Object.keys(loads))
    print(
      `${name.padEnd(12)} ${ms(name).toFixed(0).padStart(5)} ms to eligible, one after the other: ${loads[name]?.[0]?.trips.join(' > ')}`,
    )
  for (const name of ['first', 'second'])
    print(`${name} page, to the bare element’s: ${(ms(name) / ms(`bare ${name}`)).toFixed(2)}`)
}

async function load(page: Page, url: string): Promise<Load> {
  const trips: string[] = []
  const note = (name: string) => trips.push(name.replace(/\/events\/.*/, '/state').slice(0, 40))
  const hear = (request: { url: () => string; method: () => string }) =>
    note(`${request.method()} ${new URL(request.url()).pathname}`)
  page.on('request', hear)
  await page.addInitScript(`
    for (const name of ['cvent-registration:phase', 'bare:shown'])
      addEventListener(name, (event) => { if (event.phase !== 'checking') window.shownAt ??= performance.now() })`)
  await page.goto(url)
  await page.waitForFunction('window.shownAt')
  const ms = await page.evaluate<number>('window.shownAt')
  page.off('request', hear)
  return { ms, trips }
}

/** The vendors, our server, both behind slow lines, and a site with the bare element. */
async function open() {
  await buildWidgets()
  const folder = await mkdtemp(join(tmpdir(), 'bench-page-'))
  await build(scriptConfig(join(import.meta.dirname, '../browser/element/bare-element.ts'), folder))
  const bare = await readFile(join(folder, 'bare-element.js'), 'utf8')
  const imis = await startImis({ now: Date.now })
  const cvent = await startCvent({ now: Date.now })
  let ours = ''
  const farImis = await slowLine(() => new URL(imis.url), IMIS_MS)
  const farOurs = await slowLine(() => new URL(ours), OURS_MS)
  const settings = readSettings({
    DATABASE_URL: `sqlite:${join(folder, 'bench.db')}`,
    SECRET_KEY: 'a bench key that is long enough for the ring',
    ALLOW_LOCAL_VENDORS: '1',
    PUBLIC_URL: farOurs.url,
  })
  const parts = await compose({ settings, logger: pino({ level: 'silent' }), now: Date.now })
  // Beside our own script and served as it is: revalidated on every page, by the same connection.
  parts.app.get('/bare.js', async (request, reply) => {
    void reply.headers({
      'content-type': 'text/javascript',
      'access-control-allow-origin': '*',
      'cache-control': 'public, no-cache',
      etag: '"1"',
    })
    return request.headers['if-none-match'] ? reply.status(304).send() : bare
  })
  ours = await parts.app.listen({ host: '127.0.0.1', port: 0 })
  imis.site.serverUrl = farOurs.url
  imis.site.cventUrl = cvent.url

  // The association's own page with the bare element in place of ours, and whatever that page loads.
  const site = createServer((request, reply) => {
    void (async () => {
      const theirs = request.url === '/' ? undefined : await fetch(`${imis.url}${request.url}`)
      reply.setHeader('content-type', theirs?.headers.get('content-type') ?? 'text/html')
      for (const name of ['cache-control', 'etag', 'last-modified']) {
        const value = theirs?.headers.get(name)
        if (value) reply.setHeader(name, value)
      }
      return reply.end(theirs ? await theirs.text() : html)
    })()
  }).listen(0, '127.0.0.1')
  await once(site, 'listening')
  // It listens on a port.
  const siteUrl = new URL(`http://127.0.0.1:${(site.address() as AddressInfo).port}`)
  const farSite = await slowLine(() => siteUrl, IMIS_MS)

  const account = Account.parse(sandboxAccount(imis, cvent))
  account.origins.push(farImis.url, farSite.url)
  const deps = { ...parts, settings, now: Date.now, wake: () => undefined }
  const by = { actor: 'bench', requestId: 'bench' }
  await saveAccountDocument(deps, account, { by })
  for (const event of sandboxEvents())
    await saveEventDocument(deps, account.key, Event.parse(event), { by })
  const { token } = await openTokens({ ring: parts.ring, now: Date.now }).signMember({
    account: account.key,
    partyId: PARTY,
    userName: 'MOAKFIELD',
  })
  const stateUrl = `${farOurs.url}/v1/${account.key}/events/${seededEvents.open}/registration?`
  const page = await fetch(`${imis.url}/Events/${seededEvents.open}`)
  const html = (await page.text())
    .replace(
      /<cvent-registration[^]*?<\/cvent-registration\s*>/,
      `<bare-element url="${stateUrl}" token="${token}"></bare-element>`,
    )
    .replace(`${farOurs.url}/widget/registration.js`, `${farOurs.url}/bare.js`)
  if (!html.includes('<bare-element') || !html.includes('/bare.js'))
    throw new Error('the page does not hold the bare element')
  // The event is read from Cvent once, as it is after the first visitor.
  await fetch(stateUrl, { headers: { authorization: `Bearer ${token}`, origin: farSite.url } })
  return {
    eventPage: `${farImis.url}/Events/${seededEvents.open}`,
    signInPage: `${farImis.url}/SignIn?ReturnUrl=/EventsPage`,
    barePage: `${farSite.url}/`,
    async close() {
      for (const line of [farImis, farOurs, farSite]) line.close()
      site.close()
      await parts.stop()
      await Promise.all([imis.close(), cvent.close()])
      await rm(folder, { recursive: true, force: true })
    },
  }
}
