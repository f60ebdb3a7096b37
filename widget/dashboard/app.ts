import { html, nothing } from 'lit'
import { keyed } from 'lit/directives/keyed.js'
import { addressNews, followLinks, go, href, placeOf, type Place } from './address.ts'
import type { WhoAmI } from './answers.ts'
import { onSignInNeeded, signInWith, signOut, type SignInReason } from './api.ts'
import { brand, menu, nowhere, pageOf } from './parts/chrome.ts'
import { openDialog } from './parts/form/dialog.ts'
import { icon } from './parts/icon.ts'
import { PlainElement } from './parts/page.ts'
import { badge, sayNews } from './parts/form/says.ts'
import { nextScheme, schemeName } from './parts/scheme.ts'

/** `<dashboard-app>`: who is signed in, the menu, and the page that the address names. */
export class DashboardApp extends PlainElement {
  static override properties = {
    who: { state: true },
    place: { state: true },
    isOpen: { state: true },
    toasts: { state: true },
    scheme: { state: true },
  }

  declare private who: WhoAmI | undefined
  declare private place: Place
  declare private isOpen: boolean
  declare private toasts: string[]
  declare private scheme: string

  constructor() {
    super()
    this.place = placeOf(new URL(location.href))
    this.isOpen = false
    this.toasts = []
    this.scheme = schemeName()
    onSignInNeeded((reason) => this.#askAgain(reason))
  }

  override connectedCallback(): void {
    super.connectedCallback()
    followLinks(this)
    addressNews.addEventListener('go', () => this.#moved())
    addEventListener('popstate', () => this.#moved())
    sayNews.addEventListener('say', (event) => {
      if (event instanceof CustomEvent) this.#toast(String(event.detail))
    })
    this.addEventListener('accounts-changed', (event) => {
      if (event instanceof CustomEvent) void this.#lookAgain(event.detail)
    })
  }

  #moved() {
    const before = this.place
    this.place = placeOf(new URL(location.href))
    this.isOpen = false
    if (pageKey(before) !== pageKey(this.place)) void this.#arrive()
  }

  /** A new page begins at its top, with the focus on its heading, as a loaded one would. */
  async #arrive() {
    await this.updateComplete
    const page = this.querySelector('main > *')
    if (page instanceof PlainElement) await page.updateComplete
    scrollTo(0, 0)
    const hash = location.hash && document.getElementById(location.hash.slice(1))
    if (hash) hash.scrollIntoView()
    else this.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true })
  }

  #toast(text: string) {
    this.toasts = [...this.toasts.slice(-2), text]
    setTimeout(() => (this.toasts = this.toasts.slice(1)), 6000)
  }

  async #askAgain(reason: SignInReason) {
    const account = 'account' in this.place ? this.place.account : undefined
    const who = await openDialog<WhoAmI>(
      'Sign in again',
      (close) =>
        html`<sign-in
          .account=${account}
          .reason=${reason}
          @signed-in=${(event: CustomEvent<WhoAmI>) => close(event.detail)}
        ></sign-in>`,
    )
    if (who) this.who = who
    return who !== undefined
  }

  /** Accounts came, went or were renamed: who may see what is asked again before the page goes on. */
  async #lookAgain(next: unknown) {
    this.who = await signInWith()
    if (typeof next === 'string') go(next)
  }

  #signedIn(event: CustomEvent<WhoAmI>) {
    this.who = event.detail
    const [only, another] = event.detail.accounts
    if (this.place.page === 'accounts' && only && !another)
      go(href(only.account, 'overview'), { replace: true })
    else if (this.place.page === 'accounts' && !only && event.detail.canCreateAccounts)
      go('/dashboard/-/new-account', { replace: true })
    else void this.#arrive()
  }

  #leave() {
    signOut()
    this.who = undefined
    void this.#arrive()
  }

  protected override render(): unknown {
    return html`${this.who ? this.#renderFor(this.who) : this.#renderSignIn()}
      <div class="toasts" role="status">
        ${this.toasts.map((text) => html`<div class="toast">${text}</div>`)}
      </div>`
  }

  #renderSignIn() {
    const account = 'account' in this.place ? this.place.account : undefined
    document.title = 'Sign in · Cvent registration'
    return html`<main class="alone">
      <div class="stack">
        ${brand()}
        <h1 tabindex="-1">Sign in${account ? html` to ${account}` : nothing}</h1>
      </div>
      <div class="panel">
        <sign-in .account=${account} .reason=${'nobody'} @signed-in=${this.#signedIn}></sign-in>
      </div>
    </main>`
  }

  #renderFor(who: WhoAmI) {
    const { place } = this
    switch (place.page) {
      case 'accounts':
        return html`<main class="alone wide-page">
          <accounts-page .who=${who}></accounts-page>
        </main>`
      case 'new-account':
        return html`<main class="alone wide-page">
          <new-account-page .isFirst=${who.accounts.length === 0}></new-account-page>
        </main>`
      case 'nowhere':
        return nowhere('There is no such page.')
      default:
        return this.#renderShell(who, place)
    }
  }

  #renderShell(who: WhoAmI, place: Extract<Place, { account: string }>) {
    const mine = who.accounts.find(({ account }) => account === place.account)
    if (!mine) return nowhere(`There is no account ${place.account} that you may see.`)
    return html`<a class="skip" href="#main" @click=${this.#skip}>Skip to the content</a>
      <div class="shell">
        <header class="side ${this.isOpen ? 'is-open' : ''}">
          <div class="side-head">
            ${brand()}
            <button
              class="button quiet menu-button"
              type="button"
              aria-expanded=${this.isOpen ? 'true' : 'false'}
              aria-controls="menu"
              @click=${() => (this.isOpen = !this.isOpen)}
            >
              ${icon('menu')} Menu
            </button>
          </div>
          <div class="folds" id="menu">
            ${this.#renderSwitch(who, mine)}
            <nav aria-label="Dashboard">${menu(place)}</nav>
            ${this.#renderFoot(who, mine.role)}
          </div>
        </header>
        <main class="main" id="main" tabindex="-1">
          ${keyed(`${place.account} ${place.page} ${place.id ?? ''}`, pageOf(place, mine.role))}
        </main>
      </div>`
  }

  #renderSwitch(who: WhoAmI, mine: WhoAmI['accounts'][number]) {
    return html`<div class="switch">
      ${
        who.accounts.length > 1
          ? html`<label class="small soft" for="account-switch">Account</label>
              <select
                id="account-switch"
                @change=${(event: Event) => {
                  if (event.target instanceof HTMLSelectElement)
                    go(href(event.target.value, 'overview'))
                }}
              >
                ${who.accounts.map(
                  ({ account, name }) =>
                    html`<option value=${account} .selected=${account === mine.account}>
                      ${name}
                    </option>`,
                )}
              </select>`
          : html`<strong>${mine.name}</strong>`
      }
      ${mine.mark === 'sandbox' ? html`<div>${badge('Sandbox', 'warn')}</div>` : nothing}
    </div>`
  }

  #renderFoot(who: WhoAmI, role: string) {
    return html`<div class="foot small">
      <div>
        <strong>${who.kind === 'admin-token' ? 'Server’s admin token' : who.actor}</strong>
        <div class="soft">${role}</div>
      </div>
      <div class="row">
        <button class="button small" type="button" @click=${this.#leave}>Sign out</button>
        <button
          class="button small quiet"
          type="button"
          aria-label="Colours: ${this.scheme}. Change"
          @click=${() => (this.scheme = nextScheme())}
        >
          ${icon('scheme')} ${this.scheme}
        </button>
      </div>
      <div class="row">
        <a href="/admin/docs" target="_blank" rel="noreferrer">API documentation</a>
        ${
          who.accounts.length > 1 || who.canCreateAccounts
            ? html`<a href="/dashboard/">All accounts</a>`
            : nothing
        }
      </div>
    </div>`
  }

  #skip(event: Event) {
    event.preventDefault()
    this.querySelector<HTMLElement>('#main')?.focus()
  }
}

function pageKey(place: Place) {
  return 'account' in place ? `${place.account} ${place.page} ${place.id ?? ''}` : place.page
}
