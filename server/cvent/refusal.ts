import { Fault } from '../errors.ts'
import type { FieldError } from '../errors.ts'
import type { HttpAnswer, HttpCall } from '../vendor-calls/http-client.ts'
import { readRetryAfter } from '../vendor-calls/http-client.ts'

/** Cvent's advice for its per-second throttle: begin with two seconds. */
const THROTTLED_MS = 2000
const DAY_MS = 86_400_000

/**
 * What an answer of Cvent means beyond its status: its two kinds of 429, a missing scope, a conflict, the fields at fault.
 * Undefined leaves it to the status.
 *
 * @param now - ms since 1970
 * @see https://developers.cvent.com/docs/rest-api/guides/handling-rate-limits
 */
export function explain(answer: HttpAnswer, call: HttpCall, now: number): Fault | undefined {
  const { status } = answer
  const what = `${call.method} ${new URL(call.url).pathname}`
  const body = readRefusal(answer.text, call.body)
  if ((status === 413 || status === 431) && answer.headers['retry-after'] === undefined)
    return new Fault(
      'VENDOR_REFUSED',
      `Cvent's gateway refused ${what} with ${status}: the token holds too many scopes. ` +
        'It takes 10,240 bytes of headers; give the application at Cvent only the scopes of the manual.',
      { vendor: 'cvent', status },
    )
  if (status === 429) return explainThrottle(answer, body.message, what, now)
  if (status === 403)
    return new Fault(
      'VENDOR_REFUSED',
      `Cvent does not allow ${what}: the application lacks a scope or the account a feature.`,
      { vendor: 'cvent', status },
    )
  if (status === 400 || status === 404 || status === 409 || status === 422)
    return refusal(status, body, what)
  return undefined
}

/** "Limit Exceeded" is the day's quota, which starts anew at midnight UTC; every other text is a throttle. */
function explainThrottle(answer: HttpAnswer, message: string, what: string, now: number) {
  const quotaGone = message.trim().toLowerCase() === 'limit exceeded'
  const retryAt = quotaGone
    ? (Math.floor(now / DAY_MS) + 1) * DAY_MS
    : (readRetryAfter(answer.headers['retry-after'], now) ?? now + THROTTLED_MS)
  return new Fault(
    'VENDOR_UNAVAILABLE',
    quotaGone
      ? `Cvent's calls of this day are used up (${what}); they start anew at midnight UTC.`
      : `Cvent asks for fewer calls a second (${what}).`,
    { vendor: 'cvent', status: 429, retryAt, quotaGone },
  )
}

/** What Cvent says when it refuses: a word, one message, and the fields it objects to. Personal values are taken out. */
export interface Refusal {
  /** Cvent's word, such as `EntityAlreadyExists`; empty when it is a number only. */
  code: string
  message: string
  errors: FieldError[]
}

/**
 * The Fault of a refusal with that status; 409, a word for what is there already, or a text that speaks of a duplicate, is
 * `CONFLICT`. `alsoConflicts`: words that mean the same for this call.
 */
export function refusal(
  status: number,
  body: Refusal,
  what: string,
  alsoConflicts: readonly string[] = [],
): Fault {
  const { code, message, errors } = body
  const isConflict =
    status === 409 ||
    CONFLICTS.has(code) ||
    alsoConflicts.includes(code) ||
    [message, ...errors.map((error) => error.message)].some(isDuplicate)
  const fields = errors.map((error) => `${error.field}: ${error.message}`).slice(0, 3)
  const words = [code, ...(fields.length > 0 ? fields : [message])].filter((word) => word !== '')
  return new Fault(
    isConflict ? 'CONFLICT' : 'VENDOR_REFUSED',
    `Cvent refused ${what} with ${status}${words.length > 0 ? ` (${words.join('; ')})` : ''}.`,
    { vendor: 'cvent', status, ...(errors.length > 0 ? { errors } : {}) },
  )
}

const CONFLICTS = new Set(['EntityAlreadyExists'])

/** What status Cvent gives a known e-mail or source id is not documented, so its words count too. */
const isDuplicate = (message: string) =>
  /already exist|duplicate|must be unique|already (an? )?(attendee|invitee|invited)/i.test(message)

/**
 * Reads Cvent's error body, bare or wrapped in `error`, from text or from the `data` of an item; anything else is a refusal
 * without words. `sent`: the call's body, whose values do not go on.
 */
export function readRefusal(given: unknown, sent?: unknown): Refusal {
  const outer = typeof given === 'string' ? parse(given) : given
  const body = isObject(outer) && isObject(outer['error']) ? outer['error'] : outer
  if (!isObject(body)) return { code: '', message: '', errors: [] }
  const values = textsIn(typeof sent === 'string' ? parse(sent) : sent)
  const clean = (value: unknown) => redacted(textOf(value), values)
  const details = Array.isArray(body['details']) ? body['details'].slice(0, 20) : []
  const own = textOf(body['target'])
  const errors = details.filter(isObject).map((detail) => ({
    field: clean(textOf(detail['target']) || own || 'body'),
    message: clean(detail['message']),
  }))
  const message = clean(body['message'])
  if (errors.length === 0 && own) errors.push({ field: clean(own), message })
  return { code: clean(body['code']), message, errors }
}

/** The texts a call sent, the longest first: Cvent may repeat one in its sentence. */
function textsIn(sent: unknown): string[] {
  const found = new Set<string>()
  function look(value: unknown) {
    if (typeof value === 'string' && value.trim().length > 1) found.add(value.trim())
    else if (Array.isArray(value)) value.forEach(look)
    else if (isObject(value)) Object.values(value).forEach(look)
  }
  look(sent)
  return [...found].toSorted((one, other) => other.length - one.length)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // A refusal without a readable body is still a refusal; its status says enough.
    return undefined
  }
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '')

/** Cvent's sentences may repeat what was sent: that, addresses, and values in quotes do not go on. */
function redacted(text: string, sent: string[]): string {
  let clean = text
  for (const value of sent) clean = clean.replaceAll(value, '…')
  return clean
    .replaceAll(/\S+@\S+/g, '…')
    .replaceAll(/'[^']*'|"[^"]*"/g, '…')
    .slice(0, 200)
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
