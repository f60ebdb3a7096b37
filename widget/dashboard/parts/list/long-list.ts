import { html, nothing, type PropertyValues } from 'lit'
import type { List } from '../../answers.ts'
import { PlainElement } from '../page.ts'
import { bones, problemBox } from '../form/says.ts'
import { tableOfGroups, type Column } from './table.ts'

/**
 * `<long-list>`: a table that grows while one scrolls, page by page of the server's list. It starts again when `load`
 * changes; give it the same function for the same filters. `fresh` rows stand above, newest first (live lines).
 */
export class LongList<Row> extends PlainElement {
  static override properties = {
    load: { attribute: false },
    columns: { attribute: false },
    label: { attribute: false },
    keyOf: { attribute: false },
    none: { attribute: false },
    fresh: { attribute: false },
    rowClass: { attribute: false },
    groups: { state: true },
    next: { state: true },
    state: { state: true },
  }

  declare load: (cursor: string | undefined, signal: AbortSignal) => Promise<List<Row>>
  declare columns: Column<Row>[]
  declare label: string
  declare keyOf: (row: Row) => string
  declare none: unknown
  declare fresh: Row[]
  declare rowClass: ((row: Row) => string) | undefined
  declare private groups: Row[][]
  declare private next: string | null
  declare private state: 'first' | 'more' | 'still' | Error

  #asking = new AbortController()
  #watcher: IntersectionObserver | undefined

  constructor() {
    super()
    this.groups = []
    this.fresh = []
    this.next = null
    this.state = 'first'
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#watcher = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) void this.#more()
      },
      { rootMargin: '600px' },
    )
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#asking.abort()
    this.#watcher?.disconnect()
  }

  /** Asks for the first page again; what is shown stays until it is there. */
  refresh(): void {
    void this.#first()
  }

  protected override willUpdate(changes: PropertyValues<this>): void {
    if (changes.has('load')) void this.#first()
  }

  protected override updated(): void {
    this.#watcher?.disconnect()
    const end = this.querySelector('.list-end[data-more]')
    if (end) this.#watcher?.observe(end)
  }

  async #first() {
    this.#asking.abort()
    const { signal } = (this.#asking = new AbortController())
    if (this.groups.length === 0) this.state = 'first'
    await this.#take(undefined, signal)
  }

  async #more() {
    if (this.state !== 'still' || this.next === null) return
    this.state = 'more'
    await this.#take(this.next, this.#asking.signal)
  }

  async #take(cursor: string | undefined, signal: AbortSignal) {
    try {
      const list = await this.load(cursor, signal)
      if (signal.aborted) return
      this.groups = cursor === undefined ? [list.items] : [...this.groups, list.items]
      this.next = list.nextCursor
      this.state = 'still'
      this.dispatchEvent(new CustomEvent('loaded', { detail: list }))
    } catch (error) {
      if (signal.aborted) return
      this.state = error instanceof Error ? error : new Error('That did not work.')
    }
  }

  protected override render(): unknown {
    const { state } = this
    if (state === 'first') return bones(8)
    const groups = [this.fresh, ...this.groups]
    const total = groups.reduce((sum, group) => sum + group.length, 0)
    const problem =
      state instanceof Error
        ? problemBox(state, () => void this.#take(this.next ?? undefined, this.#asking.signal))
        : nothing
    if (total === 0 && this.next === null) return state instanceof Error ? problem : this.none
    return html`<div class="stack">
      ${tableOfGroups(groups, this.columns, {
        caption: this.label,
        key: this.keyOf,
        isFixed: true,
        isStacking: true,
        ...(this.rowClass ? { rowClass: this.rowClass } : {}),
      })}
      ${problem}
      ${
        this.next === null
          ? html`<p class="list-end small">That is all: ${total}.</p>`
          : html`<p class="list-end" data-more>
              <button
                class="button"
                type="button"
                aria-busy=${state === 'more'}
                @click=${() => void this.#more()}
              >
                ${state === 'more' ? 'Loading more…' : 'Show more'}
              </button>
            </p>`
      }
    </div>`
  }
}
