import { Task } from '@lit/task'
import { html, nothing } from 'lit'
import type { MeetingChoice } from '../answers.ts'
import { get, of } from '../api.ts'
import { loaded, PlainElement } from '../parts/page.ts'
import { badge } from '../parts/form/says.ts'
import { typed } from './typed.ts'

/** `<meeting-picker>`: the meetings of iMIS. Event `picked`, the meeting code in `detail`. */
export class MeetingPicker extends PlainElement {
  static override properties = { account: { attribute: false }, search: { state: true } }

  declare account: string
  declare private search: string

  constructor() {
    super()
    this.search = ''
  }

  #meetings = new Task(this, {
    task: async (_, { signal }) =>
      (
        await get<{ items: MeetingChoice[] }>(`${of(this.account)}/pickers/imis-meetings`, {
          signal,
          query: { search: this.search },
        })
      ).items,
    args: () => [this.search],
  })

  protected override firstUpdated(): void {
    this.querySelector('input')?.focus()
  }

  protected override render(): unknown {
    return html`<div class="stack">
      <p class="soft">
        The meeting need not be in iMIS: you may close this and type any code of your own, used
        once.
      </p>
      <div class="field">
        <label for="meeting-search">Title or code</label>
        <input
          id="meeting-search"
          type="search"
          autocomplete="off"
          @input=${typed((text) => (this.search = text))}
        />
      </div>
      ${loaded(this.#meetings, (meetings) =>
        meetings.length === 0
          ? html`<p class="soft">No meeting of that name in iMIS.</p>`
          : html`<ul class="entries" aria-label="Meetings in iMIS">
              ${meetings.map(
                ({ code, title, isTaken }) =>
                  html`<li>
                    <button
                      type="button"
                      ?disabled=${isTaken}
                      @click=${() => this.dispatchEvent(new CustomEvent('picked', { detail: code }))}
                    >
                      <span class="grow">${title || code}<small>${code}</small></span>
                      ${isTaken ? badge('used by another event', 'warn') : nothing}
                    </button>
                  </li>`,
              )}
            </ul>`,
      )}
    </div>`
  }
}
