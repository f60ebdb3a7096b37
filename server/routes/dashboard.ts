import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { WIDGET_FOLDER } from './widget.ts'

const YEAR_SECONDS = 31_536_000

/** Own files and the own API, and nothing else: no inline script or style, no other site, no frame around it. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types lit-html',
].join('; ')

/** What to do where the browser parts are missing, for the person who started the server. */
export const NOT_BUILT =
  'The browser parts are not built yet: run "npm run build", then start the server again.'

/** Returns whether `npm run build` has put the dashboard into the folder. */
export function isBuilt(folder: string = join(WIDGET_FOLDER, 'dashboard')): boolean {
  return existsSync(join(folder, 'index.html'))
}

/** The preview holds the members' element, inside a frame of the dashboard only. */
const PREVIEW_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ')

/**
 * `GET /dashboard/…`: the admin page. Every address below it that is no file answers the same document, which shows the page
 * its address names; it talks to `/admin` only. `GET /` leads there. Before the browser parts are built, these addresses say so.
 */
export async function registerDashboardRoutes(
  app: FastifyInstance,
  { folder = join(WIDGET_FOLDER, 'dashboard') }: { folder?: string } = {},
): Promise<void> {
  app.get('/', async (_request, reply) => reply.redirect('/dashboard/', 302))
  if (!isBuilt(folder)) {
    for (const url of ['/dashboard', '/dashboard/*', '/widget/*'])
      app.get(url, async (_request, reply) =>
        reply.status(503).type('text/plain; charset=utf-8').send(`${NOT_BUILT}\n`),
      )
    return
  }
  await app.register(async (scope) => {
    await scope.register(fastifyStatic, {
      root: join(folder, 'assets'),
      prefix: '/dashboard/assets/',
      preCompressed: true,
      index: false,
      maxAge: YEAR_SECONDS * 1000,
      immutable: true,
    })
    const send = (reply: FastifyReply, file: string, policy: string) =>
      reply
        .headers({
          'content-security-policy': policy,
          // The sign-on window of another site must be able to speak to the page that opened it.
          'cross-origin-opener-policy': 'same-origin-allow-popups',
          'referrer-policy': 'no-referrer',
        })
        .sendFile(file, folder, { maxAge: 0, immutable: false })

    scope.get('/dashboard', async (_request, reply) => reply.redirect('/dashboard/', 308))
    scope.get('/dashboard/icon.svg', async (_request, reply) =>
      send(reply, 'icon.svg', PAGE_POLICY),
    )
    scope.get('/dashboard/preview.html', async (_request, reply) =>
      send(reply, 'preview.html', PREVIEW_POLICY),
    )
    for (const url of ['/dashboard/', '/dashboard/*'])
      scope.get(url, async (_request, reply) => send(reply, 'index.html', PAGE_POLICY))
  })
}
