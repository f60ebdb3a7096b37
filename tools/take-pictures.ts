import { execFileSync, spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { createServer } from 'vite'
import { buildContentItem, CONTENT_ITEM } from '../server/operator/event/content-item.ts'

const ROOT = dirname(import.meta.dirname)
const PICTURES = join(ROOT, 'docs/pictures')

/** One picture of the gallery: its file name, the gallery's address, and how the browser is set. */
const GALLERY = [
  { name: 'element-button', query: '?display=button&display=link', width: 720 },
  { name: 'element-card', query: '?display=card', width: 860 },
  { name: 'element-card-dark', query: '?display=card&theme=dark', width: 860 },
  { name: 'element-card-french', query: '?display=card&lang=fr', width: 860 },
  { name: 'element-forced-colors', query: '?display=card', width: 860, forcedColors: 'active' },
] as const

/** Serves the gallery as Vite does in development. `close` it. */
export async function serveGallery(): Promise<{ url: string; close: () => Promise<void> }> {
  const vite = await createServer({
    configFile: false,
    root: ROOT,
    logLevel: 'error',
    server: { port: 0, host: '127.0.0.1', hmr: false, watch: null },
  })
  await vite.listen()
  const address = vite.resolvedUrls?.local[0]
  if (!address) throw new Error('Vite does not say where it listens')
  return { url: `${address}widget/registration/index.html`, close: () => vite.close() }
}

/** Keeps what the page shows as WebP, a third of a PNG's size; the browser at hand converts it. */
async function keepPicture(page: Page, path: string) {
  const png = await page.screenshot({ fullPage: true })
  // As text, because it runs in the browser, whose names the tools' types do not know.
  const webp = await page.evaluate<string>(`(async () => {
    const image = new Image()
    image.src = 'data:image/png;base64,${png.toString('base64')}'
    await image.decode()
    const canvas = new OffscreenCanvas(image.width, image.height)
    canvas.getContext('2d').drawImage(image, 0, 0)
    const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 0.8 })
    return btoa(Array.from(new Uint8Array(await blob.arrayBuffer()), (byte) => String.fromCharCode(byte)).join(''))
  })()`)
  await writeFile(path, Buffer.from(webp, 'base64'))
}

/** The demo in a process of its own, on free ports, and the addresses it prints. */
async function startDemo() {
  const demo = spawn(process.execPath, [join(ROOT, 'test/sandbox/demo.ts')], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const said = await new Promise<string>((resolve) => {
    let text = ''
    demo.stdout.on('data', (piece: Buffer) => {
      text += piece.toString('utf8')
      if (text.includes('Ctrl-C')) resolve(text)
    })
  })
  const [imis = '', dashboard = ''] = ['/EventsPage', '/dashboard/'].map(
    (path) => new RegExp(`(http://\\S+?)${path}`).exec(said)?.[1],
  )
  return { imis, server: dashboard, stop: () => demo.kill() }
}

/** Pictures of the sandbox's RiSE pages: a member's event page, and the editor's Configure dialog. */
async function takeSitePictures(browser: Browser) {
  const { imis, server, stop } = await startDemo()
  const page = await browser.newPage({ viewport: { width: 1000, height: 640 } })
  const signInAs = async (name: string) => {
    await page.goto(`${imis}/SignIn?ReturnUrl=/EventsPage`)
    await page.getByRole('button', { name }).click()
  }
  const post = async (path: string, body: Uint8Array | object) => {
    const isZip = body instanceof Uint8Array
    const response = await fetch(`${imis}/sandbox/${path}`, {
      method: 'POST',
      headers: { 'content-type': isZip ? 'application/zip' : 'application/json' },
      body: isZip ? Buffer.from(body) : JSON.stringify(body),
    })
    // The sandbox's own routes answer with an object of texts.
    return (await response.json()) as Record<string, string>
  }
  try {
    await signInAs('Maren Oakfield')
    const event = `${imis}/Events/WRN3DBTCMX9?display=card`
    const register = page.getByRole('link', { name: 'Register for Annual Conference 2027' })
    await page.goto(event)
    await page.getByRole('link', { name: /^Register for/ }).waitFor()
    await page.waitForTimeout(1000)
    await page.goto(event)
    await register.waitFor()
    await page.screenshot({ path: join(PICTURES, 'event-page.png') })
    await register.click()
    await page.getByRole('button', { name: 'Submit' }).click()
    const activity = page.locator('#Participation tr[data-seqn]')
    do await page.goto(`${imis}/Party?ID=101&tab=participation`)
    while ((await activity.count()) === 0)
    await keepPicture(page, join(PICTURES, 'participation.webp'))

    const options = { serverUrl: server, account: 'nasm', signInPage: '/CventSignIn' }
    await post(`ipart-source/${CONTENT_ITEM.zip}`, await buildContentItem(options))
    const { contentTypeKey } = await post('content-types', {
      name: 'Cvent registration',
      displayHtmlPath: CONTENT_ITEM.displayPath,
      configHtmlPath: CONTENT_ITEM.configurePath,
    })
    const contentKey = '7b1f0a52-8c11-49a3-a5c3-0f0d5b7b91aa'
    const settings = '{"eventCode":"WRN3DBTCMX9","display":"card"}'
    const name = 'Event registration'
    const item = { contentKey, contentTypeKey, name, settings }
    const { contentItemKey } = await post('content-items', item)
    await signInAs('Ida Quist')
    await page.goto(`${imis}/Configure?contentKey=${contentKey}&contentItemKey=${contentItemKey}`)
    await page.getByRole('combobox', { name: 'Event', exact: true }).waitFor()
    await keepPicture(page, join(PICTURES, 'configure.webp'))
  } finally {
    stop()
  }
}

if (import.meta.main) {
  const only = process.argv.slice(2)
  const executablePath = execFileSync('sh', ['-c', 'command -v chromium'], {
    encoding: 'utf8',
  }).trim()
  await mkdir(PICTURES, { recursive: true })
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  if (only.length === 0 || only.includes('site')) await takeSitePictures(browser)
  const gallery = await serveGallery()
  for (const { name, query, width, ...colors } of GALLERY) {
    if (only.length > 0 && !only.includes(name)) continue
    const page = await browser.newPage({
      viewport: { width, height: 400 },
      reducedMotion: 'reduce',
      ...colors,
    })
    await page.goto(gallery.url + query)
    await page.locator('cvent-registration').last().getByRole('button').waitFor()
    await keepPicture(page, join(PICTURES, `${name}.webp`))
    await page.close()
    console.log(name)
  }
  await browser.close()
  await gallery.close()
}
