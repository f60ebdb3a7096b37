import { html, LitElement } from 'lit'

/** The least an element can do that shows a member's state: one question, with a token that it was given. */
class BareElement extends LitElement {
  static override properties = { url: {}, token: {}, href: { state: true } }
  declare url: string
  declare token: string
  declare href: string

  override connectedCallback(): void {
    super.connectedCallback()
    void this.#ask()
  }

  async #ask() {
    const headers = { authorization: `Bearer ${this.token}` }
    const response = await fetch(this.url, { headers, credentials: 'omit', cache: 'no-store' })
    // The same state that the real element reads.
    this.href = ((await response.json()) as { href: string }).href
    await this.updateComplete
    this.dispatchEvent(new Event('bare:shown', { bubbles: true, composed: true }))
  }

  protected override render() {
    return this.href ? html`<a href=${this.href}>Register</a>` : ''
  }
}

customElements.define('bare-element', BareElement)
