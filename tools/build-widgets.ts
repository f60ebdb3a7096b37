import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build, type InlineConfig } from 'vite'
import { buildDashboard } from './build-dashboard.ts'
import { elementManifest, htmlData } from './element-manifest.ts'

/** The repository's folder. */
export const ROOT = dirname(import.meta.dirname)

/** Bytes on the wire of one file. */
export interface Sizes {
  raw: number
  gzip: number
  brotli: number
}

/** One file of `dist/widget`: the name that never changes, the one that changes with its content, and its SRI value. */
export interface BuiltFile extends Sizes {
  hashed: string
  integrity: string
}

/** `dist/widget/manifest.json`, by plain file name. `sources` is the digest of what it was built from. */
export interface WidgetManifest {
  sources: string
  files: Record<string, BuiltFile>
}

/** How a script for the browser is bundled: one ES module, phrases of other languages apart, everything minified. */
export function scriptConfig(entry: string, outDir: string): InlineConfig {
  return {
    configFile: false,
    root: ROOT,
    base: './',
    publicDir: false,
    logLevel: 'warn',
    // Named here because Vite would take the libraries' development builds wherever NODE_ENV says test.
    resolve: { conditions: ['browser', 'module', 'production'] },
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2022',
      // Library mode leaves out Vite's preload code for lazy parts: 0.7 kB that a phrase file does not need.
      lib: { entry, formats: ['es'], fileName: (_format, name) => `${name}.js` },
      rolldownOptions: {
        output: { minify: true, chunkFileNames: '[name]-[hash].js' },
      },
    },
  }
}

/**
 * Builds what browsers load into `dist/`: nothing to do, and done in some ten milliseconds, when the sources are the ones it
 * was built from. Each file stands there under its plain name (revalidated) and its hashed name (immutable), with `.br` and
 * `.gz` beside it. `custom-elements.json` and `html-custom-data.json` describe the element to editors.
 */
export async function buildWidgets(outDir = join(ROOT, 'dist/widget')): Promise<WidgetManifest> {
  const sources = await digestOfSources()
  const before = await readManifest(outDir)
  if (before?.sources === sources) return before
  const work = `${outDir}.building-${process.pid}`
  await build(scriptConfig(join(ROOT, 'widget/registration/define.ts'), work))
  await rename(join(work, 'define.js'), join(work, 'registration.js'))
  const manifest: WidgetManifest = { sources, files: {} }
  for (const name of (await readdir(work)).filter((file) => file.endsWith('.js'))) {
    const body = Buffer.from(squeezed(await readFile(join(work, name), 'utf8')))
    const hash = createHash('sha256').update(body).digest('base64url').slice(0, 8)
    // A chunk carries its hash already: its name stands in the entry.
    const hashed = name === 'registration.js' ? `registration-${hash}.js` : name
    const sizes = await writeCompressed(join(work, name), body)
    if (hashed !== name) await writeCompressed(join(work, hashed), body)
    const integrity = `sha384-${createHash('sha384').update(body).digest('base64')}`
    manifest.files[name] = { hashed, integrity, ...sizes }
  }
  await buildContentItemPages(join(work, 'content-item'))
  await buildDashboard(ROOT, join(work, 'dashboard'))
  const described = await elementManifest(ROOT)
  await writeFile(join(work, 'custom-elements.json'), JSON.stringify(described, undefined, 2))
  await writeFile(
    join(work, 'html-custom-data.json'),
    JSON.stringify(htmlData(described), undefined, 2),
  )
  await writeFile(join(work, 'manifest.json'), JSON.stringify(manifest, undefined, 2))
  await rm(outDir, { recursive: true, force: true })
  await mkdir(dirname(outDir), { recursive: true })
  await rename(work, outDir)
  return manifest
}

/** Without the bundler's remarks to itself and the templates' indentation, which the minifier leaves. */
function squeezed(script: string) {
  return script.replaceAll('/* @__PURE__ */ ', '').replace(/\n {2,}/g, ' ')
}

/** The two pages of the iPart. The configuration page holds its script, so that it works where our server is out of reach. */
async function buildContentItemPages(folder: string) {
  await build(scriptConfig(join(ROOT, 'widget/content-item/configure.ts'), folder))
  const script = await readFile(join(folder, 'configure.js'), 'utf8')
  await rm(join(folder, 'configure.js'))
  for (const name of ['index.html', 'configure.html']) {
    const html = await readFile(join(ROOT, 'widget/content-item', name), 'utf8')
    const safe = script.replaceAll('</script', String.raw`<\/script`)
    const inline = `<script type="module">${safe}</script>`
    await writeFile(
      join(folder, name),
      html.replace('<script type="module" src="configure.ts"></script>', () => inline),
    )
  }
}

async function writeCompressed(path: string, body: Buffer): Promise<Sizes> {
  const gzip = gzipSync(body, { level: 9 })
  const brotli = brotliCompressSync(body, {
    params: { [constants.BROTLI_PARAM_SIZE_HINT]: body.length },
  })
  await writeFile(path, body)
  await writeFile(`${path}.gz`, gzip)
  await writeFile(`${path}.br`, brotli)
  return { raw: body.length, gzip: gzip.length, brotli: brotli.length }
}

async function readManifest(outDir: string) {
  const path = join(outDir, 'manifest.json')
  // Written by this file only.
  return existsSync(path) ? (JSON.parse(await readFile(path, 'utf8')) as WidgetManifest) : undefined
}

/** Everything the bundles are made of; the lock file stands for the libraries. */
async function digestOfSources() {
  const digest = createHash('sha256')
  const folder = join(ROOT, 'widget')
  const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  const tools = ['build-widgets.ts', 'build-dashboard.ts', 'element-manifest.ts'].map((name) =>
    join(import.meta.dirname, name),
  )
  for (const file of [...files, join(ROOT, 'package-lock.json'), ...tools])
    digest.update(relative(ROOT, file)).update(await readFile(file))
  return digest.digest('base64url')
}

if (import.meta.main) {
  const { files } = await buildWidgets()
  for (const [name, { raw, gzip, brotli, hashed, integrity }] of Object.entries(files))
    console.log(
      `${basename(name).padEnd(24)} ${raw} B, gzip ${gzip} B, brotli ${brotli} B\n  ${hashed} ${integrity}`,
    )
}
