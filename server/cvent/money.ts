/**
 * A JSON number of Cvent's money in whole cents. The number's shortest decimal text is what Cvent wrote (up to 15 digits),
 * so nothing is multiplied in floating point; a third decimal is rounded half away from zero. Undefined when not finite.
 */
export function centsOf(amount: number): number | undefined {
  const parts = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(amount))
  // Beyond the plain notation stand amounts under a thousandth of a cent, and those no currency has.
  if (!parts) return Math.abs(amount) < 1 ? 0 : undefined
  const [, sign, whole = '', fraction = ''] = parts
  const digits = fraction.padEnd(3, '0')
  const cents = Number(`${whole}${digits.slice(0, 2)}`) + (digits.charAt(2) >= '5' ? 1 : 0)
  if (!Number.isSafeInteger(cents)) return undefined
  return sign && cents > 0 ? -cents : cents
}
