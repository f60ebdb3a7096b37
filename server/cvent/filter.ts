/**
 * A text as a value of Cvent's filter language. Cvent quotes with ' or ", wants " when the text holds ', and \" for a "
 * inside. A backslash is doubled, so that no text can end its own quotes.
 *
 * @see https://developers.cvent.com/docs/rest-api/guides/filters
 */
export function quote(value: string): string {
  const text = value.replaceAll('\\', String.raw`\\`)
  return text.includes("'") ? `"${text.replaceAll('"', String.raw`\"`)}"` : `'${text}'`
}

/** `field eq 'a' or field eq 'b' …`: Cvent refuses `in` for attendee ids. */
export function isOneOf(field: string, values: readonly string[]): string {
  return values.map((value) => `${field} eq ${quote(value)}`).join(' or ')
}

/** The list in pieces of at most `size`. */
export function pieces<Item>(items: readonly Item[], size: number): Item[][] {
  const cut: Item[][] = []
  for (let at = 0; at < items.length; at += size) cut.push(items.slice(at, at + size))
  return cut
}
