import { editorSettings, type EditorSettings } from './editor-settings.ts'
import { HandOffEvent, PhaseEvent, type Phase } from './events.ts'
import { addressOfPage } from './page.ts'
import { phrasesFor } from './phrases.ts'
import { en, type Phrases } from './phrases/en.ts'
import css from './registration-element.css?inline'
import { registrationState, type Answer } from './registration-state.ts'
import { signIn, signOnNews, type Place } from './sign-on.ts'
import { show } from './tree.ts'
import { view, type Act } from './view.ts'
import { wordingOf } from './wording.ts'

/** The ticket in the answer lives five minutes; a new one is fetched a minute before. */
const FRESH_MS = 4 * 60_000
const TICKET_MS = 5 * 60_000

/** Stands in the address for an account that is not named: the server takes the only one it has. */
const ONLY_ACCOUNT = '-'

/** Attributes that only change how the answer is shown; the others change what is asked. */
const LOOKS = ['display', 'target', 'when-signed-out', 'when-not-eligible']

const styles = new CSSStyleSheet()
styles.replaceSync(css)

/** What is known. `absent`: there is nothing to say here, and the element hides itself. */
type Finding =
  | { name: 'checking' | 'failed' | 'absent' }
  | { name: 'answered'; state: NonNullable<Answer['state']>; at: number }

/**
 * `<cvent-registration>`: whether this member is registered for a Cvent event, may register, or what stands in the way.
 *
 * Attributes: `server`, `account`, `event-code`, `content-key`, `content-item-key`, `display` (button, link, card),
 * `target`, `when-signed-out` (sign-in, hide), `when-not-eligible` (message, hide), `lang`, `sign-in-page`.
 * Slot: what to show without JavaScript and when the server is down. Parts: button, link, card, title, message, status.
 * Custom properties: `--cvent-registration-accent`, `-on-accent`, `-radius`, `-background`, `-border`.
 * Events: `cvent-registration:phase`, and `cvent-registration:hand-off`, which can be cancelled.
 *
 * Without a library: with Lit it would be twice the size, and Lit needs a Trusted Types policy that a strict page refuses.
 */
export class RegistrationElement extends HTMLElement {
  static observedAttributes = [
    ...LOOKS,
    'server',
    'account',
    'event-code',
    'content-key',
    'content-item-key',
    'sign-in-page',
    'lang',
  ]

  #finding: Finding = { name: 'checking' }
  #settings: EditorSettings = {}
  #phrases: Phrases = en
  #asking = new AbortController()
  #timer: ReturnType<typeof setTimeout> | undefined
  #announced: Phase | undefined
  #isHidden = false

  constructor() {
    super()
    const root = this.attachShadow({ mode: 'open' })
    root.adoptedStyleSheets = [styles]
    root.addEventListener('click', (event) => {
      this.#press(event)
    })
  }

  /** The phase a member sees; `checking` too while the element hides itself for want of an event. */
  get phase(): Phase {
    const finding = this.#finding
    if (finding.name === 'answered') return finding.state.phase
    return finding.name === 'failed' ? 'failed' : 'checking'
  }

  connectedCallback(): void {
    document.addEventListener('visibilitychange', this)
    addEventListener('pageshow', this)
    addEventListener('online', this)
    signOnNews.addEventListener('signed-on', this)
    this.#check()
  }

  disconnectedCallback(): void {
    document.removeEventListener('visibilitychange', this)
    removeEventListener('pageshow', this)
    removeEventListener('online', this)
    signOnNews.removeEventListener('signed-on', this)
    this.#asking.abort()
    clearTimeout(this.#timer)
  }

  attributeChangedCallback(name: string): void {
    if (!this.isConnected || !this.#announced) return
    if (LOOKS.includes(name)) this.#render()
    else this.#check()
  }

  /** What may have changed the member's state: coming back to the page, the network's return, a sign-in. */
  handleEvent(event: Event): void {
    if (this.#finding.name === 'absent' || document.hidden) return
    if (event instanceof PageTransitionEvent && !event.persisted) return
    // Coming back by the back button is two events; a sign-in must not share a question asked before it.
    void this.#ask(event.type === 'signed-on' ? event.timeStamp : event.timeStamp - 1000)
  }

  get #code() {
    return (
      addressOfPage().eventCode || this.getAttribute('event-code') || this.#settings.eventCode || ''
    )
  }

  get #lang() {
    return this.closest<HTMLElement>('[lang]')?.lang || document.documentElement.lang || 'en'
  }

  get #place(): Place {
    const server = this.getAttribute('server') || new URL(import.meta.url).origin
    return {
      server: server.replace(/\/+$/, ''),
      account: this.getAttribute('account') || ONLY_ACCOUNT,
      page: this.getAttribute('sign-in-page') || '/CventSignIn',
    }
  }

  #check() {
    this.#find({ name: 'checking' })
    void this.#ask(0)
  }

  /** Asks and shows the answer; what is shown stays until then. A later question makes this one's answer void. */
  async #ask(since: number) {
    this.#asking.abort()
    clearTimeout(this.#timer)
    const { signal } = (this.#asking = new AbortController())
    try {
      const [settings, phrases] = await Promise.all([
        editorSettings(this.getAttribute('content-key'), this.getAttribute('content-item-key')),
        phrasesFor(this.#lang),
      ])
      if (signal.aborted) return
      this.#settings = settings
      this.#phrases = phrases
      if (!this.#code) return this.#find({ name: 'absent' })
      const { state, at } = await registrationState(this.#place, this.#code, since, signal)
      if (signal.aborted) return
      this.#find(state ? { name: 'answered', state, at } : { name: 'absent' })
      if (state?.href)
        this.#timer = setTimeout(() => {
          if (!document.hidden) void this.#ask(at + 1)
        }, FRESH_MS)
    } catch {
      const was = this.#finding
      if (signal.aborted || (was.name === 'answered' && performance.now() - was.at < TICKET_MS))
        return
      this.#find({ name: 'failed' })
    }
  }

  #press(event: Event) {
    const { target } = event
    const pressed = target instanceof Element && target.closest('[data-act]')
    // The view writes these names and no others.
    const act = pressed ? (pressed.getAttribute('data-act') as Act) : undefined
    const finding = this.#finding
    if (act === 'hand-off' && !this.dispatchEvent(new HandOffEvent(this.#code)))
      event.preventDefault()
    if (act === 'retry') this.#check()
    const page = finding.name === 'answered' && finding.state.signIn?.page
    if (act === 'sign-in' && page) void signIn({ ...this.#place, page })
  }

  #find(finding: Finding) {
    this.#finding = finding
    this.#render()
    const { phase } = this
    if (finding.name === 'absent' || phase === this.#announced) return
    this.#announced = phase
    this.dispatchEvent(new PhaseEvent(phase, this.#code))
  }

  #render() {
    const { phase, shadowRoot } = this
    if (!shadowRoot) return
    const finding = this.#finding
    const settings = this.#settings
    const lang = this.#lang
    const state = finding.name === 'answered' ? finding.state : undefined
    const isHidden =
      finding.name === 'absent' ||
      (phase === 'signed-out' &&
        (this.getAttribute('when-signed-out') || settings.whenSignedOut) === 'hide') ||
      (phase === 'not-eligible' &&
        (this.getAttribute('when-not-eligible') || settings.whenNotEligible) === 'hide')
    if (isHidden !== this.#isHidden) this.hidden = this.#isHidden = isHidden
    const hadFocus = shadowRoot.activeElement
    show(shadowRoot, [
      view({
        phase,
        state,
        lang,
        words: wordingOf(lang, this.#phrases, settings.phrases, state),
        display: this.getAttribute('display') || settings.display,
        target: this.getAttribute('target') || settings.target,
      }),
    ])
    if (!hadFocus || shadowRoot.activeElement) return
    const next =
      shadowRoot.querySelector<HTMLElement>('a, button') ??
      shadowRoot.querySelector<HTMLElement>('[role=status]')
    next?.focus()
  }
}
