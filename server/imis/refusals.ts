import { z } from 'zod'
import { Fault, type FieldError } from '../errors.ts'
import { readJson, type HttpAnswer, type HttpCall } from '../http.ts'

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

/**
 * What iMIS means by an answer that is not a success: 404 is NOT_FOUND, a body with validation results is VENDOR_REFUSED
 * with the fields and limits it names. The values in iMIS's messages are left out: they are people's data.
 */
export function explainImis({ status, text }: HttpAnswer, call: HttpCall): Fault | undefined {
  const what = `${call.method} ${new URL(call.url).pathname}`
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
  for (const [pattern, tell] of MEANINGS) {
    const match = pattern.exec(Message)
    if (match) return { field, message: tell(match) }
  }
  return { field, message: 'was refused' }
}
