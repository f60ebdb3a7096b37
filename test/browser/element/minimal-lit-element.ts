import { css, html, LitElement } from 'lit'

/** The least a Lit element can be that has a property, a style and a button: what our element's size is held against. */
class MinimalElement extends LitElement {
  static override styles = css`
    :host {
      display: block;
    }
  `
  static override properties = { name: {} }
  declare name: string

  protected override render() {
    return html`<button type="button" @click=${() => this.dispatchEvent(new Event('greet'))}>
      Hello ${this.name}
    </button>`
  }
}

customElements.define('minimal-element', MinimalElement)
