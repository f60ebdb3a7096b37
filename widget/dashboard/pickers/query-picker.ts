import { Task } from '@lit/task'
import { html, nothing } from 'lit'
import type { ContactPreview, Folder, QueryRun, QueryShape } from '../answers.ts'
import { get, of, post } from '../api.ts'
import { contactTable } from '../parts/account/contact-table.ts'
import { icon } from '../parts/icon.ts'
import { loaded, PlainElement } from '../parts/page.ts'
import { badge, notice, problemBox } from '../parts/form/says.ts'
import { table } from '../parts/list/table.ts'

const ROOT = '$/'

/**
 * `<query-picker>`: the folders of iMIS, a query's prompts and columns, and a run for one member. Event `picked`, the path
 * in `detail`.
 */
export class QueryPicker extends PlainElement {
  static override properties = {
    account: { attribute: false },
    path: { attribute: false },
    folder: { state: true },
    chosen: { state: true },
    run: { state: true },
    isRunning: { state: true },
    runProblem: { state: true },
  }

  declare account: string
  declare path: string | null
  declare private folder: string
  declare private chosen: string | undefined
  declare private run: QueryRun | undefined
  declare private isRunning: boolean
  declare private runProblem: unknown

  constructor() {
    super()
    this.folder = ROOT
    this.isRunning = false
  }

  protected override willUpdate(): void {
    if (this.hasUpdated || !this.path) return
    this.chosen = this.path
    this.folder = this.path.slice(0, this.path.lastIndexOf('/')) || ROOT
    if (this.folder === '$') this.folder = ROOT
  }

  #entries = new Task(this, {
    task: (_, { signal }) =>
      get<Folder>(`${of(this.account)}/pickers/folder`, { signal, query: { path: this.folder } }),
    args: () => [this.folder],
  })

  #shape = new Task(this, {
    task: (_, { signal }) =>
      this.chosen
        ? get<QueryShape>(`${of(this.account)}/pickers/query`, {
            signal,
            query: { path: this.chosen },
          })
        : Promise.resolve(null),
    args: () => [this.chosen],
  })

  protected override render(): unknown {
    return html`<div class="stack">
      ${loaded(this.#entries, (folder) => this.#renderFolder(folder))}
      <form class="with-button" @submit=${this.#typePath}>
        <input
          name="path"
          class="mono"
          aria-label="Path of the query"
          placeholder="$/Cvent/Registrants"
          autocomplete="off"
          spellcheck="false"
          .value=${this.chosen ?? ''}
        />
        <button class="button">Look at it</button>
      </form>
      ${this.chosen ? loaded(this.#shape, (shape) => (shape ? this.#renderShape(shape) : nothing), 3) : nothing}
    </div>`
  }

  #renderFolder({ path, parent, canBrowse, entries }: Folder) {
    if (!canBrowse)
      return notice('info', 'This iMIS cannot list its folders. Type the path of the query below.')
    return html`<div class="crumbs-of-path">
        ${icon('folder')} <code>${path}</code>
        ${
          parent
            ? html`<button
                class="button small quiet"
                type="button"
                @click=${() => (this.folder = parent)}
              >
                Up one folder
              </button>`
            : nothing
        }
      </div>
      ${
        entries.length === 0
          ? html`<p class="soft">This folder is empty.</p>`
          : html`<ul class="entries ${this.chosen ? 'is-short' : ''}" aria-label="Folder ${path}">
              ${entries.map(
                (entry) =>
                  html`<li>
                    <button
                      type="button"
                      ?disabled=${entry.kind === 'other'}
                      aria-current=${entry.path === this.chosen ? 'true' : nothing}
                      @click=${() => this.#open(entry)}
                    >
                      ${icon(entry.kind === 'folder' ? 'folder' : entry.kind === 'query' ? 'query' : 'logs')}
                      <span class="grow">${entry.name}</span>
                      ${entry.path === this.chosen ? badge('chosen', 'info') : nothing}
                      ${entry.kind === 'folder' ? badge('folder') : nothing}
                    </button>
                  </li>`,
              )}
            </ul>`
      }`
  }

  #open({ path, kind }: Folder['entries'][number]) {
    if (kind === 'folder') this.folder = path
    else this.#choose(path)
  }

  #choose(path: string) {
    this.chosen = path
    this.run = undefined
    this.runProblem = undefined
  }

  #typePath(event: SubmitEvent) {
    event.preventDefault()
    if (!(event.target instanceof HTMLFormElement)) return
    const path = new FormData(event.target).get('path')
    if (typeof path === 'string' && path.trim()) this.#choose(path.trim())
  }

  #renderShape({ path, prompts, columns, isAvailableToRest }: QueryShape) {
    return html`<section class="stack" aria-label="The query">
      ${
        isAvailableToRest === false
          ? notice(
              'bad',
              'iMIS does not offer this query to the API: tick “Available via the REST API” on its Summary tab.',
            )
          : nothing
      }
      <div class="columns">
        <div class="stack tight">
          <h3>It asks for</h3>
          ${
            prompts.length === 0
              ? html`<p>${badge('no prompt', 'warn')} It would answer the same for everybody.</p>`
              : html`<p class="row">
                  ${prompts.map(({ label, isRequired }) => badge(`${label}${isRequired ? '' : ' (optional)'}`))}
                </p>`
          }
        </div>
        <div class="stack tight">
          <h3>Its columns fill</h3>
          <p class="row">
            ${columns.map(({ column, field }) =>
              field ? badge(`${column} → ${field}`, 'good') : badge(`${column}: not used`),
            )}
          </p>
        </div>
      </div>
      <form class="with-button" @submit=${this.#runFor}>
        <input
          name="imisId"
          aria-label="iMIS ID to run it for"
          placeholder="iMIS ID, such as 101"
          required
          autocomplete="off"
        />
        <button class="button" aria-busy=${this.isRunning} ?disabled=${this.isRunning}>
          Run for this member
        </button>
      </form>
      <div aria-live="polite" class="stack">
        ${this.runProblem ? problemBox(this.runProblem) : nothing}
        ${this.run ? renderRun(this.run) : nothing}
      </div>
      <div class="row end">
        <button
          class="button main-action"
          type="button"
          @click=${() => this.dispatchEvent(new CustomEvent('picked', { detail: path }))}
        >
          Select this query
        </button>
      </div>
    </section>`
  }

  async #runFor(event: SubmitEvent) {
    event.preventDefault()
    if (!(event.target instanceof HTMLFormElement)) return
    const imisId = new FormData(event.target).get('imisId')
    this.isRunning = true
    this.runProblem = undefined
    try {
      this.run = await post<QueryRun>(`${of(this.account)}/pickers/query/run`, {
        path: this.chosen,
        imisId,
      })
      await this.updateComplete
      this.querySelector('[aria-live]')?.scrollIntoView({ block: 'start' })
    } catch (error) {
      this.run = undefined
      this.runProblem = error
    } finally {
      this.isRunning = false
    }
  }
}

function renderRun({ verdict, text, rows, hasMore, contact }: QueryRun) {
  const [first] = rows
  const columns = first ? Object.keys(first) : []
  return html`${notice(verdict === 'allowed' ? 'good' : verdict === 'refused' ? 'info' : 'bad', text)}
  ${contact ? filled(contact) : nothing}
  ${
    rows.length > 0
      ? html`<details ?open=${contact === null}>
          <summary>
            ${rows.length === 1 ? 'The row' : `${rows.length} rows`}, as iMIS answers
          </summary>
          ${table(
            rows,
            columns.map((column) => ({ head: column, cell: (row) => row[column] ?? '' })),
            { caption: 'Rows', key: (row) => JSON.stringify(row) },
          )}
        </details>`
      : nothing
  }
  ${hasMore ? html`<p class="small soft">There are more rows.</p>` : nothing}`
}

function filled(contact: ContactPreview) {
  return html`<h3>What Cvent’s contact would get</h3>
    ${contactTable(contact)}`
}
