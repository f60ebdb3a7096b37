import { expect, test, vi } from 'vitest'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { sandboxAccount } from '../../sandbox/documents.ts'
import { openPage } from '../chromium.ts'
import { openDashboard, settled, signIn, startWithDashboard, turnTo } from './setting.ts'

test('a newcomer comes from an empty database to a member’s activity by the dashboard only', async () => {
  const server = await startWithDashboard({ seed: false })
  const { imis, cvent } = server
  const given = sandboxAccount(imis, cvent)
  const page = await openDashboard(server)

  // An empty server leads to its first account.
  await signIn(page, server)
  await page.getByRole('heading', { name: 'Welcome. Set up the first account' }).waitFor()
  await page.getByLabel('Name', { exact: true }).fill(given.name)
  await page.getByLabel('Short name').fill(given.key)
  await page.getByLabel('Address of the site').fill(given.imis.siteUrl)
  await page.getByLabel('Service account').fill(given.imis.username)
  await page.getByLabel('Its password').fill(given.imis.password)
  await page.getByLabel('Time zone of the site').fill(given.imis.timeZone)
  await page.getByLabel('Client id of the sign-on').fill(given.imis.sso.clientId)
  await page.getByLabel('Client secret of the sign-on').fill(given.imis.sso.clientSecret)
  await page.getByLabel('Client id', { exact: true }).fill(given.cvent.clientId)
  await page.getByLabel('Client secret', { exact: true }).fill(given.cvent.clientSecret)
  await page.getByLabel('API tier').selectOption('premium')
  await page.getByText('More about Cvent').click()
  await page
    .getByLabel('Address of the API')
    .last()
    .fill(given.cvent.apiUrl ?? '')
  await page.getByLabel('Address of the form hand-off').fill(given.cvent.formPostUrl ?? '')
  await page.getByRole('button', { name: 'Save and continue' }).click()

  // Both sides answer, and the webhook's two values are there to take to Cvent.
  await page.getByRole('button', { name: 'Test everything' }).click()
  await page.getByText('iMIS takes the service account').waitFor()
  await page.getByText('Cvent takes the client id and secret').waitFor()
  await page.getByRole('button', { name: 'Create the token' }).click()
  const token = await page.getByRole('dialog').locator('code').innerText()
  await page.getByRole('button', { name: 'Done' }).click()
  const url = await page.locator('section[aria-labelledby=webhook] .copy code').innerText()
  expect(await cvent.setWebhook({ url, token })).toBe(200)

  // The event, chosen on both sides.
  await turnTo(page, 'Events')
  await page.getByRole('link', { name: 'Add an event' }).first().click()
  await page.getByRole('button', { name: 'Select the Cvent event' }).click()
  await page.getByLabel('Title or code').fill('Annual Conference 2027')
  await page.getByRole('button', { name: /Annual Conference 2027/ }).click()
  await page.getByLabel('iMIS meeting code').fill('AC2027')
  await page.getByRole('button', { name: 'Select the query' }).click()
  await page.getByRole('button', { name: 'Cvent folder' }).click()
  await page.getByRole('button', { name: 'Registrants', exact: true }).click()
  await page.getByRole('button', { name: 'Select this query' }).click()
  await page.getByRole('button', { name: 'Add the event' }).click()
  await page.getByRole('heading', { level: 1, name: 'Annual Conference 2027' }).waitFor()

  // A member registers on the association's own page.
  const member = await openPage()
  await member.goto(`${imis.url}/EventsPage?EventCode=${seededEvents.open}`)
  await member
    .getByRole('link', { name: /sign in/i })
    .first()
    .click()
  await member.getByRole('button', { name: /Maren Oakfield/ }).click()
  await member.getByRole('link', { name: 'Register for Annual Conference 2027' }).click()
  await member.getByRole('button', { name: 'Submit' }).click()
  await member
    .getByText(/confirmation number/i)
    .first()
    .waitFor()
  await vi.waitFor(() => expect(imis.activitiesOf('101')).toHaveLength(1), 20_000)

  // The dashboard tells it all: the timeline with its SEQN, and the checklist that ticked itself.
  await turnTo(page, 'Registrations')
  await page.getByRole('link', { name: 'Maren Oakfield' }).click()
  await page.getByText(`SEQN ${imis.activitiesOf('101')[0]?.SEQN}`).waitFor()
  const timeline = await page.locator('.timeline').innerText()
  for (const kind of ['sign-on', 'eligibility', 'hand-off', 'webhook', 'cvent', 'imis'])
    expect(timeline).toContain(`${kind} ·`)
  await turnTo(page, 'Account')
  await page.getByText('See the first message done').waitFor()
  await turnTo(page, 'Overview')
  await settled(page)
  expect(await page.locator('.tile', { hasText: 'in iMIS' }).innerText()).toMatch(/^1\n/)
  expect(new URL(page.url()).search).toBe('')
}, 120_000)
