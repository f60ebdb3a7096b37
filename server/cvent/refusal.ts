import { Fault } from '../errors.ts'
import type { FieldError } from '../errors.ts'
import type { HttpAnswer, HttpCall } from '../http.ts'
import { readRetryAfter } from '../http.ts'

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
  const body = readRefusal(answer.text)
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

/** What Cvent says when it refuses: one message, and the fields it objects to. Personal values are taken out. */
export interface Refusal {
  message: string
  errors: FieldError[]
}

/** The Fault of a refusal with that status; 409, or a text that speaks of a duplicate, is `CONFLICT`. */
export function refusal(status: number, body: Refusal, what: string): Fault {
  const isConflict =
    status === 409 || [body.message, ...body.errors.map(({ message }) => message)].some(isDuplicate)
  const said = body.errors.map(({ field, message }) => `${field}: ${message}`).slice(0, 3)
  return new Fault(
    isConflict ? 'CONFLICT' : 'VENDOR_REFUSED',
    `Cvent refused ${what} with ${status}${said.length > 0 ? ` (${said.join('; ')})` : ''}.`,
    { vendor: 'cvent', status, ...(body.errors.length > 0 ? { errors: body.errors } : {}) },
  )
}

/** What status Cvent gives a known e-mail or source id is not documented, so its words count too. */
const isDuplicate = (message: string) =>
  /already exist|duplicate|must be unique|already (an? )?(attendee|invitee|invited)/i.test(message)

/** Reads Cvent's error body from text or from the `data` of an item; anything else is a refusal without words. */
export function readRefusal(given: unknown): Refusal {
  const body = typeof given === 'string' ? parse(given) : given
  if (!isObject(body)) return { message: '', errors: [] }
  const details = Array.isArray(body['details']) ? body['details'].slice(0, 20) : []
  const own = textOf(body['target'])
  const errors = details.filter(isObject).map((detail) => ({
    field: redacted(textOf(detail['target']) || own || 'body'),
    message: redacted(textOf(detail['message'])),
  }))
  const message = redacted(textOf(body['message']))
  if (errors.length === 0 && own) errors.push({ field: redacted(own), message })
  return { message, errors }
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

/** Cvent's sentences may quote what was sent: addresses, and values in quotes, do not go on. */
const redacted = (text: string) =>
  text
    .replaceAll(/\S+@\S+/g, '…')
    .replaceAll(/'[^']*'|"[^"]*"/g, '…')
    .slice(0, 200)

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
