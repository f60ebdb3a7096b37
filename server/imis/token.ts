import type { z } from 'zod'
import { Fault, isPassing, type FaultOptions } from '../errors.ts'
import type { CallPriority } from '../vendor-calls/call-gate.ts'
import { isPage, readJson, type Http, type HttpAnswer } from '../vendor-calls/http-client.ts'
import { shareWork } from '../share-work.ts'
import { isAway } from './refusals.ts'
import { TokenAnswer, TokenRefusal } from './wire.ts'

/** Renewed so long before its end. */
const EARLY_MS = 60_000
/** When iMIS does not say how long a token lives: the shortest life seen, that of a sign-on's token. */
const UNKNOWN_LIFE_SECONDS = 1199
/**
 * After a refused password no new try for so long. ASP.NET locks an account after five wrong passwords in ten minutes, so
 * a server that keeps trying would turn a typing mistake into a locked service account.
 */
const REFUSED_MS = 300_000

/** What the token endpoint says: a token, or its reason not to give one. */
export type Grant = z.infer<typeof TokenAnswer> | { refused: string; status: number }

/** The token of the service account. */
export interface ServiceToken {
  /** Fetched once however many callers wait for it. @throws Fault `VENDOR_UNAVAILABLE` */
  get(priority: CallPriority): Promise<string>
  /** Forgets the token, unless a newer one is there already. */
  drop(token: string): void
}

/**
 * Keeps the service account's token. `fetch` asks iMIS for a new one. Whatever iMIS has against us, to the callers it
 * passes: nothing is wrong with what they want to read or write, and the account will be mended.
 */
export function openServiceToken(deps: {
  fetch: (priority: CallPriority) => Promise<Grant>
  now: () => number
}): ServiceToken {
  let current: { token: string; renewAt: number } | undefined
  let refusal: { fault: Fault; until: number } | undefined

  const renew = shareWork(async (priority) => {
    if (refusal && deps.now() < refusal.until) throw refusal.fault
    try {
      const grant = await deps.fetch(priority)
      if ('refused' in grant) {
        const until = deps.now() + REFUSED_MS
        const fault = passing(
          `iMIS refused the service account's sign-in (${grant.refused}); check its user name and password, and its role RemoteService`,
          { status: grant.status, retryAt: until },
        )
        refusal = { fault, until }
        throw fault
      }
      const lifeMs = (grant.expires_in ?? UNKNOWN_LIFE_SECONDS) * 1000
      current = {
        token: grant.access_token,
        renewAt: deps.now() + Math.max(lifeMs - EARLY_MS, lifeMs / 2),
      }
      return grant.access_token
    } catch (error) {
      if (isPassing(error) || !(error instanceof Fault)) throw error
      throw passing(`${error.message}; check the account's iMIS address`, { cause: error })
    }
  })

  return {
    async get(priority) {
      if (current && deps.now() < current.renewAt) return current.token
      return renew(priority)
    },
    drop(token) {
      if (current?.token === token) current = undefined
    },
  }
}

function passing(message: string, options: FaultOptions) {
  return new Fault('VENDOR_UNAVAILABLE', message, { vendor: 'imis', ...options })
}

/**
 * Asks the token endpoint. The refusal's `error` comes back as a value, because its meaning depends on the grant.
 *
 * @throws Fault `VENDOR_UNAVAILABLE` also for an answer without a token; `VENDOR_REFUSED` for a refusal without a reason
 * @see https://developer.imis.com/docs/accessing-the-rest-api: `POST {folder}/token`, form-encoded
 */
export async function grantToken(
  http: Http,
  url: string,
  form: Record<string, string>,
  limits: {
    deadlineMs?: number | undefined
    signal?: AbortSignal | undefined
    priority?: CallPriority | undefined
  },
): Promise<Grant> {
  const answer = await http.call({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
    // A refresh token may work once only, so its exchange is not sent again; a password can be.
    isWrite: form['grant_type'] !== 'password',
    concernsAll: form['grant_type'] === 'password',
    alsoAnswers: [400, 401, 404],
    ...limits,
  })
  if (answer.status < 300) return readToken(answer)
  const refused = reasonOf(answer)
  if (refused) return { refused, status: answer.status }
  if (isPage(answer.text) || isAway(answer.text))
    throw new Fault('VENDOR_UNAVAILABLE', 'iMIS answered POST /token with a page', {
      vendor: 'imis',
      status: answer.status,
    })
  throw new Fault('VENDOR_REFUSED', `iMIS answered ${answer.status} to POST /token`, {
    vendor: 'imis',
    status: answer.status,
  })
}

function readToken({ text, status }: HttpAnswer) {
  const about = { vendor: 'imis', what: 'POST /token', status } as const
  const read = TokenAnswer.safeParse(readJson(text, about))
  if (read.success) return read.data
  throw new Fault('VENDOR_UNAVAILABLE', 'iMIS answered POST /token without a token', about)
}

function reasonOf({ text }: HttpAnswer) {
  try {
    const reason = TokenRefusal.safeParse(readJson(text)).data?.error
    return reason && /^\w{1,40}$/.test(reason) ? reason : undefined
  } catch {
    // A text or a page: no reason was given.
    return undefined
  }
}
