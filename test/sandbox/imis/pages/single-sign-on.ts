import type { FastifyInstance, FastifyReply } from 'fastify'
import { visit } from '../caller.ts'
import { readAsked } from '../criteria.ts'
import type { ClientApplication } from '../state.ts'
import { mintRefreshToken } from '../token.ts'
import { Refusal } from '../wire.ts'
import type { World } from '../world.ts'
import { html, type Markup } from './markup.ts'

const HEAD_TIMEOUT_MS = 5000

/**
 * `/CventSignIn`, the page with the Single Sign-On item: it makes the browser POST the one field `refresh_token` to the
 * client application's login redirect URL, after a HEAD request to it unless that is switched off. A visitor who is not
 * signed in gets a guest's token. `?client=` names another client application than the first.
 */
export function registerSingleSignOn(app: FastifyInstance, world: World) {
  const { state } = world

  app.get('/CventSignIn', async (request, reply) => {
    const asked = readAsked(request.url).one('client')
    const client = state.clientApplications.find(
      ({ clientId }) => asked === undefined || clientId === asked,
    )
    if (!client) throw new Refusal(404, '')
    const session = visit(world, request, reply)
    if (state.settings.ssoPageSecured && isGuest(world, session.userName))
      return reply.redirect(`/SignIn?ReturnUrl=${encodeURIComponent(request.url)}`)
    const target = redirectUrl(world, client)
    if (!client.skipHeadRequest && !(await answersHead(target)))
      return send(world, reply, 502, html`<p>The login redirect URL ${target} does not answer.</p>`)
    const token = mintRefreshToken(world, client.clientId, session.userName)
    const form = html`<form id="sso" method="post" action="${target}">
        <input type="hidden" name="refresh_token" value="${token}" />
        <noscript><button type="submit">Continue</button></noscript>
      </form>
      <script>
        document.getElementById('sso').submit()
      </script>`
    return send(world, reply, 200, form)
  })
}

/** Whom the site takes a visitor without a sign-in for. */
function isGuest({ state }: World, userName: string) {
  return state.users.find((user) => user.userName === userName)?.isAnonymous ?? true
}

/** Where iMIS sends the browser: the registered address, or the registration server's. */
function redirectUrl({ site }: World, { redirectLoginUri }: ClientApplication) {
  return redirectLoginUri ?? `${site.serverUrl}/sso/${encodeURIComponent(site.account)}`
}

async function answersHead(url: string) {
  const signal = AbortSignal.timeout(HEAD_TIMEOUT_MS)
  const answer = await fetch(url, { method: 'HEAD', signal }).catch(() => undefined)
  return answer?.ok === true
}

function send({ state }: World, reply: FastifyReply, status: number, body: Markup) {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>Signing in</title>
      </head>
      <body>
        ${body}
      </body>
    </html> `
  return reply
    .status(status)
    .header('x-frame-options', state.settings.framesBlocked ? 'DENY' : 'SAMEORIGIN')
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(page.markup)
}
