import { DateTime } from 'luxon'
import type { Account, ActivityProperty, ActivitySource } from '../../../schemas/account.ts'
import type { FieldError } from '../../errors.ts'

/** The value of a source: text, a moment (ms since 1970), a count, or money in cents; undefined when there is none. */
export type SourceValue =
  | { kind: 'text'; value: string }
  | { kind: 'moment'; value: number }
  | { kind: 'count'; value: number }
  | { kind: 'cents'; value: number }
  | undefined

/** What one activity may be filled from. */
export type Sources = Record<ActivitySource, SourceValue>

type Fields = Partial<Record<ActivityProperty, ActivitySource>>

const COMMON = {
  PRODUCT_CODE: 'productCode',
  TRANSACTION_DATE: 'registeredAt',
  QUANTITY: 'quantity',
  AMOUNT: 'amountPaid',
  OTHER_CODE: 'eventCode',
  SOURCE_SYSTEM: 'sourceSystem',
  STATUS_CODE: 'status',
  UF_1: 'confirmationNumber',
  UF_2: 'ledgerKey',
  UF_4: 'amountDue',
  UF_6: 'registrationModifiedAt',
  NOTE: 'note',
} as const satisfies Fields

const MEETING: Fields = {
  ...COMMON,
  DESCRIPTION: 'eventTitle',
  EFFECTIVE_DATE: 'eventStartsAt',
  THRU_DATE: 'eventEndsAt',
  SOURCE_CODE: 'registrationTypeOrAdmissionItem',
  UF_3: 'registrationPath',
}

const FUNCTION: Fields = {
  ...COMMON,
  DESCRIPTION: 'itemName',
  EFFECTIVE_DATE: 'itemStartsAt',
  THRU_DATE: 'itemEndsAt',
  SOURCE_CODE: 'itemType',
}

/** The kind of each property's column and, for text, its length in iMIS 2017; EMS may be wider. */
const COLUMNS: Record<ActivityProperty, number | 'date' | 'number'> = {
  PRODUCT_CODE: 31,
  DESCRIPTION: 255,
  TRANSACTION_DATE: 'date',
  EFFECTIVE_DATE: 'date',
  THRU_DATE: 'date',
  QUANTITY: 'number',
  AMOUNT: 'number',
  OTHER_CODE: 30,
  SOURCE_SYSTEM: 10,
  SOURCE_CODE: 40,
  STATUS_CODE: 1,
  UF_1: 255,
  UF_2: 255,
  UF_3: 255,
  UF_4: 'number',
  UF_5: 'number',
  UF_6: 'date',
  UF_7: 'date',
  CATEGORY: 15,
  ACTION_CODES: 255,
  PAY_METHOD: 50,
  NOTE: 8000,
  NOTE_2: 8000,
  UNITS: 'number',
  TAXABLE_VALUE: 'number',
  TICKLER_DATE: 'date',
  ORG_CODE: 5,
  CAMPAIGN_CODE: 10,
  OTHER_ID: 10,
}

const MOMENTS = new Set<ActivitySource>([
  'eventStartsAt',
  'eventEndsAt',
  'itemStartsAt',
  'itemEndsAt',
  'registeredAt',
  'registrationModifiedAt',
  'cancelledAt',
])
const NUMBERS = new Set<ActivitySource>(['quantity', 'amountPaid', 'amountOrdered', 'amountDue'])
/** `cvent:` and two ids of 36 characters with a colon between them. */
const KEY_LENGTH = 79

/** Which source fills which property for a row of that kind: the default with the account's own mapping over it. */
export function fieldsOf(
  activity: Pick<Account['activity'], 'fields'>,
  kind: 'meeting' | 'function',
): Fields {
  return { ...(kind === 'meeting' ? MEETING : FUNCTION), ...activity.fields }
}

/** The property in which rows bear our key. */
export function keyProperty(activity: Pick<Account['activity'], 'fields'>): string | undefined {
  return Object.entries(fieldsOf(activity, 'meeting')).find(
    ([, source]) => source === 'ledgerKey',
  )?.[0]
}

/**
 * What is wrong with an account's own mapping, by field: a date where iMIS has none, a number for text, or no place left for
 * our key or the product code, by which a row is found again.
 */
export function checkFields(fields: Account['activity']['fields']): FieldError[] {
  const errors: FieldError[] = []
  for (const [property, source] of Object.entries(fields)) {
    // Both come from the closed lists of the schema.
    const column = COLUMNS[property as ActivityProperty]
    const wrong = misfit(column, source)
    if (wrong) errors.push({ field: `activity.fields.${property}`, message: wrong })
  }
  const whole = fieldsOf({ fields }, 'meeting')
  if (whole.PRODUCT_CODE !== 'productCode')
    errors.push({
      field: 'activity.fields.PRODUCT_CODE',
      message: 'must be productCode: rows are found again by it',
    })
  if (keyProperty({ fields }) === undefined)
    errors.push({
      field: 'activity.fields',
      message: 'one property of 255 characters must hold ledgerKey: rows are found again by it',
    })
  return errors
}

function misfit(column: number | 'date' | 'number', source: ActivitySource) {
  if (source === 'none') return undefined
  if (column === 'date')
    return MOMENTS.has(source) ? undefined : `holds a date; ${source} is not one`
  if (column === 'number')
    return NUMBERS.has(source) ? undefined : `holds a number; ${source} is not one`
  if (source === 'ledgerKey' && column < KEY_LENGTH)
    return `holds ${column} characters; ledgerKey has up to ${KEY_LENGTH}`
  return undefined
}

/**
 * Fills the properties of a row. Text is trimmed to its column; moments become the site's local time without offset; money
 * becomes decimal text. A property without a value is left out.
 */
export function fillProperties(
  fields: Fields,
  sources: Sources,
  timeZone: string,
): Record<string, string | number> {
  const filled: Record<string, string | number> = {}
  for (const [property, source] of Object.entries(fields)) {
    const given = sources[source]
    // The keys are those of the closed list.
    const column = COLUMNS[property as ActivityProperty]
    if (given === undefined || misfit(column, source) !== undefined) continue
    const value = shown(given, timeZone)
    if (value === '') continue
    filled[property] = typeof column === 'number' ? trim(String(value), column) : value
  }
  return filled
}

/** What a row that is no longer wanted says instead: its status, a quantity of zero, and why. Other properties stay. */
export function withdrawProperties(
  properties: Record<string, string | number>,
  fields: Fields,
  said: { status: string; note: string | undefined },
): Record<string, string | number> {
  const changed = { ...properties }
  for (const [property, source] of Object.entries(fields)) {
    if (source === 'status') changed[property] = said.status
    if (source === 'quantity') changed[property] = 0
    if (source === 'note' && said.note !== undefined) changed[property] = said.note
  }
  return changed
}

/** What a row that keeps everything else says when its meeting has another code. */
export function recodeProperties(
  properties: Record<string, string | number>,
  fields: Fields,
  codes: { productCode: string; meetingCode: string },
): Record<string, string | number> {
  const changed = { ...properties }
  for (const [property, source] of Object.entries(fields)) {
    const given = source === 'productCode' || source === 'meetingCode' ? codes[source] : undefined
    // The keys are those of the closed list.
    const column = COLUMNS[property as ActivityProperty]
    if (given === undefined || typeof column !== 'number' || !(property in properties)) continue
    changed[property] = trim(given, column)
  }
  return changed
}

/** The properties to send so that `before` becomes `after`: text that is gone is emptied, a date or number that is gone stays. */
export function withCleared(
  before: Record<string, string | number>,
  after: Record<string, string | number>,
): Record<string, string | number> {
  const cleared = Object.keys(before).filter(
    // The keys are those of the closed list.
    (property) => !(property in after) && typeof COLUMNS[property as ActivityProperty] === 'number',
  )
  return { ...after, ...Object.fromEntries(cleared.map((property) => [property, ''])) }
}

function shown(given: NonNullable<SourceValue>, timeZone: string): string | number {
  if (given.kind === 'text') return given.value.trim()
  if (given.kind === 'cents') return decimal(given.value)
  if (given.kind === 'count') return given.value
  return DateTime.fromMillis(given.value, { zone: timeZone }).toFormat("yyyy-MM-dd'T'HH:mm:ss")
}

/** Cents as decimal text, without ever dividing: `-49505` is `-495.05`. */
export function decimal(cents: number): string {
  const digits = String(Math.abs(Math.trunc(cents))).padStart(3, '0')
  return `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

/** Cut to a length without leaving half of a surrogate pair. */
function trim(text: string, length: number) {
  const cut = text.slice(0, length)
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut
}
