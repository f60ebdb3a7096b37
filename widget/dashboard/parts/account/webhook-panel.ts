import { Task } from '@lit/task'
import { html, nothing } from 'lit'
import type { NewWebhookToken, Setup } from '../../answers.ts'
import { get, of, post } from '../../api.ts'
import { copyable } from '../form/copy.ts'
import { confirmed, openDialog } from '../form/dialog.ts'
import { loaded, PlainElement } from '../page.ts'
import { badge, notice, say, sayProblem } from '../form/says.ts'

/**
 * `<webhook-panel>`: the address and the tokens that Cvent's push integration asks for. `mayChange`: a token can be made
 * and the older ones retired.
 *
 * @event token-made - the admin has seen the new token and closed it
 */
export class WebhookPanel extends PlainElement {
  static override properties = {
    account: { attribute: false },
    mayChange: { attribute: false },
  }

  declare account: string
  declare mayChange: boolean

  #setup = new Task(this, {
    task: (_, { signal }) => get<Setup>(`${of(this.account)}/setup`, { signal }),
    args: () => [this.account],
  })

  protected override render(): unknown {
    return loaded(this.#setup, ({ webhook }) => this.#renderWebhook(webhook), 3)
  }

  #renderWebhook({ url, isPublic, tokenCount }: Setup['webhook']) {
    return html`<p class="soft">
        Cvent › Admin › Integrations › Push API Integrations asks for these two. The checklist below
        has every click.
      </p>
      <div class="stack tight">
        <span class="label">Endpoint URL</span>${copyable(url, 'endpoint URL')}
      </div>
      ${
        isPublic
          ? nothing
          : notice(
              'warn',
              'Cvent cannot reach this address: it is not a public https address. Set PUBLIC_URL.',
            )
      }
      <div class="row">
        <span
          >Tokens: ${tokenCount === 0 ? badge('none yet', 'warn') : html`${tokenCount} valid`}</span
        >
        ${this.mayChange ? this.#renderActs(tokenCount) : nothing}
      </div>
      ${
        tokenCount > 1
          ? html`<p class="small soft">
              While you change it at Cvent the older ones stay valid. Retire them when a message has
              come with the new one.
            </p>`
          : nothing
      }`
  }

  #renderActs(tokenCount: number) {
    return html`<button class="button" type="button" @click=${() => void this.#newToken()}>
        ${tokenCount === 0 ? 'Create the token' : 'Replace the token'}
      </button>
      ${
        tokenCount > 1
          ? html`<button class="button" type="button" @click=${() => void this.#retire()}>
              Retire the older ones
            </button>`
          : nothing
      }`
  }

  async #newToken() {
    try {
      const { token } = await post<NewWebhookToken>(`${of(this.account)}/webhook-tokens`)
      void this.#setup.run()
      await openDialog(
        'The new webhook token',
        (close) =>
          html`<p>
              It is shown once. Put it into the “Access token” field of the integration at Cvent, or
              tell nobody and make another later.
            </p>
            ${copyable(token, 'webhook token')}
            <div class="row end">
              <button class="button main-action" type="button" @click=${() => close()}>Done</button>
            </div>`,
      )
      this.dispatchEvent(new CustomEvent('token-made'))
    } catch (error) {
      sayProblem(error)
    }
  }

  async #retire() {
    const isSure = await confirmed(
      'Retire the older tokens?',
      'Messages that come with an older token are refused from now on. Cvent must have the newest.',
      'Retire them',
    )
    if (!isSure) return
    try {
      await post(`${of(this.account)}/webhook-tokens/retire`)
      await this.#setup.run()
      say('Only the newest token is valid now.')
    } catch (error) {
      sayProblem(error)
    }
  }
}
