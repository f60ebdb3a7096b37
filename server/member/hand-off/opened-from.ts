import type { IncomingHttpHeaders } from 'node:http'

/**
 * Whether the browser came from a page that may open a hand-off: one of the account's origins, or a page of ours. Browsers do
 * not let a page say this of itself, but a page may keep it silent, and so does a link in an e-mail: silence is foreign.
 */
export function isOpenedFrom(
  { referer, 'sec-fetch-site': site }: IncomingHttpHeaders,
  { origins, ownOrigin }: { origins: readonly string[]; ownOrigin: string },
): boolean {
  // Our own pages send no Referer; a browser too old to say where it comes from asks once more.
  if (site === 'same-origin') return true
  if (site === 'none' || referer === undefined || !URL.canParse(referer)) return false
  const { origin } = new URL(referer)
  return origin === ownOrigin || origins.includes(origin)
}

/** Whether a form was sent by a page of ours: the browser says so in `Origin` or `Sec-Fetch-Site`, which no page can set. */
export function isSentByUs(
  { origin, 'sec-fetch-site': site }: IncomingHttpHeaders,
  ownOrigin: string,
) {
  if (site !== undefined && site !== 'same-origin') return false
  return origin === ownOrigin || (origin === undefined && site === 'same-origin')
}
