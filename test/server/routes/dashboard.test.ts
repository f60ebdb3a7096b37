import { join } from 'node:path'
import Fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { registerDashboardRoutes } from '../../../server/routes/dashboard.ts'
import { buildWidgets } from '../../../tools/build-widgets.ts'
import { startServer } from '../../start-server.ts'

async function start() {
  await buildWidgets()
  return startServer({ events: [] })
}

test('every address of the dashboard answers the one page, with a policy that allows own files only', async () => {
  const server = await start()

  for (const path of [
    '/',
    '/nasm/events/WRN3DBTCMX9',
    '/nasm/logs?kind=webhook',
    '/no/such/page',
  ]) {
    const answer = await server.app.inject({ url: `/dashboard${path}` })
    const policy = String(answer.headers['content-security-policy'])
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['cache-control']).toContain('max-age=0')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe-|https?:|\*|data:/)
    // Whatever the page loads stands in a file of ours: nothing inline.
    expect(answer.body).not.toMatch(/<script(?![^>]*\ssrc="\/dashboard\/)/)
    expect(answer.body).not.toMatch(/<style|\sstyle=|\son\w+=|https?:\/\//)
  }
})

test('the page’s files are kept for good by their names, and nothing outside their folder is served', async () => {
  const server = await start()
  const { body } = await server.app.inject({ url: '/dashboard/' })
  const script = /src="([^"]+)"/.exec(body)?.[1] ?? ''

  const answer = await server.app.inject({ url: script, headers: { 'accept-encoding': 'br' } })
  const outside = await server.app.inject({ url: '/dashboard/assets/..%2f..%2fmanifest.json' })
  const missing = await server.app.inject({ url: '/dashboard/assets/none.js' })

  expect(answer.statusCode).toBe(200)
  expect(answer.headers['content-encoding']).toBe('br')
  expect(answer.headers['cache-control']).toContain('immutable')
  expect(outside.statusCode).toBeGreaterThanOrEqual(400)
  expect(missing.statusCode).toBe(404)
})

test('the preview stands in a frame of the dashboard only, and the sign-on window may answer', async () => {
  const server = await start()

  const preview = await server.app.inject({ url: '/dashboard/preview.html' })
  const page = await server.app.inject({ url: '/dashboard/' })

  expect(preview.headers['content-security-policy']).toContain("frame-ancestors 'self'")
  expect(page.headers['cross-origin-opener-policy']).toBe('same-origin-allow-popups')
})

test('without a build the pages say what to run, and the root leads to the dashboard', async () => {
  const app = Fastify()
  onTestFinished(() => app.close())
  await registerDashboardRoutes(app, { folder: join(import.meta.dirname, 'no-such-folder') })

  const root = await app.inject({ url: '/' })
  const page = await app.inject({ url: '/dashboard/' })
  const script = await app.inject({ url: '/widget/registration.js' })

  expect(root.headers.location).toBe('/dashboard/')
  expect(page.statusCode).toBe(503)
  expect(page.body).toContain('npm run build')
  expect(script.body).toContain('npm run build')
})
