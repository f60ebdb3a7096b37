import { html } from 'lit'
import { href } from '../address.ts'
import type { Account } from '../answers.ts'
import { pageHead, PlainElement } from '../parts/page.ts'
import { say } from '../parts/form/says.ts'

/** `<new-account-page>`: the first thing somebody does on an empty server. */
export class NewAccountPage extends PlainElement {
  static override properties = { isFirst: { attribute: false } }

  declare isFirst: boolean

  protected override render(): unknown {
    return html`<div class="stack">
      ${pageHead(this.isFirst ? 'Welcome. Set up the first account' : 'Add an account', {
        lead: html`Have at hand: the address of your iMIS site, a service account there, and the
        client id and secret of a Cvent application. What you do not know yet can be changed later;
        after saving, the next page tests each part and lists what is left to do.`,
        ...(this.isFirst ? {} : { crumb: { text: 'Accounts', href: '/dashboard/' } }),
      })}
      <div class="panel">
        <account-form .document=${undefined} @saved=${this.#saved}></account-form>
      </div>
    </div>`
  }

  #saved(event: CustomEvent<Account>) {
    const { key } = event.detail
    say('The account is saved. Now test it.')
    const detail = href(key, 'account')
    this.dispatchEvent(new CustomEvent('accounts-changed', { bubbles: true, detail }))
  }
}
