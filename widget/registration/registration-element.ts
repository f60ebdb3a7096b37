import { html, LitElement, unsafeCSS, type PropertyValues } from 'lit'
import { HandOffEvent, PhaseEvent, type Phase } from './events.ts'
import css from './registration-element.css?inline'
import { RegistrationQuestion, type Finding, type Wish } from './registration-question.ts'
import { signOnTools } from './sign-on.ts'
import { view, type LinkPress } from './view.ts'
import { wordingOf } from './wording.ts'

/** Stands in the address for an account that is not named: the server takes the only one it has. */
const ONLY_ACCOUNT = '-'

/** How long the server may take to show that it is there. */
const REACH_MS = 5_000

/**
 * Tells whether this member is registered for a Cvent event, may register, or what stands in the way.
 *
 * @tag cvent-registration
 * @slot - What to show without JavaScript, when the server is down and when the element cannot draw itself: a link to the event's page at Cvent.
 * @event {PhaseEvent} cvent-registration:phase - After another phase is shown. Carries `phase` and `eventCode`, nothing personal.
 * @event {HandOffEvent} cvent-registration:hand-off - Before the browser leaves for Cvent. Carries `eventCode`; `preventDefault()` keeps the browser here.
 * @csspart button - The main action: a button or a link that looks like one.
 * @csspart link - A quiet action, and the main action with `display="link"`.
 * @csspart card - The frame with `display="card"`.
 * @csspart title - The event's title on the card.
 * @csspart message - The sentence about the phase.
 * @csspart status - The sentence about a registration that the member has.
 * @cssprop [--cvent-registration-accent=#1a5fb4] - Button and calendar leaf.
 * @cssprop [--cvent-registration-on-accent=#fff] - Text on them.
 * @cssprop [--cvent-registration-radius=0.5em] - Corners.
 * @cssprop --cvent-registration-border - Lines of the card.
 * @cssprop --cvent-registration-background - The card.
 */
export class RegistrationElement extends LitElement {
  static override styles = unsafeCSS(css)

  static override properties = {
    server: {},
    account: {},
    eventCode: { attribute: 'event-code' },
    contentKey: { attribute: 'content-key' },
    contentItemKey: { attribute: 'content-item-key' },
    display: { reflect: true },
    target: {},
    whenSignedOut: { attribute: 'when-signed-out' },
    whenNotEligible: { attribute: 'when-not-eligible' },
    signInPage: { attribute: 'sign-in-page' },
    lang: {},
    found: { state: true },
  }

  /** Address of the registration server. By default the one this script came from. */
  declare server: string | null
  /** Key of the account on the server. By default its only account. */
  declare account: string | null
  /** Cvent's event code, in any case. `?EventCode=` in the page's address wins over it. Without either the element hides itself. */
  declare eventCode: string | null
  /** Filled in by iMIS: with it the element reads the editor's settings. */
  declare contentKey: string | null
  /** Filled in by iMIS: with it the element reads the editor's settings. */
  declare contentItemKey: string | null
  /** A button, a link in the text, or a card with title, dates and place. */
  declare display: 'button' | 'link' | 'card' | null
  /** Where Cvent's page opens. */
  declare target: '_self' | '_blank' | null
  /** What a visitor who is not signed in sees: a sign-in button, or nothing. */
  declare whenSignedOut: 'sign-in' | 'hide' | null
  /** What a member who may not register sees: the sentence, or nothing. */
  declare whenNotEligible: 'message' | 'hide' | null
  /** The account's page with the Single Sign-On item. By default `/CventSignIn`. */
  declare signInPage: string | null
  /** Language of the phrases: en, fr and es are built in, others read English. By default the page's language. */
  declare lang: string
  /** @internal */
  declare found: Finding

  constructor() {
    super()
    this.found = { phase: 'checking', wait: 0 }
  }

  readonly #question = new RegistrationQuestion(this)
  readonly #fallback = document.createElement('slot')
  #announced: Phase | undefined
  #isHidden = false
  #isBroken = false
  #isLeaving = false

  /** The phase a member sees; `checking` too while the element hides itself for want of an event. */
  get phase(): Phase {
    return this.found.phase
  }

  /** @internal */
  wish(): Wish {
    const server = this.server || new URL(import.meta.url).origin
    return {
      place: {
        server: server.replace(/\/+$/, ''),
        account: this.account || ONLY_ACCOUNT,
        page: urlOf(this.signInPage),
      },
      eventCode: this.eventCode ?? '',
      contentKey: this.contentKey,
      contentItemKey: this.contentItemKey,
      display: this.display,
      lang: this.closest<HTMLElement>('[lang]')?.lang || document.documentElement.lang || 'en',
    }
  }

  /** The page's own link shows from the moment there is a shadow root: whatever fails from then on, it is not lost. */
  protected override createRenderRoot(): ShadowRoot {
    const root = this.attachShadow({ mode: 'open' })
    root.append(this.#fallback)
    super.createRenderRoot()
    // Lit would hold on to the slot's place, from which the first drawing takes it away.
    this.renderOptions.renderBefore = null
    return root
  }

  protected override performUpdate(): void {
    try {
      super.performUpdate()
    } catch (error) {
      this.#showFallback(error)
    }
  }

  protected override update(changed: PropertyValues): void {
    const root = this.shadowRoot
    const hadFocus = root?.activeElement
    super.update(changed)
    if (root && hadFocus && !root.activeElement)
      (
        root.querySelector<HTMLElement>('a, button') ??
        root.querySelector<HTMLElement>('[tabindex]')
      )?.focus()
  }

  protected override updated(): void {
    const { phase, isAbsent } = this.found
    if (isAbsent || phase === this.#announced) return
    this.#announced = phase
    this.dispatchEvent(new PhaseEvent(phase, this.#question.eventCode))
  }

  protected override render(): unknown {
    const { shadowRoot, found } = this
    const { settings, phrases, more } = this.#question
    const { phase, state, wait = 0, isAbsent } = found
    const { lang } = this.wish()
    const rule =
      phase === 'signed-out'
        ? this.whenSignedOut || settings.whenSignedOut
        : phase === 'not-eligible' && (this.whenNotEligible || settings.whenNotEligible)
    const isHidden = isAbsent || rule === 'hide'
    if (isHidden !== this.#isHidden) this.hidden = this.#isHidden = isHidden
    this.#fallback.hidden = !this.#isBroken && phase !== 'failed' && wait < 2
    let display = this.display || settings.display
    let facts
    if (display === 'card') {
      if (more && shadowRoot) {
        shadowRoot.adoptedStyleSheets[1] = more.sheet
        facts = phase !== 'failed' && more.facts(html, lang, state)
      } else display = 'button'
    }
    return view({
      ...found,
      words: wordingOf(lang, phrases, settings.phrases, state, more),
      display,
      target: this.target || settings.target,
      facts: facts || '',
      fallback: this.#fallback,
      onRetry: () => this.#question.check(true),
      onSignIn: () =>
        void more?.signIn({ ...this.wish().place, page: urlOf(state?.signIn?.page) }, signOnTools),
      onHandOff: (event) => void this.#leave(event),
    })
  }

  /** Makes sure that the server answers before the browser goes there: its own error page would be a dead end. */
  async #leave(event: LinkPress) {
    if (this.#isLeaving) return
    if (!this.dispatchEvent(new HandOffEvent(this.#question.eventCode)))
      return event.preventDefault()
    const link = event.currentTarget
    const { server } = this.wish().place
    const isOrdinary = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)
    if (!isOrdinary || !link.href.startsWith(server)) return
    event.preventDefault()
    const { ok } = await fetch(`${server}/widget/registration.js`, {
      method: 'HEAD',
      cache: 'no-store',
      signal: AbortSignal.timeout(REACH_MS),
    }).catch(() => Response.error())
    // By the link itself, so that the browser sends what it sends for a press on it.
    this.#isLeaving = ok
    if (ok) link.click()
    else this.found = { phase: 'failed' }
    this.#isLeaving = false
  }

  #showFallback(error: unknown) {
    const fallback = this.#fallback
    fallback.hidden = false
    this.shadowRoot?.append(fallback)
    reportError(error)
    // Failure is the plainest thing to draw. When even that cannot be drawn, only the page's own link is left.
    if (this.found.phase !== 'failed') this.found = { phase: 'failed' }
    else {
      this.#isBroken = true
      this.shadowRoot?.replaceChildren(fallback)
    }
  }
}

/** Against the page itself: a `<base>` is for the page's links. */
const urlOf = (path?: string | null) => new URL(path || '/CventSignIn', location.href).href
