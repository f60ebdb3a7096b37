import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { ADMIN_TOKEN, type TestServer } from '../../start-server.ts'
import { openDashboard, settled, signIn, startWithDashboard, turnTo } from './setting.ts'

/** The iMIS ID of the sandbox's member of staff. */
const IDA = '104'

async function assign(server: TestServer, role: 'viewer' | 'owner') {
  const response = await fetch(`${server.url}/admin/accounts/nasm/staff/${IDA}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Ida Quist', role }),
  })
  expect(response.ok).toBe(true)
}

async function signInToImis(page: Page, server: TestServer, name: RegExp) {
  const site = await page.context().newPage()
  await site.goto(`${server.imis.url}/EventsPage`)
  await site
    .getByRole('link', { name: /sign in/i })
    .first()
    .click()
  await site.getByRole('button', { name }).click()
  // Closed before the answer has come, the window has no cookie to leave behind.
  await site
    .getByRole('link', { name: /sign out/i })
    .first()
    .waitFor()
  await site.close()
}

test('staff of the association come in by their own iMIS, and see what their role may', async () => {
  const server = await startWithDashboard({ realTime: false, runWorker: false })
  await assign(server, 'viewer')
  const page = await openDashboard(server)
  await signInToImis(page, server, /Ida Quist/)

  await page.goto(`${server.url}/dashboard/nasm/events`)
  await page.getByRole('button', { name: 'Sign in with iMIS' }).click()

  // Its code until Cvent was asked for it, its title from then on.
  await page.getByRole('link', { name: /WRN3DBTCMX9|Annual Conference 2027/ }).waitFor()
  expect(await page.getByRole('link', { name: 'Add an event' }).count()).toBe(0)
  expect(await page.getByRole('button', { name: /^Disable/ }).count()).toBe(0)
  await turnTo(page, 'Users')
  await page.getByText('Only an owner of this account sees its users.').waitFor()
  expect(
    await page.evaluate(() => [
      document.cookie,
      String(localStorage.length + sessionStorage.length),
    ]),
  ).toEqual(['', '0'])
})

test('somebody iMIS knows and nobody assigned is told what to ask for', async () => {
  const server = await startWithDashboard({ realTime: false, runWorker: false })
  const page = await openDashboard(server)
  await signInToImis(page, server, /Maren Oakfield/)

  await page.goto(`${server.url}/dashboard/nasm/overview`)
  await page.getByRole('button', { name: 'Sign in with iMIS' }).click()

  await page.getByText('nobody has assigned you to this dashboard yet').waitFor()
})

test('a secret changed long after the sign-in asks for another one, and then goes on', async () => {
  const server = await startWithDashboard({ realTime: false, runWorker: false })
  await assign(server, 'owner')
  const page = await openDashboard(server)
  await signInToImis(page, server, /Ida Quist/)
  await page.goto(`${server.url}/dashboard/nasm/users`)
  await page.getByRole('button', { name: 'Sign in with iMIS' }).click()
  await page.getByRole('button', { name: 'Create a key' }).waitFor()
  server.advance(11 * 60_000)

  await page.getByRole('button', { name: 'Create a key' }).click()
  await page.getByLabel('What it is for').fill('nightly export')
  await page.getByRole('button', { name: 'Create', exact: true }).click()
  await page.getByText('This changes a secret').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Sign in with iMIS' }).click()

  await page.getByRole('heading', { name: 'The new API key' }).waitFor()
  const key = await page.getByRole('dialog').locator('code').innerText()
  await page.getByRole('button', { name: 'Done' }).click()
  await settled(page)
  expect(await page.locator('main').innerText()).not.toContain(key)
})

test('a wrong token is refused in words, and a change over somebody else’s is not made', async () => {
  const server = await startWithDashboard({ runWorker: false })
  const page = await openDashboard(server)
  await page.goto(`${server.url}/dashboard/nasm/events/WRN3DBTCMX9`)
  await page.getByLabel('Admin token or API key').fill('not the token at all')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByText('That token or key is not right').waitFor()
  await signIn(page, server, '/nasm/events/WRN3DBTCMX9')
  const code = page.getByLabel('iMIS meeting code')
  await code.waitFor()

  await changeElsewhere(server)
  await code.fill('MINE')
  await page.getByRole('button', { name: 'Save' }).click()

  await page.getByText('Somebody else saved this event since you opened it').waitFor()
  expect((await server.accounts.event('nasm', 'WRN3DBTCMX9'))?.event.meetingCode).toBe('THEIRS')
  await page.getByRole('button', { name: 'Show theirs' }).click()
  await expect.poll(() => code.inputValue()).toBe('THEIRS')
})

async function changeElsewhere(server: TestServer) {
  const url = `${server.url}/admin/accounts/nasm/events/WRN3DBTCMX9`
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' }
  const document = { eventCode: 'WRN3DBTCMX9', meetingCode: 'THEIRS' }
  const saved = await fetch(url, { method: 'PUT', headers, body: JSON.stringify(document) })
  expect(saved.status).toBe(200)
}
