/**
 * An address a browser may be sent to, or undefined: absolute https without user name, as Cvent's API or the account gave
 * it. With `allowLocal` (sandbox only) http is taken too. What the browser will read is what was checked, so the parsed form
 * is returned, never the text.
 */
export function vendorUrl(text: string | undefined, allowLocal: boolean): URL | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.protocol !== 'https:' && !(allowLocal && url.protocol === 'http:')) return undefined
  if (url.username !== '' || url.password !== '') return undefined
  return url
}

/** Adds campaign parameters that the address does not have itself. */
export function withCampaign(url: URL, campaign: Record<string, string>): URL {
  const target = new URL(url)
  for (const [name, value] of Object.entries(campaign))
    if (!target.searchParams.has(name)) target.searchParams.set(name, value)
  return target
}

/** The parameters of a page's address that are carried along to Cvent: `utm_…` and `refid`, short and at most ten. */
export function campaignOf(query: Record<string, unknown>): Record<string, string> {
  const carried = Object.entries(query)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(
      (entry): entry is readonly [string, string] =>
        /^(utm_[a-z_]{1,20}|refid)$/.test(entry[0]) &&
        typeof entry[1] === 'string' &&
        // Letters, digits and marks of every language, spaces and ordinary punctuation; nothing that could end a header.
        /^[\p{L}\p{N}\p{M} _.~:+|,@()/-]{1,100}$/u.test(entry[1]),
    )
  return Object.fromEntries(carried.slice(0, 10))
}
