import { partyOfPage } from './page.ts'

// The next page of this tab need not sign on again: docs/decisions/0001-token-in-the-tab.md has the reasons and the limits.

/**
 * Keeps a member's token for the next pages of this tab, bound to the party that the page names; `until` is on the wall
 * clock, ms. Call it only after the server has said that the token is that party's.
 */
export function keepToken(name: string, token: string, until: number): void {
  try {
    // Plain text instead of JSON: old page libraries give strings a `toJSON` of their own.
    sessionStorage.setItem(name, `${partyOfPage()}\n${until}\n${token}`)
  } catch {
    // A browser that keeps nothing for this site: the next page signs on as the first did.
  }
}

/**
 * The token kept in this tab, when the page names the party it was kept for and it still lives; else what was kept is
 * dropped: somebody signed out, or somebody else signed in.
 */
export function keptToken(name: string): { token: string; until: number } | undefined {
  try {
    const [party, until, token] = (sessionStorage.getItem(name) ?? '').split('\n')
    if (party && token && party === partyOfPage() && Number(until) > Date.now())
      return { token, until: Number(until) }
  } catch {
    // As above.
  }
  dropToken(name)
  return undefined
}

/** Drops what was kept in this tab. */
export function dropToken(name: string): void {
  try {
    sessionStorage.removeItem(name)
  } catch {
    // As above.
  }
}
