import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { AccountKey } from '../../schemas/account.ts'
import type { AppDeps } from './deps.ts'
import { limitTo, type RateLimits } from '../web/security-headers.ts'
import { Fault } from '../errors.ts'
import { customerOf } from '../web/client-address.ts'
import { openFailures } from '../web/failures.ts'
import { openFewAtOnce } from '../web/few-at-once.ts'
import type { MemberServices } from '../member/services.ts'
import { publicUrl } from '../web/public-url.ts'
import { languageOf } from '../member/pages/sentences.ts'
import { problemAsPage } from './problem-page.ts'
import { signOnPage } from '../member/sign-on/sign-on-page.ts'
import { openSignOnRefusals } from '../member/sign-on/sign-on-refusals.ts'
import { signOn, type SignOn } from '../member/sign-on/sign-on.ts'

const STATUS: Record<SignOn['outcome'], number> = {
  member: 200,
  guest: 200,
  disabled: 200,
  refused: 403,
  unavailable: 503,
}

/** Sign-ons from one address that iMIS is asked about at the same time: a flood is noticed before more of them are. */
const SIGN_ONS_AT_ONCE = 20

/** `HEAD` and `POST /sso/:account`: where iMIS single sign-on sends the browser with a refresh token. */
export function registerSsoRoutes(
  plain: FastifyInstance,
  deps: AppDeps & { services: MemberServices; limits: RateLimits },
): void {
  const { accounts, settings, services, limits, now } = deps
  const app = plain.withTypeProvider<ZodTypeProvider>()
  const perAddress = limitTo(plain, limits.address, now)
  const params = z.strictObject({ account: AccountKey })
  const refusals = openSignOnRefusals(deps)
  plain.addHook('onClose', async () => refusals.flush())
  const failures = openFailures(deps, 'sign-on', {
    perAddress: limits.failedSignOn,
    perNetwork: 4 * limits.failedSignOn,
  })

  const few = openFewAtOnce(SIGN_ONS_AT_ONCE)

  /** Refuses who has posted many tokens in this minute that nobody could be signed on with. */
  async function refuseFlood({ ip }: FastifyRequest) {
    const retryAt = await failures.refusedUntil(ip)
    if (retryAt !== undefined)
      throw new Fault('TOO_MANY', 'Too many failed sign-ons; wait a minute.', { retryAt })
  }

  async function find(account: string) {
    const loaded = await accounts.get(account)
    if (!loaded) throw new Fault('NOT_FOUND', 'There is no such account.')
    return loaded
  }

  /** The page for whoever has no sign-on to show: it tells the element so, and has a way back. */
  async function failedPage(request: FastifyRequest) {
    const { data } = params.safeParse(request.params)
    const loaded = data && (await accounts.get(data.account).catch(() => undefined))
    return signOnPage({
      lang: languageOf(request.headers['accept-language']),
      outcome: 'refused',
      token: undefined,
      origins: loaded?.account.origins ?? [],
      ownOrigin: new URL(publicUrl(settings, request)).origin,
    })
  }

  // A person who comes here without having been sent: by the address bar, or going back in a window.
  const alone = { onRequest: perAddress, exposeHeadRoute: false }
  plain.get('/sso/:account', alone, async (request, reply) => {
    const { html, headers } = await failedPage(request)
    return reply
      .status(405)
      .headers({ ...headers, allow: 'HEAD, POST' })
      .send(html)
  })

  app.head('/sso/:account', { schema: { params } }, async (request, reply) => {
    await find(request.params.account)
    return reply.header('cache-control', 'no-store').send()
  })

  app.post(
    '/sso/:account',
    {
      schema: { params, body: z.object({ refresh_token: z.string().min(1).max(4096) }) },
      bodyLimit: 16 * 1024,
      onRequest: [perAddress, refuseFlood],
      onSend: problemAsPage(failedPage),
    },
    async (request, reply) => {
      const loaded = await find(request.params.account)
      const { account } = loaded
      if (!comesFrom(account.origins, request)) {
        await failures.note(request.ip)
        refusals.note({
          account: account.key,
          trace: request.id,
          code: 'sign-on-foreign-origin',
          text:
            request.headers.origin === 'null'
              ? 'a sign-on post did not say where it comes from; refused. If it was a real one, the site’s Referrer-Policy hides its origin: no-referrer and same-origin do'
              : 'a sign-on post did not come from a page of the account’s origins; refused. If it was a real one, add the site’s origin',
        })
        throw new Fault('NOT_ALLOWED', 'This sign-on did not come from a page of the association.')
      }
      const signed = await few.run(customerOf(request.ip), async () => {
        // Who came at the same time may have failed meanwhile.
        await refuseFlood(request)
        const outcome = await signOn({ ...deps, refusals }, loaded, request.body.refresh_token, {
          trace: request.id,
          deadlineMs: settings.vendorDeadlineMs,
        })
        if (outcome.outcome === 'refused' && outcome.isNew) await failures.note(request.ip)
        return outcome
      })
      const token =
        signed.outcome === 'member'
          ? await services.tokens.signMember({
              account: account.key,
              partyId: signed.partyId,
              userName: signed.userName,
            })
          : undefined
      const { html, headers } = signOnPage({
        lang: languageOf(request.headers['accept-language']),
        outcome: signed.outcome,
        token,
        origins: account.origins,
        ownOrigin: new URL(publicUrl(settings, request)).origin,
      })
      return reply.status(STATUS[signed.outcome]).headers(headers).send(html)
    },
  )
}

/** A browser says where a post comes from; one that says nothing, or `null`, is not believed. */
function comesFrom(origins: string[], { headers }: FastifyRequest) {
  if (headers.origin !== undefined) return origins.includes(headers.origin)
  const { referer } = headers
  return referer !== undefined && URL.canParse(referer) && origins.includes(new URL(referer).origin)
}
