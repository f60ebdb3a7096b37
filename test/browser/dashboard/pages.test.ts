import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { axeFindings } from '../axe.ts'
import { liveADay, openDashboard, settled, signIn, startWithDashboard, turnTo } from './setting.ts'

const PICTURES = join(import.meta.dirname, '../../../docs/pictures/dashboard')

const WIDTHS = { wide: { width: 1280, height: 900 }, phone: { width: 360, height: 740 } }

/** Each page, by the way a person takes to it. */
const STATIONS: [string, (page: Page) => Promise<void>][] = [
  ['overview', (page) => turnTo(page, 'Overview')],
  ['events', (page) => turnTo(page, 'Events')],
  [
    'event',
    async (page) => {
      await turnTo(page, 'Events')
      await page.getByRole('link', { name: 'Annual Conference 2027' }).click()
      await page.getByRole('textbox', { name: 'iMIS meeting code' }).waitFor()
    },
  ],
  [
    'event-new',
    async (page) => {
      await turnTo(page, 'Events')
      await page.getByRole('link', { name: 'Add an event' }).click()
      await page.getByRole('heading', { name: 'Add an event' }).waitFor()
    },
  ],
  [
    'picker-cvent-event',
    async (page) => {
      await page.getByRole('button', { name: 'Select the Cvent event' }).click()
      await page.getByRole('list', { name: 'Events at Cvent' }).waitFor()
    },
  ],
  [
    'picker-query',
    async (page) => {
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'Select the query' }).click()
      await page.getByRole('button', { name: 'Cvent folder' }).click()
      await page.getByRole('button', { name: 'Registrants', exact: true }).click()
      await page.getByLabel('iMIS ID to run it for').fill('101')
      await page.getByRole('button', { name: 'Run for this member' }).click()
      await page.getByText('What Cvent’s contact would get').waitFor()
    },
  ],
  [
    'registration-ipart',
    async (page) => {
      await page.keyboard.press('Escape')
      await turnTo(page, 'Registration iPart')
      await page
        .frameLocator('iframe')
        .getByRole('link', { name: /Register/ })
        .waitFor()
    },
  ],
  [
    'account',
    async (page) => {
      await turnTo(page, 'Account')
      await page.getByRole('button', { name: 'Test everything' }).click()
      await page.getByRole('heading', { name: 'This server' }).waitFor()
      await settled(page)
    },
  ],
  [
    'account-edit',
    async (page) => {
      await page.getByRole('link', { name: 'Edit account' }).click()
      await page.getByRole('group', { name: 'Cvent' }).waitFor()
    },
  ],
  ['logs', (page) => turnTo(page, 'Logs')],
  [
    'log-detail',
    async (page) => {
      await page.getByRole('link', { name: 'Webhook', exact: true }).click()
      await settled(page)
      await page.locator('tbody a').first().click()
      await page.getByRole('dialog').getByText('Trace').waitFor()
    },
  ],
  [
    'registrations',
    async (page) => {
      await page.keyboard.press('Escape')
      await turnTo(page, 'Registrations')
    },
  ],
  [
    'registration',
    async (page) => {
      await page.getByRole('link', { name: 'Maren Oakfield' }).click()
      await page.getByRole('heading', { name: 'What happened' }).waitFor()
      await settled(page)
    },
  ],
  [
    'registration-unmatched',
    async (page) => {
      await turnTo(page, 'Registrations')
      await page.getByRole('link', { name: 'Piet Household' }).click()
      await page.getByRole('heading', { name: 'Who is this in iMIS?' }).waitFor()
      await settled(page)
    },
  ],
  [
    'why',
    async (page) => {
      await turnTo(page, 'Why?')
      await page.getByLabel('iMIS ID of the member').fill('102')
      await page.getByRole('button', { name: 'Ask' }).click()
      await page.getByRole('heading', { name: 'Step by step' }).waitFor()
    },
  ],
  [
    'people',
    async (page) => {
      await turnTo(page, 'Personal data')
      await page.getByLabel('iMIS ID or e-mail address').fill('101')
      await page.getByRole('button', { name: 'Find' }).click()
      await page.getByRole('heading', { name: 'What is kept' }).waitFor()
    },
  ],
  ['users', (page) => turnTo(page, 'Users')],
  ['audit', (page) => turnTo(page, 'Audit log')],
  [
    'accounts',
    async (page) => {
      const menu = page.getByRole('button', { name: 'Menu' })
      if (await menu.isVisible()) await menu.click()
      await page.getByRole('link', { name: 'All accounts' }).click()
      await page.getByRole('heading', { name: 'Accounts' }).waitFor()
    },
  ],
  [
    'new-account',
    async (page) => {
      await page.getByRole('link', { name: 'Add an account' }).click()
      await page.getByRole('heading', { name: 'Add an account' }).waitFor()
    },
  ],
]

/** How the pages are looked at. With PICTURES=1 the pictures of docs/dashboard.md are taken anew meanwhile. */
const LOOKS: Look[] = [
  { called: '', width: 'wide', colorScheme: 'light' },
  { called: '-phone-dark', width: 'phone', colorScheme: 'dark' },
  ...(process.env['PICTURES']
    ? ([
        { called: '-dark', width: 'wide', colorScheme: 'dark' },
        { called: '-forced-colors', width: 'wide', colorScheme: 'light', forcedColors: 'active' },
      ] satisfies Look[])
    : []),
]

interface Look {
  called: string
  width: keyof typeof WIDTHS
  colorScheme: 'light' | 'dark'
  forcedColors?: 'active'
}

/** Beside each page in the wide, light window: one picture of the dark scheme, one of a phone. */
const KEPT_OTHERWISE = ['overview-dark', 'registrations-phone-dark']

test.each(LOOKS)(
  'no page has a fault that axe can find, nor a sideways scroll ($width, $colorScheme)',
  async ({ called, width, ...scheme }) => {
    const server = await startWithDashboard()
    await liveADay(server)
    const page = await openDashboard(server, { viewport: WIDTHS[width], ...scheme })
    const found: Record<string, string[]> = {}

    await page.goto(`${server.url}/dashboard/`)
    await page.getByLabel('Admin token or API key').waitFor()
    await look('sign-in')
    await signIn(page, server, '/nasm/overview')
    for (const [name, go] of STATIONS) {
      await go(page)
      await settled(page)
      await look(name)
    }

    expect(found).toEqual({})

    async function look(name: string) {
      const findings = await axeFindings(page)
      const overhang = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      if (overhang > 0) findings.push(`it is ${overhang} px wider than the window`)
      if (findings.length > 0) found[name] = findings
      if (process.env['PICTURES'] && (called === '' || KEPT_OTHERWISE.includes(`${name}${called}`)))
        await takePicture(page, `${name}${called}`)
    }
  },
  180_000,
)

/** The whole page as a window tall enough shows it, so that what sticks to an edge stands at the edge. */
async function takePicture(page: Page, name: string) {
  const window = page.viewportSize() ?? WIDTHS.wide
  if ((await page.locator('dialog[open]').count()) === 0) {
    const height = await page.evaluate(() => document.documentElement.scrollHeight)
    await page.setViewportSize({
      ...window,
      height: Math.min(Math.max(height, window.height), 2400),
    })
  }
  await page.screenshot({ path: join(PICTURES, `${name}.webp`), type: 'webp', quality: 78 })
  await page.setViewportSize(window)
}
