import type { FastifyReply, FastifyRequest, onSendAsyncHookHandler } from 'fastify'
import type { Page } from '../member/pages/page.ts'

/**
 * A hook for routes that a person's browser is sent to: a problem becomes a page with a sentence and a way on. Who does not
 * ask for HTML gets the problem; status and `Retry-After` stay.
 */
export function problemAsPage(
  make: (request: FastifyRequest, reply: FastifyReply) => Promise<Page>,
): onSendAsyncHookHandler {
  return async (request, reply, payload) => {
    const type = String(reply.getHeader('content-type') ?? '')
    const asksForPage = request.headers.accept?.includes('text/html') ?? false
    if (!type.startsWith('application/problem+json') || !asksForPage) return payload
    const { html, headers } = await make(request, reply)
    void reply.headers(headers)
    return html
  }
}
