import { Task } from '@lit/task'
import { html, nothing } from 'lit'
import { href, hrefOfWarning } from '../address.ts'
import type { Overview } from '../answers.ts'
import { get } from '../api.ts'
import { DashboardPage, loaded, pageHead } from '../parts/page.ts'
import { quotaForecast } from '../parts/account/quota-forecast.ts'
import { badge, notice, type Tone } from '../parts/form/says.ts'
import { count, onDate, when } from '../parts/times.ts'
import { shortWarning } from '../parts/warnings.ts'

const LOOK_MS = 30_000
const VENDORS: Record<string, string> = { imis: 'iMIS', cvent: 'Cvent' }
const TONES: Record<string, Tone> = { ok: 'good', failing: 'bad', paused: 'warn' }

/** `<overview-page>`: is it well, what waits, and what needs a person. */
export class OverviewPage extends DashboardPage {
  #timer: ReturnType<typeof setInterval> | undefined

  #overview = new Task(this, {
    task: (_, { signal }) => get<Overview>(this.path('/overview'), { signal, query: { days: 14 } }),
    args: () => [this.account],
  })

  override connectedCallback(): void {
    super.connectedCallback()
    this.#timer = setInterval(() => {
      if (!document.hidden) void this.#overview.run()
    }, LOOK_MS)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearInterval(this.#timer)
  }

  protected override render(): unknown {
    return html`${pageHead('Overview')}
    ${loaded(this.#overview, (overview) => this.#renderOverview(overview), 14)}`
  }

  #renderOverview(overview: Overview) {
    return html`${this.#renderTiles(overview)} ${this.#renderWarnings(overview)}
      <section class="panel" aria-labelledby="days">
        <h2 id="days">The last ${overview.days.length} days</h2>
        <day-chart .days=${overview.days}></day-chart>
      </section>
      <div class="columns three">
        ${overview.vendors.map((vendor) => renderVendor(vendor))}
        <section class="panel" aria-labelledby="seen">
          <h2 id="seen">Last seen</h2>
          <dl class="pairs">
            <dt>Webhook</dt>
            <dd>${when(overview.lastWebhookAt, 'none yet')}</dd>
            <dt>Sign-on</dt>
            <dd>${when(overview.lastSignOnAt, 'none yet')}</dd>
            <dt>Oldest waiting</dt>
            <dd>
              ${
                overview.oldestWaiting
                  ? html`${when(overview.oldestWaiting.at)}, a ${overview.oldestWaiting.what}`
                  : 'nothing waits'
              }
            </dd>
          </dl>
        </section>
      </div>`
  }

  #renderWarnings({ warnings }: Overview) {
    if (warnings.length === 0) return notice('good', 'All is well: nothing needs you.')
    const groups = Map.groupBy(warnings, ({ code }) => code)
    return html`<section class="panel" aria-labelledby="warnings">
      <h2 id="warnings">
        ${groups.size === 1 ? 'One thing needs you' : `${groups.size} things need you`}
      </h2>
      <ul class="plain-list warnings">
        ${[...groups].map(([code, group]) => this.#renderGroup(code, group))}
      </ul>
    </section>`
  }

  /** Warnings of one kind stand together: seven events without a webhook are one thing to do. */
  #renderGroup(code: string, group: Overview['warnings']) {
    const texts = group.map(
      ({ text, page }) => html`${text} <a href=${hrefOfWarning(this.account, page)}>See to it</a>`,
    )
    const short = shortWarning(code)
    if (group.length === 1 || short === undefined)
      return texts.map((text) => html`<li>${notice('warn', text)}</li>`)
    return html`<li>
      ${notice(
        'warn',
        html`<details>
          <summary>${short} (${group.length} events)</summary>
          <ul class="steps-of">
            ${texts.map((text) => html`<li>${text}</li>`)}
          </ul>
        </details>`,
      )}
    </li>`
  }

  #renderTiles({ registrations, messages }: Overview) {
    const tile = (value: number, text: string, state: string | undefined, tone = '') =>
      html`<a
        class="tile ${value > 0 ? tone : ''}"
        href=${href(this.account, 'registrations', undefined, { state })}
        ><b>${count(value)}</b><span>${text}</span></a
      >`
    return html`<div class="tiles">
      ${tile(registrations.total, 'registrations', undefined)}
      ${tile(registrations.synced, 'in iMIS', 'synced')}
      ${tile(registrations.waiting, 'waiting', 'waiting')}
      ${tile(registrations.unmatched, 'without a person', 'unmatched', 'warn')}
      ${tile(registrations.dead, 'dead', 'need attention', 'bad')}
      <a
        class="tile ${messages.dead > 0 ? 'bad' : ''}"
        href=${href(this.account, 'logs', undefined, { kind: 'webhook', level: messages.dead > 0 ? 'failure' : undefined })}
        ><b>${count(messages.waiting + messages.dead)}</b><span>messages not yet unpacked</span></a
      >
    </div>`
  }
}

function renderVendor(vendor: Overview['vendors'][number]) {
  const name = VENDORS[vendor.vendor] ?? vendor.vendor
  return html`<section class="panel" aria-label=${name}>
    <div class="row apart">
      <h2>${name}</h2>
      ${badge(vendor.state === 'ok' ? 'answers' : vendor.state, TONES[vendor.state] ?? 'plain')}
    </div>
    ${vendor.reason ? html`<p>${vendor.reason}</p>` : nothing}
    ${vendor.until ? html`<p class="small soft">Asked again ${when(vendor.until)}</p>` : nothing}
    ${
      vendor.perDay === null || vendor.used === null
        ? vendor.used === null
          ? nothing
          : html`<p class="soft">${count(vendor.used)} calls today</p>`
        : html`<div class="stack tight">
            <span>${count(vendor.used)} of ${count(vendor.perDay)} calls today</span>
            <meter
              aria-label="Calls used today"
              min="0"
              max=${vendor.perDay}
              high=${vendor.perDay * 0.8}
              optimum="0"
              value=${vendor.used}
            ></meter>
          </div>`
    }
    ${quotaForecast(vendor.forecast)}
    ${
      vendor.goneUntil
        ? notice('warn', html`The day’s calls are used up. It goes on ${onDate(vendor.goneUntil)}.`)
        : nothing
    }
  </section>`
}
