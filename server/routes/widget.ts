import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'

const YEAR_SECONDS = 31_536_000
const HASHED = /-[\w-]{8}\.\w+(\.br|\.gz)?$/

/** Where `npm run build` puts what browsers load. */
export const WIDGET_FOLDER = join(import.meta.dirname, '../../dist/widget')

/**
 * `GET /widget/…`: the element's script and its parts, brotli or gzip as built. A name with a hash never changes and is kept
 * for a year; a plain name is revalidated by its ETag on every page view. Any site may load these files.
 */
export async function registerWidgetRoutes(
  app: FastifyInstance,
  { folder = WIDGET_FOLDER }: { folder?: string } = {},
): Promise<void> {
  // Then the dashboard's routes answer what is to be done.
  if (!existsSync(folder)) return
  await app.register(fastifyStatic, {
    root: folder,
    prefix: '/widget/',
    decorateReply: false,
    preCompressed: true,
    cacheControl: false,
    index: false,
    setHeaders(reply, path) {
      void reply
        .header(
          'cache-control',
          HASHED.test(path) ? `public, max-age=${YEAR_SECONDS}, immutable` : 'public, no-cache',
        )
        .header('access-control-allow-origin', '*')
        .header('cross-origin-resource-policy', 'cross-origin')
        .header('vary', 'accept-encoding')
    },
  })
}
