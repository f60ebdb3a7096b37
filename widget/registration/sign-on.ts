import type { SignOnMessage } from '../../schemas/registration.ts'
import { dropToken, keepToken, keptToken } from './member-store.ts'
import { clientContext, partyOfPage } from './page.ts'

const FRAME_WAIT_MS = 8_000
const TROUBLE_MS = 1_000
/** A member token lives fifteen minutes; it is renewed one minute early, to allow for clock skew. */
const TOKEN_USE_MS = 14 * 60_000

/** Tells every element of the page that a member signed in. Page scripts may hear it: it says nothing of the member. */
export const SIGNED_ON = 'cvent-registration:signed-on'

/** Which server and account is asked; `page` is the address of the account's single sign-on page. */
export interface Place {
  server: string
  account: string
  page: string
}

/** How a sign-on ended. `notice`: iMIS knows the person, who may not sign in; the server's sentence says why. */
export interface Member {
  token?: string | undefined
  notice?: string | undefined
}

/** Any of the sign-on page's messages: only a member's has a token, only that about a disabled user a sentence. */
type Said = Pick<SignOnMessage, 'type'> & { token?: string; message?: string }

interface SignOn {
  member: Promise<Member>
  /** Wall clock, ms. */
  until: number
}

const signOns = new Map<string, SignOn>()

const keyOf = (place: Place) => `cvent-registration ${place.server} ${place.account} ${place.page}`

/**
 * Who the member is; without a token when iMIS knows nobody here or cannot tell in time. All elements of a page share one
 * sign-on, and the next pages of the tab too, as long as they name the same party.
 */
export async function memberOf(place: Place): Promise<Member> {
  const known = signOns.get(keyOf(place))
  if (known && known.until > Date.now()) return known.member
  const kept = known ? undefined : keptToken(keyOf(place))
  if (kept) return remember(place, Promise.resolve(kept), kept.until)
  return !known && clientContext().isAnonymous ? {} : signOnInFrame(place)
}

/** Lets the next pages of the tab use the token, once the server has said in `imisId` whose it is. */
export function keepMember(place: Place, token: string, imisId: string | null): void {
  const known = signOns.get(keyOf(place))
  if (known && imisId && imisId === partyOfPage()) keepToken(keyOf(place), token, known.until)
}

/** Forgets a token that the server refused, in the tab too: the next question signs on again. */
export function forgetMember(place: Place): void {
  signOns.delete(keyOf(place))
  dropToken(keyOf(place))
}

/** Forgets a sign-on that brought no token, so that the next question repeats it. */
export async function forgetNobody(place: Place): Promise<void> {
  const known = signOns.get(keyOf(place))
  if (known && !(await known.member).token && signOns.get(keyOf(place)) === known)
    signOns.delete(keyOf(place))
}

/** Forgets the member when this tab keeps no token of theirs: after the back button somebody else may be here. */
export function forgetUnlessKept(place: Place): void {
  if (!keptToken(keyOf(place))) signOns.delete(keyOf(place))
}

/** Makes a sign-on the one that every element of the page uses. */
function remember(place: Place, member: Promise<Member>, until = Date.now() + TOKEN_USE_MS) {
  signOns.set(keyOf(place), { member, until })
  return member
}

/** Signs on in a hidden frame on the page's own origin. */
function signOnInFrame(place: Place): Promise<Member> {
  const frame = document.createElement('iframe')
  frame.hidden = true
  frame.title = 'iMIS sign-on'
  frame.src = place.page
  const answer = answerOf(place.server, () => frame.contentWindow, FRAME_WAIT_MS)
  const member = Promise.race([answer, hopeless(frame)]).finally(() => frame.remove())
  document.body.append(frame)
  return remember(place, member)
}

/** Resolves when no answer can come any more; what knows that is loaded only when an answer is slow to come. */
async function hopeless(frame: HTMLIFrameElement): Promise<Member> {
  try {
    await new Promise((resolve) => setTimeout(resolve, TROUBLE_MS))
    if (frame.isConnected) await (await import('./more.ts')).hopeless(frame)
  } catch {
    // Then the frame is waited for as long as any.
    await new Promise(() => undefined)
  }
  return {}
}

/** The page's sign-on, as far as signing in by a press needs it. */
export const signOnTools = {
  answerOf,
  signOnInFrame,
  remember,
  tell: () => dispatchEvent(new Event(SIGNED_ON)),
}

/** Waits for the sign-on message of that window and no other, sent from the server's own origin. */
function answerOf(server: string, theirs: () => Window | null, waitMs?: number): Promise<Member> {
  return new Promise((resolve) => {
    const done = (member: Member) => {
      removeEventListener('message', hear)
      resolve(member)
    }
    const hear = ({ source, origin, data }: MessageEvent<Said | null>) => {
      if (
        source === theirs() &&
        origin === new URL(server).origin &&
        data?.type?.startsWith('cvent-registration:')
      )
        done({ token: data.token, notice: data.message })
    }
    addEventListener('message', hear)
    if (waitMs) setTimeout(done, waitMs, {})
  })
}
