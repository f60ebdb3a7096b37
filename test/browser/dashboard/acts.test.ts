import { expect, test, vi } from 'vitest'
import { liveADay, openDashboard, settled, signIn, startWithDashboard, turnTo } from './setting.ts'

test('a registration without a person is given one, and its activity is written', async () => {
  const server = await startWithDashboard()
  await liveADay(server)
  const page = await openDashboard(server)
  await signIn(page, server, '/nasm/registrations?state=unmatched')
  await page.getByRole('link', { name: 'Piet Household' }).click()

  await page.getByRole('button', { name: 'This one: Piet Lindqvist' }).click()

  await page.getByText('Assigned to iMIS ID 106').waitFor()
  await vi.waitFor(() => expect(server.imis.activitiesOf('106')).toHaveLength(1), 20_000)
})

test('what would be written is shown before it is tried again, and nothing is written by looking', async () => {
  const server = await startWithDashboard()
  await liveADay(server)
  const page = await openDashboard(server)
  await signIn(page, server, '/nasm/registrations?state=dead')
  await page.locator('tbody a').first().click()

  await page.getByRole('button', { name: 'Preview writes' }).click()
  const preview = page.getByRole('dialog')
  await preview.getByText('create').first().waitFor()
  await preview
    .getByRole('cell', { name: 'MEETING' })
    .or(preview.getByText('AC2027'))
    .first()
    .waitFor()
  expect(server.imis.activitiesOf('105')).toHaveLength(0)
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Try again' }).click()

  await vi.waitFor(() => expect(server.imis.activitiesOf('105')).toHaveLength(1), 20_000)
})

test('the log is followed live, line by line, and a line is dismissed and found again', async () => {
  const server = await startWithDashboard({ events: [], runWorker: false })
  const page = await openDashboard(server)
  await signIn(page, server, '/nasm/logs')
  const followed = page.waitForResponse((response) => response.url().includes('/logs/live'))
  await page.getByRole('button', { name: 'Follow live' }).click()
  await followed

  server.accountLog.add({
    account: 'nasm',
    kind: 'system',
    code: 'query-run',
    text: 'a line that just came',
    trace: 't1',
  })
  await page.getByRole('link', { name: 'a line that just came' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Dismiss' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Bring back' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Stop following' }).click()
  await page.getByLabel('Dismissed').selectOption('yes')
  await settled(page)

  expect(await page.locator('tbody tr').count()).toBe(1)
  expect(new URL(page.url()).search).toBe('?dismissed=yes')
})

test('many registrations are replayed: first the plan, then the work with its progress', async () => {
  const server = await startWithDashboard()
  await liveADay(server)
  const page = await openDashboard(server)
  await signIn(page, server, '/nasm/logs')

  await page.getByRole('button', { name: 'Replay many' }).click()
  await page.getByLabel('What', { exact: true }).selectOption('registrations dead')
  await page.getByRole('button', { name: 'Show the plan' }).click()
  await page.getByText('1 registration would be read again').waitFor()
  expect(server.imis.activitiesOf('105')).toHaveLength(0)
  await page.getByRole('button', { name: 'Replay 1' }).click()

  await page.getByRole('dialog').getByText('done', { exact: true }).waitFor()
  await vi.waitFor(() => expect(server.imis.activitiesOf('105')).toHaveLength(1), 20_000)
})

test('an event that sends messages and is not configured is ignored, shown again and added', async () => {
  const server = await startWithDashboard()
  await liveADay(server)
  const page = await openDashboard(server)
  await signIn(page, server, '/nasm/events')

  await page.getByRole('button', { name: 'Ignore Regional Meeting 2027' }).click()
  await page.getByText('All of them are ignored.').waitFor()
  await page.getByRole('button', { name: 'Show 1 ignored' }).click()
  await page.getByRole('link', { name: 'Add Regional Meeting 2027' }).click()
  expect(await page.getByLabel('Cvent event code').inputValue()).toBe('NOTCONFIG27')
  await page.getByLabel('iMIS meeting code').fill('RM2027')
  await page.getByRole('button', { name: 'Add the event' }).click()
  await page.getByRole('heading', { level: 1, name: 'Regional Meeting 2027' }).waitFor()

  await turnTo(page, 'Events')
  expect(await page.getByText('They send messages, but are not configured').count()).toBe(0)
  await vi.waitFor(() => expect(server.imis.activitiesOf('110')).toHaveLength(2), 20_000)
})
