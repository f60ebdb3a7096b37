import { Fault } from '../errors.ts'
import { readJson, type Http, type HttpAnswer } from '../http.ts'
import { TokenAnswer, TokenRefusal } from './wire.ts'

/** Renewed so long before its end. */
const EARLY_MS = 60_000
/** When iMIS does not say how long a token lives: the shortest life seen (facts §2.1). */
const UNKNOWN_LIFE_SECONDS = 1199
/**
 * After a refused password no new try for so long. ASP.NET locks an account after five wrong passwords in ten minutes, so
 * a server that keeps trying would turn a typing mistake into a locked service account.
 */
const REFUSED_MS = 300_000

/** The token of the service account. */
export interface ServiceToken {
  /** Fetched once however many callers wait for it. @throws Fault as `grantToken` */
  get(): Promise<string>
  /** Forgets the token, unless a newer one is there already. */
  drop(token: string): void
}

/** Keeps the service account's token. `fetch` asks iMIS for a new one. */
export function openServiceToken(deps: {
  fetch: () => Promise<{ token: string; lifeSeconds: number | undefined }>
  now: () => number
}): ServiceToken {
  let current: { token: string; renewAt: number } | undefined
  let flight: Promise<string> | undefined
  let refusal: { fault: Fault; until: number } | undefined

  async function renew() {
    try {
      const { token, lifeSeconds = UNKNOWN_LIFE_SECONDS } = await deps.fetch()
      const lifeMs = lifeSeconds * 1000
      current = { token, renewAt: deps.now() + Math.max(lifeMs - EARLY_MS, lifeMs / 2) }
      refusal = undefined
      return token
    } catch (error) {
      if (error instanceof Fault && error.code === 'VENDOR_REFUSED') {
        const until = deps.now() + REFUSED_MS
        // To the caller it passes: nothing is wrong with what was to be written, and the password will be mended.
        const fault = new Fault('VENDOR_UNAVAILABLE', error.message, {
          vendor: 'imis',
          retryAt: until,
          ...(error.status === undefined ? {} : { status: error.status }),
        })
        refusal = { fault, until }
        throw fault
      }
      throw error
    } finally {
      flight = undefined
    }
  }

  return {
    async get() {
      if (current && deps.now() < current.renewAt) return current.token
      if (refusal && deps.now() < refusal.until) throw refusal.fault
      flight ??= renew()
      return flight
    },
    drop(token) {
      if (current?.token === token) current = undefined
    },
  }
}

/**
 * Asks the token endpoint. The refusal's `error` comes back as a value, because its meaning depends on the grant.
 *
 * @throws Fault `VENDOR_UNAVAILABLE` also for an answer without a token; `VENDOR_REFUSED` for a refusal without a reason
 * @see facts §2.1: `POST {folder}/token`, form-encoded
 */
export async function grantToken(
  http: Http,
  url: string,
  form: Record<string, string>,
  limits: { deadlineMs?: number | undefined; signal?: AbortSignal | undefined },
): Promise<TokenAnswer | { refused: string; status: number }> {
  const answer = await http.call({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
    // A refresh token may work once only, so its exchange is not sent again; a password can be.
    isWrite: form['grant_type'] !== 'password',
    alsoAnswers: [400, 401],
    ...limits,
  })
  if (answer.status < 300) return readToken(answer)
  const refused = reasonOf(answer)
  if (refused) return { refused, status: answer.status }
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

/** What the token endpoint gives. */
export type TokenAnswer = ReturnType<typeof readToken>
