import type { FastifyInstance } from 'fastify'
import { keepZip } from './install-i-part.ts'
import type { ContentItem } from './state.ts'
import { Refusal } from './wire.ts'
import type { World } from './world.ts'

const MEDIA_TYPES: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json',
  svg: 'image/svg+xml',
  png: 'image/png',
}

/**
 * The document system's folder `iPartSource`: `POST /sandbox/ipart-source/<name>.zip` uploads a zip (its bytes as
 * `application/zip`), whose files are then served below `/iPartSource/<name>.zip/…`.
 */
export function registerIPartSource(app: FastifyInstance, { state }: World) {
  app.addContentTypeParser(
    ['application/zip', 'application/octet-stream'],
    { parseAs: 'buffer' },
    (_request, body, done) => done(null, body),
  )

  app.post<{ Params: { name: string } }>('/sandbox/ipart-source/:name', (request, reply) => {
    const { name } = request.params
    if (!name.endsWith('.zip') || !Buffer.isBuffer(request.body))
      throw new Refusal(400, 'Send the bytes of <name>.zip as application/zip.')
    return reply.status(201).send({ files: keepZip(state, name, request.body) })
  })

  app.get<{ Params: { '*': string } }>('/iPartSource/*', (request, reply) => {
    const path = request.params['*']
    const bytes = state.iPartFiles.get(path)
    if (!bytes) throw new Refusal(404, '')
    const extension = path.slice(path.lastIndexOf('.') + 1).toLowerCase()
    return reply.type(MEDIA_TYPES[extension] ?? 'application/octet-stream').send(Buffer.from(bytes))
  })
}

const fetched = new WeakMap<World, Map<string, string>>()

/**
 * The fragment of a display or configuration file, as iMIS puts it into a page: read from the zip, or fetched by the
 * server itself and cached (a redirect breaks it, `?DoNotCache=1` avoids the cache); a `<body>` wrapper is dropped and
 * `[x-contentKey]`, `[x-contentItemKey]` are replaced. A file that is missing gives a visible error, not a failure.
 */
export async function renderFragment(world: World, htmlPath: string, item: ContentItem) {
  const html = htmlPath.startsWith('~/iPartSource/')
    ? fromZip(world, htmlPath.slice('~/iPartSource/'.length))
    : await fromAddress(world, htmlPath)
  if (html === undefined)
    return `<div class="AsiError">The content item's file ${encodeURI(htmlPath)} cannot be read.</div>`
  const inner = /<body[^>]*>([\s\S]*)<\/body>/i.exec(html)?.[1] ?? html
  return inner
    .replaceAll('[x-contentKey]', item.contentKey)
    .replaceAll('[x-contentItemKey]', item.contentItemKey)
}

function fromZip({ state }: World, path: string) {
  const bytes = state.iPartFiles.get(path)
  return bytes && Buffer.from(bytes).toString('utf8')
}

async function fromAddress(world: World, address: string) {
  const cache = fetched.get(world) ?? new Map<string, string>()
  fetched.set(world, cache)
  const known = cache.get(address)
  if (known !== undefined) return known
  const response = await fetch(address, { redirect: 'manual' }).catch(() => undefined)
  if (response?.status !== 200) return undefined
  const html = await response.text()
  if (!/[?&]DoNotCache=1/i.test(address)) cache.set(address, html)
  return html
}
