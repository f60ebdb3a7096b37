import { unzipSync } from 'fflate'
import type { Page } from 'playwright-core'
import { expect, test, vi } from 'vitest'
import { buildContentItem, CONTENT_ITEM } from '../../../server/operator/event/content-item.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { startServer, type TestServer } from '../../start-server.ts'
import { axeFindings } from '../axe.ts'
import { openPage } from '../chromium.ts'

// The iPart's package as an administrator and an editor use it: uploaded, made a content type, put on a page, configured.

const KEYS = { contentKey: '7b1f0a52-8c11-49a3-a5c3-0f0d5b7b91aa' }

async function post(server: TestServer, path: string, body: unknown) {
  const isZip = body instanceof Uint8Array
  const response = await fetch(`${server.imis.url}/sandbox/${path}`, {
    method: 'POST',
    headers: { 'content-type': isZip ? 'application/zip' : 'application/json' },
    body: isZip ? Buffer.from(body) : JSON.stringify(body),
  })
  expect(response.ok).toBe(true)
  // The sandbox's own routes answer with an object.
  return (await response.json()) as Record<string, string>
}

/** An iPart of ours on a page, with these settings, and where its two pages are. */
async function installed(server: TestServer, settings = '') {
  const { url, account } = server
  const zip = await buildContentItem({ serverUrl: url, account, signInPage: '/CventSignIn' })
  await post(server, `ipart-source/${CONTENT_ITEM.zip}`, zip)
  const type = await post(server, 'content-types', {
    name: 'Cvent registration',
    displayHtmlPath: CONTENT_ITEM.displayPath,
    configHtmlPath: CONTENT_ITEM.configurePath,
  })
  const item = await post(server, 'content-items', {
    ...KEYS,
    contentTypeKey: type['contentTypeKey'],
    name: 'Event registration',
    settings,
  })
  const { contentItemKey = '' } = item
  return {
    page: `${server.imis.url}/ContentPage/${KEYS.contentKey}`,
    configure: `${server.imis.url}/Configure?contentKey=${KEYS.contentKey}&contentItemKey=${contentItemKey}`,
    stored: () =>
      server.imis.state.contentItems.find((known) => known.contentItemKey === contentItemKey)
        ?.settings,
  }
}

async function knownEvents(server: TestServer) {
  await vi.waitFor(async () => {
    const listed = await fetch(`${server.url}/v1/${server.account}/events`)
    expect(await listed.text()).not.toContain('"title":null')
  }, 10_000)
}

async function signInAs(page: Page, server: TestServer, name: string) {
  await page.goto(`${server.imis.url}/SignIn?ReturnUrl=/EventsPage`)
  await page.getByRole('button', { name }).click()
}

for (const edition of ['ems', '2017'] as const)
  test(`an editor picks an event, saves, reopens, and members see it (${edition})`, async () => {
    const server = await startServer({ realTime: true, imis: { edition } })
    await knownEvents(server)
    const { page: pageUrl, configure, stored } = await installed(server)
    const page = await openPage()
    await signInAs(page, server, 'Ida Quist')

    await page.goto(configure)
    await page.getByRole('combobox', { name: 'Event', exact: true }).selectOption(seededEvents.open)
    await page.getByLabel('Show as').selectOption('card')
    await page.getByLabel('Open Cvent in a new window').check()
    await page.getByLabel('Register button').fill('Book your place')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.goto(configure)

    expect(await page.getByRole('combobox', { name: 'Event', exact: true }).inputValue()).toBe(
      seededEvents.open,
    )
    expect(await page.getByLabel('Show as').inputValue()).toBe('card')
    expect(await page.getByLabel('Open Cvent in a new window').isChecked()).toBe(true)
    expect(await page.getByLabel('Register button').inputValue()).toBe('Book your place')
    expect(JSON.parse(stored() ?? '')).toEqual({
      eventCode: seededEvents.open,
      display: 'card',
      target: '_blank',
      phrases: { register: 'Book your place' },
    })
    await signInAs(page, server, 'Maren Oakfield')
    await page.goto(pageUrl)
    await page
      .getByRole('link', {
        name: 'Book your place for Annual Conference 2027 (opens in a new window)',
      })
      .waitFor()
  })

test('members of the settings that are not ours survive a save; broken settings start afresh', async () => {
  const server = await startServer({ realTime: true })
  const { configure, stored } = await installed(
    server,
    '{"schema":1,"theirs":{"a":[1]},"eventCode":"OLDCODE","phrases":{"retry":"Again"}}',
  )
  const page = await openPage()
  await signInAs(page, server, 'Ida Quist')

  await page.goto(configure)
  expect(await page.getByRole('combobox', { name: 'Event', exact: true }).inputValue()).toBe(
    'OLDCODE',
  )
  await page.getByLabel('People who are not signed in').selectOption('hide')
  await page.getByRole('button', { name: 'Save', exact: true }).click()

  expect(JSON.parse(stored() ?? '')).toEqual({
    schema: 1,
    theirs: { a: [1] },
    eventCode: 'OLDCODE',
    whenSignedOut: 'hide',
    phrases: { retry: 'Again' },
  })
  const item = server.imis.state.contentItems[0]
  if (item) item.settings = '[not json'
  await page.goto(configure)
  await page.getByLabel('Show as').selectOption('link')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  expect(JSON.parse(stored() ?? '')).toEqual({ display: 'link', phrases: {} })
})

test('with our server out of reach the editor types the code', async () => {
  const server = await startServer({ realTime: true })
  const { configure, stored } = await installed(server)
  const page = await openPage()
  await signInAs(page, server, 'Ida Quist')
  await page.route(`${server.url}/**`, (route) => route.abort())

  await page.goto(configure)
  await page.getByLabel('Event code').fill('TYPED27')
  await page.getByLabel('Event code').press('Enter')
  await page.getByRole('button', { name: 'Save', exact: true }).click()

  expect(JSON.parse(stored() ?? '')).toMatchObject({ eventCode: 'TYPED27' })
})

test('the preview follows what is chosen, and says when nothing will be seen', async () => {
  const server = await startServer({ realTime: true })
  const { configure } = await installed(server)
  const page = await openPage()
  await signInAs(page, server, 'Ida Quist')

  await page.goto(configure)
  await page.getByLabel('Register button').fill('Count me in')
  const stage = page.locator('.stage')
  await expect.poll(() => stage.getByText('Count me in').isVisible()).toBe(true)
  await page.getByLabel('Preview: what is seen by').selectOption('somebody who may not register')
  await stage.getByText('Could not confirm').waitFor()
  await page.getByLabel('People who are not eligible').selectOption('hide')

  await page.getByText('Nothing: hidden, as chosen.').waitFor()
  expect(await axeFindings(page, { include: 'cvent-registration-settings' })).toEqual([])
})

test('the package is the same from the same parts, and its values cannot break out of their attributes', async () => {
  const options = { serverUrl: 'https://r.example.org/', account: 'nasm', signInPage: '/A"><b>' }

  const [one, two] = [await buildContentItem(options), await buildContentItem(options)]

  expect(Buffer.from(one).equals(two)).toBe(true)
  const files = Object.entries(unzipSync(one))
  expect(files.map(([name]) => `~/iPartSource/${CONTENT_ITEM.zip}/${name}`)).toEqual([
    CONTENT_ITEM.displayPath,
    CONTENT_ITEM.configurePath,
  ])
  const display = Buffer.from(files[0]?.[1] ?? '').toString()
  expect(display).toContain('sign-in-page="/A&#34;&#62;&#60;b&#62;"')
  expect(display).toContain('content-key="[x-contentKey]"')
  expect(display).toContain('src="https://r.example.org/widget/registration.js"')
})
