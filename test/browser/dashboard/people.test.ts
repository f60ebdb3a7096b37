import { expect, test } from 'vitest'
import { axeFindings } from '../axe.ts'
import { liveADay, openDashboard, settled, signIn, startWithDashboard, turnTo } from './setting.ts'

test('a person is found, looked at, given as a file and erased after the word was typed; no address ever names them', async () => {
  const server = await startWithDashboard()
  await liveADay(server)
  const page = await openDashboard(server)
  const addresses: string[] = []
  page.on('request', (request) => addresses.push(request.url()))
  await signIn(page, server, '/nasm/people')

  await page.getByLabel('iMIS ID or e-mail address').fill('maren.oakfield@example.org')
  await page.getByRole('button', { name: 'Find' }).click()
  await page
    .getByRole('cell', { name: 'Maren Oakfield' })
    .or(page.getByText('Maren Oakfield'))
    .first()
    .waitFor()
  expect(await axeFindings(page)).toEqual([])
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export as a file' }).click()
  expect((await download).suggestedFilename()).toBe('personal-data-nasm.json')
  await page.getByRole('button', { name: 'Erase this person' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Type ERASE to confirm').fill('erase')
  await dialog.getByRole('button', { name: 'Erase', exact: true }).click()
  expect(await dialog.isVisible()).toBe(true)
  await dialog.getByLabel('Type ERASE to confirm').fill('ERASE')
  await dialog.getByRole('button', { name: 'Erase', exact: true }).click()

  await page.getByRole('heading', { name: /^Erased, / }).waitFor()
  await page.getByText('with ids only, so that nothing is written to iMIS twice').waitFor()
  expect(await axeFindings(page)).toEqual([])
  expect(addresses.filter((address) => /maren|oakfield/i.test(address))).toEqual([])
  const left = await server.db
    .selectFrom('registration')
    .select('id')
    .where('lastName', '=', 'Oakfield')
    .execute()
  expect(left).toEqual([])
})

test('the account page says what is kept and how long, and a removed account stands in the list with its date', async () => {
  const server = await startWithDashboard()
  await liveADay(server)
  const page = await openDashboard(server)
  await signIn(page, server, '/nasm/people')
  await turnTo(page, 'Account')

  await page.getByText('from the end of the event').waitFor()
  await settled(page)
  expect(await axeFindings(page)).toEqual([])
  await page.getByText('Remove this account').click()
  await page.getByRole('button', { name: 'Remove the account' }).click()
  await page.getByRole('dialog').getByText('is erased after 30 days').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove it' }).click()

  await page.getByRole('heading', { name: 'Removed accounts' }).waitFor()
  await page.getByText(/is erased on/).waitFor()
})
