import type { FastifyInstance, FastifyReply } from 'fastify'
import { GUEST_USER, userByName } from '../caller.ts'
import type { Session } from '../state.ts'
import { apiFolder, type World } from '../world.ts'
import { html, type Markup } from './markup.ts'
import { PAGE_SCRIPT, THEME_CSS } from './theme.ts'

/** What a page is made of besides the site's frame. `action` is the form's address: the page's own. */
export interface PageParts {
  title: string
  action: string
  session: Session
  body: Markup
  lang?: string
  selectedPartyId?: string
  status?: number
}

/** Serves the style sheet and the script every page loads. */
export function registerTheme(app: FastifyInstance) {
  app.get('/favicon.ico', (_request, reply) => reply.status(204).send())
  app.get('/App_Themes/Sandbox/theme.css', (_request, reply) =>
    reply.type('text/css').send(THEME_CSS),
  )
  app.get('/AsiCommon/Scripts/page.js', (_request, reply) =>
    reply.type('text/javascript').send(PAGE_SCRIPT),
  )
}

/**
 * Sends a page in the site's frame: one ASP.NET form around everything, the hidden inputs a script may read, a skip
 * link, a main region. Enter in a field submits the form's default button, the search in the header.
 */
export function sendPage(world: World, reply: FastifyReply, parts: PageParts) {
  const { title, action, session, body, lang = 'en', status = 200 } = parts
  const user = userByName(world, session.userName)
  const signedIn = user !== undefined && user.userName !== GUEST_USER
  const partyId = signedIn ? (user.partyId ?? '') : ''
  const party = world.state.parties.get(partyId)
  const context = JSON.stringify({
    baseUrl: `${apiFolder(world.state.settings)}/`,
    isAnonymous: !signedIn,
    loggedInPartyId: partyId,
    selectedPartyId: parts.selectedPartyId ?? partyId,
    websiteRoot: '/',
    virtualDir: '',
    appTimeZoneOffset: -18_000_000,
    cookieConsent: signedIn ? 2 : 0,
  })
  const account = signedIn
    ? html`<span>${party ? `${party.firstName} ${party.lastName}` : user.userName}</span>
        <a href="/Party?ID=${partyId}">My account</a>
        <a href="/SignOut?ReturnUrl=${encodeURIComponent(action)}">Sign out</a>`
    : html`<a href="/SignIn?ReturnUrl=${encodeURIComponent(action)}">Sign in</a>`

  const page = html`<!doctype html>
    <html lang="${lang}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} - National Association of Sample Members</title>
        <link rel="stylesheet" href="/App_Themes/Sandbox/theme.css" />
      </head>
      <body>
        <form method="post" action="${action}" id="TemplateForm">
          <div class="aspNetHidden">
            <input type="hidden" name="__EVENTTARGET" id="__EVENTTARGET" value="" />
            <input type="hidden" name="__EVENTARGUMENT" id="__EVENTARGUMENT" value="" />
            <input type="hidden" name="__VIEWSTATE" id="__VIEWSTATE" value="${viewState(world)}" />
            <input
              type="hidden"
              name="__VIEWSTATEGENERATOR"
              id="__VIEWSTATEGENERATOR"
              value="CA0B0334"
            />
            <input type="hidden" name="__ClientContext" id="__ClientContext" value="${context}" />
            <input
              type="hidden"
              name="__RequestVerificationToken"
              id="__RequestVerificationToken"
              value="${session.requestVerificationToken}"
            />
          </div>
          <script src="/AsiCommon/Scripts/page.js"></script>
          <a class="show-on-focus" href="#contentstart">Skip to main content</a>
          <header class="header">
            <a class="site-name" href="/EventsPage">National Association of Sample Members</a>
            <nav aria-label="Site">
              <a href="/EventsPage">Events</a><a href="/sandbox">Sandbox</a>
            </nav>
            <div class="account">
              <label class="screen-reader-text" for="ctl01_SearchTerms">Search the site</label>
              <input
                type="text"
                name="ctl01$SearchTerms"
                id="ctl01_SearchTerms"
                placeholder="Search"
              />
              <input
                type="submit"
                class="TextButton"
                name="ctl01$SearchButton"
                id="ctl01_SearchButton"
                value="Go"
              />
              ${account}
            </div>
          </header>
          <div role="main" id="contentstart" class="main-region" tabindex="-1">${body}</div>
        </form>
      </body>
    </html> `
  return reply
    .status(status)
    .header('x-frame-options', 'SAMEORIGIN')
    .header('cache-control', 'private, no-cache')
    .type('text/html; charset=utf-8')
    .send(page.markup)
}

/** Text that looks like ASP.NET's state and changes with every rendering. */
export const viewState = ({ now }: World) => Buffer.from(`sandbox ${now()}`).toString('base64')

/** Where to go after an act: a path of this site, else the events page. */
export function localPath(asked: string | undefined) {
  return asked && /^\/(?![/\\])/.test(asked) ? asked : '/EventsPage'
}
