import { z } from 'zod'
import { Fault } from '../errors.ts'
import type { CallPriority } from '../vendor-calls/call-gate.ts'
import type { Http, HttpAnswer } from '../vendor-calls/http-client.ts'
import { readJson } from '../vendor-calls/http-client.ts'
import { numberOf } from './scalars.ts'
import { shareWork } from '../share-work.ts'

/** The access token of one account: fetched once however many calls wait for it, renewed a minute before it ends. */
export interface AccessToken {
  /** @throws Fault `VENDOR_UNAVAILABLE` with status 400 to 403 when Cvent does not accept the client id and secret */
  get(priority: CallPriority): Promise<string>
  /** Forgets this token, unless a newer one has taken its place. */
  drop(token: string): void
}

const EARLY_MS = 60_000
/** After a refusal no new try for so long: each would cost one of the day's calls. */
const REFUSED_MS = 300_000

/** Says why a token was refused. @see RFC 6749 §5.2 */
const Refusal = z.object({ error: z.string() })
const Answer = z.object({
  access_token: z.string().min(1),
  expires_in: z.preprocess(numberOf, z.number()).catch(3600),
})

/**
 * The client-credentials token. Cvent wants the client id in the body beside Basic authentication.
 *
 * @param tokenUrl - `<apiUrl>/oauth2/token`
 * @see https://developers.cvent.com/docs/rest-api/guides/authentication
 */
export function openAccessToken(options: {
  http: Http
  tokenUrl: string
  clientId: string
  clientSecret: string
  /** What the token is asked for; when Cvent refuses that, a token for everything is asked for. */
  scopes: readonly string[]
  now: () => number
}): AccessToken {
  const { http, clientId, now } = options
  let known: { token: string; renewAt: number } | undefined
  let refused: Fault | undefined
  let isNarrow = options.scopes.length > 0

  /** The token call, once more without a scope when Cvent does not take that. */
  async function request(priority: CallPriority): Promise<HttpAnswer> {
    const basic = Buffer.from(`${clientId}:${options.clientSecret}`).toString('base64')
    const answer = await http.call({
      method: 'POST',
      url: options.tokenUrl,
      headers: {
        authorization: `Basic ${basic}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        ...(isNarrow ? { scope: options.scopes.join(' ') } : {}),
      }).toString(),
      // A second token does no harm, so a broken connection may be tried again.
      isWrite: false,
      priority,
      concernsAll: true,
      alsoAnswers: [400, 401, 403],
    })
    if (answer.status < 400 || !isNarrow || isAboutClient(answer)) return answer
    isNarrow = false
    return request(priority)
  }

  const ask = shareWork(async (priority) => {
    if (refused?.retryAt !== undefined && now() < refused.retryAt) throw refused
    const askedAt = now()
    const answer = await request(priority)
    if (answer.status >= 400) {
      // To the caller it passes: what was to be done is in order, and the secret will be mended.
      refused = new Fault('VENDOR_UNAVAILABLE', 'Cvent does not accept the client id and secret.', {
        vendor: 'cvent',
        status: answer.status,
        retryAt: askedAt + REFUSED_MS,
      })
      throw refused
    }
    const read = Answer.safeParse(readJson(answer.text, { vendor: 'cvent', what: 'a token call' }))
    if (!read.success)
      throw new Fault('VENDOR_UNAVAILABLE', 'Cvent answered a token call without a token.', {
        vendor: 'cvent',
      })
    const { access_token: token, expires_in: seconds } = read.data
    const lifeMs = seconds * 1000
    known = { token, renewAt: askedAt + Math.max(lifeMs - EARLY_MS, lifeMs / 2) }
    refused = undefined
    return token
  })

  return {
    async get(priority) {
      if (known && now() < known.renewAt) return known.token
      return ask(priority)
    },
    drop(token) {
      if (known?.token === token) known = undefined
    },
  }
}

/** The client id or the secret is wrong: that is not mended by asking for less. */
function isAboutClient({ status, text }: HttpAnswer): boolean {
  if (status === 401) return true
  try {
    return Refusal.safeParse(readJson(text)).data?.error === 'invalid_client'
  } catch {
    return false
  }
}
