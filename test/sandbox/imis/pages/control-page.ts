import type { FastifyInstance } from 'fastify'
import type { Misbehaviour, Switchboard } from '../../switchboard.ts'
import type { SiteSettings } from '../state.ts'
import type { World } from '../world.ts'
import { html } from './markup.ts'

const WRITE = 'POST /api/Activity$'
const QUERY = 'GET .*/api/(query|iqa)$'

/** The faults people reach for most; any other can be posted to `/sandbox/faults`. */
const FAULTS: [label: string, fault: Misbehaviour][] = [
  ['Site is down', { route: '.', kind: 'dead' }],
  ['Every call answers 500', { route: '/api/', kind: 'status', status: 500 }],
  ['HTML instead of JSON', { route: '/api/', kind: 'html' }],
  ['Queries take 3 seconds', { route: QUERY, kind: 'latency', ms: 3000 }],
  ['Token expired, next call', { route: '/api/', kind: 'token-expired', times: 1 }],
  ['Throttled, next 3 calls', { route: '/api/', kind: 'throttled', times: 3, retryAfter: '2' }],
  [
    'Answer lost after the next activity is written',
    { route: WRITE, kind: 'lost-answer', times: 1 },
  ],
  ['Next activity is held until released', { route: WRITE, kind: 'hold', times: 1 }],
  ['Next activity half answered', { route: WRITE, kind: 'half-written', times: 1 }],
]

const SETTINGS: [label: string, change: Partial<SiteSettings>][] = [
  ['Edition EMS', { edition: 'ems' }],
  ['Edition 2017', { edition: '2017' }],
  ['Sign-on page blocks frames', { framesBlocked: true }],
  ['Sign-on page allows frames', { framesBlocked: false }],
  ['Activities cannot be deleted', { deleteOffered: false }],
  ['Activities can be deleted', { deleteOffered: true }],
  ['Latency 200 ms', { latencyMs: 200 }],
  ['No latency', { latencyMs: 0 }],
]

const LISTED_CALLS = 40

/** `/sandbox`: the switches as buttons, what stands on the records, and the latest calls. */
export function registerControlPage(app: FastifyInstance, world: World, switchboard: Switchboard) {
  const { state, site } = world
  const button = (label: string, method: string, path: string, body?: unknown) =>
    html`<button
      type="button"
      class="TextButton"
      data-method="${method}"
      data-path="${path}"
      data-body="${body === undefined ? '' : JSON.stringify(body)}"
    >
      ${label}
    </button> `

  app.get('/sandbox', (_request, reply) => {
    const faults = switchboard.faults()
    const page = html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>iMIS sandbox</title>
          <link rel="stylesheet" href="/App_Themes/Sandbox/theme.css" />
        </head>
        <body>
          <main class="main-region">
            <h1>iMIS sandbox</h1>
            <p>
              Edition ${state.settings.edition}. Registration server:
              <a href="${site.serverUrl}">${site.serverUrl}</a>, account ${site.account}. Pages:
              <a href="/EventsPage">Events</a>, <a href="/SignIn">Sign in</a>,
              <a href="/CventSignIn">Single sign-on</a>, <a href="/Party">My account</a>.
            </p>
            <div class="StandardPanel">
              <h2 class="PanelTitle">Faults</h2>
              <p>
                ${faults.length > 0 ? `Set: ${faults.map((fault) => JSON.stringify(fault)).join(', ')}` : 'None is set.'}
              </p>
              <p>
                ${FAULTS.map(([label, fault]) => button(label, 'POST', '/sandbox/faults', fault))}
              </p>
              <p>
                ${button('Clear all faults', 'DELETE', '/sandbox/faults')}${button('Release held calls', 'POST', '/sandbox/release')}${button('Expire all tokens', 'POST', '/sandbox/expire-tokens')}
              </p>
            </div>
            <div class="StandardPanel">
              <h2 class="PanelTitle">Settings</h2>
              <p>
                ${SETTINGS.map(([label, change]) => button(label, 'POST', '/sandbox/settings', change))}
              </p>
              <pre>${JSON.stringify(state.settings, null, 2)}</pre>
            </div>
            <div class="StandardPanel">
              <h2 class="PanelTitle">People</h2>
              <ul>
                ${[...state.parties.values()].map((party) => html`<li>${party.partyId} ${party.firstName} ${party.lastName}, ${party.email || 'no e-mail'}: ${party.mayRegister ? 'may register' : 'may not register'} ${button(party.mayRegister ? 'Forbid' : 'Allow', 'POST', `/sandbox/parties/${party.partyId}`, { mayRegister: !party.mayRegister })}</li>`)}
              </ul>
            </div>
            <div class="StandardPanel">
              <h2 class="PanelTitle">Activities (${state.activities.size})</h2>
              <p>
                Most calls open at once with the service token: ${state.parallelPeak}, writes:
                ${state.parallelWritePeak}.
              </p>
              <ul>
                ${[...state.activities.values()].slice(-LISTED_CALLS).map((activity) => html`<li>${activity.SEQN}: <a href="/Party?ID=${activity.PartyId}">party ${activity.PartyId}</a>, ${activity.ACTIVITY_TYPE} ${activity.PRODUCT_CODE} ${activity.STATUS_CODE} ${activity.DESCRIPTION} (${activity.UF_2})</li>`)}
              </ul>
            </div>
            <div class="StandardPanel">
              <h2 class="PanelTitle">Latest calls</h2>
              <p>
                ${button('Forget calls', 'DELETE', '/sandbox/calls')}${button('Start over with fresh data', 'POST', '/sandbox/reset')}
              </p>
              <ul>
                ${switchboard.calls
                  .slice(-LISTED_CALLS)
                  .toReversed()
                  .map(
                    ({ method, path, query, status }) =>
                      html`<li>${status} ${method} ${path}${query ? `?${query}` : ''}</li>`,
                  )}
              </ul>
            </div>
          </main>
          <script>
            document.addEventListener('click', async (event) => {
              const { method, path, body } = event.target.dataset
              if (!method) return
              const answer = await fetch(path, {
                method,
                body: body || undefined,
                headers: body ? { 'content-type': 'application/json' } : {},
              })
              if (answer.ok) location.reload()
              else alert(await answer.text())
            })
          </script>
        </body>
      </html> `
    return reply.type('text/html; charset=utf-8').send(page.markup)
  })
}
