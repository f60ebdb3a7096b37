import { Task } from '@lit/task'
import { html, nothing } from 'lit'
import { href } from '../address.ts'
import type { Candidate, RegistrationDetail, Standing, WritePreview } from '../answers.ts'
import { get, post } from '../api.ts'
import { openDialog } from '../parts/form/dialog.ts'
import { DashboardPage, loaded, pageHead } from '../parts/page.ts'
import { renderWrites } from '../parts/form/properties.ts'
import { activityOf, atCvent } from '../parts/registration/registration-facts.ts'
import { badge, notice, say, sayProblem } from '../parts/form/says.ts'
import { standBadge } from '../parts/registration/stands.ts'
import { table } from '../parts/list/table.ts'
import { duration, onDate, when } from '../parts/times.ts'
import { nameOf } from './registrations-page.ts'

/** What the last settled moment says of a registration in that state; nothing is written for one without a person. */
const SETTLED: Partial<Record<Standing, string>> = {
  synced: 'Up to date since',
  unmatched: 'Person last looked for',
  unconfigured: 'Last looked at',
  'left-out': 'Last looked at',
}

/** `<registration-page>`: one registration, what is in iMIS for it, and everything that happened to it. */
export class RegistrationPage extends DashboardPage {
  static override properties = {
    ...DashboardPage.properties,
    busy: { state: true },
    candidates: { state: true },
  }

  declare private busy: string | undefined
  declare private candidates: Candidate[] | undefined

  #detail = new Task(this, {
    task: (_, { signal }) => get<RegistrationDetail>(this.#path(), { signal }),
    args: () => [this.account, this.subject],
  })

  #path(rest = '') {
    return this.path(`/registrations/${this.subject ?? ''}${rest}`)
  }

  protected override render(): unknown {
    const detail = this.#detail.value
    return html`${pageHead(detail ? nameOf(detail.registration) : 'Registration', {
      crumb: { text: 'Registrations', href: href(this.account, 'registrations') },
      lead: detail
        ? html`${detail.registration.status} ${standBadge(detail.registration.state)}
          ${detail.registration.isGuest ? badge('guest') : nothing}
          ${detail.registration.isTest ? badge('test') : nothing}`
        : nothing,
      actions: this.#actions(),
    })}
    ${loaded(this.#detail, (answer) => this.#renderDetail(answer), 14)}`
  }

  #actions() {
    return html`<button
        class="button"
        type="button"
        aria-busy=${this.busy === 'preview'}
        ?disabled=${this.busy !== undefined}
        @click=${() => void this.#preview()}
      >
        Preview writes
      </button>
      ${
        this.may('editor')
          ? html`<button
              class="button main-action"
              type="button"
              aria-busy=${this.busy === 'retry'}
              ?disabled=${this.busy !== undefined}
              @click=${() => void this.#retry()}
            >
              Try again
            </button>`
          : nothing
      }`
  }

  #renderDetail(detail: RegistrationDetail) {
    const { registration, activities, timeline, snapshot } = detail
    const needsPerson = registration.state === 'unmatched'
    return html`${
        registration.reason
          ? notice(
              registration.state === 'dead' ? 'bad' : needsPerson ? 'warn' : 'info',
              registration.reason,
            )
          : nothing
      }
      ${needsPerson ? this.#renderPerson(detail.candidates) : nothing}
      <div class="columns">
        ${atCvent(this.account, registration)} ${this.#renderImis(registration, needsPerson)}
      </div>
      <section class="stack" aria-labelledby="activities">
        <h2 id="activities">Activities in iMIS</h2>
        ${
          activities.length === 0
            ? html`<p class="soft">None written yet.</p>`
            : activities.map((activity) => activityOf(activity))
        }
      </section>
      <section class="panel" aria-labelledby="timeline">
        <h2 id="timeline">What happened</h2>
        ${
          timeline.length === 0
            ? html`<p class="soft">
                Nothing is logged about it, or the log has been cleared since.
              </p>`
            : html`<ol class="timeline">
                ${timeline.map((line) => this.#renderMoment(line))}
              </ol>`
        }
      </section>
      ${
        snapshot
          ? html`<details class="panel">
              <summary>What Cvent said, as last read</summary>
              <pre tabindex="0">${JSON.stringify(snapshot, undefined, 2)}</pre>
            </details>`
          : nothing
      }`
  }

  #renderImis(line: RegistrationDetail['registration'], needsPerson: boolean) {
    return html`<section class="panel" aria-labelledby="in-imis">
      <div class="row apart">
        <h2 id="in-imis">In iMIS</h2>
        ${
          this.may('editor') && !needsPerson
            ? html`<button class="button small" type="button" @click=${() => void this.#assign()}>
                ${line.partyId ? 'Assign another person' : 'Assign a person'}
              </button>`
            : nothing
        }
      </div>
      <dl class="pairs">
        <dt>iMIS ID</dt>
        <dd>${line.partyId ?? 'nobody yet'}</dd>
        <dt>Found by</dt>
        <dd>${line.matchedBy ?? '–'}</dd>
        <dt>State</dt>
        <dd>${standBadge(line.state)}</dd>
        <dt>${SETTLED[line.state] ?? 'Last written'}</dt>
        <dd>${when(line.syncedAt, 'not yet')}</dd>
        ${
          line.state === 'waiting'
            ? html`<dt>Next try</dt>
                <dd>${when(line.dueAt, 'soon')}</dd>
                <dt>Tries</dt>
                <dd>${line.attempt}</dd>`
            : nothing
        }
      </dl>
    </section>`
  }

  #renderPerson(known: Candidate[]) {
    const candidates = this.candidates ?? known
    return html`<section class="panel" aria-labelledby="person">
      <h2 id="person">Who is this in iMIS?</h2>
      <p class="soft">
        Your answer holds for every registration of the same Cvent contact, also the ones to come.
      </p>
      ${
        candidates.length > 0
          ? table(
              candidates,
              [
                {
                  head: 'Person',
                  isHeading: true,
                  cell: ({ partyId, name, email, isActive }) =>
                    html`${name ?? partyId} ${isActive ? nothing : badge('inactive', 'warn')}
                      <span class="sub"
                        >iMIS ID ${partyId}${email ? ` · ${email}` : nothing}</span
                      >`,
                },
                { head: 'Why', cell: ({ reason }) => reason },
                {
                  head: html`<span class="unseen">Actions</span>`,
                  cell: ({ partyId, name }) =>
                    this.may('editor')
                      ? html`<button
                          class="button small main-action"
                          type="button"
                          aria-label="This one: ${name || partyId}"
                          @click=${() => void this.#assignTo(partyId)}
                        >
                          This one
                        </button>`
                      : nothing,
                },
              ],
              { caption: 'People it may be', isStacking: true, key: ({ partyId }) => partyId },
            )
          : html`<p>Nobody in iMIS has this source id or e-mail.</p>`
      }
      ${
        this.may('editor')
          ? html`<div class="row">
              <button
                class="button"
                type="button"
                aria-busy=${this.busy === 'candidates'}
                @click=${() => void this.#seek()}
              >
                Ask iMIS again
              </button>
              <button class="button" type="button" @click=${() => void this.#assign()}>
                Type an iMIS ID
              </button>
            </div>`
          : nothing
      }
    </section>`
  }

  #renderMoment(line: RegistrationDetail['timeline'][number]) {
    return html`<li class=${line.level}>
      <div>${line.text}</div>
      <div class="row small soft">
        ${onDate(line.at)} <span>${line.kind} · <code>${line.code}</code></span>
        <span>${duration(line.durationMs)}</span>
        ${
          line.logId
            ? html`<a
                href=${href(this.account, 'logs', line.logId, { registrationId: this.subject })}
                >Details</a
              >`
            : nothing
        }
      </div>
    </li>`
  }

  async #retry() {
    await this.#act('retry', async () => {
      await post(this.#path('/retry'))
      say('It is in line again: read from Cvent, then written to iMIS.')
    })
  }

  async #seek() {
    await this.#act('candidates', async () => {
      const { candidates } = await post<{ candidates: Candidate[] }>(this.#path('/candidates'))
      this.candidates = candidates
    })
  }

  async #preview() {
    await this.#act('preview', async () => {
      const preview = await post<WritePreview>(this.#path('/preview'))
      void openDialog('What would be written', () => renderWrites(preview), { isBroad: true })
    })
  }

  async #assign() {
    const partyId = await openDialog<string>('Assign a person', (close) => {
      const submit = (event: SubmitEvent) => {
        event.preventDefault()
        if (!(event.target instanceof HTMLFormElement)) return
        const given = new FormData(event.target).get('partyId')
        if (typeof given === 'string') close(given.trim())
      }
      return html`<form class="form" @submit=${submit}>
        <div class="field">
          <label for="party">iMIS ID</label>
          <input
            id="party"
            name="partyId"
            required
            autofocus
            autocomplete="off"
            pattern="[A-Za-z0-9_.\\-]{1,20}"
          />
          <div class="hint">
            Activities written for somebody else before are moved. It holds for every registration
            of the same Cvent contact.
          </div>
        </div>
        <div class="row end"><button class="button main-action">Assign</button></div>
      </form>`
    })
    if (partyId) await this.#assignTo(partyId)
  }

  async #assignTo(partyId: string) {
    await this.#act('assign', async () => {
      await post(this.#path('/party'), { partyId })
      say(`Assigned to iMIS ID ${partyId}. It is in line to be written.`)
    })
  }

  async #act(name: string, act: () => Promise<void>) {
    this.busy = name
    try {
      await act()
      if (name !== 'preview') await this.#detail.run()
    } catch (error) {
      sayProblem(error)
    } finally {
      this.busy = undefined
    }
  }
}
