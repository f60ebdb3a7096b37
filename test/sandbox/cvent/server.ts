import type { AddressInfo } from 'node:net'
import formbody from '@fastify/formbody'
import Fastify from 'fastify'
import type { Switchboard } from '../switchboard.ts'
import { wireSwitchboard } from '../switchboard.ts'
import type { PlannerActions } from './actions.ts'
import { plannerActions } from './actions.ts'
import { wireControl } from './control.ts'
import { findContract } from './contract.ts'
import type { Delivery, WebhookTarget } from './delivery.ts'
import { openOutbox } from './delivery.ts'
import type { TierName } from './limits.ts'
import { wireLimits } from './limits.ts'
import { wireFormPost } from './pages/form-post.ts'
import { html, page, sendHtml } from './pages/layout.ts'
import { wireOwnRegistration } from './pages/own-registration.ts'
import { wirePlanner } from './pages/planner.ts'
import { wirePushApi } from './pages/push-api.ts'
import { wireRegister } from './pages/register.ts'
import type { Cursors } from './paging.ts'
import { wireAccount } from './rest-account.ts'
import { wireAttendees } from './rest-attendees.ts'
import { wireContacts } from './rest-contacts.ts'
import { wireEvents } from './rest-events.ts'
import { wireOrders } from './rest-orders.ts'
import { wireSessions } from './rest-sessions.ts'
import { sendThrottled, wireRest } from './rest.ts'
import { sendError } from './errors.ts'
import { seedCvent } from './seed.ts'
import type { CventState } from './state.ts'
import type { Switches } from './switches.ts'
import { emptyState, Refused } from './state.ts'
import type { World } from './world.ts'

export interface CventOptions {
  /** 0 (default) = any free port. */
  port?: number
  host?: string
  /** The clock of limits, tokens, opening and closing; default the wall clock. */
  now?: () => number
  /** Default `premium`. */
  tier?: TierName
  switches?: Partial<Switches>
  /** False = no seed: an empty account with the client only. */
  seed?: boolean
  /** Default none; `setWebhook` later. */
  webhook?: WebhookTarget
}

/** Token the sandbox's webhooks carry unless told otherwise. */
export const sandboxWebhookToken = 'sandbox-webhook-token'

export interface CventSandbox extends PlannerActions {
  /** `http://127.0.0.1:<port>` */
  url: string
  /** `<url>/ea`, what an account's `cvent.apiUrl` takes. */
  apiUrl: string
  /** `<url>/Events/APIs/Reg.aspx` */
  formPostUrl: string
  switchboard: Switchboard
  /** Plain data that tests may read and change. */
  state: CventState
  switches: Switches
  /** What was sent to the webhook's target and what came back, in order. */
  deliveries: Delivery[]
  /** Points the webhooks somewhere (null = nowhere) and sends Cvent's GET; answers its status, 0 = nobody there. */
  setWebhook(target: WebhookTarget | null): Promise<number>
  /** Sends held messages and those waiting for another try; resolves when all was tried once. */
  flushWebhooks(): Promise<void>
  /** Resolves when no delivery is under way. */
  settled(): Promise<void>
  setTier(name: TierName): void
  close(): Promise<void>
}

/**
 * Starts a Cvent that remembers, checks and misbehaves (see README.md beside this file). Resolves when it listens; rejects
 * when the port is taken.
 */
export async function startCvent(options: CventOptions = {}): Promise<CventSandbox> {
  const now = options.now ?? Date.now
  const state = emptyState()
  Object.assign(state.switches, options.switches)
  seedCvent(state, now())
  if (options.seed === false) {
    state.events.clear()
    state.contacts.clear()
  }
  const outbox = openOutbox(state, now)
  let url = ''
  const world: World = { state, now, url: () => url, tell: outbox.tell }
  const limits = wireLimits(state, now, options.tier ?? 'premium')
  const cursors: Cursors = new Map()

  const app = Fastify({ bodyLimit: 8 * 2 ** 20, forceCloseConnections: true })
  const switchboard = wireSwitchboard(
    app,
    {
      tokenExpired: (reply) => sendError(reply, 401),
      throttled: (reply) => sendThrottled(reply, 'throttled'),
      quota: (reply) => sendThrottled(reply, 'quota'),
    },
    now,
    (path) => path === '/favicon.ico',
  )
  await app.register(formbody)
  wireRest(app, world, limits, findContract(), (rest) => {
    wireAccount(rest, world, cursors, limits)
    wireEvents(rest, world, cursors)
    wireAttendees(rest, world, cursors)
    wireContacts(rest, world, cursors)
    wireOrders(rest, world, cursors)
    wireSessions(rest, world, cursors)
  })
  const actions = plannerActions(world, outbox)
  wireFormPost(app, world)
  wireRegister(app, world)
  wireOwnRegistration(app, world)
  wirePushApi(app, outbox)
  wirePlanner(app, world)
  wireControl(app, world, outbox, limits, actions)
  app.setErrorHandler((error, _request, reply) => {
    const refused = error instanceof Refused ? error : null
    const said = error instanceof Error ? error.message : String(error)
    const body = html`<p>${said}</p>`
    const title = refused ? 'Not possible' : 'Sandbox error'
    return sendHtml(reply, page({ title, site: 'Cvent', body }), refused?.status ?? 500)
  })
  await app.listen({ port: options.port ?? 0, host: options.host ?? '127.0.0.1' })
  // A listening TCP server has an address with a port.
  const { port } = app.server.address() as AddressInfo
  url = `http://127.0.0.1:${port}`
  outbox.setTarget(options.webhook ?? null)

  return {
    url,
    apiUrl: `${url}/ea`,
    formPostUrl: `${url}/Events/APIs/Reg.aspx`,
    switchboard,
    state,
    switches: state.switches,
    deliveries: outbox.deliveries,
    ...actions,
    async setWebhook(target) {
      outbox.setTarget(target)
      return target ? outbox.validate() : 0
    },
    flushWebhooks: outbox.flush,
    settled: outbox.idle,
    setTier: limits.setTier,
    async close() {
      switchboard.clear()
      await outbox.close()
      await app.close()
    },
  }
}
