import { html, nothing } from 'lit'
import { go, href } from '../address.ts'
import type { List, LogLine, LogPage } from '../answers.ts'
import { get } from '../api.ts'
import { openDialog } from '../parts/form/dialog.ts'
import { download } from '../parts/list/download.ts'
import { followLines } from '../parts/log/live-lines.ts'
import { LEVEL_TONES } from '../parts/log/log-detail.ts'
import { logFilters, logQuery } from '../parts/log/log-filters.ts'
import { LongList } from '../parts/list/long-list.ts'
import { DashboardPage, pageHead } from '../parts/page.ts'
import { replayMany } from '../parts/registration/replay-many.ts'
import { badge, empty, notice, sayProblem } from '../parts/form/says.ts'
import { keepSearch, searchOf } from '../parts/list/searches.ts'
import type { Column } from '../parts/list/table.ts'
import { duration, onDate, when } from '../parts/times.ts'

const MAX_FRESH = 200

/** `<logs-page>`: what was received, decided and written, by kind; live when one wants. */
export class LogsPage extends DashboardPage {
  static override properties = {
    ...DashboardPage.properties,
    search: { state: true },
    fresh: { state: true },
    live: { state: true },
    searchedBackTo: { state: true },
  }

  declare private search: string
  declare private fresh: LogLine[]
  declare private live: 'off' | 'on' | 'broken'
  declare private searchedBackTo: string | null

  #load: (cursor: string | undefined, signal: AbortSignal) => Promise<List<LogLine>>
  #asked = ''
  #following: AbortController | undefined

  constructor() {
    super()
    this.search = ''
    this.fresh = []
    this.live = 'off'
    this.searchedBackTo = null
    this.#load = () => Promise.resolve({ items: [], nextCursor: null })
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#following?.abort()
  }

  protected override willUpdate(): void {
    if (!this.hasUpdated) this.search = searchOf(`${this.account} logs`)
    const query = { ...logQuery(this.query), q: this.search || undefined }
    const asked = JSON.stringify(query)
    if (asked === this.#asked) return
    this.#asked = asked
    this.fresh = []
    this.#load = (cursor, signal) =>
      get<LogPage>(this.path('/logs'), { signal, query: { ...query, limit: 100, cursor } })
    if (this.live !== 'off') this.#follow(query)
  }

  protected override firstUpdated(): void {
    if (this.subject) void this.#openLine(this.subject)
  }

  protected override render(): unknown {
    return html`${pageHead('Logs', {
        lead: 'What arrived, what was decided, and what was written.',
        actions: html`<button
            class="button"
            type="button"
            aria-pressed=${this.live === 'off' ? 'false' : 'true'}
            @click=${this.#toggleLive}
          >
            ${this.live === 'on' ? html`<span class="live-dot"></span>` : nothing}
            ${this.live === 'off' ? 'Follow live' : 'Stop following'}
          </button>
          ${
            this.may('editor')
              ? html`<button class="button" type="button" @click=${() => void this.#replayMany()}>
                  Replay many
                </button>`
              : nothing
          }
          <button class="button" type="button" @click=${() => void this.#export('csv')}>CSV</button>
          <button class="button" type="button" @click=${() => void this.#export('json')}>
            JSON
          </button>`,
      })}
      ${logFilters({
        account: this.account,
        query: this.query,
        search: this.search,
        seek: (text) => {
          keepSearch(`${this.account} logs`, text)
          this.search = text
        },
      })}
      ${
        this.live === 'broken'
          ? notice('warn', 'The live connection broke. Trying again every few seconds.')
          : nothing
      }
      <long-list
        .load=${this.#load}
        .columns=${this.#columns}
        .label=${'Log'}
        .keyOf=${({ id }: LogLine) => id}
        .rowClass=${({ id, dismissedAt }: LogLine) =>
          dismissedAt ? 'is-off' : this.fresh.some((line) => line.id === id) ? 'is-new' : ''}
        .fresh=${this.fresh}
        .none=${this.#none()}
        @loaded=${(event: CustomEvent<LogPage>) =>
          (this.searchedBackTo = event.detail.searchedBackTo ?? null)}
      ></long-list>
      ${
        this.search && this.searchedBackTo
          ? html`<p class="small soft">Searched back to ${onDate(this.searchedBackTo)}.</p>`
          : nothing
      }`
  }

  #none() {
    return [...this.query.keys()].length > 0 || this.search
      ? empty('No line fits', 'Choose another kind or a longer time, or clear the filters.')
      : empty('Nothing has happened yet', 'Lines appear with the first webhook, sign-on or test.')
  }

  #columns: Column<LogLine>[] = [
    { head: 'When', width: '11rem', cell: ({ at }) => when(at) },
    {
      head: 'What',
      isHeading: true,
      cell: (line) =>
        html`<a
            href=${href(this.account, 'logs', line.id)}
            @click=${(event: MouseEvent) => this.#press(event, line.id)}
            >${line.text}</a
          >
          <span class="sub"
            >${line.kind} · <code>${line.code}</code> ${line.eventCode ?? nothing}
            ${line.partyId ? `· iMIS ID ${line.partyId}` : nothing}</span
          >`,
    },
    {
      head: 'Level',
      width: '7rem',
      isMinor: true,
      cell: ({ level }) => badge(level, LEVEL_TONES[level]),
    },
    {
      head: 'Took',
      width: '6rem',
      isNumber: true,
      isMinor: true,
      cell: ({ durationMs }) => duration(durationMs),
    },
  ]

  #press(event: MouseEvent, id: string) {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    void this.#openLine(id)
  }

  async #openLine(id: string) {
    await openDialog(
      'Log line',
      (close) =>
        html`<log-detail
          .account=${this.account}
          .logId=${id}
          .mayAct=${this.may('editor')}
          @click=${(event: Event) => {
            if (event.target instanceof Element && event.target.closest('a')) close()
          }}
          @changed=${() => this.#list?.refresh()}
        ></log-detail>`,
      { isBroad: true },
    )
    if (this.subject && location.pathname.endsWith(this.subject))
      go(href(this.account, 'logs'), { replace: true })
  }

  get #list() {
    const list = this.querySelector('long-list')
    return list instanceof LongList ? list : undefined
  }

  #toggleLive() {
    if (this.live === 'off') {
      this.live = 'on'
      this.#follow({ ...logQuery(this.query), q: this.search || undefined })
      this.#list?.refresh()
    } else {
      this.#following?.abort()
      this.live = 'off'
    }
  }

  #follow(query: Record<string, string | undefined>) {
    this.#following?.abort()
    const { signal } = (this.#following = new AbortController())
    void followLines(
      this.path('/logs/live'),
      query,
      signal,
      (line) => (this.fresh = [line, ...this.fresh].slice(0, MAX_FRESH)),
      (isConnected) => (this.live = isConnected ? 'on' : 'broken'),
    )
  }

  async #replayMany() {
    await replayMany(this.account, this.query.get('eventCode') ?? undefined)
    this.#list?.refresh()
  }

  async #export(format: string) {
    try {
      const query = { ...logQuery(this.query), q: this.search || undefined, format }
      await download(this.path('/logs/export'), `log.${format}`, query)
    } catch (error) {
      sayProblem(error)
    }
  }
}
