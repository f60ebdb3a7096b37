import { html, nothing } from 'lit'
import type { RegistrationState } from '../../schemas/registration.ts'
import type { Phase } from './events.ts'
import type { PhraseName } from './phrases/en.ts'
import type { Wording } from './wording.ts'

/** A press on the link that leads to Cvent. */
export type LinkPress = MouseEvent & { currentTarget: HTMLAnchorElement }

/** What the element shows. */
export interface Shown {
  phase: Phase
  state?: RegistrationState | undefined
  words: Wording
  display: string | undefined
  target: string | undefined
  /** In phase `checking`: 1 when it is time for words, 2 when it is time for the fallback link. */
  wait?: number | undefined
  /** What the server says to a person who may not sign in. */
  notice?: string | undefined
  /** What the card shows of the event. */
  facts?: unknown
  /** The slot with the page's own link. */
  fallback?: Node
  onRetry?: () => void
  onSignIn?: () => void
  onHandOff?: (event: LinkPress) => void
}

/** The element's whole tree. The live region is the same node in every phase and display. */
export function view(shown: Shown): unknown {
  const { phase, state, words, display = 'button', wait = 0, notice } = shown
  const isCard = display === 'card'
  const isUnseen =
    phase === 'checking'
      ? !wait
      : !isCard && !notice && (phase === 'eligible' || phase === 'signed-out')
  return html`<div class="${display} ${phase}" part=${isCard ? 'card' : nothing}>
    ${shown.facts}
    <div class="foot">
      <p
        role="status"
        tabindex="-1"
        part=${state?.registration ? 'status' : 'message'}
        class=${isUnseen ? 'unseen' : 'seen'}
      >
        ${wait > 1 ? words.phrase('slow') : notice || words.sentence(phase)}
        <span>${words.detail()}</span>
      </p>
      ${actions(shown)} ${shown.fallback}
    </div>
  </div>`
}

/** What can be done: first what the phase is about, then the quiet ways on. */
function actions({ phase, state, words, display, target, onRetry, onSignIn, onHandOff }: Shown) {
  const main = display === 'link' ? 'link' : 'button'
  const button = (
    name: PhraseName,
    part: string,
    press?: () => void,
    text = words.phrase(name),
    label = words.name(text),
  ) => html`<button type="button" part=${part} aria-label=${label} @click=${press}>${text}</button>`
  const link = (
    name: PhraseName,
    part: string,
    href?: string | null,
    press?: (event: LinkPress) => void,
    text = words.phrase(name),
  ) =>
    href &&
    html`<a
      part=${part}
      href=${href}
      target=${target || '_self'}
      referrerpolicy="origin"
      aria-label=${words.name(text, target)}
      @click=${press}
      >${text}</a
    >`
  if (phase === 'checking')
    return html`<span part=${main} class="bone" aria-hidden="true"
      >${words.phrase('register')}</span
    >`
  if (!state) return button('retry', 'link', onRetry)
  const { href, registration, profileHref, signIn } = state
  return [
    link(phase === 'full' ? 'joinWaitingList' : 'register', main, href, onHandOff),
    link(registration?.hrefKind === 'own' ? 'view' : 'viewEvent', 'link', registration?.href),
    link('profile', main, profileHref),
    signIn &&
      (phase === 'signed-out'
        ? button('signIn', main, onSignIn)
        : button('signInAgain', 'link', onSignIn)),
  ]
}
