import { html, nothing } from 'lit'
import type { ErasureReport, PersonExport, PersonPreview } from '../answers.ts'
import { post } from '../api.ts'
import { openDialog } from '../parts/form/dialog.ts'
import { saveAs } from '../parts/list/download.ts'
import { DashboardPage, pageHead } from '../parts/page.ts'
import { bones, empty, notice, problemBox, say } from '../parts/form/says.ts'
import { table } from '../parts/list/table.ts'
import { onDate } from '../parts/times.ts'

type Person = { partyId: string } | { email: string }

const COUNTED: [keyof PersonPreview['counts'], string][] = [
  ['registrations', 'Registrations'],
  ['messages', 'Messages'],
  ['waiting', 'Messages that wait to be unpacked'],
  ['logLines', 'Log lines'],
  ['assignments', 'Assignments by staff'],
  ['handOffs', 'Notes of hand-offs'],
  ['audits', 'Audit entries'],
  ['runs', 'Runs'],
  ['candidates', 'Registrations of others that name them as a candidate'],
  ['ledger', 'Ledger rows (ids are kept)'],
]
/** What is typed before anything is erased. */
const WORD = 'ERASE'

/** `<people-page>`: everything held of one person, as a file; and its end. Who is meant never stands in an address. */
export class PeoplePage extends DashboardPage {
  static override properties = {
    ...DashboardPage.properties,
    found: { state: true },
    report: { state: true },
    problem: { state: true },
    busy: { state: true },
  }

  declare private found: { person: Person; preview: PersonPreview } | undefined
  declare private report: ErasureReport | undefined
  declare private problem: unknown
  declare private busy: string | undefined

  protected override render(): unknown {
    const head = pageHead('Personal data', {
      lead: 'What is held of one person: give it to them as a file, or erase it. What stands in iMIS and at Cvent is not touched.',
    })
    if (!this.may('editor'))
      return html`${head}${empty('For editors and owners', 'Ask an owner for the role.')}`
    return html`${head}
      <form class="panel filters" @submit=${this.#find}>
        <div class="field search">
          <label for="person">iMIS ID or e-mail address</label>
          <input id="person" name="person" required autocomplete="off" maxlength="254" />
        </div>
        <button
          class="button main-action"
          ?disabled=${this.busy !== undefined}
          aria-busy=${this.busy === 'find'}
        >
          Find
        </button>
      </form>
      <div aria-live="polite" class="stack">
        ${this.problem ? problemBox(this.problem) : nothing}
        ${this.busy === 'find' ? bones(5) : nothing}
        ${this.found ? this.#renderFound(this.found.preview) : nothing}
        ${this.report ? renderReport(this.report) : nothing}
      </div>`
  }

  #renderFound({ counts, registrations, kept }: PersonPreview) {
    const lines = COUNTED.filter(([name]) => counts[name] > 0)
    if (lines.length === 0)
      return empty(
        'Nothing is held',
        'Neither a registration nor a message, log line or note names them.',
      )
    return html`<section class="panel" aria-labelledby="held">
      <h2 id="held">What is held</h2>
      ${table(
        lines,
        [
          { head: 'What', isHeading: true, cell: ([, text]) => text },
          { head: 'How many', isNumber: true, cell: ([name]) => String(counts[name]) },
        ],
        { caption: 'Rows of each kind', key: ([name]) => name },
      )}
      ${
        registrations.length > 0
          ? html`<h3>Whose registrations they are</h3>
              <p class="soft small">
                An address may be shared: look at the names before you erase.
              </p>
              ${table(
                registrations,
                [
                  { head: 'Name', isHeading: true, cell: ({ name }) => name || '–' },
                  { head: 'iMIS ID', cell: ({ partyId }) => partyId ?? '–' },
                  { head: 'E-mail', cell: ({ email }) => email ?? '–', isMinor: true },
                  { head: 'Event', cell: ({ eventCode }) => eventCode ?? '–', isMinor: true },
                ],
                { caption: 'Registrations', isStacking: true, key: ({ id }) => id },
              )}`
          : nothing
      }
      <h3>What is kept</h3>
      <ul>
        ${kept.map((text) => html`<li>${text}</li>`)}
      </ul>
      <div class="row">
        <button
          class="button"
          type="button"
          ?disabled=${this.busy !== undefined}
          aria-busy=${this.busy === 'export'}
          @click=${() => void this.#export()}
        >
          Export as a file
        </button>
        ${
          this.may('owner')
            ? html`<button
                class="button danger"
                type="button"
                ?disabled=${this.busy !== undefined}
                aria-busy=${this.busy === 'erase'}
                @click=${() => void this.#erase()}
              >
                Erase this person
              </button>`
            : nothing
        }
      </div>
    </section>`
  }

  async #find(event: SubmitEvent) {
    event.preventDefault()
    if (!(event.target instanceof HTMLFormElement)) return
    const given = String(new FormData(event.target).get('person') ?? '').trim()
    if (given === '') return
    const person = given.includes('@') ? { email: given } : { partyId: given }
    this.found = undefined
    this.report = undefined
    await this.#doing('find', async () => {
      const preview = await post<PersonPreview>(this.path('/people/preview'), person)
      this.found = { person, preview }
    })
  }

  async #export() {
    const { found } = this
    if (!found) return
    await this.#doing('export', async () => {
      const held = await post<PersonExport>(this.path('/people/export'), found.person)
      const content = new Blob([JSON.stringify(held, null, 2)], { type: 'application/json' })
      // Without a name: files lie in download folders.
      saveAs(content, `personal-data-${this.account}.json`)
      say('The file was made; the audit log says so, without a name.')
    })
  }

  async #erase() {
    const { found } = this
    if (!found || !(await isConfirmed(found.preview))) return
    await this.#doing('erase', async () => {
      this.report = await post<ErasureReport>(this.path('/people/erase'), found.person)
      this.found = undefined
      this.querySelector('form')?.reset()
    })
  }

  async #doing(what: string, work: () => Promise<void>) {
    this.busy = what
    this.problem = undefined
    try {
      await work()
    } catch (error) {
      this.problem = error
    } finally {
      this.busy = undefined
    }
  }
}

async function isConfirmed({ counts }: PersonPreview) {
  const answer = await openDialog<boolean>(
    'Erase this person?',
    (close) =>
      html`<form
        class="stack"
        @submit=${(event: SubmitEvent) => {
          event.preventDefault()
          if (!(event.target instanceof HTMLFormElement)) return
          if (new FormData(event.target).get('word') === WORD) close(true)
        }}
      >
        <p>
          ${counts.registrations} registrations, ${counts.messages + counts.waiting} messages and
          ${counts.logLines} log lines are erased. This cannot be taken back.
        </p>
        <div class="field">
          <label for="erase-word">Type ${WORD} to confirm</label>
          <input
            id="erase-word"
            name="word"
            required
            pattern=${WORD}
            autocomplete="off"
            autofocus
          />
        </div>
        <div class="row end">
          <button class="button" type="button" @click=${() => close()}>Cancel</button>
          <button class="button danger">Erase</button>
        </div>
      </form>`,
  )
  return answer === true
}

function renderReport({ erasedAt, erased, kept }: ErasureReport) {
  return html`<section class="panel" aria-labelledby="erased">
    <h2 id="erased">Erased, ${onDate(erasedAt)}</h2>
    ${
      erased.length > 0
        ? notice(
            'good',
            html`<ul>
              ${erased.map((text) => html`<li>${text}</li>`)}
            </ul>`,
          )
        : notice('info', 'Nothing was held.')
    }
    <h3>What is kept, and what is left to do</h3>
    <ul>
      ${kept.map((text) => html`<li>${text}</li>`)}
    </ul>
  </section>`
}
