import { Task } from '@lit/task'
import { html, nothing } from 'lit'
import type { CventEventChoice } from '../answers.ts'
import { get, of } from '../api.ts'
import { loaded, PlainElement } from '../parts/page.ts'
import { badge } from '../parts/form/says.ts'
import { days } from '../parts/times.ts'
import { typed } from './typed.ts'

/** `<cvent-event-picker>`: a search among the events at Cvent. Event `picked`, the event code in `detail`. */
export class CventEventPicker extends PlainElement {
  static override properties = {
    account: { attribute: false },
    search: { state: true },
    includeInactive: { state: true },
  }

  declare account: string
  declare private search: string
  declare private includeInactive: boolean

  constructor() {
    super()
    this.search = ''
    this.includeInactive = false
  }

  #choices = new Task(this, {
    task: async (_, { signal }) =>
      (
        await get<{ items: CventEventChoice[] }>(`${of(this.account)}/pickers/cvent-events`, {
          signal,
          query: { search: this.search, includeInactive: String(this.includeInactive) },
        })
      ).items,
    args: () => [this.search, this.includeInactive],
  })

  protected override firstUpdated(): void {
    this.querySelector('input')?.focus()
  }

  protected override render(): unknown {
    return html`<div class="stack">
      <div class="filters">
        <div class="field search">
          <label for="cvent-search">Title or code</label>
          <input
            id="cvent-search"
            type="search"
            autocomplete="off"
            @input=${typed((text) => (this.search = text))}
          />
        </div>
        <div class="check">
          <input
            id="cvent-inactive"
            type="checkbox"
            .checked=${this.includeInactive}
            @change=${() => (this.includeInactive = !this.includeInactive)}
          />
          <label for="cvent-inactive">Include inactive events</label>
          <div class="hint small soft">Needed for pending ones</div>
        </div>
      </div>
      ${loaded(this.#choices, (choices) =>
        choices.length === 0
          ? html`<p class="soft">
              No event of that name. Try “Include inactive events”, or fewer letters.
            </p>`
          : html`<ul class="entries" aria-label="Events at Cvent">
              ${choices.map((choice) => this.#renderChoice(choice))}
            </ul>`,
      )}
    </div>`
  }

  #renderChoice(choice: CventEventChoice) {
    const { eventCode } = choice
    return html`<li>
      <button
        type="button"
        ?disabled=${eventCode === null || choice.isConfigured}
        @click=${() => this.dispatchEvent(new CustomEvent('picked', { detail: eventCode }))}
      >
        <span class="grow"
          >${choice.title}
          <small
            >${eventCode ?? 'without a code'}
            ${days(choice.startsAt, choice.endsAt, choice.timeZone)}
            ${choice.place ?? nothing}</small
          ></span
        >
        ${choice.isTest ? badge('test') : nothing}
        ${choice.isConfigured ? badge('here already', 'good') : badge(choice.status)}
      </button>
    </li>`
  }
}
