/** How the element looks on a page; each is an attribute, left out where it is the default. */
export interface IpartLook {
  display: string
  target: string
  whenSignedOut: string
  whenNotEligible: string
  lang: string
}

/** The HTML for an iMIS page. The server's values are of a closed alphabet; they are escaped all the same. */
export function snippetOf(props: {
  server: string
  account: string
  eventCode: string
  signInPage: string
  /** The event's own page at Cvent; null while it is not known. */
  registrationUrl: string | null
  look: IpartLook
}): string {
  const { server, account, eventCode, signInPage, registrationUrl, look } = props
  const attributes = [
    ['server', server],
    ['account', account],
    ['event-code', eventCode],
    ...(look.display === 'button' ? [] : [['display', look.display]]),
    ...(look.target === '_self' ? [] : [['target', look.target]]),
    ...(look.whenSignedOut === 'sign-in' ? [] : [['when-signed-out', look.whenSignedOut]]),
    ...(look.whenNotEligible === 'message' ? [] : [['when-not-eligible', look.whenNotEligible]]),
    ...(look.lang === '' ? [] : [['lang', look.lang]]),
    ...(signInPage === '/CventSignIn' ? [] : [['sign-in-page', signInPage]]),
  ].map(([name = '', value = '']) => `${name}="${escaped(value)}"`)
  return `<cvent-registration ${attributes.join(' ')}>
  <a href="${escaped(registrationUrl ?? 'https://web.cvent.com/event/…')}">Register at Cvent</a>
</cvent-registration>
<script type="module" src="${escaped(server)}/widget/registration.js"></script>`
}

function escaped(text: string) {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}
