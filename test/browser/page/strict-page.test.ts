import { expect, test } from 'vitest'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { startServer } from '../../start-server.ts'
import { openPage } from '../chromium.ts'
import { plainSite, script } from './plain-site.ts'

test('under a strict policy with Trusted Types that allows Lit’s the element works, and breaks no rule', async () => {
  const url = await plainSite((serverUrl) => ({
    policy: [
      "default-src 'none'",
      `script-src ${serverUrl}`,
      `connect-src ${serverUrl}`,
      "frame-src 'self'",
      "require-trusted-types-for 'script'",
      'trusted-types lit-html',
    ].join('; '),
    html: `<cvent-registration account="nasm" event-code="${seededEvents.anonymous}" display="card"></cvent-registration>${script(serverUrl)}`,
  }))
  const page = await openPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (/policy|trusted/i.test(message.text())) complaints.push(message.text())
  })

  await page.goto(url)
  await page.getByRole('link', { name: /^Register for/ }).waitFor({ timeout: 20_000 })

  expect(complaints.filter((text) => !text.includes('favicon'))).toEqual([])
  const background = `getComputedStyle(document.querySelector('cvent-registration').shadowRoot.querySelector('a')).backgroundColor`
  expect(await page.evaluate(background)).not.toBe('rgba(0, 0, 0, 0)')
})

test('on a server with one account the page need not name it, nor the server', async () => {
  const url = await plainSite((serverUrl) => ({
    html: `<cvent-registration event-code="${seededEvents.anonymous}"></cvent-registration>${script(serverUrl)}`,
  }))
  const page = await openPage()

  await page.goto(url)

  await page.getByRole('link', { name: /^Register for/ }).waitFor({ timeout: 20_000 })
})

test('a member’s page costs one request for the script and one for the state, a visitor’s one more part of the script', async () => {
  const server = await startServer({ realTime: true })
  const page = await openPage()
  const requests: string[] = []
  page.on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (request.url().startsWith(server.url) && request.method() !== 'OPTIONS')
      requests.push(pathname.replace(/-[\w-]{8}\.js$/, '.js'))
  })
  const state = `/v1/nasm/events/${seededEvents.open}/registration`

  await page.goto(`${server.imis.url}/Events/${seededEvents.open}`)
  await page.getByRole('button', { name: /^Sign in to register/ }).waitFor()
  const visitors = requests.splice(0)
  await page.goto(`${server.imis.url}/SignIn?ReturnUrl=/EventsPage`)
  await page.getByRole('button', { name: 'Maren Oakfield' }).click()
  await page.waitForURL(/EventsPage/)
  requests.length = 0
  await page.goto(`${server.imis.url}/Events/${seededEvents.open}`)
  await page.getByRole('link', { name: /^Register for/ }).waitFor()

  expect(visitors.sort()).toEqual([state, '/widget/more.js', '/widget/registration.js'].sort())
  expect(requests).toEqual(['/widget/registration.js', '/sso/nasm', state])
})
