import { html, LitElement, render, unsafeCSS, type PropertyValues } from 'lit'
import type { ListedEvent } from '../../schemas/registration.ts'
import { dateFormat } from '../registration/dates.ts'
import * as more from '../registration/more.ts'
import type { Phase } from '../registration/events.ts'
import { stateOf } from '../registration/gallery-states.ts'
import { en, type PhraseName } from '../registration/phrases/en.ts'
import registrationCss from '../registration/registration-element.css?inline'
import { view } from '../registration/view.ts'
import { wordingOf } from '../registration/wording.ts'
import { styles } from './settings-element.styles.ts'
import { readChoice, writeChoice, type Choice } from './settings-store.ts'

const LIST_WAIT_MS = 5_000

/** Who the preview is drawn for. */
const READERS: [Phase, string][] = [
  ['eligible', 'somebody who may register'],
  ['signed-out', 'somebody who is not signed in'],
  ['not-eligible', 'somebody who may not register'],
  ['registered', 'somebody who is registered'],
  ['details-missing', 'somebody whose record lacks an e-mail address'],
  ['full', 'everybody, when the event is full'],
]

const TEXTS: [PhraseName, string][] = [
  ['register', 'Register button'],
  ['signIn', 'Sign-in button'],
  ['view', 'Link to view or change'],
  ['notEligible', 'Sentence when not eligible'],
]

/** The events of the account, or why they are not known. */
type Listing =
  { name: 'asking' } | { name: 'unreachable' } | { name: 'listed'; events: ListedEvent[] }

/**
 * `<cvent-registration-settings>`: what an editor sets for one placement of the iPart, inside the page builder's Configure
 * dialog. It writes every change to `#JsonSettings` at once; the dialog's own Save keeps it.
 *
 * Attributes: `server`, `account`.
 */
export class SettingsElement extends LitElement {
  static override styles = styles

  static override properties = {
    server: {},
    account: {},
    choice: { state: true },
    listing: { state: true },
    reader: { state: true },
  }

  declare server: string | null
  declare account: string | null
  declare private choice: Choice
  declare private listing: Listing
  declare private reader: Phase

  constructor() {
    super()
    this.choice = readChoice()
    this.listing = { name: 'asking' }
    this.reader = 'eligible'
  }

  override connectedCallback(): void {
    super.connectedCallback()
    void this.#list()
  }

  async #list() {
    try {
      const url = `${this.server ?? ''}/v1/${encodeURIComponent(this.account ?? '')}/events`
      const response = await fetch(url, {
        credentials: 'omit',
        signal: AbortSignal.timeout(LIST_WAIT_MS),
      })
      if (!response.ok) throw new Error(`the server answered ${response.status}`)
      // The server checks its answer against this shape before it sends it.
      this.listing = { name: 'listed', events: (await response.json()) as ListedEvent[] }
    } catch {
      this.listing = { name: 'unreachable' }
    }
  }

  #set(change: Partial<Choice>) {
    this.choice = { ...this.choice, ...change }
    writeChoice(this.choice)
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed)
    const stage = this.renderRoot.querySelector<HTMLElement>('.stage')
    if (!stage) return
    const root = stage.shadowRoot ?? stage.attachShadow({ mode: 'open' })
    const { styleSheet } = unsafeCSS(registrationCss)
    if (root.adoptedStyleSheets.length === 0 && styleSheet)
      root.adoptedStyleSheets = [styleSheet, more.sheet]
    const { display, target, phrases } = this.choice
    const state = this.#state()
    const words = wordingOf('en', en, phrases, state, more)
    const facts = display === 'card' && more.facts(html, 'en', state)
    render(view({ phase: this.reader, state, words, display, target, facts: facts || '' }), root)
    root.querySelector('a')?.removeAttribute('href')
  }

  /** An invented answer for the preview's reader, about the event that is chosen. */
  #state() {
    const state = stateOf(this.reader)
    const { listing, choice } = this
    const listed =
      listing.name === 'listed'
        ? listing.events.find(({ eventCode }) => eventCode === choice.eventCode)
        : undefined
    if (state && listed)
      state.event = { ...state.event, ...listed, place: null, priceNote: null, closesAt: null }
    return state
  }

  #isHidden() {
    const { whenSignedOut, whenNotEligible } = this.choice
    return (
      (this.reader === 'signed-out' && whenSignedOut === 'hide') ||
      (this.reader === 'not-eligible' && whenNotEligible === 'hide')
    )
  }

  protected override render() {
    const { choice } = this
    return html`<div>
        <fieldset>
          <legend>Event</legend>
          ${this.#event()}
        </fieldset>
        <fieldset>
          <legend>Looks</legend>
          ${this.#select('Show as', 'display', [
            ['button', 'Button'],
            ['link', 'Link in the text'],
            ['card', 'Card with title, dates and place'],
          ])}
          <label class="line"
            ><input
              type="checkbox"
              .checked=${choice.target === '_blank'}
              @change=${({ target }: { target: HTMLInputElement }) =>
                this.#set({ target: target.checked ? '_blank' : '_self' })}
            />Open Cvent in a new window</label
          >
        </fieldset>
        <fieldset>
          <legend>Who cannot register</legend>
          ${this.#select('People who are not signed in', 'whenSignedOut', [
            ['sign-in', 'See a button to sign in'],
            ['hide', 'See nothing'],
          ])}
          ${this.#select('People who are not eligible', 'whenNotEligible', [
            ['message', 'See a sentence'],
            ['hide', 'See nothing'],
          ])}
        </fieldset>
        <fieldset>
          <legend>Texts</legend>
          <p class="note">
            Empty: the text of the event, of the association, or this one. {imisId}, {eventTitle}
            and {confirmationNumber} are filled in.
          </p>
          ${TEXTS.map(
            ([name, label]) =>
              html`<label
                >${label}<input
                  name=${name}
                  autocomplete="off"
                  maxlength="1000"
                  placeholder=${en[name]}
                  .value=${choice.phrases[name] ?? ''}
                  @input=${({ target }: { target: HTMLInputElement }) =>
                    this.#set({ phrases: { ...choice.phrases, [name]: target.value } })}
              /></label>`,
          )}
        </fieldset>
      </div>
      <div>
        <div class="preview">
          <label
            >Preview: what is seen by
            <select
              name="reader"
              @change=${({ target }: { target: HTMLSelectElement }) => {
                this.reader = READERS[target.selectedIndex]?.[0] ?? 'eligible'
              }}
            >
              ${READERS.map(([, label]) => html`<option>${label}</option>`)}
            </select></label
          >
          ${this.#isHidden() ? html`<p class="note">Nothing: hidden, as chosen.</p>` : undefined}
          <div class="stage" ?hidden=${this.#isHidden()} inert></div>
        </div>
      </div>`
  }

  #event() {
    const { listing, choice } = this
    const code = choice.eventCode ?? ''
    const change = ({ target }: { target: HTMLInputElement | HTMLSelectElement }) =>
      this.#set({ eventCode: target.value.trim() })
    if (listing.name === 'asking') return html`<p role="status">Asking for the events…</p>`
    if (listing.name === 'unreachable')
      return html`<label
          >Event code<input name="eventCode" autocomplete="off" .value=${code} @input=${change}
        /></label>
        <p class="note" role="status">
          The registration server cannot be reached from here; type the Cvent event code.
        </p>`
    const isListed = listing.events.some(({ eventCode }) => eventCode === code)
    return html`<label
      >Event<select name="eventCode" @change=${change}>
        <option value="" ?selected=${!code}>
          The one named in the page’s address (?EventCode=)
        </option>
        ${
          code && !isListed
            ? html`<option value=${code} selected>${code} (not in the list)</option>`
            : undefined
        }
        ${listing.events.map(
          ({ eventCode, title, startsAt, timeZone }) =>
            html`<option value=${eventCode} ?selected=${eventCode === code}>
              ${title ?? eventCode} · ${eventCode}${startsAt ? `, ${day(startsAt, timeZone)}` : ''}
            </option>`,
        )}
      </select></label
    >`
  }

  #select(
    label: string,
    name: 'display' | 'whenSignedOut' | 'whenNotEligible',
    options: [string, string][],
  ) {
    const chosen = this.choice[name] ?? options[0]?.[0]
    return html`<label
      >${label}<select
        name=${name}
        @change=${({ target }: { target: HTMLSelectElement }) => this.#set({ [name]: target.value })}
      >
        ${options.map(
          ([value, text]) =>
            html`<option value=${value} ?selected=${value === chosen}>${text}</option>`,
        )}
      </select></label
    >`
  }
}

function day(at: string, timeZone: string | null) {
  const lang = document.documentElement.lang || 'en'
  return dateFormat(lang, timeZone, { dateStyle: 'medium' }).format(new Date(at))
}
