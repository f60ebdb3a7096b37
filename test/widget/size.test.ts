import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { build } from 'vite'
import { expect, onTestFinished, test } from 'vitest'
import { buildWidgets, scriptConfig, type Sizes } from '../../tools/build-widgets.ts'

const sizesOf = (body: Buffer): Sizes => ({
  raw: body.length,
  gzip: gzipSync(body, { level: 9 }).length,
  brotli: brotliCompressSync(body).length,
})

test('a member’s button loads at most 10 kB brotli, and at most 1.9 times a minimal Lit element', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'minimal-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await build(
    scriptConfig(join(import.meta.dirname, '../browser/element/minimal-lit-element.ts'), folder),
  )
  const minimal = sizesOf(await readFile(join(folder, 'minimal-lit-element.js')))

  const { files } = await buildWidgets()

  const { 'registration.js': ours, ...later } = files
  const row = (name: string, { raw, gzip, brotli }: Sizes) =>
    `${name.padEnd(24)}${[raw, gzip, brotli].map((size) => String(size).padStart(8)).join('')}`
  const rows = [
    `${'bytes'.padEnd(24)}     raw    gzip  brotli`,
    row('minimal Lit element', minimal),
    ...(ours ? [row('registration.js', ours)] : []),
    ...Object.entries(later).map(([name, sizes]) => row(`+ ${name}`, sizes)),
  ]
  process.stdout.write(`${rows.join('\n')}\n`)
  const loaded = ours?.brotli ?? Infinity
  expect(loaded).toBeLessThanOrEqual(10_000)
  expect(loaded / minimal.brotli).toBeLessThanOrEqual(1.9)
})

test('what is loaded later brings its own code and asks for nothing else: nothing is loaded twice', async () => {
  const { files } = await buildWidgets()
  const folder = join(import.meta.dirname, '../../dist/widget')

  const parts = await Promise.all(
    Object.keys(files).map(async (name) => [name, await readFile(join(folder, name), 'utf8')]),
  )

  const imports = parts.flatMap(([name, text = '']) =>
    (text.match(/\bimport\s*[{*"'`]|\bfrom\s*["'`]/g) ?? []).map((found) => `${name}: ${found}`),
  )
  expect(imports).toEqual([])
  expect(parts.map(([name = '']) => name.replace(/-[\w-]{8}\.js$/, '')).sort()).toEqual([
    'editor-settings',
    'es',
    'fr',
    'more',
    'registration.js',
  ])
})

test('the plain name, the hashed name and the integrity value are of one and the same file', async () => {
  const { files } = await buildWidgets()
  const folder = join(import.meta.dirname, '../../dist/widget')

  const built = files['registration.js']

  const [plain, hashed] = await Promise.all(
    ['registration.js', built?.hashed ?? ''].map((name) => readFile(join(folder, name))),
  )
  expect(hashed?.equals(plain ?? Buffer.alloc(0))).toBe(true)
  const digest = createHash('sha384')
    .update(plain ?? '')
    .digest('base64')
  expect(built?.integrity).toBe(`sha384-${digest}`)
})
