import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import Fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { registerWidgetRoutes } from '../../../server/routes/widget.ts'
import { buildWidgets } from '../../../tools/build-widgets.ts'

async function door() {
  const { files } = await buildWidgets()
  const app = Fastify()
  onTestFinished(() => app.close())
  await registerWidgetRoutes(app)
  const get = (name: string, headers: Record<string, string> = {}) =>
    app.inject({ url: `/widget/${name}`, headers })
  return { get, hashed: files['registration.js']?.hashed ?? '' }
}

test('a name with a hash is kept for a year, the plain name is asked again each time', async () => {
  const { get, hashed } = await door()

  const [plain, pinned] = [await get('registration.js'), await get(hashed)]

  expect(pinned.headers['cache-control']).toBe('public, max-age=31536000, immutable')
  expect(plain.headers['cache-control']).toBe('public, no-cache')
  expect(plain.body).toBe(pinned.body)
})

test('who has the present file is told so by its ETag, without the file', async () => {
  const { get } = await door()
  const first = await get('registration.js', { 'accept-encoding': 'br' })

  const etag = String(first.headers.etag)
  const again = await get('registration.js', { 'accept-encoding': 'br', 'if-none-match': etag })

  expect(again.statusCode).toBe(304)
  expect(again.rawPayload).toHaveLength(0)
})

test('each browser gets the smallest form it takes', async () => {
  const { get } = await door()
  const plain = await get('registration.js')

  const brotli = await get('registration.js', { 'accept-encoding': 'gzip, deflate, br' })
  const gzip = await get('registration.js', { 'accept-encoding': 'gzip' })

  expect(brotli.headers['content-encoding']).toBe('br')
  expect(brotliDecompressSync(brotli.rawPayload).equals(plain.rawPayload)).toBe(true)
  expect(gzip.headers['content-encoding']).toBe('gzip')
  expect(gunzipSync(gzip.rawPayload).equals(plain.rawPayload)).toBe(true)
  for (const { headers } of [plain, brotli, gzip]) expect(headers.vary).toMatch(/accept-encoding/i)
})

test('any site may load the script, also with integrity', async () => {
  const { get } = await door()

  const { headers } = await get('registration.js', { origin: 'https://members.example.org' })

  expect(headers['access-control-allow-origin']).toBe('*')
  expect(headers['cross-origin-resource-policy']).toBe('cross-origin')
  expect(headers['content-type']).toMatch(/javascript/)
})

test('nothing outside the folder, and no listing, is given away', async () => {
  const { get } = await door()

  for (const path of ['', '../package.json', '..%2fpackage.json', 'content-item', 'nothing.js'])
    expect([path, (await get(path)).statusCode < 400]).toEqual([path, false])
})
