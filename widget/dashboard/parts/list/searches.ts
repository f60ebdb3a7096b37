/**
 * What was typed into the searches of this page: names, e-mail addresses, iMIS IDs. It stays in memory, so that coming back
 * to a list finds it again, and never goes into an address.
 */
const typedSearches = new Map<string, string>()

/** The search of a list, `''` when there is none. */
export function searchOf(list: string): string {
  return typedSearches.get(list) ?? ''
}

/** Keeps the search of a list for as long as the page is open. */
export function keepSearch(list: string, text: string): void {
  typedSearches.set(list, text)
}
