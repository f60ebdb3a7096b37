import { seededEvents } from '../cvent/seed.ts'
import { asItCame, html, type Markup } from '../imis/pages/markup.ts'
import { SERVICE_USER, SSO_CLIENT } from '../imis/seed.ts'
import type { DemoWorld } from './world.ts'

/** The start page's style sheet: one column on a phone, light and dark as the system asks. */
export const STYLE: Markup = asItCame(`
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; --line: light-dark(#d5dce3, #3b4652);
  --accent: light-dark(#0b6b8f, #6cc3e3); background: light-dark(#f3f5f7, #14191f); color: light-dark(#1d2733, #e4e9ee) }
body { margin: 0 } main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 4rem }
section { background: light-dark(#fff, #1b222a); border: 1px solid var(--line); border-radius: .5rem; padding: .25rem 1.25rem 1rem;
  margin-top: 1.25rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.15rem } a { color: var(--accent) } li { margin: .4rem 0 }
table { width: 100%; border-collapse: collapse; margin-top: .75rem }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0; border-top: 1px solid var(--line) }
thead th { font-weight: 400; border: 0 } tbody th { font-weight: 600 }
button { font: inherit; padding: .4rem .9rem; min-height: 2.25rem; border: 1px solid var(--accent); border-radius: .3rem;
  background: none; color: var(--accent); cursor: pointer; white-space: nowrap }
button[disabled] { opacity: .5; cursor: default }
:focus-visible { outline: 3px solid light-dark(#b35c00, #f0a500); outline-offset: 2px }
code { background: light-dark(#eef2f5, #2a333d); padding: .1rem .35rem; border-radius: .2rem; overflow-wrap: anywhere }
dl { display: grid; grid-template-columns: minmax(9rem, max-content) 1fr; gap: .35rem 1.25rem; margin: .5rem 0 }
dt { opacity: .8 } dd { margin: 0 }
@media (max-width: 40rem) { button { white-space: normal } table, tbody, tr, th, td { display: block; border: 0; padding: .15rem 0 } thead { display: none }
  tr { border-top: 1px solid var(--line); padding: .6rem 0 } dl { grid-template-columns: 1fr; gap: 0 } dd { margin-bottom: .5rem } }
`)

/** The steps of an empty demo: the values that the dashboard's set-up asks for, as the two vendors would show them. */
export function emptyDemoSteps({ url, imis, cvent }: DemoWorld): Markup {
  return html`<section aria-labelledby="steps">
    <h2 id="steps">Set up an association</h2>
    <ol>
      <li>Open the <a href="${url}/dashboard/">dashboard</a> and sign in with the token below.</li>
      <li>
        Add an account. These are the values it asks for, as you would find them in iMIS and Cvent:
        ${values([
          ['Account name (short)', 'nasm'],
          ['iMIS site address', `${imis.url}/`],
          ['Service account', SERVICE_USER.userName],
          ['Password', SERVICE_USER.password],
          ['Time zone', 'America/New_York'],
          ['Single sign-on client ID', SSO_CLIENT.clientId],
          ['Single sign-on client secret', SSO_CLIENT.clientSecret],
          ['Single sign-on page', '/CventSignIn'],
          ['Cvent API address', cvent.apiUrl],
          ['Cvent form address', cvent.formPostUrl],
          ['Cvent client ID', 'sandbox-client'],
          ['Cvent client secret', 'sandbox-secret'],
          ['Cvent API plan', 'premium'],
        ])}
      </li>
      <li>
        Copy the webhook's URL and token from the dashboard to
        <a href="${cvent.url}/planner/push-api">Cvent's Push API page</a>.
      </li>
      <li>
        Add the event <code>${seededEvents.open}</code> (Annual Conference 2027) with the iMIS
        meeting code <code>AC2027</code> and the query <code>$/Cvent/Registrants</code>.
      </li>
      <li>
        Download the iPart in the dashboard and put it on a page in
        <a href="${imis.url}/SignIn?ReturnUrl=/PageBuilder">iMIS's page builder</a> (sign in as Ida
        Quist), or open the
        <a href="${imis.url}/EventsPage?EventCode=${seededEvents.open}">page that has it already</a
        >.
      </li>
      <li>
        Register there as Maren Oakfield, and look at
        <a href="${imis.url}/Party?ID=101&tab=participation">her iMIS record</a>.
      </li>
    </ol>
  </section>`
}

function values(pairs: [name: string, value: string][]): Markup {
  const rows = pairs.map(
    ([name, value]) =>
      html`<dt>${name}</dt>
        <dd><code>${value}</code></dd>`,
  )
  return html`<dl>${rows}</dl>`
}
