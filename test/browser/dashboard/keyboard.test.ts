import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { ADMIN_TOKEN } from '../../start-server.ts'
import { openDashboard, startWithDashboard } from './setting.ts'

/** Presses Tab until the focus stands on what has that name; fails when it goes round without meeting it. */
async function tabTo(page: Page, name: string | RegExp) {
  for (let presses = 0; presses < 80; presses += 1) {
    const focused = page.locator(':focus')
    if ((await focused.count()) > 0) {
      const label = await focused.evaluate((element) =>
        (
          element.getAttribute('aria-label') ??
          (element instanceof HTMLInputElement || element instanceof HTMLSelectElement
            ? element.labels?.[0]?.textContent
            : element.textContent) ??
          ''
        )
          .replaceAll(/\s+/g, ' ')
          .trim(),
      )
      if (typeof name === 'string' ? label === name : name.test(label)) return
    }
    await page.keyboard.press('Tab')
  }
  throw new Error(`the keyboard does not reach ${name}`)
}

test('an event is added with the keyboard alone, and the focus is never lost', async () => {
  const server = await startWithDashboard({ events: [] })
  const page = await openDashboard(server)
  const { keyboard } = page
  await page.goto(`${server.url}/dashboard/nasm/events`)
  await page.getByLabel('Admin token or API key').waitFor()

  await tabTo(page, 'Admin token or API key')
  await keyboard.type(ADMIN_TOKEN)
  await keyboard.press('Enter')
  await page
    .getByRole('heading', { level: 1, name: 'Events' })
    .and(page.locator(':focus'))
    .waitFor()
  await tabTo(page, 'Add an event')
  await keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Add an event' }).and(page.locator(':focus')).waitFor()
  await tabTo(page, 'Select the Cvent event')
  await keyboard.press('Enter')
  await page.getByLabel('Title or code').and(page.locator(':focus')).waitFor()
  await keyboard.type('Annual Conference 2027')
  await page.getByRole('list', { name: 'Events at Cvent' }).locator('li').first().waitFor()
  await expect.poll(() => page.locator('.entries li').count()).toBe(1)
  await tabTo(page, /Annual Conference 2027/)
  await keyboard.press('Enter')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  // The focus is back where the dialog was opened.
  await page
    .getByRole('button', { name: 'Select the Cvent event' })
    .and(page.locator(':focus'))
    .waitFor()
  expect(await page.getByLabel('Cvent event code').inputValue()).toBe('WRN3DBTCMX9')
  await tabTo(page, 'iMIS meeting code')
  await keyboard.type('AC2027TOOLONG')
  await tabTo(page, 'Registrants IQA path')
  await keyboard.type('Cvent/Registrants')
  await keyboard.press('Enter')

  // What is wrong is said, and the focus stands on the first field at fault.
  const path = page.getByLabel('Registrants IQA path')
  await path.and(page.locator(':focus')).waitFor()
  expect(await path.getAttribute('aria-invalid')).toBe('true')
  await keyboard.press('ControlOrMeta+a')
  await keyboard.type('$/Cvent/Registrants')
  await keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'Annual Conference 2027' }).waitFor()

  const saved = await server.accounts.event('nasm', 'WRN3DBTCMX9')
  expect(saved?.event).toMatchObject({
    meetingCode: 'AC2027TOOL',
    registrantsQuery: '$/Cvent/Registrants',
  })
}, 90_000)

test('Escape closes a dialog, and the focus is back on what opened it', async () => {
  const server = await startWithDashboard()
  const page = await openDashboard(server)
  await page.goto(`${server.url}/dashboard/nasm/events/-`)
  await page.getByLabel('Admin token or API key').fill(ADMIN_TOKEN)
  await page.keyboard.press('Enter')
  const opener = page.getByRole('button', { name: 'Select the query' })
  await opener.focus()

  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')

  await opener.and(page.locator(':focus')).waitFor()
  expect(await page.getByRole('dialog').count()).toBe(0)
})
