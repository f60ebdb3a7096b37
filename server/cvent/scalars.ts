/**
 * Cvent's numbers, flags and ids, which come in another type at times: an amount as "0.00", a flag as "true", an id as a
 * number. What cannot be told for certain stays as it came, so that its reader refuses it.
 */

/** Up to 15 digits in all, so that nothing is lost in a JSON number. */
const DECIMAL = /^-?(?=[\d.]{1,16}$)\d+(\.\d+)?$/

/** Returns a plain decimal in a text as a number; anything else as it came. */
export function numberOf(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const decimal = value.trim()
  return DECIMAL.test(decimal) ? Number(decimal) : value
}

/** Returns the texts "true" and "false" as flags; anything else as it came. */
export function flagOf(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const word = value.trim().toLowerCase()
  return word === 'true' ? true : word === 'false' ? false : value
}

/** Returns a whole number as text, as far as JSON keeps its digits; anything else as it came. */
export function idOf(value: unknown): unknown {
  return Number.isSafeInteger(value) ? String(value) : value
}
