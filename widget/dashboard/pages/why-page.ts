import { Task } from '@lit/task'
import { html, nothing } from 'lit'
import { setQuery } from '../address.ts'
import type { EventLine, Simulation } from '../answers.ts'
import { get, post } from '../api.ts'
import { contactTable } from '../parts/account/contact-table.ts'
import { DashboardPage, loaded, pageHead } from '../parts/page.ts'
import { badge, bones, empty, notice, problemBox } from '../parts/form/says.ts'

const STEP_NAMES: Record<string, string> = {
  configured: 'The event here',
  'cvent-event': 'The event at Cvent',
  member: 'The member',
  'own-registration': 'Their own registration',
  window: 'Open or closed',
  capacity: 'Places',
  query: 'The registrants query',
}

const PHASES: Record<NonNullable<Simulation['phase']>, string> = {
  'signed-out': 'a sign-in link',
  eligible: 'the Register button',
  'not-eligible': 'that they may not register',
  'details-missing': 'what their record lacks, and where to add it',
  registered: 'that they are registered',
  waitlisted: 'that they are on the waiting list',
  'pending-approval': 'that their registration waits for approval',
  full: 'that the event is full',
  'not-open': 'that registration is not open yet',
  closed: 'that registration is closed',
}

/** `<why-page>`: what a member would see for an event, and every step that leads there. It writes nothing. */
export class WhyPage extends DashboardPage {
  static override properties = {
    ...DashboardPage.properties,
    answer: { state: true },
    problem: { state: true },
    isAsking: { state: true },
  }

  declare private answer: Simulation | undefined
  declare private problem: unknown
  declare private isAsking: boolean

  #events = new Task(this, {
    task: async (_, { signal }) =>
      (await get<{ items: EventLine[] }>(this.path('/events'), { signal })).items,
    args: () => [this.account],
  })

  protected override render(): unknown {
    return html`${pageHead('Why?', {
        lead: 'What would this member see, and why? Every step, with what iMIS answers now. Nothing is written, in iMIS or at Cvent.',
      })}
      ${loaded(this.#events, (events) =>
        events.length === 0
          ? empty('No events yet', 'Add one first, then ask about it here.')
          : this.#renderForm(events),
      )}
      <div aria-live="polite" class="stack">
        ${this.problem ? problemBox(this.problem) : nothing} ${this.isAsking ? bones(5) : nothing}
        ${this.answer && !this.isAsking ? this.#renderAnswer(this.answer) : nothing}
      </div>`
  }

  #renderForm(events: EventLine[]) {
    const chosen = this.query.get('eventCode') ?? events[0]?.eventCode
    return html`<form class="panel filters" @submit=${this.#ask}>
      <div class="field">
        <label for="why-member">iMIS ID of the member</label>
        <input id="why-member" name="imisId" required autocomplete="off" placeholder="101" />
      </div>
      <div class="field search">
        <label for="why-event">Event</label>
        <select
          id="why-event"
          name="eventCode"
          @change=${(event: Event) => {
            if (event.target instanceof HTMLSelectElement)
              setQuery({ eventCode: event.target.value })
          }}
        >
          ${events.map(
            ({ eventCode, title }) =>
              html`<option value=${eventCode} .selected=${eventCode === chosen}>
                ${title ?? eventCode}
              </option>`,
          )}
        </select>
      </div>
      <button class="button main-action" ?disabled=${this.isAsking} aria-busy=${this.isAsking}>
        Ask
      </button>
    </form>`
  }

  #renderAnswer({ imisId, phase, message, steps, contact, handOff }: Simulation) {
    return html`<section class="panel" aria-labelledby="why-result">
        <h2 id="why-result">iMIS ID ${imisId} would see</h2>
        ${notice(
          phase === 'eligible' || phase === 'registered'
            ? 'good'
            : phase === null
              ? 'warn'
              : 'info',
          html`<strong
              >${phase === null ? 'nothing: the iPart hides itself' : PHASES[phase]}</strong
            >
            ${message ? html`<p>“${message}”</p>` : nothing}`,
        )}
      </section>
      <section class="panel" aria-labelledby="why-steps">
        <h2 id="why-steps">Step by step</h2>
        <ol class="timeline">
          ${steps.map(
            ({ step, outcome, text, facts }) =>
              html`<li class=${outcome}>
                <div class="row">
                  <strong>${STEP_NAMES[step] ?? step}</strong>
                  ${badge(outcome, outcome === 'passed' ? 'good' : outcome === 'skipped' ? 'plain' : outcome === 'stopped' ? 'warn' : 'bad')}
                </div>
                <div>${text}</div>
                ${
                  Object.keys(facts).length > 0
                    ? html`<details class="small">
                        <summary>What was looked at</summary>
                        <pre tabindex="0">${JSON.stringify(facts, undefined, 2)}</pre>
                      </details>`
                    : nothing
                }
              </li>`,
          )}
        </ol>
      </section>
      ${
        contact
          ? html`<section class="stack" aria-labelledby="why-contact">
              <h2 id="why-contact">What would be sent to Cvent</h2>
              ${handOff ? html`<p>${handOff.text}</p>` : nothing} ${contactTable(contact)}
            </section>`
          : nothing
      }`
  }

  async #ask(event: SubmitEvent) {
    event.preventDefault()
    if (!(event.target instanceof HTMLFormElement)) return
    const given = new FormData(event.target)
    const imisId = String(given.get('imisId')).trim()
    const eventCode = String(given.get('eventCode'))
    this.isAsking = true
    this.problem = undefined
    try {
      this.answer = await post<Simulation>(
        this.path(`/events/${encodeURIComponent(eventCode)}/simulate`),
        { imisId },
      )
    } catch (error) {
      this.answer = undefined
      this.problem = error
    } finally {
      this.isAsking = false
    }
  }
}
