import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { useToken } from '../../db/used-tokens.ts'
import type { LoadedAccount } from '../accounts.ts'
import type { AppDeps } from './deps.ts'
import { limitTo, type RateLimits } from '../web/security-headers.ts'
import { Fault } from '../errors.ts'
import type { MemberServices } from '../member/services.ts'
import type { HandOff } from '../member/hand-off/hand-off.ts'
import {
  confirmPage,
  expiredPage,
  formPage,
  gonePage,
  standingPage,
  troublePage,
  unavailablePage,
  waitingPage,
} from '../member/pages/hand-off-pages.ts'
import { isOpenedFrom, isSentByUs } from '../member/hand-off/opened-from.ts'
import type { Page } from '../member/pages/page.ts'
import { publicUrl } from '../web/public-url.ts'
import { languageOf } from '../member/pages/sentences.ts'
import { isOfAnotherImis, LIFETIME_MS, type Ticket } from '../secrets/tokens.ts'
import { problemAsPage } from './problem-page.ts'

/** How long iMIS may take to tell a first name. */
const NAME_MS = 3000

interface TicketRoute {
  Params: { ticket: string }
}

/**
 * `GET /hand-off/:ticket`: leads the member on to Cvent, by a form or a 303. Every failure is a page that leads back. A
 * link that was not opened from the association's pages asks "Continue as …?" first, and `POST` is that page's button. `HEAD`
 * and prefetching do nothing and learn nothing.
 */
export function registerHandOffRoutes(
  app: FastifyInstance,
  deps: AppDeps & { services: MemberServices; limits: RateLimits },
): void {
  const { accounts, db, services, limits, now, settings } = deps
  const perAddress = limitTo(app, limits.address, now)
  // By the ticket itself: the text of an address can be varied at will (`?n=1`).
  const perTicket = limitTo(app, limits.ticket, now, ({ params }) =>
    createHash('sha256')
      .update((params as { ticket?: string }).ticket ?? '')
      .digest('base64url'),
  )
  const parties = new WeakMap<FastifyRequest, string>()
  const perParty = limitTo(app, limits.ticket, now, (request) => parties.get(request) ?? '')

  /** Where a page that waits goes on: by a ticket that outlives the wait, at the address by which it was reached. */
  async function goOnAt(request: FastifyRequest, ticket: Ticket) {
    const { token } = await services.tokens.signTicket(ticket)
    return `${publicUrl(settings, request)}/hand-off/${token}`
  }

  app.head('/hand-off/:ticket', async (_request, reply) =>
    reply.header('cache-control', 'no-store').send(),
  )

  const asPage = problemAsPage(async (request, { statusCode }) =>
    troublePage(languageOf(request.headers['accept-language']), {
      status: statusCode,
      again: request.url,
      reference: request.id,
    }),
  )
  const common = { onRequest: [perAddress, perTicket], onSend: asPage }

  app.get<TicketRoute>(
    '/hand-off/:ticket',
    { ...common, exposeHeadRoute: false },
    async (request, reply) => {
      // A browser throws away a prefetched answer that is not a success, and asks again when the member really comes.
      if (isPrefetch(request))
        return reply.status(503).header('cache-control', 'no-store').type('text/plain').send('')
      return follow(request, reply, async ({ loaded }) => {
        const ownOrigin = new URL(publicUrl(settings, request)).origin
        return isOpenedFrom(request.headers, { origins: loaded.account.origins, ownOrigin })
      })
    },
  )

  app.post<TicketRoute & { Body: { press?: unknown } | null }>(
    '/hand-off/:ticket',
    { ...common, bodyLimit: 16 * 1024 },
    async (request, reply) =>
      follow(request, reply, async () => {
        const ownOrigin = new URL(publicUrl(settings, request)).origin
        const press = request.body?.press
        if (!isSentByUs(request.headers, ownOrigin) || typeof press !== 'string') return false
        const id = await services.tokens.openPress(press, request.params.ticket)
        return id !== undefined && useToken(db, `press-${id}`, now(), now() + LIFETIME_MS.press)
      }),
  )

  /** Leads the holder of the ticket on; who does not come from the association's pages is asked first. */
  async function follow(
    request: FastifyRequest<TicketRoute>,
    reply: FastifyReply,
    isTheirs: (place: { loaded: LoadedAccount }) => Promise<boolean>,
  ) {
    const lang = languageOf(request.headers['accept-language'])
    let ticket
    try {
      ticket = await services.tokens.openTicket(request.params.ticket)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      const account = await services.tokens.accountOfExpired(request.params.ticket)
      const known = account === undefined ? undefined : await accounts.get(account)
      return show(reply, 403, expiredPage(lang, known?.account.origins[0]))
    }
    if (ticket.partyId !== undefined) {
      parties.set(request, `${ticket.account}\n${ticket.partyId}`)
      await perParty(request, reply)
    }
    const loaded = await accounts.get(ticket.account)
    const event = loaded && (await accounts.event(ticket.account, ticket.eventCode))
    const back = loaded?.account.origins[0]
    if (isOfAnotherImis(request.params.ticket, loaded?.imisSince))
      return show(reply, 403, expiredPage(lang, back))
    if (!loaded || !event) return show(reply, 404, gonePage(lang, back))
    const { partyId } = ticket
    if (partyId !== undefined && !(await isTheirs({ loaded }))) {
      deps.accountLog.add({
        account: ticket.account,
        code: 'hand-off-asked',
        text: 'a link was not opened from the account’s origins; the page asks whose it is first',
        eventCode: ticket.eventCode,
        partyId,
        trace: request.id,
      })
      const page = confirmPage(lang, {
        name: await nameOf(loaded, partyId),
        action: request.url,
        press: await services.tokens.signPress(ticket.account, request.params.ticket),
        allowLocal: settings.allowLocalVendors,
      })
      return show(reply, 200, page)
    }
    const next = await services.handOffs.open(ticket, { loaded, event, trace: request.id })
    const again = next.kind === 'waiting' ? await goOnAt(request, ticket) : request.url
    return lead(reply, next, { lang, back, again })
  }

  /** The party's first name, or their iMIS ID where iMIS does not tell it. */
  async function nameOf(loaded: LoadedAccount, partyId: string) {
    try {
      const party = await deps.vendors.imis(loaded).party(partyId, { deadlineMs: NAME_MS })
      return party?.firstName?.trim() || `iMIS ID ${partyId}`
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      return `iMIS ID ${partyId}`
    }
  }
}

function lead(
  reply: FastifyReply,
  next: HandOff,
  {
    lang,
    back,
    again,
  }: { lang: ReturnType<typeof languageOf>; back: string | undefined; again: string },
): FastifyReply {
  switch (next.kind) {
    case 'form':
      return show(reply, 200, formPage(lang, next.url, next.fields))
    case 'redirect':
      return reply
        .headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
        .redirect(next.url.href, 303)
    case 'standing':
      return show(reply, 200, standingPage(lang, next, back))
    case 'waiting':
      void reply.headers({
        refresh: `${next.seconds}; url=${again}`,
        'retry-after': String(next.seconds),
      })
      return show(reply, 200, waitingPage(lang, { again, seconds: next.seconds, back }))
    case 'unavailable':
      void reply.header('retry-after', '10')
      return show(reply, 503, unavailablePage(lang, { again, back, ownPage: next.ownPage }))
    case 'gone':
      break
  }
  return show(reply, 404, gonePage(lang, back))
}

function show(reply: FastifyReply, status: number, { html, headers }: Page) {
  return reply.status(status).headers(headers).send(html)
}

function isPrefetch({ headers }: FastifyRequest) {
  return ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'].some((name) =>
    /prefetch|prerender|preview/i.test(String(headers[name] ?? '')),
  )
}
