import { Task } from '@lit/task'
import { html, nothing } from 'lit'
import { go, href, hrefOfWarning, setQuery } from '../address.ts'
import type { Event as EventDocument, EventLine, EventList, UnknownEvent } from '../answers.ts'
import { ApiProblem, get, getVersioned, post, put } from '../api.ts'
import { openDialog } from '../parts/form/dialog.ts'
import { icon } from '../parts/icon.ts'
import { DashboardPage, loaded, pageHead } from '../parts/page.ts'
import { badge, empty, problemBox, say, sayProblem } from '../parts/form/says.ts'
import { table, type Column } from '../parts/list/table.ts'
import { count, days, when } from '../parts/times.ts'
import { shortWarning } from '../parts/warnings.ts'

/** `<events-page>`: the events members can register for, and those that send messages and nobody configured. */
export class EventsPage extends DashboardPage {
  #events = new Task(this, {
    task: (_, { signal }) => get<EventList>(this.path('/events'), { signal }),
    args: () => [this.account],
  })

  protected override render(): unknown {
    const add = this.may('editor')
      ? html`<a class="button main-action" href=${href(this.account, 'events', '-')}
          >Add an event</a
        >`
      : nothing
    return html`${pageHead('Events', {
      lead: 'Each ties a Cvent event to an iMIS meeting code, and says who may register.',
      actions: add,
    })}
    ${loaded(this.#events, ({ items, unknown }) => [
      items.length === 0
        ? empty(
            'No events yet',
            'Choose a Cvent event, give it a meeting code, and say which query lists who may register.',
            add,
          )
        : table(items, this.#columns, {
            caption: 'Events',
            isStacking: true,
            key: ({ eventCode }) => eventCode,
            rowClass: ({ enabled }) => (enabled ? '' : 'is-off'),
          }),
      this.#renderUnknown(unknown),
    ])}`
  }

  #columns: Column<EventLine>[] = [
    {
      head: 'Event',
      isHeading: true,
      cell: (event) =>
        html`<a href=${href(this.account, 'events', event.eventCode)}
            >${event.title ?? event.eventCode}</a
          >
          <span class="sub"
            >${event.title === null ? 'iMIS meeting' : `${event.eventCode} →`} ${event.meetingCode}
            ${days(event.startsAt, event.endsAt, event.timeZone)}</span
          >
          ${event.enabled ? nothing : badge('disabled')} ${this.#warnings(event)}`,
    },
    {
      head: 'Registrations',
      isNumber: true,
      isMinor: true,
      cell: ({ eventCode, registrations }) =>
        html`<a href=${href(this.account, 'registrations', undefined, { eventCode })}
          >${count(registrations.total)}<span class="unseen"> registrations</span></a
        >`,
    },
    {
      head: 'Needs you',
      isNumber: true,
      cell: ({ eventCode, registrations: { dead, unmatched } }) =>
        dead + unmatched === 0
          ? '0'
          : html`<a
              href=${href(this.account, 'registrations', undefined, {
                eventCode,
                state: dead > 0 ? 'dead' : 'unmatched',
              })}
              >${badge(count(dead + unmatched), 'warn')}</a
            >`,
    },
    {
      head: 'Last webhook',
      isMinor: true,
      cell: ({ lastWebhookAt }) => when(lastWebhookAt, 'none yet'),
    },
    { head: html`<span class="unseen">Actions</span>`, cell: (event) => this.#actions(event) },
  ]

  #warnings({ warnings }: EventLine) {
    return warnings.map(
      ({ code, text, page }) =>
        html`<details class="warning small">
          <summary>${icon('warning')} ${shortWarning(code) ?? text}</summary>
          <p>${text} <a href=${hrefOfWarning(this.account, page)}>See to it</a></p>
        </details>`,
    )
  }

  #actions(event: EventLine) {
    if (!this.may('editor')) return nothing
    return html`<div class="row end">
      <button
        class="button small"
        type="button"
        aria-label="Copy ${event.title ?? event.eventCode}"
        @click=${() => void this.#copy(event)}
      >
        Copy
      </button>
      <button
        class="button small"
        type="button"
        aria-label="${event.enabled ? 'Disable' : 'Enable'} ${event.title ?? event.eventCode}"
        @click=${() => void this.#switch(event)}
      >
        ${event.enabled ? 'Disable' : 'Enable'}
      </button>
    </div>`
  }

  #renderUnknown(unknown: UnknownEvent[]) {
    if (unknown.length === 0) return nothing
    const isAll = this.query.get('ignored') === 'shown'
    const shown = unknown.filter(({ isIgnored }) => isAll || !isIgnored)
    const ignored = unknown.length - unknown.filter(({ isIgnored }) => !isIgnored).length
    return html`<section class="panel" aria-labelledby="unknown">
      <div class="row apart">
        <h2 id="unknown">They send messages, but are not configured</h2>
        ${
          ignored > 0
            ? html`<button
                class="button small quiet"
                type="button"
                @click=${() => setQuery({ ignored: isAll ? undefined : 'shown' })}
              >
                ${isAll ? 'Hide the ignored' : `Show ${ignored} ignored`}
              </button>`
            : nothing
        }
      </div>
      ${
        shown.length === 0
          ? html`<p class="soft">All of them are ignored.</p>`
          : table(
              shown,
              [
                {
                  head: 'Cvent event',
                  isHeading: true,
                  cell: ({ title, eventCode, eventStub, isIgnored }) =>
                    html`${title ?? eventCode ?? 'Name not known yet'}
                      ${isIgnored ? badge('ignored') : nothing}
                      <span class="sub">${eventCode ?? eventStub}</span>`,
                },
                {
                  head: 'Messages',
                  isNumber: true,
                  isMinor: true,
                  cell: ({ messageCount }) => count(messageCount),
                },
                { head: 'Last', isMinor: true, cell: ({ lastSeenAt }) => when(lastSeenAt) },
                {
                  head: html`<span class="unseen">Actions</span>`,
                  cell: (event) => this.#unknownActions(event),
                },
              ],
              {
                caption: 'Events that are not configured',
                isStacking: true,
                key: ({ eventStub }) => eventStub,
              },
            )
      }
    </section>`
  }

  #unknownActions({ eventStub, eventCode, title, isIgnored }: UnknownEvent) {
    if (!this.may('editor')) return nothing
    const name = title ?? eventCode ?? eventStub
    return html`<div class="row end">
      <a
        class="button small"
        href=${href(this.account, 'events', '-', { eventCode: eventCode ?? undefined })}
        aria-label="Add ${name}"
        >Add</a
      >
      <button
        class="button small"
        type="button"
        aria-label="${isIgnored ? 'Show' : 'Ignore'} ${name}"
        @click=${() => void this.#ignore(eventStub, !isIgnored)}
      >
        ${isIgnored ? 'Show again' : 'Ignore'}
      </button>
    </div>`
  }

  async #ignore(eventStub: string, isIgnored: boolean) {
    try {
      await put(this.path(`/unknown-events/${eventStub}`), { isIgnored })
      await this.#events.run()
    } catch (error) {
      sayProblem(error)
    }
  }

  async #switch({ eventCode, enabled }: EventLine) {
    const path = this.path(`/events/${encodeURIComponent(eventCode)}`)
    try {
      const { body, etag } = await getVersioned<EventDocument>(path)
      await put(path, { ...body, enabled: !enabled }, { etag })
      say(
        enabled
          ? `${eventCode} is disabled: its iParts hide themselves.`
          : `${eventCode} is enabled.`,
      )
      await this.#events.run()
    } catch (error) {
      sayProblem(error)
    }
  }

  async #copy({ eventCode, title }: EventLine) {
    const copied = await openDialog<EventDocument>(`Copy ${title ?? eventCode}`, (close) => {
      let problem: unknown
      const submit = async (event: SubmitEvent) => {
        event.preventDefault()
        if (!(event.target instanceof HTMLFormElement)) return
        const given = Object.fromEntries(new FormData(event.target))
        try {
          close(
            await post<EventDocument>(
              this.path(`/events/${encodeURIComponent(eventCode)}/copy`),
              given,
            ),
          )
        } catch (error) {
          problem = error
          say(problem instanceof ApiProblem ? problem.message : 'That did not work.')
        }
      }
      return html`<form class="form" @submit=${submit}>
        <p class="soft">The query and every setting are taken over; the codes must be its own.</p>
        ${problem ? problemBox(problem) : nothing}
        <div class="field">
          <label for="copy-event">Cvent event code of the copy</label>
          <input
            id="copy-event"
            name="eventCode"
            class="mono"
            required
            maxlength="40"
            autofocus
            autocomplete="off"
          />
        </div>
        <div class="field">
          <label for="copy-meeting">iMIS meeting code of the copy</label>
          <input
            id="copy-meeting"
            name="meetingCode"
            class="mono"
            required
            maxlength="10"
            autocomplete="off"
          />
        </div>
        <div class="row end"><button class="button main-action">Copy</button></div>
      </form>`
    })
    if (copied) go(href(this.account, 'events', copied.eventCode))
  }
}
