import type { Page } from 'playwright-core'
import { describe, expect, test, vi } from 'vitest'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { startServer, type StartOptions, type TestServer } from '../../start-server.ts'
import { axeFindings } from '../axe.ts'
import { openPage } from '../chromium.ts'

// The element on a RiSE page of the sandbox, with our real server and two vendors that remember.

/** A server that has read its events from Cvent, as it has after the first visitor. */
async function start(options: StartOptions = {}) {
  const server = await startServer({ realTime: true, ...options })
  await vi.waitFor(async () => {
    const listed = await fetch(`${server.url}/v1/${server.account}/events`)
    expect(await listed.text()).not.toContain('"title":null')
  }, 10_000)
  return server
}

async function signInAs(page: Page, server: TestServer, name: string) {
  await page.goto(`${server.imis.url}/SignIn?ReturnUrl=/EventsPage`)
  await page.getByRole('button', { name }).click()
}

const eventPage = (server: TestServer, code: string, query = '') =>
  `${server.imis.url}/Events/${code}${query}`

const register = (page: Page, title = 'Annual Conference 2027') =>
  page.getByRole('link', { name: `Register for ${title}` })

for (const edition of ['ems', '2017'] as const)
  describe(`on ${edition}`, () => {
    test('a member who may register gets a link to Cvent, and it leads there', async () => {
      const server = await start({ imis: { edition } })
      const page = await openPage()
      await signInAs(page, server, 'Maren Oakfield')

      await page.goto(eventPage(server, seededEvents.open))
      await register(page).click()

      await page.getByLabel('First name', { exact: true }).waitFor()
      expect(new URL(page.url()).origin).toBe(new URL(server.cvent.url).origin)
    })

    test('a member who may not register reads the exact refusal with the own iMIS ID', async () => {
      const server = await start({ imis: { edition } })
      const page = await openPage()
      await signInAs(page, server, 'Tomas Reyl')

      await page.goto(eventPage(server, seededEvents.open))

      await page
        .getByText('Could not confirm registration information for iMIS ID: 102', { exact: true })
        .waitFor()
      expect(await register(page).count()).toBe(0)
    })
  })

test('a visitor signs in by the button, in a window, without leaving the page', async () => {
  const server = await start()
  const page = await openPage()
  await page.goto(eventPage(server, seededEvents.open))

  const [window] = await Promise.all([
    page.waitForEvent('popup'),
    page.getByRole('button', { name: 'Sign in to register for Annual Conference 2027' }).click(),
  ])
  await window.getByText('Please sign in first').waitFor()
  await signInAs(window, server, 'Maren Oakfield')
  await window.close()
  await page.evaluate(`dispatchEvent(new Event('focus'))`)

  await register(page).waitFor()
})

test('where the sign-on page is for signed-in visitors, the window asks to sign in and goes away by itself', async () => {
  const server = await start()
  server.imis.state.settings.ssoPageSecured = true
  const page = await openPage()
  await page.goto(eventPage(server, seededEvents.open))

  const [window] = await Promise.all([
    page.waitForEvent('popup'),
    page.getByRole('button', { name: /^Sign in to register/ }).click(),
  ])
  await window.getByRole('button', { name: 'Maren Oakfield' }).click()

  await register(page).waitFor()
  await expect.poll(() => page.context().pages()).toHaveLength(1)
})

test('a member whose page lost the session signs in with one press when iMIS still knows them', async () => {
  const server = await start()
  const page = await openPage()
  await page.goto(eventPage(server, seededEvents.open))
  const other = await page.context().newPage()
  await signInAs(other, server, 'Maren Oakfield')
  await other.close()

  await page.getByRole('button', { name: /^Sign in to register/ }).click()

  await register(page).waitFor()
  await expect.poll(() => page.context().pages()).toHaveLength(1)
})

test('two elements on a page share one sign-on', async () => {
  const server = await start()
  const page = await openPage()
  await signInAs(page, server, 'Maren Oakfield')
  server.imis.switchboard.calls.length = 0

  await page.goto(
    `${server.imis.url}/EventsPage?codes=${seededEvents.open},${seededEvents.membersOnly}`,
  )
  await register(page).waitFor()
  await register(page, 'Members Forum 2027').waitFor()

  expect(server.imis.switchboard.count(/^GET \/CventSignIn$/)).toBe(1)
})

test('a partial postback in mid-request puts a new element there, which shows the state', async () => {
  const server = await start()
  const page = await openPage()
  await signInAs(page, server, 'Maren Oakfield')
  server.imis.switchboard.set({ route: 'GET /api/query$', kind: 'hold', times: 1 })
  await page.goto(eventPage(server, seededEvents.open))
  await server.imis.switchboard.held()
  await page.evaluate(`document.querySelector('cvent-registration').isFirst = true`)

  await page.getByRole('button', { name: 'Refresh zone' }).click()
  await expect
    .poll(() => page.evaluate(`document.querySelector('cvent-registration').isFirst`))
    .toBe(undefined)
  server.imis.switchboard.release()

  await register(page).waitFor()
  expect(await page.locator('cvent-registration').count()).toBe(1)
})

test('frames refused by the site: the member is asked to sign in, and the window works', async () => {
  const server = await start()
  const page = await openPage()
  await signInAs(page, server, 'Maren Oakfield')
  server.imis.state.settings.framesBlocked = true

  await page.goto(eventPage(server, seededEvents.open))
  const button = page.getByRole('button', { name: /^Sign in to register/ })
  await button.waitFor({ timeout: 20_000 })
  await button.click()

  await register(page).waitFor()
})

test('a server that is down leaves the page’s own link to Cvent', async () => {
  const server = await start()
  const page = await openPage()
  await page.route('**/widget/registration.js', (route) => route.abort())

  await page.goto(eventPage(server, seededEvents.open))

  const link = page.getByRole('link', { name: 'Register at Cvent' })
  expect(await link.isVisible()).toBe(true)
})

test('offline in mid-visit: a retry and the link; back online the state comes by itself', async () => {
  const server = await start()
  const page = await openPage()
  await signInAs(page, server, 'Maren Oakfield')
  await page.route('**/v1/**', (route) => route.abort())
  await page.goto(eventPage(server, seededEvents.open))
  await page.getByRole('button', { name: 'Try again' }).waitFor()
  expect(await page.getByRole('link', { name: 'Register at Cvent' }).isVisible()).toBe(true)

  await page.unroute('**/v1/**')
  await page.context().setOffline(true)
  await page.context().setOffline(false)

  await register(page).waitFor()
})

for (const display of ['button', 'link', 'card'])
  test(`on a slow network the place is kept: nothing on the page moves when the answer comes (${display})`, async () => {
    const server = await start()
    const page = await openPage({ viewport: { width: 1000, height: 800 } })
    await signInAs(page, server, 'Maren Oakfield')
    server.imis.switchboard.set({ route: 'GET /api/query$', kind: 'hold', times: 1 })
    await page.goto(eventPage(server, seededEvents.open, `?display=${display}`))
    await server.imis.switchboard.held()
    const stamp = page.locator('.rendered')
    const before = await stamp.boundingBox()

    server.imis.switchboard.release()
    await register(page).waitFor()

    expect(await stamp.boundingBox()).toEqual(before)
  })

test('back from Cvent by the back button, the page shows what happened there', async () => {
  const server = await start({ runWorker: true })
  const page = await openPage()
  await signInAs(page, server, 'Maren Oakfield')
  await page.goto(eventPage(server, seededEvents.open))
  await register(page).click()
  await page.getByRole('button', { name: 'Submit' }).click()
  await page
    .getByText(/confirmation number/i)
    .first()
    .waitFor()
  await vi.waitFor(() => expect(server.imis.activitiesOf('101')).toHaveLength(1), 20_000)

  for (let step = 0; step < 5 && !page.url().startsWith(server.imis.url); step += 1)
    await page.goBack()

  await page.getByText('You are registered.').waitFor()
})

test('Enter and Space work on the element, and neither submits the page’s form', async () => {
  const server = await start()
  const page = await openPage()
  await page.goto(eventPage(server, seededEvents.open))
  const button = page.getByRole('button', { name: /^Sign in to register/ })

  await button.focus()
  const [window] = await Promise.all([page.waitForEvent('popup'), page.keyboard.press('Enter')])

  await window.close()
  expect(await page.locator('#ctl01_Posted').count()).toBe(0)
  expect(page.url()).toBe(eventPage(server, seededEvents.open))
})

for (const display of ['button', 'link', 'card'])
  test(`axe finds nothing on the page with display="${display}", signed in or not`, async () => {
    const server = await start()
    const page = await openPage()
    const url = eventPage(server, seededEvents.open, `?display=${display}`)
    const found = () => axeFindings(page, { include: 'cvent-registration' })

    await page.goto(url)
    await page.getByRole('button', { name: /^Sign in to register/ }).waitFor()
    const signedOut = await found()
    await signInAs(page, server, 'Maren Oakfield')
    await page.goto(url)
    await register(page).waitFor()

    expect([signedOut, await found()]).toEqual([[], []])
  })
