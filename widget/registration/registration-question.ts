import type { ReactiveController, ReactiveControllerHost } from 'lit'
import type { AnsweredPhase, RegistrationState } from '../../schemas/registration.ts'
import type { EditorSettings } from './editor-settings.ts'
import type * as More from './more.ts'
import { addressOfPage, clientContext } from './page.ts'
import { phrasesFor } from './phrases.ts'
import type { Phrases } from './phrases/en.ts'
import { member } from './phrases/member.ts'
import { registrationState } from './registration-state.ts'
import { forgetNobody, forgetUnlessKept, memberOf, SIGNED_ON, type Place } from './sign-on.ts'

/** The ticket in the answer lives five minutes; a new one is fetched a minute before. */
const FRESH_MS = 4 * 60_000
const TICKET_MS = 5 * 60_000

/** Elements that ask again within this long of each other share one question. */
const NEAR_MS = 1000

/** After this long without an answer the member reads words, and then the page's own link. */
const WORDS_MS = 2_000
const LINK_MS = 8_000

/** What may have changed the member's state: coming back to the page, the network's return, a sign-in. */
const NEWS = ['visibilitychange', 'pageshow', 'online', SIGNED_ON]

/** The phases that need no more than the main script. */
const PLAIN = ['eligible', 'registered', 'not-eligible']

/** What is known. `isAbsent`: there is nothing to say here, and the element hides itself. */
export type Finding =
  | { phase: 'checking'; wait?: number; isAbsent?: boolean; state?: undefined; notice?: undefined }
  | {
      phase: 'failed'
      wait?: undefined
      isAbsent?: undefined
      state?: undefined
      notice?: undefined
    }
  | {
      phase: AnsweredPhase
      wait?: undefined
      isAbsent?: undefined
      state: RegistrationState
      notice: string | undefined
    }

const ABSENT: Finding = { phase: 'checking', isAbsent: true }

/** What the element wants to know, from its attributes. */
export interface Wish {
  place: Place
  eventCode: string
  contentKey: string | null
  contentItemKey: string | null
  display: string | null
  lang: string
}

/** The element, as the question sees it. */
export interface Asker extends ReactiveControllerHost {
  wish(): Wish
  found: Finding
}

/**
 * The element's question to the server: asked when the element comes onto the page, when its attributes ask for something
 * else, and when something may have changed. A later question makes an earlier one's answer void.
 */
export class RegistrationQuestion implements ReactiveController {
  settings: EditorSettings = {}
  phrases: Partial<Phrases> = member
  more: typeof More | undefined
  readonly #host: Asker
  #asked = ''
  #asking = new AbortController()
  #answeredAt = 0
  #timers: ReturnType<typeof setTimeout>[] = []

  constructor(host: Asker) {
    this.#host = host
    host.addController(this)
  }

  /** The event that is asked about: the page's address wins over the attribute, and that over the editor's choice. */
  get eventCode(): string {
    return (
      addressOfPage().eventCode ||
      this.#host.wish().eventCode.trim() ||
      this.settings.eventCode?.trim() ||
      ''
    )
  }

  hostConnected(): void {
    this.check()
    for (const type of NEWS) addEventListener(type, this)
  }

  hostDisconnected(): void {
    for (const type of NEWS) removeEventListener(type, this)
    this.#asking.abort()
    this.#stopTimers()
  }

  /** Asks anew when the attributes ask for something else than before. */
  hostUpdate(): void {
    if (this.#asked !== JSON.stringify(this.#host.wish())) this.check()
    else if (this.#host.wish().display === 'card' && !this.more) void this.#loadMore()
  }

  /** Asks as for the first time. `again`: by the member's press, which repeats a sign-on that failed too. */
  check(again = false): void {
    this.#stopTimers()
    this.#host.found = { phase: 'checking', wait: 0 }
    const wait = (wait: number, ms: number) =>
      setTimeout(() => {
        if (this.#host.found.phase === 'checking') this.#host.found = { phase: 'checking', wait }
      }, ms)
    void this.#ask(0, again)
    this.#timers.push(wait(1, WORDS_MS), wait(2, LINK_MS))
  }

  /** Asks again, and shows what it showed until the answer comes. */
  handleEvent(event: Event): void {
    if (this.#host.found.isAbsent || document.hidden) return
    if (event instanceof PageTransitionEvent) {
      if (!event.persisted) return
      forgetUnlessKept(this.#host.wish().place)
    }
    // Coming back by the back button is two events; a sign-in must not share a question asked before it.
    void this.#ask(
      event.type === SIGNED_ON ? event.timeStamp : event.timeStamp - NEAR_MS,
      event.type === 'online',
    )
  }

  /** Asks and gives the answer to the element; what is shown stays until then. */
  async #ask(since: number, again = false) {
    let signal: AbortSignal | undefined
    // Whatever throws, a page's own broken built-ins too, ends in the phase that shows the fallback link.
    try {
      const wish = this.#host.wish()
      this.#asked = JSON.stringify(wish)
      this.#asking.abort()
      signal = (this.#asking = new AbortController()).signal
      const { place, contentKey, contentItemKey } = wish
      if (again) await forgetNobody(place)
      // Side by side: who the member is, what the editor chose, and the words.
      const words = this.#loadWords(wish.lang, signal)
      if (contentKey && contentItemKey) {
        memberOf(place).catch(() => undefined)
        this.settings = await (
          await import('./editor-settings.ts')
        ).editorSettings(contentKey, contentItemKey, clientContext().baseUrl)
      }
      if (signal.aborted) return
      const code = this.eventCode
      if (!code) {
        this.#host.found = ABSENT
        return
      }
      const isCard = (wish.display || this.settings.display) === 'card'
      const [{ state, notice }] = await Promise.all([
        registrationState(place, code, since, signal),
        words,
        (isCard || clientContext().isAnonymous) && this.#loadMore(),
      ])
      const isPlain = !state || (PLAIN.includes(state.phase) && !state.signIn)
      if (!isPlain) await this.#loadMore()
      if (signal.aborted) return
      if (!isPlain && !this.more) throw new Error('no more.ts')
      this.#host.found = state ? { phase: state.phase, state, notice } : ABSENT
      this.#answeredAt = performance.now()
      this.#stopTimers()
      if (state?.href)
        this.#timers.push(
          setTimeout(() => {
            if (!document.hidden) void this.#ask(performance.now() - NEAR_MS)
          }, FRESH_MS),
        )
    } catch {
      const isFresh = this.#host.found.state && performance.now() - this.#answeredAt < TICKET_MS
      if (!signal?.aborted && !isFresh) this.#host.found = { phase: 'failed' }
    }
  }

  async #loadWords(lang: string, signal: AbortSignal) {
    const phrases = await phrasesFor(lang)
    if (signal.aborted || phrases === this.phrases) return
    this.phrases = phrases
    this.#host.requestUpdate()
  }

  /** Without it a card shows its button: the member can register all the same. */
  async #loadMore() {
    try {
      this.more ??= await import('./more.ts')
      this.#host.requestUpdate()
    } catch {
      // Asked for again with the next question.
    }
  }

  #stopTimers() {
    for (const timer of this.#timers.splice(0)) clearTimeout(timer)
  }
}
