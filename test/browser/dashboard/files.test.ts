import { readFile } from 'node:fs/promises'
import { unzipSync } from 'fflate'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { liveADay, openDashboard, settled, signIn, startWithDashboard, turnTo } from './setting.ts'

test('registrations are exported as they are filtered, for a spreadsheet and for a script', async () => {
  const server = await startWithDashboard()
  await liveADay(server)
  const page = await openDashboard(server)
  await signIn(page, server, '/nasm/registrations?state=unmatched')
  await settled(page)

  const csv = await fileOf(page, 'Export CSV')
  const json = await fileOf(page, 'Export JSON')

  expect(csv.name).toBe('registrations.csv')
  const lines = csv.text.trim().split('\r\n')
  expect(lines).toHaveLength(2)
  expect(lines[0]).toContain('confirmationNumber')
  expect(lines[1]).toContain('Household')
  expect(json.name).toBe('registrations.json')
  expect(JSON.parse(json.text)).toEqual([
    expect.objectContaining({ lastName: 'Household', state: 'unmatched', partyId: null }),
  ])
})

test('the log is exported as it is filtered, and a secret is in neither file', async () => {
  const server = await startWithDashboard()
  await liveADay(server)
  const page = await openDashboard(server)
  await signIn(page, server, '/nasm/logs?kind=webhook')
  await settled(page)

  const csv = await fileOf(page, 'CSV')
  const json = await fileOf(page, 'JSON')

  const kinds = JSON.parse(json.text).map(({ kind }: { kind: string }) => kind)
  expect([csv.name, json.name]).toEqual(['log.csv', 'log.json'])
  expect(kinds.length).toBeGreaterThan(2)
  expect(new Set(kinds)).toEqual(new Set(['webhook']))
  expect(csv.text.trim().split('\r\n')).toHaveLength(kinds.length + 1)
  const loaded = await server.accounts.get('nasm')
  for (const secret of loaded?.account.cvent.webhookTokens ?? [])
    expect(csv.text + json.text).not.toContain(secret)
})

test('the package for iMIS is downloaded under the name its paths are made for', async () => {
  const server = await startWithDashboard({ runWorker: false })
  const page = await openDashboard(server)
  await signIn(page, server, '/nasm/registration-ipart')
  await turnTo(page, 'Registration iPart')

  const { name, bytes } = await fileOf(page, 'Download the package')

  const files = unzipSync(bytes)
  expect(name).toBe('cvent-registration.zip')
  expect(Object.keys(files)).toEqual([
    'CventRegistration/Registration/index.html',
    'CventRegistration/Registration/configure.html',
  ])
  const display = new TextDecoder().decode(files['CventRegistration/Registration/index.html'])
  expect(display).toContain(server.url)
  expect(display).toContain('nasm')
})

test('the snippet leads to the event’s own page at Cvent when scripts do not run', async () => {
  const server = await startWithDashboard()
  await liveADay(server)
  const page = await openDashboard(server)
  await signIn(page, server, '/nasm/events')
  await turnTo(page, 'Registration iPart')

  const snippet = await page.getByLabel('Snippet').textContent()

  const link = /<a href="([^"]+)">Register at Cvent<\/a>/.exec(snippet ?? '')?.[1] ?? ''
  const answer = await fetch(link)
  expect(link).toContain(server.cvent.url)
  expect(answer.status).toBe(200)
})

async function fileOf(page: Page, button: string) {
  const coming = page.waitForEvent('download')
  await page.getByRole('button', { name: button, exact: true }).click()
  const download = await coming
  const bytes = new Uint8Array(await readFile(await download.path()))
  return {
    name: download.suggestedFilename(),
    bytes,
    text: new TextDecoder().decode(bytes).replace(/^\uFEFF/, ''),
  }
}
