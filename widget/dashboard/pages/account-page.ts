import { Task } from '@lit/task'
import { html, nothing } from 'lit'
import { setQuery } from '../address.ts'
import type { Account, Check, Overview, TestAnswer } from '../answers.ts'
import { get, getVersioned, post, remove } from '../api.ts'
import { confirmed } from '../parts/form/dialog.ts'
import { icon } from '../parts/icon.ts'
import { DashboardPage, loaded, pageHead } from '../parts/page.ts'
import { quotaForecast } from '../parts/account/quota-forecast.ts'
import { badge, problemBox, say, sayProblem } from '../parts/form/says.ts'
import type { SetupChecklist } from '../parts/account/setup-checklist.ts'
import { duration, onDate } from '../parts/times.ts'

const PARTS: [string, string][] = [
  ['imis', 'iMIS'],
  ['cvent', 'Cvent'],
  ['single-sign-on', 'Single sign-on'],
  ['server', 'This server'],
]

/** `<account-page>`: the two sides and their tests, the webhook for Cvent, the checklist, and the document itself. */
export class AccountPage extends DashboardPage {
  static override properties = {
    ...DashboardPage.properties,
    checks: { state: true },
    testing: { state: true },
    testProblem: { state: true },
  }

  declare private checks: Check[]
  declare private testing: string | undefined
  declare private testProblem: unknown

  #account = new Task(this, {
    task: (_, { signal }) => getVersioned<Account>(this.path(), { signal }),
    args: () => [this.account],
  })

  #overview = new Task(this, {
    task: (_, { signal }) => get<Overview>(this.path('/overview'), { signal, query: { days: 1 } }),
    args: () => [this.account],
  })

  constructor() {
    super()
    this.checks = []
  }

  protected override render(): unknown {
    return this.query.get('edit') ? this.#renderForm() : this.#renderPage()
  }

  #renderForm() {
    return html`${pageHead('Edit the account')}
    ${loaded(
      this.#account,
      ({ body, etag }) =>
        html`<div class="panel">
          <account-form
            .document=${body}
            .version=${etag}
            .isReadOnly=${!this.may('owner')}
            @saved=${this.#saved}
            @cancelled=${() => setQuery({ edit: undefined })}
            @reload=${() => void this.#account.run()}
          ></account-form>
        </div>`,
      20,
    )}`
  }

  #renderPage() {
    return html`${pageHead('Account', {
        lead: 'One iMIS site and one Cvent account, and how they are tied together.',
        actions: html`<a class="button" href="?edit=1" @click=${this.#edit}
          >${this.may('owner') ? 'Edit account' : 'Show settings'}</a
        >`,
      })}
      ${loaded(this.#account, ({ body }) => this.#renderSides(body))}
      <section class="panel" aria-labelledby="tests">
        <div class="row apart">
          <h2 id="tests">Does it work?</h2>
          ${
            this.may('editor')
              ? html`<button
                  class="button main-action"
                  type="button"
                  aria-busy=${this.testing === 'all'}
                  ?disabled=${this.testing !== undefined}
                  @click=${() => void this.#test()}
                >
                  Test everything
                </button>`
              : nothing
          }
        </div>
        ${this.testProblem ? problemBox(this.testProblem) : nothing}
        <div aria-live="polite" class="stack">
          ${
            this.checks.length === 0 && !this.testProblem
              ? html`<p class="soft">
                  ${
                    this.testing
                      ? 'Asking iMIS and Cvent. This takes some seconds.'
                      : 'A test signs in to both sides, tries each Cvent scope, compares the clocks and looks at the activity types and the sign-on settings. It changes nothing.'
                  }
                </p>`
              : this.#renderChecks()
          }
        </div>
      </section>
      <section class="panel" aria-labelledby="webhook">
        <h2 id="webhook">Webhook for Cvent</h2>
        <webhook-panel
          class="stack"
          .account=${this.account}
          .mayChange=${this.may('owner')}
          @token-made=${() => void this.querySelector<SetupChecklist>('setup-checklist')?.refresh()}
        ></webhook-panel>
      </section>
      <section class="panel" id="setup" aria-labelledby="checklist">
        <h2 id="checklist">Set-up checklist</h2>
        <setup-checklist .account=${this.account}></setup-checklist>
      </section>
      <section class="panel" aria-labelledby="retention">
        <h2 id="retention">What is kept, and how long</h2>
        <retention-panel .account=${this.account}></retention-panel>
      </section>
      ${
        this.may('owner')
          ? html`<details class="panel">
              <summary>Remove this account</summary>
              <p class="soft">
                Its events, keys and staff go at once. What it received and wrote is erased
                ${this.#account.value?.body.retention.removedAccountDays} days later.
              </p>
              <div>
                <button class="button danger" type="button" @click=${() => void this.#remove()}>
                  Remove the account
                </button>
              </div>
            </details>`
          : nothing
      }`
  }

  #renderSides({ name, mark, imis, cvent }: Account) {
    return html`<div class="columns">
      <section class="panel" aria-labelledby="side-imis">
        <div class="row apart">
          <h2 id="side-imis">iMIS</h2>
          ${this.#testButton('imis')}
        </div>
        <dl class="pairs">
          <dt>Association</dt>
          <dd>${name} ${mark === 'sandbox' ? badge('Sandbox', 'warn') : nothing}</dd>
          <dt>Site</dt>
          <dd><a href=${imis.siteUrl} target="_blank" rel="noreferrer">${imis.siteUrl}</a></dd>
          <dt>Edition</dt>
          <dd>${imis.edition === 'ems' ? 'iMIS EMS' : 'iMIS 2017'}</dd>
          <dt>Service account</dt>
          <dd>${imis.username}</dd>
          <dt>Time zone</dt>
          <dd>${imis.timeZone}</dd>
          <dt>Sign-on page</dt>
          <dd><code>${imis.sso.page}</code> ${this.#testButton('single-sign-on')}</dd>
        </dl>
      </section>
      <section class="panel" aria-labelledby="side-cvent">
        <div class="row apart">
          <h2 id="side-cvent">Cvent</h2>
          ${this.#testButton('cvent')}
        </div>
        <dl class="pairs">
          <dt>Region</dt>
          <dd>${cvent.region === 'na' ? 'North America' : 'Europe'}</dd>
          <dt>API tier</dt>
          <dd>${cvent.tier}</dd>
          <dt>Client id</dt>
          <dd><code>${cvent.clientId}</code></dd>
          <dt>Client secret</dt>
          <dd>${cvent.clientSecret ? 'set, never shown' : badge('missing', 'bad')}</dd>
          <dt>Hand-off form</dt>
          <dd>${cvent.formPostKey ? 'signed' : 'not signed'}</dd>
        </dl>
        ${quotaForecast(this.#overview.value?.vendors.find(({ vendor }) => vendor === 'cvent')?.forecast)}
      </section>
    </div>`
  }

  #testButton(part: string) {
    if (!this.may('editor')) return nothing
    const label = PARTS.find(([name]) => name === part)?.[1] ?? part
    return html`<button
      class="button small"
      type="button"
      aria-label="Test ${label}"
      aria-busy=${this.testing === part}
      ?disabled=${this.testing !== undefined}
      @click=${() => void this.#test(part)}
    >
      Test
    </button>`
  }

  #renderChecks() {
    return PARTS.map(([part, label]) => {
      const checks = this.checks.filter((check) => check.part === part)
      const fine = checks.filter(({ state }) => state === 'ok')
      return checks.length === 0
        ? nothing
        : html`<section class="stack tight">
            <h3>${label}</h3>
            <ul class="checks">
              ${checks.filter(({ state }) => state !== 'ok').map((check) => checkLine(check))}
            </ul>
            <ul class="checks abreast">
              ${fine.map((check) => checkLine(check))}
            </ul>
          </section>`
    })
  }

  #edit(event: Event) {
    event.preventDefault()
    setQuery({ edit: '1' })
  }

  #saved(event: CustomEvent<Account>) {
    say(`Saved: ${event.detail.name}.`)
    setQuery({ edit: undefined })
    void this.#account.run()
    this.dispatchEvent(new CustomEvent('accounts-changed', { bubbles: true }))
  }

  async #test(part?: string) {
    this.testing = part ?? 'all'
    this.testProblem = undefined
    this.checks = []
    try {
      const { checks } = await post<TestAnswer>(this.path('/test'), part ? { parts: [part] } : {})
      this.checks = checks
    } catch (error) {
      this.testProblem = error
    } finally {
      this.testing = undefined
    }
  }

  async #remove() {
    const days = this.#account.value?.body.retention.removedAccountDays
    if (days === undefined) return
    const isSure = await confirmed(
      `Remove the account ${this.account}?`,
      html`<p>Members can no longer register through it, and messages from Cvent are refused.</p>
        <p>
          What it received and wrote (registrations, messages, logs) is erased after ${days} days,
          on ${onDate(new Date(Date.now() + days * 86_400_000).toISOString())}. Until then, add an
          account with the same key to have it again.
        </p>`,
      'Remove it',
    )
    if (!isSure) return
    try {
      await remove(this.path(), { etag: this.#account.value?.etag })
      this.dispatchEvent(
        new CustomEvent('accounts-changed', { bubbles: true, detail: '/dashboard/' }),
      )
    } catch (error) {
      sayProblem(error)
    }
  }
}

function checkLine({ state, text, fix, durationMs }: Check) {
  return html`<li class=${state}>
    ${icon(state === 'ok' ? 'ok' : state === 'skipped' ? 'open' : state)}
    <div>
      <span class="unseen">${state}: </span>${text}
      ${durationMs >= 20 ? html`<span class="small soft">${duration(Math.round(durationMs))}</span>` : nothing}
      ${fix ? html`<p class="small"><strong>What to do:</strong> ${fix}</p>` : nothing}
    </div>
  </li>`
}
