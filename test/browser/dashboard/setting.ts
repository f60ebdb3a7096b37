import type { Browser, Page } from 'playwright-core'
import { onTestFinished } from 'vitest'
import { buildWidgets } from '../../../tools/build-widgets.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { openHandOff, signOnAs, stateOf } from '../../server/member-steps.ts'
import { ADMIN_TOKEN, startServer, type StartOptions, type TestServer } from '../../start-server.ts'
import { openPage } from '../chromium.ts'

/** A server with the built dashboard, on the real clock, its worker running by itself. */
export async function startWithDashboard(options: StartOptions = {}): Promise<TestServer> {
  await buildWidgets()
  return startServer({ realTime: true, runWorker: true, ...options })
}

/**
 * A page of the dashboard. Whatever its policy forbids, and whatever it asks of another server than ours, fails the test
 * when it ends.
 */
export async function openDashboard(
  server: TestServer,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Page> {
  const page = await openPage({ viewport: { width: 1280, height: 900 }, ...options })
  const faults: string[] = []
  page.on('console', (message) => {
    if (/Content Security Policy|Trusted Type/i.test(message.text())) faults.push(message.text())
  })
  page.on('request', (request) => {
    const { origin } = new URL(request.url())
    if (origin !== server.url && !request.url().startsWith(`blob:${server.url}`))
      faults.push(`asked ${request.url()}`)
  })
  onTestFinished(() => {
    if (faults.length > 0) throw new Error(faults.join('\n'))
  })
  return page
}

/** Opens an address of the dashboard and signs in with the admin token. */
export async function signIn(page: Page, server: TestServer, path = '/'): Promise<void> {
  await page.goto(`${server.url}/dashboard${path}`)
  await page.getByLabel('Admin token or API key').fill(ADMIN_TOKEN)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page
    .getByRole('heading', { level: 1 })
    .and(page.locator(':not(:text("Sign in"))'))
    .waitFor()
}

/** Goes to another page of the account by the menu, as a person would, so that the sign-in lasts. */
export async function turnTo(page: Page, name: string): Promise<void> {
  const menu = page.getByRole('button', { name: 'Menu' })
  if ((await menu.isVisible()) && (await menu.getAttribute('aria-expanded')) === 'false')
    await menu.click()
  await page
    .getByRole('navigation', { name: 'Dashboard' })
    .getByRole('link', { name, exact: true })
    .click()
  await page.getByRole('heading', { level: 1, name }).waitFor()
  await settled(page)
}

/** Resolves when nothing on the page is loading any more. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => !document.querySelector('.bones, [aria-busy=true]'))
}

/**
 * A day in an association's life: registrations that went through, the first of them by a member's own click, one that waits
 * for its person, one that iMIS refused, a cancellation, and an event that nobody has configured.
 */
export async function liveADay(server: TestServer): Promise<void> {
  const { cvent, imis } = server
  const event = seededEvents.open
  const member = (sourceId: string, firstName: string, lastName: string) => ({
    sourceId,
    firstName,
    lastName,
    email: `${firstName}.${lastName}@example.org`.toLowerCase(),
  })
  const { href } = await stateOf(server, { token: await signOnAs(server, 'MOAKFIELD') })
  if (href !== null) await openHandOff(href)
  await cvent.register({ event, contact: member('101', 'Maren', 'Oakfield'), planner: true })
  const rosa = await cvent.register({
    event,
    contact: member('107', 'Rosa', 'Lindqvist'),
    planner: true,
  })
  await cvent.register({ event, contact: member('110', 'Lena', 'Fjord'), planner: true })
  await cvent.register({
    event,
    contact: { firstName: 'Piet', lastName: 'Household', email: 'household@example.org' },
    planner: true,
  })
  await cvent.settled()
  await server.worker.drain()
  await cvent.cancel(rosa.id, { refund: true })
  imis.switchboard.set({ route: 'POST /api/Activity$', kind: 'status', status: 400, body: '{}' })
  await cvent.register({ event, contact: member('105', 'Noor', 'Albrecht'), planner: true })
  await cvent.settled()
  await server.worker.drain()
  imis.switchboard.clear()
  await cvent.register({
    event: seededEvents.notConfigured,
    contact: member('110', 'Lena', 'Fjord'),
    planner: true,
  })
  await cvent.settled()
  await server.worker.drain()
  await server.accountLog.flush()
}
