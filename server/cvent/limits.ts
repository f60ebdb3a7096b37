import type { z } from 'zod'
import type { CallOptions, Usage } from './cvent.ts'
import type { Rest, RestCall } from './rest.ts'
import { scopesOf, type SCOPES } from './scopes.ts'
import { WireTier, WireUsage } from './wire.ts'

const NOBODY = '00000000-0000-0000-0000-000000000000'

/**
 * The scopes we need, each with a call that shows whether it is granted where the token does not say. Where there is no list to read one item of, the
 * call names nobody: granted answers 404, and nothing is written.
 */
const PROBES: [scope: (typeof SCOPES)[number], call: RestCall][] = [
  ['event/events:read', list('/events')],
  ['event/attendees:read', list('/attendees')],
  [
    'event/attendees:write',
    {
      method: 'PUT',
      path: `/attendees/${NOBODY}`,
      body: { event: { id: NOBODY }, contact: { id: NOBODY }, status: 'No Response' },
    },
  ],
  ['event/contacts:read', list('/contacts')],
  [
    'event/contacts:write',
    { method: 'PATCH', path: `/contacts/${NOBODY}`, body: { id: NOBODY, title: 'x' } },
  ],
  ['event/contact-types:read', list('/contact-types')],
  ['event/custom-fields:read', list('/custom-fields', { filter: `category eq 'Contact'` })],
  ['event/sessions:read', list('/sessions')],
  ['event/orders:read', list(`/events/${NOBODY}/orders/items`)],
  ['event/quantity-items:read', list(`/events/${NOBODY}/quantity-items`)],
  ['event/donation-items:read', list(`/events/${NOBODY}/donation-items`)],
]

function list(path: string, query: RestCall['query'] = {}): RestCall {
  return { method: 'GET', path, query: { ...query, limit: 1 } }
}

/** What the account may do at Cvent: its plan, what is used of the day, its scopes. */
export function limitCalls(rest: Rest, now: () => number) {
  async function readAllowed<Shape extends z.ZodType>(
    shape: Shape,
    path: string,
    options?: CallOptions,
  ) {
    const call: RestCall = { method: 'GET', path, alsoAnswers: [403, 404] }
    return rest.read(shape, call, options)
  }

  return {
    async usage(options?: CallOptions): Promise<Usage> {
      const tier = await readAllowed(WireTier, '/usage/tier', options)
      const usage = await readAllowed(WireUsage, '/usage', options)
      const today = new Date(now()).toISOString().slice(0, 10)
      const day = usage?.data.find(({ date }) => date?.slice(0, 10) === today)
      return {
        tier: tier?.name,
        perDay: tier?.quota,
        perSecond: tier?.rateLimit,
        usedToday: day?.used,
      }
    },

    async scopes(options?: CallOptions) {
      const listed = scopesOf(await rest.token(options))
      if (listed)
        return PROBES.map(([scope]) => {
          const granted = listed.has(scope)
          return { scope, granted, detail: `the token ${granted ? 'lists' : 'does not list'} it` }
        })
      const found: { scope: string; granted: boolean; detail: string }[] = []
      for (const [scope, call] of PROBES) {
        const answers = [400, 403, 404, 409, 422]
        const { status } = await rest.call({ ...call, alsoAnswers: answers }, options)
        const granted = status !== 403
        const detail = `${call.method} ${call.path} was answered ${status}`
        found.push({ scope, granted, detail })
      }
      return found
    },
  }
}
