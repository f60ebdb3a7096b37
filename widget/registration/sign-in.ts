import type { Place, signOnTools } from './sign-on.ts'

/**
 * Opens the sign-on page by the member's own press: in a window, or, where the browser allows none, in place of this
 * page. When it brings a token every element of the page hears of it. A guest is shown there that signing in comes first;
 * when that person comes back to this page, the sign-on is tried once more.
 */
export async function signIn(place: Place, tools: typeof signOnTools): Promise<void> {
  const { answerOf, signOnInFrame, remember, tell } = tools
  const theirs = open(place.page, 'cvent-registration-sign-in', 'popup,width=520,height=680')
  if (!theirs) return location.assign(place.page)
  const member = await answerOf(place.server, () => theirs)
  if (member.token || member.notice) {
    await remember(place, Promise.resolve(member))
    tell()
  }
  if (member.token) return theirs.close()
  const again = async () => {
    const { token, notice } = await signOnInFrame(place)
    if (token || notice) tell()
  }
  addEventListener('focus', () => void again(), { once: true })
}
