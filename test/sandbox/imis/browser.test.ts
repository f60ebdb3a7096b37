import Fastify from 'fastify'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { CHROMIUM_FLAGS, chromiumPath } from '../../browser/installed-chromium.ts'
import { lacks } from '../../programs.ts'
import { startImis, type ImisSandbox } from './server.ts'

/** A registration server of three routes: its element writes when it was put on the page, its sign-on page says so. */
function standIn() {
  const server = Fastify()
  const posts: unknown[] = []
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, body),
  )
  server.get('/widget/registration.js', (_request, reply) =>
    reply
      .header('access-control-allow-origin', '*')
      .type('text/javascript')
      .send(
        `let count = 0
        customElements.define('cvent-registration', class extends HTMLElement {
          connectedCallback() { this.dataset.number = String(++count) }
        })`,
      ),
  )
  server.head('/sso/nasm', (_request, reply) => reply.send())
  server.post('/sso/nasm', (request, reply) => {
    posts.push(request.body)
    return reply.type('text/html').send('<script>parent.postMessage("signed on", "*")</script>')
  })
  return { server, posts }
}

let browser: Browser
let page: Page
let imis: ImisSandbox
const { server, posts } = standIn()

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_FLAGS })
  await server.listen({ port: 0, host: '127.0.0.1' })
})
afterAll(async () => {
  await browser.close()
  await server.close()
})
beforeEach(async () => {
  imis = await startImis({ serverUrl: server.listeningOrigin })
  page = await browser.newPage()
})
afterEach(async () => {
  await page.close()
  await imis.close()
})

const openSignOnFrame = `new Promise((resolve) => {
  addEventListener('message', ({ data }) => resolve(data))
  const frame = document.createElement('iframe')
  frame.src = '/CventSignIn'
  document.body.append(frame)
})`

const paged = test.skipIf(lacks('Chromium'))

paged(
  'the zone is rendered again by a partial postback, and the page is told at its end',
  async () => {
    await page.goto(`${imis.url}/EventsPage?EventCode=WRN3DBTCMX9`)
    await page.waitForSelector('cvent-registration[data-number="1"]')
    const told = page.evaluate(
      `new Promise((resolve) => Sys.WebForms.PageRequestManager.getInstance().add_endRequest(() => resolve('end')))`,
    )

    await page.getByRole('button', { name: 'Refresh zone' }).click()

    expect(await told).toBe('end')
    expect(await page.getAttribute('cvent-registration', 'data-number')).toBe('2')
  },
)

paged(
  'Enter in a field of the page presses the default button and posts the whole page',
  async () => {
    await page.goto(`${imis.url}/EventsPage?EventCode=WRN3DBTCMX9`)

    await page.getByLabel('Search the site').press('Enter')

    await page.waitForSelector('#ctl01_Posted')
  },
)

paged('the sign-on page posts a token from a frame, unless frames are blocked', async () => {
  await page.goto(`${imis.url}/SignIn?ReturnUrl=/EventsPage`)
  await page.getByRole('button', { name: 'Maren Oakfield' }).click()
  await page.waitForURL('**/EventsPage')

  const open = await page.evaluate(openSignOnFrame)
  imis.state.settings.framesBlocked = true
  const refusal = page.waitForEvent('console', (message) =>
    message.text().includes('X-Frame-Options'),
  )
  await page.evaluate(`void ${openSignOnFrame}`)
  await refusal

  expect(open).toBe('signed on')
  expect(posts).toEqual([expect.stringMatching(/^refresh_token=[0-9a-f]{32}$/)])
})
