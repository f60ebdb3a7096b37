import { Task } from '@lit/task'
import { html, nothing } from 'lit'
import { href, setQuery } from '../address.ts'
import type { EventLine, List, RegistrationLine } from '../answers.ts'
import { get } from '../api.ts'
import { download } from '../parts/list/download.ts'
import { DashboardPage, pageHead } from '../parts/page.ts'
import { keepSearch, searchOf } from '../parts/list/searches.ts'
import { badge, empty, sayProblem } from '../parts/form/says.ts'
import { STANDS, standBadge } from '../parts/registration/stands.ts'
import type { Column } from '../parts/list/table.ts'
import { when } from '../parts/times.ts'
import { typed } from '../pickers/typed.ts'

const STATUSES = [
  'Accepted',
  'Cancelled',
  'Declined',
  'Waitlisted',
  'Pending Approval',
  'Denied Approval',
  'No Response',
  'Visited',
]

/** `<registrations-page>`: who registered, and how far iMIS has followed. */
export class RegistrationsPage extends DashboardPage {
  static override properties = { ...DashboardPage.properties, search: { state: true } }

  declare private search: string

  #load: (cursor: string | undefined, signal: AbortSignal) => Promise<List<RegistrationLine>>
  #asked = ''

  constructor() {
    super()
    this.search = ''
    this.#load = () => Promise.resolve({ items: [], nextCursor: null })
  }

  #events = new Task(this, {
    task: async (_, { signal }) =>
      (await get<{ items: EventLine[] }>(this.path('/events'), { signal })).items,
    args: () => [this.account],
  })

  protected override willUpdate(): void {
    if (!this.hasUpdated) this.search = searchOf(`${this.account} registrations`)
    const query = this.#filters
    const asked = JSON.stringify(query)
    if (asked === this.#asked) return
    this.#asked = asked
    this.#load = (cursor, signal) =>
      get(this.path('/registrations'), { signal, query: { ...query, limit: 100, cursor } })
  }

  get #filters() {
    const of = (name: string) => this.query.get(name) ?? undefined
    return {
      eventCode: of('eventCode'),
      state: of('state'),
      status: of('status'),
      q: this.search || undefined,
    }
  }

  protected override render(): unknown {
    const { eventCode, state, status } = this.#filters
    return html`${pageHead('Registrations', {
        lead: 'Everybody Cvent has told us of, and how far iMIS has followed.',
        actions: ['csv', 'json'].map(
          (format) =>
            html`<button class="button" type="button" @click=${() => void this.#export(format)}>
              Export ${format.toUpperCase()}
            </button>`,
        ),
      })}
      <nav class="banner" aria-label="State">
        ${[['', 'All'] as const, ...STANDS].map(
          ([name, text]) =>
            html`<a
              href=${href(this.account, 'registrations', undefined, { eventCode, status, state: name })}
              aria-current=${(state ?? '') === name ? 'true' : nothing}
              @click=${(event: Event) => this.#filter(event, name)}
              >${text}</a
            >`,
        )}
      </nav>
      <form class="filters" role="search" @submit=${(event: Event) => event.preventDefault()}>
        <div class="field search">
          <label for="who">Search</label>
          <input
            id="who"
            type="search"
            placeholder="name, iMIS ID, e-mail, confirmation number"
            autocomplete="off"
            .value=${this.search}
            @input=${typed((text) => this.#seek(text))}
          />
        </div>
        <div class="field">
          <label for="event">Event</label>
          <select id="event" @change=${(event: Event) => choose(event, 'eventCode')}>
            <option value="" .selected=${!eventCode}>All events</option>
            ${this.#eventChoices(eventCode).map(
              ([code, title]) =>
                html`<option value=${code} .selected=${code === eventCode}>${title}</option>`,
            )}
          </select>
        </div>
        <div class="field">
          <label for="status">Status at Cvent</label>
          <select id="status" @change=${(event: Event) => choose(event, 'status')}>
            <option value="" .selected=${!status}>Any</option>
            ${STATUSES.map(
              (one) => html`<option value=${one} .selected=${one === status}>${one}</option>`,
            )}
          </select>
        </div>
      </form>
      <long-list
        .load=${this.#load}
        .columns=${this.#columns}
        .label=${'Registrations'}
        .keyOf=${({ id }: RegistrationLine) => id}
        .none=${this.#none()}
      ></long-list>`
  }

  #none() {
    const { state, q } = this.#filters
    if (q) return empty('Nobody found', 'Try fewer letters, or another event or state.')
    if (state === 'dead' || state === 'unmatched')
      return empty('Nothing here needs you', 'Every registration has found its way.')
    return empty(
      'No registrations yet',
      'They appear a moment after somebody registers at Cvent and its webhook arrives.',
    )
  }

  #eventChoices(chosen: string | undefined): [string, string][] {
    const events = (this.#events.value ?? []).map(({ eventCode, title }): [string, string] => [
      eventCode,
      title ?? eventCode,
    ])
    return chosen && !events.some(([code]) => code === chosen)
      ? [...events, [chosen, chosen]]
      : events
  }

  #columns: Column<RegistrationLine>[] = [
    {
      head: 'Who',
      isHeading: true,
      cell: (line) =>
        html`<a href=${href(this.account, 'registrations', line.id)}>${nameOf(line)}</a>
          ${line.isGuest ? badge('guest') : nothing} ${line.isTest ? badge('test') : nothing}
          <span class="sub">${whoLine(line)}</span>
          <span class="only-narrow small soft">${moreOf(line)}</span>`,
    },
    {
      head: 'Event',
      isMinor: true,
      cell: ({ eventCode, confirmationNumber }) =>
        html`${eventCode ?? '–'}<span class="sub mono">${confirmationNumber}</span>`,
    },
    { head: 'At Cvent', isMinor: true, cell: ({ status }) => status ?? '–' },
    {
      head: 'In iMIS',
      cell: ({ state, reason }) =>
        html`${standBadge(state)}${reason ? html`<span class="sub">${reason}</span>` : nothing}`,
    },
    {
      head: 'Changed',
      isMinor: true,
      cell: ({ modifiedAt, registeredAt }) => when(modifiedAt ?? registeredAt, '–'),
    },
  ]

  #filter(event: Event, state: string) {
    event.preventDefault()
    setQuery({ state: state || undefined })
  }

  #seek(text: string) {
    keepSearch(`${this.account} registrations`, text)
    this.search = text
  }

  async #export(format: string) {
    try {
      await download(this.path('/registrations/export'), `registrations.${format}`, {
        ...this.#filters,
        format,
      })
    } catch (error) {
      sayProblem(error)
    }
  }
}

/** What to call somebody: the name, else the e-mail, else the beginning of Cvent's id. */
export function nameOf({ firstName, lastName, email, attendeeId }: RegistrationLine): string {
  const name = [firstName, lastName].filter(Boolean).join(' ')
  return name || (email ?? `Attendee ${attendeeId.slice(0, 8)}`)
}

function whoLine({ partyId, state }: RegistrationLine) {
  if (partyId !== null) return `iMIS ID ${partyId}`
  return state === 'unmatched' ? 'not found in iMIS' : nothing
}

/** What stands in columns of its own where there is room for them. */
function moreOf({ eventCode, status, confirmationNumber }: RegistrationLine) {
  return [eventCode, status, confirmationNumber].filter(Boolean).join(' · ')
}

function choose(event: Event, name: string) {
  if (event.target instanceof HTMLSelectElement)
    setQuery({ [name]: event.target.value || undefined })
}
