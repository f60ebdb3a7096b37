import type { SignOnMessage } from '../../schemas/registration.ts'
import { clientContext } from './page.ts'

const FRAME_WAIT_MS = 8_000
const FOREIGN_WAIT_MS = 2_000
/** A member token lives fifteen minutes; it is renewed a minute before, by our own clock's differences. */
const TOKEN_USE_MS = 14 * 60_000

/** Which server and account is asked; `page` is the account's single sign-on page. */
export interface Place {
  server: string
  account: string
  page: string
}

interface SignOn {
  page: string
  token: Promise<string | undefined>
  at: number
}

const signOns = new Map<string, SignOn>()

/** Tells every element of the page that a member signed in: event `signed-on`. */
export const signOnNews = new EventTarget()

const keyOf = ({ server, account }: Place) => `${server} ${account}`

/**
 * The member's token, or undefined when iMIS knows nobody here or cannot tell in time. All elements of a page share one
 * sign-on; nothing of it is kept outside this module's memory.
 */
export function memberToken(place: Place): Promise<string | undefined> {
  const known = signOns.get(keyOf(place))
  if (known && performance.now() - known.at < TOKEN_USE_MS) return known.token
  return !known && clientContext().isAnonymous ? Promise.resolve(undefined) : signOnInFrame(place)
}

/** Signs on in a hidden frame on the page's own origin. */
function signOnInFrame(place: Place): Promise<string | undefined> {
  const frame = document.createElement('iframe')
  frame.hidden = true
  frame.title = 'iMIS sign-on'
  frame.src = place.page
  const answer = answerOf(place.server, () => frame.contentWindow, FRAME_WAIT_MS)
  const token = Promise.race([answer, hopeless(frame)]).finally(() => frame.remove())
  remember(place, token)
  document.body.append(frame)
  return token
}

/**
 * Resolves when no answer can come any more: the page is not there, or another site's page (the browser's own "refused to
 * connect" counts as one) has loaded, said nothing, and not led on.
 */
function hopeless(frame: HTMLIFrameElement): Promise<undefined> {
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const give = () => resolve(undefined)
    frame.addEventListener('load', () => {
      clearTimeout(timer)
      const status = statusOf(frame)
      if (status === undefined) timer = setTimeout(give, FOREIGN_WAIT_MS)
      else if (status >= 400) give()
    })
  })
}

/** The HTTP status of a frame's page; undefined when another site's page stands in it. */
function statusOf({ contentWindow }: HTMLIFrameElement) {
  try {
    // A document has one navigation entry, by the platform's definition.
    const [entry] = (contentWindow?.performance.getEntriesByType('navigation') ??
      []) as PerformanceNavigationTiming[]
    return entry?.responseStatus ?? 0
  } catch {
    return undefined
  }
}

function remember(place: Place, token: Promise<string | undefined>) {
  signOns.set(keyOf(place), { page: place.page, token, at: performance.now() })
}

/** Forgets a token the server refused: the next question signs on again. */
export function forgetMember(place: Place): void {
  signOns.delete(keyOf(place))
}

/** Signs on by the page the server names, when another page was tried in vain. */
export function memberTokenBy(place: Place, page: string): Promise<string | undefined> {
  if (signOns.get(keyOf(place))?.page !== page) forgetMember(place)
  return memberToken({ ...place, page })
}

/**
 * Opens the sign-on page by the member's own press: in a window, or, where the browser allows none, in place of this
 * page. When it brings a token every element of the page hears of it. A guest is shown there that signing in comes first;
 * when that person comes back to this page, the sign-on is tried once more.
 */
export async function signIn(place: Place): Promise<void> {
  const theirs = open(place.page, 'cvent-registration-sign-in', 'popup,width=520,height=680')
  if (!theirs) return location.assign(place.page)
  const token = await answerOf(place.server, () => theirs)
  if (token) {
    theirs.close()
    remember(place, Promise.resolve(token))
    signOnNews.dispatchEvent(new Event('signed-on'))
  } else {
    const again = async () => {
      if (await signOnInFrame(place)) signOnNews.dispatchEvent(new Event('signed-on'))
    }
    addEventListener('focus', () => void again(), { once: true })
  }
}

/** Waits for the sign-on message of that window and no other, sent from the server's own origin. */
function answerOf(server: string, theirs: () => Window | null, waitMs?: number) {
  return new Promise<string | undefined>((resolve) => {
    const done = (token?: string) => {
      removeEventListener('message', hear)
      resolve(token)
    }
    const hear = ({ source, origin, data }: MessageEvent<Partial<SignOnMessage> | null>) => {
      if (source !== theirs() || origin !== new URL(server).origin) return
      if (data?.type === 'cvent-registration:member') done(data.token)
      else if (data?.type?.startsWith('cvent-registration:')) done()
    }
    addEventListener('message', hear)
    if (waitMs) setTimeout(done, waitMs)
  })
}
