import { createServer, type RequestListener } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { startServer } from '../../start-server.ts'
import { hrefFor, openHandOff } from '../../server/member-steps.ts'
import { openPage } from '../chromium.ts'

// Cvent's form address answers with a redirect to the event's own host, and a browser holds form-action against that too.

/** A site of the test's own; `at` is its origin under that name, 127.0.0.1 and localhost being two. */
async function site(answer: RequestListener) {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  // It listens on a port, not on a pipe.
  const { port } = server.address() as AddressInfo
  return { at: (host: string) => `http://${host}:${port}` }
}

/** Cvent on two hosts, our server that posts to the first, a page of the association with the hand-off's link, a foreign one. */
async function stage() {
  let href = ''
  const linking =
    (title: string): RequestListener =>
    (_request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(`<title>${title}</title><a rel="noopener" href="${href}">Register</a>`)
    }
  const member = await site(linking('Events'))
  const foreign = await site(linking('A foreign page'))
  const cvent = await site((request, reply) => {
    if (request.method === 'POST')
      reply.writeHead(302, { location: `${cvent.at('localhost')}/event/register` }).end()
    else reply.setHeader('content-type', 'text/html').end('<title>Registration at Cvent</title>')
  })
  const server = await startServer({
    realTime: true,
    account: (account) => ({
      ...account,
      origins: [...account.origins, member.at('127.0.0.1')],
      cvent: { ...account.cvent, formPostUrl: `${cvent.at('127.0.0.1')}/Events/APIs/Reg.aspx` },
    }),
  })
  href = await hrefFor(server)
  return { cvent, href, page: member.at('127.0.0.1'), foreign: foreign.at('127.0.0.1') }
}

test('the form arrives where Cvent redirects it, and going back leads to the page it came from', async () => {
  const { cvent, page: address } = await stage()
  const page = await openPage()
  await page.goto(address)

  await page.getByRole('link', { name: 'Register' }).click()
  await page.waitForURL(`${cvent.at('localhost')}/event/register`)
  const arrivedAt = await page.title()
  await page.goBack()
  await page.waitForURL(`${address}/`)

  expect(arrivedAt).toBe('Registration at Cvent')
  expect(await page.title()).toBe('Events')
})

test('without scripts a press on Continue leads there', async () => {
  const { cvent, page: address } = await stage()
  const page = await openPage({ javaScriptEnabled: false })
  await page.goto(address)
  await page.getByRole('link', { name: 'Register' }).click()

  await page.getByRole('button', { name: 'Continue' }).click()

  await page.waitForURL(`${cvent.at('localhost')}/event/register`)
})

test.each([
  ['with scripts', true],
  ['without scripts', false],
])(
  'a link on a foreign page asks whose it is first, and a press leads on (%s)',
  async (_name, javaScriptEnabled) => {
    const { cvent, foreign } = await stage()
    const page = await openPage({ javaScriptEnabled })
    await page.goto(foreign)

    await page.getByRole('link', { name: 'Register' }).click()
    await page.getByRole('heading', { name: 'Continue as Maren?' }).waitFor()
    await page.getByRole('button', { name: 'Continue' }).click()
    // Without scripts the form to Cvent has a button of its own.
    if (!javaScriptEnabled) {
      await page.getByRole('heading', { name: 'Taking you to the registration' }).waitFor()
      await page.getByRole('button', { name: 'Continue' }).click()
    }

    await page.waitForURL(`${cvent.at('localhost')}/event/register`)
  },
)

test('(control) a policy that names only the form’s own address stops it on the way', async () => {
  const { cvent, href } = await stage()
  const response = await openHandOff(href)
  const html = await response.text()
  const policy = response.headers.get('content-security-policy') ?? ''
  const narrow = policy.replace(/form-action [^;]+/, `form-action ${cvent.at('127.0.0.1')}`)
  const strict = await site((_request, reply) => {
    reply.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': narrow })
    reply.end(html)
  })
  const page = await openPage()
  const refusals: string[] = []
  page.on('console', (message) => refusals.push(message.text()))

  // The page is never complete: it waits for the answer that is refused.
  await page.goto(strict.at('127.0.0.1'), { waitUntil: 'commit' })

  await expect.poll(() => refusals.join('\n')).toContain('form-action')
  expect(page.url()).toBe(`${strict.at('127.0.0.1')}/`)
})
