import { onTestFinished, expect, test } from 'vitest'
import { openStartPage } from '../../sandbox/demo/start-page.ts'
import { startDemo } from '../../sandbox/demo/world.ts'
import { axeFindings } from '../axe.ts'
import { openPage } from '../chromium.ts'

/** A demo on free ports, with its start page. */
async function openDemo({ isEmpty = false } = {}) {
  const options = {
    host: '127.0.0.1',
    port: 0,
    logLevel: 'silent',
    isEmpty,
    secretKey: 'a key that is only there for this one test',
    adminToken: 'the token of this one demo',
  }
  let world = await startDemo(options)
  onTestFinished(() => world.stop())
  const start = await openStartPage(
    { host: '127.0.0.1', port: 0 },
    {
      world: () => world,
      isEmpty,
      now: Date.now,
      async reset() {
        await world.stop()
        world = await startDemo(options)
      },
    },
  )
  onTestFinished(() => start.close())
  return { url: start.url, world: () => world }
}

test('the start page signs a member in with one press, makes Cvent fail, and starts over', async () => {
  const demo = await openDemo()
  const page = await openPage()
  await page.goto(demo.url)

  expect(await axeFindings(page)).toEqual([])
  for (const { title } of demo.world().cvent.state.events.values())
    expect(await page.getByRole('link', { name: title, exact: true }).count()).toBeGreaterThan(0)

  await page.getByRole('button', { name: 'Sign in as Maren Oakfield' }).click()
  await page.getByRole('link', { name: 'Register for Annual Conference 2027' }).waitFor()

  await page.goto(demo.url)
  await page.getByRole('button', { name: /Cvent's API is down/ }).click()
  await page.getByText('Something is made to fail').waitFor()
  expect(demo.world().cvent.switchboard.faults()).toHaveLength(1)
  await page.getByRole('button', { name: 'Let everything work again' }).click()
  await page.getByText('Everything works.').waitFor()
  expect(demo.world().cvent.switchboard.faults()).toEqual([])

  const before = demo.world()
  await page.getByRole('button', { name: /start with fresh data/ }).click()
  await page.getByRole('heading', { name: 'Whom to be' }).waitFor({ timeout: 30_000 })
  expect(demo.world()).not.toBe(before)
})

test("the association's page keeps a link that works without our script", async () => {
  const demo = await openDemo()
  const page = await openPage({ javaScriptEnabled: false })

  await page.goto(`${demo.world().imis.url}/EventsPage?EventCode=WRN3DBTCMX9`)
  await page.getByRole('link', { name: 'Register at Cvent' }).click()

  await page
    .getByRole('heading', { name: /Annual Conference 2027/ })
    .first()
    .waitFor()
  expect(page.url()).toContain(demo.world().cvent.url)
})

test('an editor opens the Configure dialog from the start page', async () => {
  const demo = await openDemo()
  const page = await openPage()
  await page.goto(demo.url)

  await page.getByRole('link', { name: /Configure dialog/ }).click()
  await page.getByRole('button', { name: /Ida Quist/ }).click()

  await page.getByRole('combobox', { name: 'Event', exact: true }).waitFor()
})

test('the start page of an empty demo has what the set-up asks for', async () => {
  const demo = await openDemo({ isEmpty: true })
  const page = await openPage({ viewport: { width: 390, height: 800 } })

  await page.goto(demo.url)

  expect(await axeFindings(page)).toEqual([])
  await page.getByText('sandbox-sso-secret').waitFor()
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
})
