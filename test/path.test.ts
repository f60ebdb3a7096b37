import type { Page } from 'playwright-core'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { openPage } from './browser/chromium.ts'
import { startChild } from './child-server.ts'
import { DIALECTS, freshDatabase } from './databases.ts'
import { freePort } from './free-port.ts'
import { lacks } from './programs.ts'
import { seededEvents } from './sandbox/cvent/seed.ts'
import { startCvent } from './sandbox/cvent/server.ts'
import { sandboxAccount, sandboxEvents } from './sandbox/documents.ts'
import { startImis } from './sandbox/imis/server.ts'
import { ADMIN_TOKEN, startServer } from './start-server.ts'

// The whole path once: a member signs in on the association's page, presses Register, completes Cvent's form, and the
// activity stands on the iMIS record. Everything between is real: element, server, worker, database, browser.

async function registerAsMaren(page: Page, imisUrl: string) {
  await page.goto(`${imisUrl}/EventsPage?EventCode=${seededEvents.open}`)
  await page
    .getByRole('link', { name: /sign in/i })
    .first()
    .click()
  await page.getByRole('button', { name: /Maren Oakfield/ }).click()
  await page.getByRole('link', { name: 'Register for Annual Conference 2027' }).click()
  expect(await page.getByLabel('First name', { exact: true }).inputValue()).toBe('Maren')
  expect(await page.getByLabel('Email address', { exact: true }).inputValue()).toBe(
    'maren.oakfield@example.org',
  )
  await page.getByRole('button', { name: 'Submit' }).click()
  await page
    .getByText(/confirmation number/i)
    .first()
    .waitFor()
}

describe.skipIf(lacks('Chromium')).each(DIALECTS)('on %s', (dialect) => {
  test('a member who registers at Cvent finds the activity on the iMIS record', async () => {
    const server = await startServer({ dialect, realTime: true, runWorker: true })
    const page = await openPage()

    await registerAsMaren(page, server.imis.url)

    await vi.waitFor(() => expect(server.imis.activitiesOf('101')).toHaveLength(1), 60_000)
    await page.goto(`${server.imis.url}/Party?ID=101&tab=participation`)
    const row = page.locator('#Participation tr[data-seqn]')
    expect(await row.innerText()).toMatch(/MEETING.*Annual Conference 2027/s)
    await page.goto(`${server.imis.url}/EventsPage?EventCode=${seededEvents.open}`)
    await page
      .getByText(/you are registered/i)
      .first()
      .waitFor()
    expect(server.cvent.state.violations).toEqual([])
  })

  test('the activity is there, once, when the server is killed right after Cvent was answered', async () => {
    const { url: databaseUrl, close } = await freshDatabase(dialect)
    onTestFinished(close)
    const port = await freePort()
    const env = {
      DATABASE_URL: databaseUrl,
      PORT: String(port),
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      SECRET_KEY: 'a test key that is long enough for the ring',
      ADMIN_TOKEN,
      ALLOW_LOCAL_VENDORS: '1',
      VENDOR_DEADLINE_MS: '4000',
      SETTLE_MS: '500',
      LEASE_MS: '6000',
    }
    const server = await startChild(env)
    const cvent = await startCvent()
    onTestFinished(() => cvent.close())
    const imis = await startImis({ serverUrl: server.url, cventUrl: cvent.url })
    onTestFinished(() => imis.close())
    await setUp(server.url, imis, cvent)
    const page = await openPage()

    // The worker may read the event and its attendees, but not this attendee: it is killed in the middle of that.
    cvent.switchboard.set({ route: 'POST /ea/attendees/filter', kind: 'hold' })
    await registerAsMaren(page, imis.url)
    await cvent.switchboard.held()
    expect(cvent.deliveries.at(-1)?.status).toBe(200)
    await server.kill()
    cvent.switchboard.clear()
    expect(imis.activitiesOf('101')).toEqual([])
    await startChild(env)

    await vi.waitFor(() => expect(imis.activitiesOf('101')).toHaveLength(1), 60_000)
    await page.goto(`${imis.url}/Party?ID=101&tab=participation`)
    expect(await page.locator('#Participation tr[data-seqn]').count()).toBe(1)
  })
})

/** What an admin does once, through the public routes. */
async function setUp(
  serverUrl: string,
  imis: Awaited<ReturnType<typeof startImis>>,
  cvent: Awaited<ReturnType<typeof startCvent>>,
) {
  const account = sandboxAccount(imis, cvent)
  const put = async (path: string, document: unknown) => {
    const response = await fetch(`${serverUrl}/admin/accounts/${account.key}${path}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify(document),
    })
    expect(response.ok, await response.text()).toBe(true)
  }
  await put('', account)
  for (const event of sandboxEvents()) await put(`/events/${event.eventCode}`, event)
  await cvent.setWebhook({
    url: `${serverUrl}/webhooks/cvent/${account.key}`,
    token: account.cvent.webhookTokens?.[0] ?? '',
  })
}
