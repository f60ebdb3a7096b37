import Fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { startServer } from '../../start-server.ts'
import { openPage } from '../chromium.ts'

/** A site of the association that is no RiSE page and allows next to nothing. */
async function strictSite(serverUrl: string, tag: string) {
  const site = Fastify()
  onTestFinished(() => site.close())
  const policy = [
    "default-src 'none'",
    `script-src ${serverUrl}`,
    `connect-src ${serverUrl}`,
    "frame-src 'self'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')
  site.get('/', (_request, reply) =>
    reply.header('content-security-policy', policy).type('text/html').send(`<!doctype html>
      <html lang="en"><title>Strict</title>${tag}
      <script type="module" crossorigin src="${serverUrl}/widget/registration.js"></script></html>`),
  )
  return site.listen({ host: '127.0.0.1', port: 0 })
}

test('under a strict policy with Trusted Types the element works, and breaks no rule', async () => {
  const server = await startServer({ realTime: true })
  const tag = `<cvent-registration account="${server.account}" event-code="${seededEvents.anonymous}" display="card"></cvent-registration>`
  const url = await strictSite(server.url, tag)
  await server.app.ready()
  const page = await openPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (/policy|trusted/i.test(message.text())) complaints.push(message.text())
  })

  await page.route('**/v1/**', async (route) => {
    const answer = await route.fetch()
    // The site is not one of the account's origins; what is tested here is the page's own policy.
    await route.fulfill({
      response: answer,
      headers: { ...answer.headers(), 'access-control-allow-origin': '*' },
    })
  })
  await page.goto(url)
  await page.getByRole('link', { name: /^Register for/ }).waitFor({ timeout: 20_000 })

  expect(complaints).toEqual([])
  const background = `getComputedStyle(document.querySelector('cvent-registration').shadowRoot.querySelector('a')).backgroundColor`
  expect(await page.evaluate(background)).not.toBe('rgba(0, 0, 0, 0)')
})

test('on a server with one account the page need not name it, nor the server', async () => {
  const server = await startServer({ realTime: true })
  const page = await openPage()
  await page.route(`${server.imis.url}/plain`, (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<!doctype html><html lang="en"><title>Plain</title>
        <cvent-registration event-code="${seededEvents.anonymous}"></cvent-registration>
        <script type="module" src="${server.url}/widget/registration.js"></script></html>`,
    }),
  )

  await page.goto(`${server.imis.url}/plain`)

  await page.getByRole('link', { name: /^Register for/ }).waitFor({ timeout: 20_000 })
})

test('a page costs one request for the script and one for the state', async () => {
  const server = await startServer({ realTime: true })
  const page = await openPage()
  const requests: string[] = []
  page.on('request', (request) => {
    if (request.url().startsWith(server.url) && request.method() !== 'OPTIONS')
      requests.push(new URL(request.url()).pathname)
  })

  await page.goto(`${server.imis.url}/Events/${seededEvents.open}`)
  await page.getByRole('button', { name: /^Sign in to register/ }).waitFor()

  expect(requests).toEqual([
    '/widget/registration.js',
    `/v1/nasm/events/${seededEvents.open}/registration`,
  ])
})
