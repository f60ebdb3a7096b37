import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { startServer, type TestServer } from '../../start-server.ts'
import { openPage } from '../chromium.ts'

// Pages of one tab, one after the other: docs/decisions/0001-token-in-the-tab.md.

async function signInAs(page: Page, server: TestServer, name: string) {
  await page.goto(`${server.imis.url}/SignIn?ReturnUrl=/EventsPage`)
  await page.getByRole('button', { name }).click()
  await page.waitForURL(/EventsPage/)
}

const open = (page: Page, server: TestServer) =>
  page.goto(`${server.imis.url}/Events/${seededEvents.open}`)

const register = (page: Page) => page.getByRole('link', { name: /^Register for/ })

/** What the tab keeps of ours. */
const kept = (page: Page) =>
  page.evaluate<string[]>(
    `Object.keys(sessionStorage).filter((name) => name.startsWith('cvent-registration'))`,
  )

/** The round trips that the element waits for, in their order: the sign-on page, our sign-on, the state. */
function roundTrips(page: Page) {
  const trips: string[] = []
  page.on('request', (request) => {
    const { pathname } = new URL(request.url())
    const name = /^\/(CventSignIn|sso|v1)/.exec(pathname)?.[1]
    if (name && request.method() !== 'OPTIONS') trips.push(name)
  })
  return trips
}

test('the second page of a tab asks for the state at once: one round trip instead of three', async () => {
  const server = await startServer({ realTime: true })
  const page = await openPage()
  await signInAs(page, server, 'Maren Oakfield')
  const trips = roundTrips(page)
  trips.length = 0

  await open(page, server)
  await register(page).waitFor()
  const first = trips.splice(0)
  await open(page, server)
  await register(page).waitFor()

  expect(first).toEqual(['CventSignIn', 'sso', 'v1'])
  expect(trips).toEqual(['v1'])
})

test('another person who signs in in the same tab gets their own answer, by their own sign-on', async () => {
  const server = await startServer({ realTime: true })
  const page = await openPage()
  await signInAs(page, server, 'Maren Oakfield')
  await open(page, server)
  await register(page).waitFor()
  expect(await kept(page)).toHaveLength(1)
  await signInAs(page, server, 'Tomas Reyl')
  const trips = roundTrips(page)

  await open(page, server)
  await page.getByText('for iMIS ID: 102').waitFor()

  expect(trips).toEqual(['CventSignIn', 'sso', 'v1'])
  expect(await register(page).count()).toBe(0)
})

test('a page for a visitor, as after signing out, drops what the tab keeps', async () => {
  const server = await startServer({ realTime: true })
  const page = await openPage()
  await signInAs(page, server, 'Maren Oakfield')
  await open(page, server)
  await register(page).waitFor()

  await page.context().clearCookies()
  await open(page, server)
  await page.getByRole('button', { name: /^Sign in to register/ }).waitFor()

  expect(await kept(page)).toEqual([])
})

test('a kept token that the server refuses is replaced by a sign-on', async () => {
  const server = await startServer({ realTime: true })
  const page = await openPage()
  await signInAs(page, server, 'Maren Oakfield')
  await open(page, server)
  await register(page).waitFor()
  await page.evaluate(
    `for (const [name, value] of Object.entries(sessionStorage)) sessionStorage.setItem(name, value.slice(0, -5) + 'AAAAA')`,
  )
  const trips = roundTrips(page)

  await open(page, server)
  await register(page).waitFor()

  expect(trips).toEqual(['v1', 'CventSignIn', 'sso', 'v1'])
})

test('a token kept for one party is not tried on a page that names another', async () => {
  const server = await startServer({ realTime: true })
  const page = await openPage()
  await signInAs(page, server, 'Maren Oakfield')
  await open(page, server)
  await register(page).waitFor()
  await page.evaluate(
    `for (const [name, value] of Object.entries(sessionStorage)) sessionStorage.setItem(name, value.replace(/^101/, '102'))`,
  )
  const trips = roundTrips(page)

  await open(page, server)
  await register(page).waitFor()

  expect(trips).toEqual(['CventSignIn', 'sso', 'v1'])
})

test('nothing of a member is kept on a page that names nobody', async () => {
  const server = await startServer({ realTime: true })
  const page = await openPage()
  await signInAs(page, server, 'Maren Oakfield')
  await page.addInitScript(
    `addEventListener('DOMContentLoaded', () => document.querySelector('#__ClientContext')?.remove())`,
  )

  await open(page, server)
  await register(page).waitFor()

  expect(await kept(page)).toEqual([])
})

test('a page load writes nothing to the console, for a member and for a visitor', async () => {
  const server = await startServer({ realTime: true })
  const page = await openPage()
  const written: string[] = []
  page.on('console', (message) => {
    // The sandbox's site has no icon.
    if (!message.location().url.endsWith('/favicon.ico')) written.push(message.text())
  })

  await open(page, server)
  await page.getByRole('button', { name: /^Sign in to register/ }).waitFor()
  await signInAs(page, server, 'Maren Oakfield')
  await open(page, server)
  await register(page).waitFor()

  expect(written).toEqual([])
})
