import type { ImisState, SiteSettings } from './state.ts'

/** What every topic of the sandbox is handed: the memory, the clock (milliseconds), and where the neighbours are. */
export interface World {
  state: ImisState
  now: () => number
  /** The site's own time without an offset, `YYYY-MM-DDTHH:mm:ss`. */
  siteTime(at?: number): string
  site: Neighbours
}

/** The addresses a page needs; all may change while the sandbox runs. No trailing slashes. */
export interface Neighbours {
  /** The registration server: the element's script, and the login redirect URL of single sign-on. */
  serverUrl: string
  /** The account key that the element and the login redirect URL carry. */
  account: string
  /** Where the fallback link inside the element leads. */
  cventUrl: string
}

/** The folder above `/api` and `/token`: empty on EMS, the scheduler site on 2017. */
export const apiFolder = ({ edition }: Pick<SiteSettings, 'edition'>) =>
  edition === '2017' ? '/Asi.Scheduler_IMIS' : ''

/** A clock that tells milliseconds in the words of a site in `timeZone`. */
export function siteClock(now: () => number, timeZone: string) {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  })
  return (at = now()) => format.format(at).replace(' ', 'T')
}
