import { expect, onTestFinished, test, vi } from 'vitest'
import { axeFindings } from '../axe.ts'
import { startImis } from '../../sandbox/imis/server.ts'
import { SERVICE_USER, SSO_CLIENT } from '../../sandbox/imis/seed.ts'
import { liveADay, openDashboard, settled, signIn, startWithDashboard } from './setting.ts'

test('another time zone says how many activities it rewrites, and rewrites them only when that is agreed to', async () => {
  const server = await startWithDashboard()
  await liveADay(server)
  const dates = () => server.imis.activitiesOf('101').map((row) => row['TRANSACTION_DATE'])
  const before = dates()
  const page = await openDashboard(server)
  await signIn(page, server, '/nasm/account?edit=1')
  await settled(page)

  await page.getByLabel('Time zone of the site').fill('America/Los_Angeles')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'This changes what stands in iMIS' })
  await dialog.getByText(/activities will be rewritten in iMIS/).waitFor()
  expect(await axeFindings(page)).toEqual([])
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  const kept = (await server.accounts.get('nasm'))?.account.imis.timeZone
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await dialog.getByRole('button', { name: 'Save and rewrite' }).click()
  await page
    .getByText(/^Saved:/)
    .first()
    .waitFor()

  expect(kept).toBe('America/New_York')
  await vi.waitFor(() => expect(dates()).not.toEqual(before), 20_000)
  expect(dates()).toHaveLength(before.length)
})

test('another address of iMIS asks for its secrets again, then what it means, in plain words', async () => {
  const server = await startWithDashboard({ runWorker: false })
  const other = await startImis({ now: Date.now })
  onTestFinished(() => other.close())
  const page = await openDashboard(server)
  await signIn(page, server, '/nasm/account?edit=1')
  await settled(page)
  const save = page.getByRole('button', { name: 'Save', exact: true })

  await page.getByLabel('Address of the site').fill(`${other.url}/`)
  await save.click()
  await page
    .getByText(/enter the secret again/)
    .first()
    .waitFor()
  await page.getByLabel('Its password', { exact: true }).fill(SERVICE_USER.password)
  await page.getByLabel('Client secret of the sign-on').fill(SSO_CLIENT.clientSecret)
  await save.click()
  const dialog = page.getByRole('dialog', { name: 'Is this the same iMIS?' })
  await dialog.getByText(/the same ID is another person/).waitFor()
  await page.keyboard.press('Escape')
  server.accounts.forget('nasm')
  const kept = (await server.accounts.get('nasm'))?.account.imis.siteUrl
  await save.click()
  await dialog.getByRole('button', { name: 'Another iMIS' }).click()
  await page
    .getByText(/^Saved:/)
    .first()
    .waitFor()

  expect(kept).toBe(`${server.imis.url}/`)
  expect(await server.db.selectFrom('setaside').select(['account', 'what']).execute()).toEqual([
    { account: 'nasm', what: 'imis' },
  ])
})
