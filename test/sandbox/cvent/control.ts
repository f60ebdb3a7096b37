import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { PlannerActions } from './actions.ts'
import { webhookCodings, webhookForms } from './delivery-forms.ts'
import type { Outbox } from './delivery.ts'
import type { Limits } from './limits.ts'
import { oddKinds } from './odd.ts'
import { Html, html, page, sendHtml } from './pages/layout.ts'
import { Refused } from './state.ts'
import type { World } from './world.ts'

const SwitchChange = z.strictObject({
  enforceLimits: z.boolean().optional(),
  countTokenCalls: z.boolean().optional(),
  dedupeOnEmail: z.boolean().optional(),
  duplicateAnswer: z.enum(['207', '200']).optional(),
  tokenClaims: z.boolean().optional(),
  scopeParameter: z.enum(['narrows', 'ignored', 'refused']).optional(),
  refusalForm: z.enum(['documented', 'nested']).optional(),
  inviteConflict: z.enum(['conflict', 'EntityAlreadyExists', 'ServerError']).optional(),
  modifiedOrder: z.enum(['changes', 'repeats']).optional(),
  filterAnswers: z.enum(['all', 'nothing']).optional(),
  emptyLastPage: z.boolean().optional(),
  blankTotalCount: z.boolean().optional(),
  largestPage: z.number().int().min(1).max(200).optional(),
  listToken: z.enum(['followed', 'ignored']).optional(),
  nextPage: z.enum(['token', 'relative-link', 'absolute-link', 'foreign-link']).optional(),
  endsAfter: z.number().int().min(0).nullable().optional(),
  oddElements: z.record(z.string(), z.enum(oddKinds)).optional(),
  linksAfterMs: z.number().min(0).optional(),
  substitution: z.enum(['same-attendee', 'new-attendee']).optional(),
  refundSign: z.enum(['negative', 'positive']).optional(),
  snapshotSourceId: z.enum(['copy', 'parent']).optional(),
  handOffIdentity: z.enum(['address', 'cookie']).optional(),
  extraMessages: z.boolean().optional(),
  holdWebhooks: z.boolean().optional(),
  dropWebhooks: z.boolean().optional(),
  duplicateWebhooks: z.number().int().min(0).optional(),
  reorderWebhooks: z.boolean().optional(),
  webhookPath: z.enum(['bare', 'typed']).optional(),
  webhookForm: z.enum(webhookForms).optional(),
  webhookCoding: z.enum(webhookCodings).optional(),
  retryWebhooks: z.boolean().optional(),
  retryAfterMs: z.number().min(0).optional(),
})
const Webhook = z.strictObject({ url: z.url(), token: z.string().max(150) }).nullable()
const Tier = z.strictObject({ tier: z.enum(['free', 'standard', 'premium']) })

/** The endpoints below `/sandbox` and the page with the buttons; the switchboard adds faults and calls. */
export function wireControl(
  app: FastifyInstance,
  world: World,
  outbox: Outbox,
  limits: Limits,
  actions: PlannerActions,
) {
  const { state } = world
  app.get('/sandbox/switches', () => state.switches)
  app.patch('/sandbox/switches', (request, reply) => {
    const read = SwitchChange.safeParse(request.body)
    if (!read.success) return reply.status(400).send({ error: z.prettifyError(read.error) })
    return Object.assign(state.switches, read.data)
  })
  app.put('/sandbox/webhook', async (request, reply) => {
    const read = Webhook.safeParse(request.body)
    if (!read.success) return reply.status(400).send({ error: z.prettifyError(read.error) })
    outbox.setTarget(read.data)
    return { validation: read.data ? await outbox.validate() : 0 }
  })
  app.put('/sandbox/tier', (request, reply) => {
    const read = Tier.safeParse(request.body)
    if (!read.success) return reply.status(400).send({ error: z.prettifyError(read.error) })
    limits.setTier(read.data.tier)
    return limits.tier()
  })
  app.post('/sandbox/flush', async () => {
    await outbox.flush()
    return { waiting: outbox.waiting() }
  })
  app.get('/sandbox/deliveries', () => outbox.deliveries)
  app.get('/sandbox/violations', () => state.violations)
  app.get('/sandbox/form-posts', () => state.formPosts)
  app.get('/sandbox/usage', () => [...state.usage].map(([date, counts]) => ({ date, ...counts })))
  app.post('/sandbox/expire-tokens', (_request, reply) => {
    state.tokens.clear()
    return reply.status(204).send()
  })

  const byName = new Map<string, (...given: never[]) => Promise<unknown>>(Object.entries(actions))
  app.post<{ Params: { name: string } }>(
    '/sandbox/actions/:name',
    async ({ params, body }, reply) => {
      const action = byName.get(params.name)
      if (!action || !Array.isArray(body))
        return reply
          .status(400)
          .send({ error: `A list of arguments for one of: ${[...byName.keys()].join(', ')}` })
      try {
        // The actions check what they are given and refuse; a person's mistake here is answered, not trusted.
        const result = await action(...(body as never[]))
        return await reply.send({ result: result ?? null })
      } catch (error) {
        const status = error instanceof Refused ? error.status : 400
        return reply.status(status).send({ error: String(error) })
      }
    },
  )

  app.get('/sandbox', (_request, reply) =>
    sendHtml(
      reply,
      page({ title: 'Sandbox switches', site: 'Cvent sandbox', body: controlBody(), wide: true }),
    ),
  )
  app.get('/', (_request, reply) => reply.redirect('/sandbox', 302))

  function controlBody() {
    const waiting = outbox.waiting()
    return html`<p>
        <a class="button quiet" href="/planner">Planner</a>
        ${buttons.map(
          ({ label, method, path, body }) =>
            html`<button
              class="quiet"
              type="button"
              data-method="${method}"
              data-path="${path}"
              data-body="${body}"
            >
              ${label}
            </button> `,
        )}
      </p>
      <p>${waiting} messages wait. ${state.violations.length} violations of the contract.</p>
      <h2>Switches</h2>
      <form id="switches">
        ${Object.entries(state.switches).map(
          ([name, value]) =>
            html`<label
              >${name}
              <input
                name="${name}"
                value="${typeof value === 'object' ? JSON.stringify(value) : String(value)}"
            /></label>`,
        )}
        <button type="submit">Save switches</button>
      </form>
      <h2>Latest messages</h2>
      <ul>
        ${outbox.deliveries
          .slice(-20)
          .toReversed()
          .map(
            (one) =>
              html`<li><code>${one.eventType}</code> ${one.status ?? 'dropped'} ${one.answer}</li>`,
          )}
      </ul>
      ${new Html(script)}`
  }
}

const faults = (kind: string, more = {}) => JSON.stringify({ route: '/ea/', kind, ...more })

const buttons = [
  { label: 'Send held messages', method: 'POST', path: '/sandbox/flush', body: '' },
  { label: 'Expire all tokens', method: 'POST', path: '/sandbox/expire-tokens', body: '' },
  { label: 'Cvent is dead', method: 'POST', path: '/sandbox/faults', body: faults('dead') },
  {
    label: 'Cvent answers 503',
    method: 'POST',
    path: '/sandbox/faults',
    body: faults('status', { status: 503 }),
  },
  { label: 'Throttle', method: 'POST', path: '/sandbox/faults', body: faults('throttled') },
  { label: 'Quota is gone', method: 'POST', path: '/sandbox/faults', body: faults('quota') },
  {
    label: 'Slow by 5 s',
    method: 'POST',
    path: '/sandbox/faults',
    body: faults('latency', { ms: 5000 }),
  },
  { label: 'Clear faults', method: 'DELETE', path: '/sandbox/faults', body: '' },
]

const script = `<script type="module">
const send = async (method, path, body) => {
  await fetch(path, { method, body: body || undefined, headers: body ? { 'content-type': 'application/json' } : {} })
  location.reload()
}
for (const button of document.querySelectorAll('[data-path]'))
  button.addEventListener('click', () => send(button.dataset.method, button.dataset.path, button.dataset.body))
document.querySelector('#switches').addEventListener('submit', (event) => {
  event.preventDefault()
  const values = [...new FormData(event.target)].map(([name, text]) =>
    [name, /^(true|false|null|\\d+|\\{.*\\})$/.test(text) ? JSON.parse(text) : text])
  send('PATCH', '/sandbox/switches', JSON.stringify(Object.fromEntries(values)))
})
</script>`
