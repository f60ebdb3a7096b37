import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AppDeps } from '../app.ts'
import { limitTo, type DoorLimits } from '../door.ts'
import { Fault } from '../errors.ts'
import type { MemberDesk } from '../member/desk.ts'
import type { HandOff } from '../member/hand-off.ts'
import {
  expiredPage,
  formPage,
  gonePage,
  standingPage,
  troublePage,
  unavailablePage,
  waitingPage,
} from '../member/hand-off-pages.ts'
import type { Page } from '../member/page.ts'
import { publicUrl } from '../member/public-url.ts'
import { languageOf } from '../member/sentences.ts'
import { isOfAnotherImis, type Ticket } from '../tokens.ts'
import { problemAsPage } from './problem-page.ts'

/**
 * `GET /hand-off/:ticket`: leads the member on to Cvent, by a form or a 303. Every failure is a page that leads back. `HEAD`
 * and prefetching do nothing and learn nothing.
 */
export function registerHandOffRoutes(
  app: FastifyInstance,
  deps: AppDeps & { desk: MemberDesk; limits: DoorLimits },
): void {
  const { accounts, desk, limits, now } = deps
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
    const { token } = await desk.tokens.signTicket(ticket)
    return `${publicUrl(deps.settings, request)}/hand-off/${token}`
  }

  app.head('/hand-off/:ticket', async (_request, reply) =>
    reply.header('cache-control', 'no-store').send(),
  )

  app.get<{ Params: { ticket: string } }>(
    '/hand-off/:ticket',
    {
      onRequest: [perAddress, perTicket],
      onSend: problemAsPage(async (request, { statusCode }) =>
        troublePage(languageOf(request.headers['accept-language']), {
          status: statusCode,
          again: request.url,
          reference: request.id,
        }),
      ),
      exposeHeadRoute: false,
    },
    async (request, reply) => {
      // A browser throws away a prefetched answer that is not a success, and asks again when the member really comes.
      if (isPrefetch(request))
        return reply.status(503).header('cache-control', 'no-store').type('text/plain').send('')
      const lang = languageOf(request.headers['accept-language'])
      let ticket
      try {
        ticket = await desk.tokens.openTicket(request.params.ticket)
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        const account = await desk.tokens.accountOfExpired(request.params.ticket)
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
      const next = await desk.handOffs.open(ticket, { loaded, event, trace: request.id })
      const again = next.kind === 'waiting' ? await goOnAt(request, ticket) : request.url
      return lead(reply, next, { lang, back, again })
    },
  )
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
