import type { FastifyInstance } from 'fastify'
import type { SiteSettings } from './state.ts'
import type { World } from './world.ts'

interface Page {
  status: number
  type: string
  body: string
  location?: string
}

const page = (title: string, text: string) =>
  `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${text}</h1></body></html>`
const HTML = 'text/html; charset=utf-8'

/** What a browser or a client meets while the application behind the web server is away. The wording is ours. */
const PAGES: Record<Exclude<SiteSettings['away'], 'no'>, Page> = {
  'iis-404': {
    status: 404,
    type: HTML,
    body: page('404 - File or directory not found.', '404 - File or directory not found.'),
  },
  'iis-503': { status: 503, type: HTML, body: page('Service Unavailable', 'HTTP Error 503.') },
  'maintenance-page': {
    status: 200,
    type: HTML,
    body: page('Maintenance', 'This site is under maintenance'),
  },
  'maintenance-text': { status: 404, type: 'text/plain', body: 'This site is under maintenance' },
  redirect: { status: 302, type: HTML, body: '', location: '/Sign_In' },
  'sign-in': { status: 200, type: HTML, body: page('Sign In', 'Sign In') },
  'no-content': { status: 204, type: 'text/plain', body: '' },
  empty: { status: 200, type: 'application/json', body: '' },
}

/** Lets what stands before iMIS answer in its place while the site's setting `away` says so. */
export function registerAway(rest: FastifyInstance, { state }: World) {
  rest.addHook('onRequest', async (_request, reply) => {
    const { away } = state.settings
    if (away === 'no') return undefined
    const { status, type, body, location } = PAGES[away]
    if (location !== undefined) void reply.header('location', location)
    return reply.status(status).type(type).send(body)
  })
}
