import { Fault } from '../errors.ts'

/**
 * How a number is written into an activity: `typed` is `{ "$type": "System.Decimal", "$value": 495.00 }`, `plain` is `495.00`.
 * The only public example of an activity with a number is typed; other clients send plain numbers.
 */
export type NumberForm = 'typed' | 'plain'

const DECIMAL = 'System.Decimal'
const INTEGER = 'System.Int32'

/** The number fields of an activity, and the .NET type of each. */
const NUMBER_TYPES: ReadonlyMap<string, string> = new Map([
  ['QUANTITY', DECIMAL],
  ['AMOUNT', DECIMAL],
  ['TAXABLE_VALUE', DECIMAL],
  ['UNITS', DECIMAL],
  ['UF_4', DECIMAL],
  ['UF_5', DECIMAL],
  ['SEQN', INTEGER],
  ['ORIGINATING_TRANS_NUM', INTEGER],
  ['ATTACH_SEQN', INTEGER],
  ['ATTACH_TOTAL', INTEGER],
  ['GRACE_PERIOD', INTEGER],
])
const NUMERIC_TYPE = /System\.(Decimal|Double|Single|Int|UInt|Byte|SByte)/
/** What a refusal says of a field whose value came in a form that iMIS does not take. */
export const WRONG_TYPE = 'has a value of the wrong type'

/** Returns the value of a property in this form; text, and what is not a number, stays as it is. */
export function numberValue(name: string, value: string | number, form: NumberForm): unknown {
  const type = NUMBER_TYPES.get(name)
  const number = type === undefined ? undefined : plainNumber(value)
  if (number === undefined) return value
  return form === 'typed' ? { $type: type, $value: number } : number
}

/** True when a value of the entity is a number in a typed wrapper. */
export function isTypedNumber(value: unknown): value is { $type: unknown; $value: unknown } {
  return (
    typeof value === 'object' &&
    value !== null &&
    '$value' in value &&
    '$type' in value &&
    NUMERIC_TYPE.test(String(value.$type))
  )
}

/** True when a value of the entity is a number without a wrapper, its digits kept or not. */
export function isPlainNumber(value: unknown): boolean {
  return typeof value === 'number' || isRawNumber(value)
}

/** Turns a number of the entity into the other form; everything else stays as it is. */
export function swapNumber(name: string, value: unknown): unknown {
  if (isTypedNumber(value)) return value.$value
  return isPlainNumber(value) ? { $type: NUMBER_TYPES.get(name) ?? DECIMAL, $value: value } : value
}

/** True when an activity with these properties holds a number. */
export function hasNumbers(properties: Record<string, unknown>): boolean {
  return Object.keys(properties).some((name) => NUMBER_TYPES.has(name))
}

/** True when iMIS refused a write for certain, and what it names may be the form of a number. */
export function isNumberRefusal(error: unknown): boolean {
  return (
    error instanceof Fault &&
    error.code === 'VENDOR_REFUSED' &&
    (error.errors ?? []).some(
      ({ field, message }) => NUMBER_TYPES.has(field) || message === WRONG_TYPE,
    )
  )
}

/** Which of two forms an iMIS takes. */
export interface FormMemory<Form> {
  preferred: Form
  current(): Form
  swapped(form: Form): Form
  worked(form: Form): void
  failed(form: Form, error: unknown): void
}

/**
 * Remembers which of two forms an account's iMIS takes. A 500 is also what iMIS answers to a body it cannot read: after one
 * the next write goes out in the other form, once each, until one of them has worked.
 */
export function openFormMemory<Form>(preferred: Form, other: Form): FormMemory<Form> {
  let current = preferred
  let isProven = false
  const suspected = new Set<Form>()
  const swapped = (form: Form) => (form === preferred ? other : preferred)
  return {
    preferred,
    current: () => current,
    swapped,
    worked(form: Form) {
      current = form
      isProven = true
    },
    failed(form: Form, error: unknown) {
      const isUnclear = error instanceof Fault && error.status === 500 && !isProven
      if (!isUnclear || suspected.has(form)) return
      suspected.add(form)
      current = suspected.has(swapped(form)) ? preferred : swapped(form)
    },
  }
}

/** Returns a number, or decimal text, as a JSON number with exactly these digits; undefined when it is neither. */
export function plainNumber(value: string | number): unknown {
  const digits = String(value).trim()
  return /^-?(0|[1-9]\d{0,14})(\.\d{1,4})?$/.test(digits) ? rawNumber(digits) : undefined
}

/** Makes a number from its digits, for JSON.stringify (ECMAScript 2026; Node 24 has it, TypeScript's library not yet). */
export function rawNumber(digits: string): unknown {
  // Node's own function; `digits` is a JSON number at every caller.
  return (JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON(digits)
}

function isRawNumber(value: unknown) {
  // As above.
  return (JSON as unknown as { isRawJSON: (value: unknown) => boolean }).isRawJSON(value)
}
