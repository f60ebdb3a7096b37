import formbody from '@fastify/formbody'
import Fastify from 'fastify'
import { seededEvents } from '../cvent/seed.ts'
import { html, type Markup } from '../imis/pages/markup.ts'
import { emptyDemoSteps, STYLE } from './start-page-parts.ts'
import { demoPeople } from './people.ts'
import { endTroubles, TROUBLES } from './troubles.ts'
import type { DemoWorld } from './world.ts'

/** What each seeded event is there to show. */
const SHOWN_BY: Record<string, string> = {
  [seededEvents.open]: 'Open to everybody whom the query “Registrants” returns.',
  [seededEvents.membersOnly]: 'Open to members only, by another query.',
  [seededEvents.anonymous]: 'Open to everybody, without signing in.',
  [seededEvents.closed]: 'Registration is closed.',
  [seededEvents.full]: 'Full, without a waiting list.',
  [seededEvents.waitlist]: 'Full, with a waiting list at Cvent.',
  [seededEvents.approval]: "Each registration waits for the planner's approval.",
  [seededEvents.notConfigured]: 'Known to Cvent, not set up here: the button hides itself.',
}

/** The demo as its start page knows it. */
export interface StartPageDeps {
  world(): DemoWorld
  isEmpty: boolean
  now(): number
  /** Stops everything and starts it again with fresh data on the same addresses. */
  reset(): Promise<void>
}

/**
 * Opens the demo's own page: what there is to see, whom to sign in as, every event, the dashboard with its token, and buttons
 * that make a vendor fail or start over.
 *
 * @returns its address, and `close`
 */
export async function openStartPage(
  { host, port }: { host: string; port: number },
  deps: StartPageDeps,
): Promise<{ url: string; close(): Promise<void> }> {
  const app = Fastify({ forceCloseConnections: true })
  await app.register(formbody)
  let trouble: string | undefined
  let starting: Promise<void> | undefined

  app.get('/', (_request, reply) => {
    if (starting) void reply.header('refresh', '1')
    const page = starting ? waitPage() : startPage(deps, trouble)
    return reply
      .headers({ 'cache-control': 'no-store', 'content-security-policy': POLICY })
      .type('text/html; charset=utf-8')
      .send(page.markup)
  })
  app.post<{ Body: { name?: string } | undefined }>('/trouble', (request, reply) => {
    endTroubles(deps.world())
    const chosen = TROUBLES.find(({ name }) => name === request.body?.name)
    chosen?.start(deps.world())
    trouble = chosen?.name
    return reply.redirect('/#trouble', 303)
  })
  app.post('/reset', (_request, reply) => {
    trouble = undefined
    starting ??= deps.reset().finally(() => {
      starting = undefined
    })
    // A reset that fails ends the demo, which says why; the page has nothing to add.
    starting.catch(() => undefined)
    return reply.redirect('/', 303)
  })
  const url = await app.listen({ host, port })
  return { url, close: () => app.close() }
}

/** Forms go to the sandbox vendors too, on other ports. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"

function startPage(deps: StartPageDeps, trouble: string | undefined): Markup {
  const world = deps.world()
  return document(html`
    <h1>Cvent registration inside iMIS: the demo</h1>
    <p>
      Everything runs on this machine: our server, a stand-in for iMIS and a stand-in for Cvent. The
      people are invented, and what you do here is forgotten when you press Ctrl-C in the terminal.
    </p>
    ${deps.isEmpty ? emptyDemoSteps(world) : html`${steps(world)}${people(world, deps.now())}${events(world)}`}
    ${dashboard(world)}${troubles(trouble)}
    <section aria-labelledby="over">
      <h2 id="over">Start over</h2>
      <form method="post" action="/reset">
        <button>Forget everything and start with fresh data</button>
      </form>
    </section>
  `)
}

function steps({ imis, cvent }: DemoWorld): Markup {
  const event = `${imis.url}/EventsPage?EventCode=${seededEvents.open}`
  return html`<section aria-labelledby="steps">
    <h2 id="steps">Five steps</h2>
    <ol>
      <li>
        Open the association's page of <a href="${event}">Annual Conference 2027</a>, press
        <em>Sign in to register</em>, and choose Maren Oakfield.
      </li>
      <li>
        Press <em>Register</em>. Cvent's form opens with her details filled in. Press
        <em>Submit</em>.
      </li>
      <li>
        Look at <a href="${imis.url}/Party?ID=101&tab=participation">her iMIS record</a>: the
        registration stands there a moment later.
      </li>
      <li>
        Change or cancel it in
        <a href="${cvent.url}/planner/${seededEvents.open}">Cvent's planner page</a>, and look at
        her record again.
      </li>
      <li>
        Open the dashboard (below), find her under <em>Registrations</em>, and read what happened
        step by step.
      </li>
    </ol>
  </section>`
}

function people(world: DemoWorld, now: number): Markup {
  const returnUrl = encodeURIComponent(`/EventsPage?EventCode=${seededEvents.open}`)
  const rows = demoPeople(world, now).map(
    ({ userName, name, sees }) =>
      html`<tr>
        <th scope="row">${name}</th>
        <td>${sees}</td>
        <td>
          <form method="post" action="${world.imis.url}/SignIn?ReturnUrl=${returnUrl}">
            <button name="signInAs" value="${userName}" aria-label="Sign in as ${name}">
              Sign in
            </button>
          </form>
        </td>
      </tr>`,
  )
  return html`<section aria-labelledby="people">
    <h2 id="people">Whom to be</h2>
    <p>
      One press signs you in on the association's site and opens the page of Annual Conference 2027.
    </p>
    <table>
      <thead>
        <tr>
          <th scope="col">Person</th>
          <th scope="col">What they see there</th>
          <th scope="col">Sign in</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </section>`
}

function events({ imis, cvent, configureUrl }: DemoWorld): Markup {
  const rows = [...cvent.state.events.values()].map(
    ({ code, title, status }) =>
      html`<tr>
        <th scope="row"><a href="${imis.url}/EventsPage?EventCode=${code}">${title}</a></th>
        <td>${SHOWN_BY[code] ?? ''}</td>
        <td>${status}</td>
        <td>
          <a href="${cvent.url}/planner/${code}" aria-label="Planner page of ${title}"
            >Planner page</a
          >
        </td>
      </tr>`,
  )
  return html`<section aria-labelledby="events">
    <h2 id="events">Every event</h2>
    <table>
      <thead>
        <tr>
          <th scope="col">Page on the association's site</th>
          <th scope="col">What it shows</th>
          <th scope="col">At Cvent</th>
          <th scope="col">For the organiser</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
    ${configureUrl === null ? undefined : configure(imis.url, configureUrl)}
  </section>`
}

function configure(imisUrl: string, configureUrl: string): Markup {
  const path = encodeURIComponent(configureUrl.slice(imisUrl.length))
  return html`<p>
    An editor's view:
    <a href="${imisUrl}/SignIn?ReturnUrl=${path}"
      >the page builder's Configure dialog of the iPart</a
    >
    (sign in as Ida Quist).
  </p>`
}

function dashboard({ url, settings }: DemoWorld): Markup {
  return html`<section aria-labelledby="dashboard">
    <h2 id="dashboard">The dashboard</h2>
    <p><a href="${url}/dashboard/">Open the dashboard</a> and sign in with this token:</p>
    <p><code>${settings.adminToken}</code></p>
    <p>The <a href="${url}/admin/docs">API behind it</a> takes the same token.</p>
  </section>`
}

function troubles(active: string | undefined): Markup {
  const rows = TROUBLES.map(
    ({ name, label, expect }) =>
      html`<tr>
        <th scope="row">${label}</th>
        <td>${expect}</td>
        <td>
          ${
            name === active
              ? html`<strong>On</strong>`
              : html`<form method="post" action="/trouble">
                  <button name="name" value="${name}" aria-label="Switch on: ${label}">
                    Switch on
                  </button>
                </form>`
          }
        </td>
      </tr>`,
  )
  return html`<section aria-labelledby="trouble">
    <h2 id="trouble">Make something fail</h2>
    <p role="status">
      ${active === undefined ? 'Everything works.' : 'Something is made to fail. Members meet it now.'}
    </p>
    <form method="post" action="/trouble">
      <button name="name" value="none" ${active === undefined ? html`disabled` : undefined}>
        Let everything work again
      </button>
    </form>
    <table>
      <thead>
        <tr>
          <th scope="col">What fails</th>
          <th scope="col">What you should see</th>
          <th scope="col">Switch</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </section>`
}

function waitPage(): Markup {
  return document(
    html`<h1>Starting over</h1>
      <p role="status">A few seconds, then the start page is back.</p>`,
  )
}

function document(body: Markup): Markup {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Demo: Cvent registration inside iMIS</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html> `
}
