import { expect, test, vi } from 'vitest'
import { liveADay, openDashboard, settled, signIn, startWithDashboard, turnTo } from './setting.ts'

const OPEN = 'Annual Conference 2027'

test('an event is copied with its settings under codes of its own', async () => {
  const server = await startWithDashboard()
  await liveADay(server)
  const page = await openDashboard(server)
  await signIn(page, server, '/nasm/events')

  await page.getByRole('button', { name: `Copy ${OPEN}` }).click()
  await page.getByLabel('Cvent event code of the copy').fill('AC2028WEB')
  await page.getByLabel('iMIS meeting code of the copy').fill('AC2028')
  await page.getByRole('dialog').getByRole('button', { name: 'Copy', exact: true }).click()
  await page.waitForURL(/\/events\/AC2028WEB$/)
  await settled(page)

  expect(await page.getByRole('textbox', { name: 'iMIS meeting code' }).inputValue()).toBe('AC2028')
  const copy = await server.accounts.event('nasm', 'AC2028WEB')
  expect(copy?.event.registrantsQuery).toBe('$/Cvent/Registrants')
})

test('a disabled event hides itself from members until it is enabled again', async () => {
  const server = await startWithDashboard()
  await liveADay(server)
  const page = await openDashboard(server)
  const state = () => fetch(`${server.url}/v1/nasm/events/WRN3DBTCMX9/registration`)
  await signIn(page, server, '/nasm/events')

  await page.getByRole('button', { name: `Disable ${OPEN}` }).click()
  await page.getByText('is disabled: its iParts hide themselves').waitFor()
  await vi.waitFor(async () => expect((await state()).status).toBe(404), 10_000)
  await page.getByRole('button', { name: `Enable ${OPEN}` }).click()
  await page.getByRole('button', { name: `Disable ${OPEN}` }).waitFor()

  await vi.waitFor(async () => expect((await state()).status).toBe(200), 10_000)
})

test('the webhook token is replaced while the old one still works, and the old one is retired', async () => {
  const server = await startWithDashboard({ runWorker: false })
  const page = await openDashboard(server)
  const [old = ''] = (await server.accounts.get('nasm'))?.account.cvent.webhookTokens ?? []
  const knock = async (token: string) =>
    (
      await fetch(`${server.url}/webhooks/cvent/nasm`, {
        method: 'POST',
        headers: { authorization: token, 'content-type': 'application/json' },
        body: JSON.stringify({ messageStub: crypto.randomUUID(), message: [] }),
      })
    ).status
  await signIn(page, server, '/nasm/overview')
  await turnTo(page, 'Account')

  await page.getByRole('button', { name: 'Replace the token' }).click()
  const dialog = page.getByRole('dialog', { name: 'The new webhook token' })
  const fresh = (await dialog.locator('code').first().textContent())?.trim() ?? ''
  await dialog.getByRole('button', { name: 'Done' }).click()
  await page.getByText('2 valid').waitFor()
  const between = [await knock(old), await knock(fresh)]
  await page.getByRole('button', { name: 'Retire the older ones' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Retire them' }).click()
  await page.getByText('1 valid').waitFor()
  await vi.waitFor(async () => expect(await knock(old)).toBe(401), 10_000)

  expect(fresh.length).toBeGreaterThan(20)
  expect(between).toEqual([200, 200])
  expect(await knock(fresh)).toBe(200)
  await page.reload()
  expect(await page.content()).not.toContain(fresh)
})

test('an event is compared with Cvent and mended: what no webhook told comes all the same', async () => {
  const server = await startWithDashboard()
  await liveADay(server)
  await server.cvent.setWebhook({ url: 'http://127.0.0.1:9/nowhere', token: 'none' })
  await server.cvent.register({
    event: 'WRN3DBTCMX9',
    contact: { sourceId: '106', firstName: 'Piet', lastName: 'Lindqvist', email: 'p@example.org' },
    planner: true,
  })
  const page = await openDashboard(server)
  await signIn(page, server, '/nasm/events')
  await page.getByRole('link', { name: OPEN }).click()

  await page.getByRole('button', { name: 'Compare only' }).click()
  const result = page.locator('run-progress')
  await result.getByText(/^writes \(/).waitFor()
  const compared = server.imis.activitiesOf('106').length
  await page.getByRole('button', { name: 'Compare and mend' }).click()
  await result.getByText('reconcile').waitFor()
  await result.getByText('done', { exact: true }).waitFor()

  expect(compared).toBe(0)
  expect(server.imis.activitiesOf('106')).toHaveLength(1)
})

test('while nobody knows how many there are, a run says that it counts; and it can be cancelled', async () => {
  const server = await startWithDashboard({ runWorker: false })
  const page = await openDashboard(server)
  await signIn(page, server, '/nasm/events')
  await page.getByRole('link', { name: 'WRN3DBTCMX9' }).click()

  await page.getByRole('button', { name: 'Compare and mend' }).click()
  const run = page.locator('run-progress')
  await run.getByText('Counting…').waitFor()
  await run.getByRole('button', { name: 'Cancel' }).click()
  await run.getByText('cancelled').waitFor()

  expect(await run.getByRole('progressbar').count()).toBe(0)
  expect(await run.getByText('Counting…').count()).toBe(0)
})

test('somebody of staff is assigned, given another role, and removed; each change is in the audit log', async () => {
  const server = await startWithDashboard({ runWorker: false })
  const page = await openDashboard(server)
  await signIn(page, server, '/nasm/overview')
  await turnTo(page, 'Users')

  await page.getByRole('button', { name: 'Assign somebody' }).click()
  await page.getByLabel('iMIS ID').fill('104')
  await page.getByLabel('Name').fill('Ida Quist')
  await page.getByRole('dialog').getByRole('button', { name: 'Assign' }).click()
  await page.getByRole('button', { name: 'Change Ida Quist' }).click()
  await page.getByLabel('Role').selectOption('editor')
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  const row = page.getByRole('row').filter({ hasText: 'Ida Quist' })
  await row.getByText('editor').waitFor()
  await page.getByRole('button', { name: 'Remove Ida Quist' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await page.getByText('Nobody yet.').waitFor()

  await turnTo(page, 'Audit log')
  expect(await page.getByRole('row').filter({ hasText: '104' }).count()).toBe(3)
})
