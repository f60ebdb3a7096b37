import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Outbox } from '../delivery.ts'
import { html, page, sendHtml } from './layout.ts'

const Posted = z.object({ url: z.url({ protocol: /^https?$/ }), token: z.string().max(150) })

/** `/planner/push-api`: where an administrator enters the webhook's URL and token, and Cvent validates the URL. */
export function wirePushApi(app: FastifyInstance, outbox: Outbox) {
  app.get('/planner/push-api', (_request, reply) => sendHtml(reply, form('')))
  app.post('/planner/push-api', async (request, reply) => {
    const read = Posted.safeParse(request.body)
    if (!read.success) return sendHtml(reply, form('Enter an http or https URL.'), 400)
    outbox.setTarget(read.data)
    const status = await outbox.validate()
    const said =
      status === 200
        ? 'Active: the URL answered 200. Messages are sent to it from now on.'
        : `The URL answered ${status || 'nothing'}, so Cvent asks again later. Check the URL and the token.`
    return sendHtml(reply, form(said))
  })
}

function form(said: string) {
  return page({
    title: 'Push API integration',
    site: 'Cvent administration',
    body: html`<p role="status">${said}</p>
      <form method="post" action="/planner/push-api">
        <label>URL <input name="url" type="url" required /></label>
        <label>Authentication token <input name="token" required maxlength="150" /></label>
        <button type="submit">Save and activate</button>
      </form>
      <p><a href="/planner">All events</a></p>`,
  })
}
