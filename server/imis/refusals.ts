import { z } from 'zod'
import { Fault, type FieldError } from '../errors.ts'
import { isPage, readJson, type HttpAnswer, type HttpCall } from '../vendor-calls/http-client.ts'
import { WRONG_TYPE } from './activity-numbers.ts'

/**
 * What iMIS's sentences mean, told without the values they quote.
 *
 * @see https://github.com/Advsol/DataMigrationService (Asi.Contracts)
 */
const MEANINGS: [RegExp, (match: RegExpExecArray) => string][] = [
  [/maximum defined length of (\d+)/i, ([, length]) => `longer than ${length} characters`],
  [/must have a value/i, () => 'must have a value'],
  [/not a known property/i, () => 'is not a known property'],
  [/does not exist/i, () => 'names something that does not exist'],
  [/read.?only|cannot be changed/i, () => 'cannot be changed'],
  [/convert|\bcast\b|System\.(Decimal|Int32)/i, () => WRONG_TYPE],
  [/identity elements/i, () => 'has the wrong number of identity elements'],
]

const Result = z.object({
  Message: z.string().optional().catch(undefined),
  FieldName: z.string().optional().catch(undefined),
})
const Results = z.union([
  z.array(z.unknown()),
  z.object({ $values: z.array(z.unknown()) }).transform(({ $values }) => $values),
])

/** True for iMIS's own words for a site that is away, whatever status they come with. */
export function isAway(text: string): boolean {
  return /site is under maintenance|service is not available/i.test(text.slice(0, 2000))
}

/**
 * What iMIS means by an answer that is not a success: 404 is NOT_FOUND, a body with validation results is VENDOR_REFUSED
 * with the fields and limits it names. A web page, a redirect and iMIS's words for maintenance come from in front of the
 * API, so they are VENDOR_UNAVAILABLE. The values in iMIS's messages are left out: they are people's data.
 */
export function explainImis({ status, text }: HttpAnswer, call: HttpCall): Fault | undefined {
  const what = `${call.method} ${new URL(call.url).pathname}`
  const isRedirect = status >= 300 && status < 400
  if (status < 500 && (isRedirect || isPage(text) || isAway(text)))
    return new Fault(
      'VENDOR_UNAVAILABLE',
      isRedirect
        ? `iMIS answered ${status} to ${what}, a redirect, which is not followed; check the account's iMIS address`
        : `iMIS answered ${status} to ${what} with a page of its web server or a notice of maintenance`,
      { vendor: 'imis', status, mayHaveHappened: call.isWrite ?? call.method !== 'GET' },
    )
  if (status === 404)
    return new Fault('NOT_FOUND', `iMIS has nothing at ${what}, or does not open it to REST`, {
      vendor: 'imis',
      status,
    })
  // Clients of iMIS back off on 413 as on 429.
  if (status === 413)
    return new Fault('VENDOR_UNAVAILABLE', `iMIS answered 413 to ${what}`, {
      vendor: 'imis',
      status,
    })
  if (status < 400 || status >= 500 || status === 408 || status === 429) return undefined
  return refusalOf(text, what, status)
}

/** The Fault of a body that holds validation results; undefined when it holds none. */
export function refusalOf(body: unknown, what: string, status: number): Fault | undefined {
  const errors = validationErrors(typeof body === 'string' ? parsed(body) : body)
  if (errors.length === 0 && typeof body === 'string' && meaningOf(body) === WRONG_TYPE)
    errors.push({ field: 'a field', message: WRONG_TYPE })
  if (errors.length === 0) return undefined
  const told = errors.map(({ field, message }) => `${field} ${message}`).join('; ')
  return new Fault('VENDOR_REFUSED', `iMIS refused ${what}: ${told}`, {
    vendor: 'imis',
    status,
    errors,
  })
}

function parsed(text: string) {
  try {
    return readJson(text)
  } catch {
    // Bodies of refusals are often plain text; then the status says all there is.
    return undefined
  }
}

/** Looks for `Errors` in the body itself and one wrapper below it. */
function validationErrors(body: unknown): FieldError[] {
  if (typeof body !== 'object' || body === null) return []
  const places = [
    body,
    ...['ValidationResults', 'Result', 'ModelState'].map((name) => member(body, name)),
  ]
  for (const place of places) {
    const results = Results.safeParse(member(place, 'Errors'))
    if (results.success && results.data.length > 0) return results.data.slice(0, 20).map(fieldError)
  }
  return []
}

function member(body: unknown, name: string): unknown {
  if (typeof body !== 'object' || body === null) return undefined
  return Object.getOwnPropertyDescriptor(body, name)?.value
}

function fieldError(line: unknown): FieldError {
  const { Message = '', FieldName } = Result.safeParse(line).data ?? {}
  const named = FieldName ?? /^Property \(([\w.]{1,60})\)/.exec(Message)?.[1] ?? ''
  const field = /^[\w. -]{1,60}$/.test(named) ? named : 'a field'
  return { field, message: meaningOf(Message) ?? 'was refused' }
}

function meaningOf(sentence: string) {
  for (const [pattern, tell] of MEANINGS) {
    const match = pattern.exec(sentence)
    if (match) return tell(match)
  }
  return undefined
}
