import formbody from '@fastify/formbody'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { wireSwitchboard, type Switchboard } from '../switchboard.ts'
import { registerActivities } from './activities.ts'
import { registerAway } from './away.ts'
import { registerContent } from './content.ts'
import { registerControls } from './controls.ts'
import { registerDocuments } from './documents.ts'
import { registerEvents } from './events.ts'
import { registerIPartSource } from './i-part-source.ts'
import type { Activity } from './activity-columns.ts'
import { registerConfigurePage } from './pages/configure-page.ts'
import { registerControlPage } from './pages/control-page.ts'
import { registerEventsPage } from './pages/events-page.ts'
import { registerTheme } from './pages/layout.ts'
import { registerPageBuilder } from './pages/page-builder.ts'
import { registerPartyPage } from './pages/party-page.ts'
import { registerSignIn } from './pages/sign-in.ts'
import { registerSingleSignOn } from './pages/single-sign-on.ts'
import { watchParallelCalls } from './parallel.ts'
import { registerParties } from './parties.ts'
import { registerQueries } from './queries.ts'
import { reissueSeqns } from './reissue.ts'
import { seedState } from './seed.ts'
import type { ImisState, SiteSettings } from './state.ts'
import { registerToken } from './token.ts'
import { registerUsers } from './users.ts'
import { httpError, malformed, Refusal, sendRefusal } from './wire.ts'
import { apiFolder, siteClock, type Neighbours, type World } from './world.ts'

/** How the sandbox starts; everything has a default. */
export interface ImisOptions {
  /** 0 = any free port. */
  port?: number
  host?: string
  /** The clock, in milliseconds; token lifetimes and stored dates follow it. */
  now?: () => number
  timeZone?: string
  edition?: SiteSettings['edition']
  /** Makes the memory; default `seedState`. */
  seed?: (createdOn: string) => ImisState
  serverUrl?: string
  account?: string
  cventUrl?: string
}

/** A running iMIS. */
export interface ImisSandbox {
  /** The site's root without a trailing slash. On the 2017 edition REST lies below `apiUrl`. */
  url: string
  /** The folder above `/api` and `/token`, at the present edition. */
  readonly apiUrl: string
  switchboard: Switchboard
  /** What iMIS remembers; read and change it at will. */
  state: ImisState
  /** Where the pages lead; assign to change (`site.serverUrl = …`). */
  site: Neighbours
  /** The activities of one party, by SEQN. */
  activitiesOf(partyId: string): Activity[]
  /** Gives every SEQN in use to a gift of party 105; our rows have new ones, or with `lose` are gone. */
  reissueSeqns(options?: { lose?: boolean }): void
  close(): Promise<void>
}

/** Starts an iMIS site: REST, token endpoint, the pages a person sees, and the switches below `/sandbox`. */
export async function startImis(options: ImisOptions = {}): Promise<ImisSandbox> {
  const now = options.now ?? Date.now
  const siteTime = siteClock(now, options.timeZone ?? 'America/New_York')
  const state = (options.seed ?? seedState)(siteTime())
  if (options.edition) state.settings.edition = options.edition
  const site = {
    serverUrl: options.serverUrl ?? 'http://127.0.0.1:3000',
    account: options.account ?? 'nasm',
    cventUrl: options.cventUrl ?? 'https://web.cvent.com',
  }
  const world: World = { state, now, siteTime, site }
  const app = Fastify({
    routerOptions: { caseSensitive: false, ignoreTrailingSlash: true },
    forceCloseConnections: true,
    bodyLimit: 16 * 1024 * 1024,
  })
  await app.register(formbody)
  readJsonAsImis(app)
  const switchboard = wireSwitchboard(
    app,
    {
      tokenExpired: (reply) =>
        reply.status(401).send(httpError('Authorization has been denied for this request.')),
      throttled: (reply) => reply.status(429).type('text/plain').send('Too many requests.'),
      quota: (reply) => reply.status(429).type('text/plain').send('Too many requests.'),
    },
    now,
  )
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((_request, reply) => sendRefusal(reply, new Refusal(404, '')))

  for (const edition of ['ems', '2017'] as const)
    await app.register(async (rest) => registerRest(rest, world, edition), {
      prefix: apiFolder({ edition }),
    })
  registerPages(app, world, switchboard)

  const url = await app.listen({ port: options.port ?? 0, host: options.host ?? '127.0.0.1' })
  return {
    url,
    get apiUrl() {
      return `${url}${apiFolder(state.settings)}`
    },
    switchboard,
    state,
    site,
    activitiesOf: (partyId) =>
      [...state.activities.values()].filter(({ PartyId }) => PartyId === partyId),
    reissueSeqns: ({ lose } = {}) => void reissueSeqns(state, lose),
    async close() {
      switchboard.clear()
      await app.close()
    },
  }
}

/** An empty body is no body whatever its type says (a DELETE often names one), and text that is not JSON gets the 500 of malformed payloads. */
function readJsonAsImis(app: FastifyInstance) {
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') return done(null, undefined)
    try {
      return done(null, JSON.parse(String(body)))
    } catch {
      return done(malformed('the body is not JSON'))
    }
  })
}

/** Everything below `/api` and `/token` for one edition; answers 404 while the site is of the other edition. */
function registerRest(rest: FastifyInstance, world: World, edition: SiteSettings['edition']) {
  rest.addHook('onRequest', async () => {
    if (world.state.settings.edition !== edition) throw new Refusal(404, '')
  })
  registerAway(rest, world)
  watchParallelCalls(rest, world)
  registerToken(rest, world)
  registerUsers(rest, world)
  registerParties(rest, world)
  registerQueries(rest, world)
  registerActivities(rest, world)
  registerEvents(rest, world)
  registerDocuments(rest, world)
  registerContent(rest, world)
}

/** What a person opens, and the switches. */
function registerPages(app: FastifyInstance, world: World, switchboard: Switchboard) {
  registerTheme(app)
  registerEventsPage(app, world)
  registerSignIn(app, world)
  registerSingleSignOn(app, world)
  registerPartyPage(app, world)
  registerConfigurePage(app, world)
  registerIPartSource(app, world)
  registerPageBuilder(app, world)
  registerControls(app, world)
  registerControlPage(app, world, switchboard)
}

function answerError(error: unknown, _request: FastifyRequest, reply: FastifyReply) {
  if (error instanceof Refusal) return sendRefusal(reply, error)
  const message = error instanceof Error ? error.message : String(error)
  return reply
    .status(500)
    .header('x-sandbox-reason', encodeURIComponent(message))
    .send(httpError('An error has occurred.'))
}
