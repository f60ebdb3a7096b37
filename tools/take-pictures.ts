import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { chromium, type Locator, type Page } from 'playwright-core'
import { createServer } from 'vite'

const ROOT = dirname(import.meta.dirname)
const PICTURES = join(ROOT, 'docs/pictures')

/** One picture of the gallery: its file name, the gallery's address, and how the browser is set. */
const GALLERY = [
  { name: 'element-button', query: '?display=button&display=link', width: 720 },
  { name: 'element-card', query: '?display=card', width: 860 },
  { name: 'element-card-dark', query: '?display=card&theme=dark', width: 860 },
  { name: 'element-card-narrow', query: '?display=card', width: 320 },
  { name: 'element-card-french', query: '?display=card&lang=fr', width: 860 },
  { name: 'element-card-rtl', query: '?display=card&dir=rtl', width: 860 },
  { name: 'element-forced-colors', query: '', width: 860, forcedColors: 'active' },
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
export async function keepPicture(page: Page, path: string, of: Page | Locator = page) {
  const png = await of.screenshot(of === page ? { fullPage: true } : {})
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

if (import.meta.main) {
  const only = process.argv.slice(2)
  const executablePath = execFileSync('sh', ['-c', 'command -v chromium'], {
    encoding: 'utf8',
  }).trim()
  await mkdir(PICTURES, { recursive: true })
  const gallery = await serveGallery()
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
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
