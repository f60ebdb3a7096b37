import type { SignOnMessage } from '../../../schemas/registration.ts'
import type { Signed } from '../../secrets/tokens.ts'
import { escapeHtml, forScript, makePage, type Page } from '../pages/page.ts'
import { sentence, words, type Language, type SentenceName } from '../pages/sentences.ts'
import type { SignOn } from './sign-on.ts'

const SENTENCE: Record<SignOn['outcome'], SentenceName> = {
  member: 'signedIn',
  guest: 'guest',
  disabled: 'disabled',
  refused: 'signOnFailed',
  unavailable: 'signOnFailed',
}

/**
 * When an opened window closes itself, in ms. Not at once: a message whose sender is gone when it is delivered has no
 * `source`, and the opener, which believes no other window, would not take it.
 */
const CLOSE_MS = 5000

/**
 * The page that ends a sign-on. Its script posts one message to the window that framed or opened it, once for each origin
 * that may have it; a browser delivers only the one whose origin is exactly that window's. An opened window is closed by who
 * opened it, or closes itself a little later.
 */
export function signOnPage(options: {
  lang: Language
  outcome: SignOn['outcome']
  token: Signed | undefined
  origins: string[]
  ownOrigin: string
}): Page {
  const { lang, token } = options
  const [title, text] = sentence(SENTENCE[options.outcome], lang)
  const message: SignOnMessage =
    options.outcome === 'member' && token
      ? {
          type: 'cvent-registration:member',
          token: token.token,
          expiresAt: new Date(token.expiresAt).toISOString(),
        }
      : options.outcome === 'disabled'
        ? { type: 'cvent-registration:disabled', message: text }
        : {
            type:
              options.outcome === 'guest'
                ? 'cvent-registration:guest'
                : 'cvent-registration:failed',
          }
  const targets = [...new Set([...options.origins, options.ownOrigin])]
  const back = options.origins[0]
  return makePage({
    lang,
    title,
    body:
      `<p role="status">${escapeHtml(text)}</p>` +
      (back ? `<p><a href="${escapeHtml(`${back}/`)}">${words(lang).back}</a></p>` : ''),
    script:
      `const m=${forScript(message)},w=parent!==self?parent:opener;` +
      // Who frames the page is known in most browsers, and a message to others is a warning in the console.
      `const f=location.ancestorOrigins?.[0];` +
      `if(w){for(const o of ${forScript(targets)})if(!f||f==='null'||o===f)w.postMessage(m,o);` +
      `if(parent===self&&m.type==='cvent-registration:member')setTimeout(close,${CLOSE_MS})}`,
    frameAncestors: targets,
  })
}
