/** Where the dashboard stands on its server. */
export const BASE = '/dashboard/'

/** The pages of an account, by the word in their address. */
export const PAGES = [
  'overview',
  'events',
  'registration-ipart',
  'account',
  'logs',
  'registrations',
  'users',
  'why',
  'people',
  'audit',
] as const
export type PageName = (typeof PAGES)[number]

/** What an address shows. `id`: what follows the page's name, decoded. */
export type Place =
  | { page: 'accounts' | 'new-account' | 'nowhere' }
  | { page: PageName; account: string; id: string | undefined; query: URLSearchParams }

/** Reads an address; `nowhere` when it is none of ours. */
export function placeOf(url: URL): Place {
  const parts = url.pathname.slice(BASE.length).split('/').filter(Boolean).map(decode)
  const [account, page = 'overview', ...rest] = parts
  if (account === undefined) return { page: 'accounts' }
  if (account === '-') return page === 'new-account' ? { page: 'new-account' } : { page: 'nowhere' }
  const known = PAGES.find((name) => name === page)
  if (!known) return { page: 'nowhere' }
  return { page: known, account, id: rest.join('/') || undefined, query: url.searchParams }
}

function decode(part: string) {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** The address of a page of an account; `query` members that are empty are left out. */
export function href(
  account: string,
  page: PageName,
  id?: string,
  query: Record<string, string | undefined> = {},
): string {
  const path = [account, page, ...(id === undefined ? [] : [id])].map(encodeURIComponent).join('/')
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value) given.set(name, value)
  return `${BASE}${path}${given.size > 0 ? `?${given}` : ''}`
}

/** The address of the page a warning names (`registrations?state=dead`); `setup` is on the account's page. */
export function hrefOfWarning(account: string, page: string): string {
  const target = page === 'setup' ? 'account#setup' : page
  return `${BASE}${encodeURIComponent(account)}/${target}`
}

/** Tells the app that the address changed: event `go`. */
export const addressNews = new EventTarget()

/** Goes to an address of the dashboard without loading the page again. */
export function go(address: string, options: { replace?: boolean } = {}): void {
  if (options.replace) history.replaceState(null, '', address)
  else history.pushState(null, '', address)
  addressNews.dispatchEvent(new Event('go'))
}

/**
 * Changes the filters of the page in place, so that the address can be kept and shared. Only what is not personal may
 * stand there.
 */
export function setQuery(changes: Record<string, string | undefined>): void {
  const url = new URL(location.href)
  for (const [name, value] of Object.entries(changes))
    if (value) url.searchParams.set(name, value)
    else url.searchParams.delete(name)
  go(`${url.pathname}${url.search}`, { replace: true })
}

/** Follows links of the dashboard inside the page; every other link, and a new tab, is the browser's own. */
export function followLinks(root: EventTarget): void {
  root.addEventListener('click', (event) => {
    if (!(event instanceof MouseEvent) || event.defaultPrevented || event.button !== 0) return
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (!link || link.target || link.hasAttribute('download')) return
    const url = new URL(link.href)
    if (url.origin !== location.origin || !url.pathname.startsWith(BASE)) return
    if (url.hash && url.pathname === location.pathname) return
    event.preventDefault()
    go(`${url.pathname}${url.search}${url.hash}`)
  })
}
