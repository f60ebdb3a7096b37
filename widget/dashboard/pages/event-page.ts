import { Task } from '@lit/task'
import { html, nothing, type PropertyValues } from 'lit'
import { go, href } from '../address.ts'
import type { ChangePreview, Event as EventDocument, EventCheck, EventLine } from '../answers.ts'
import { ApiProblem, get, getVersioned, post, put, remove } from '../api.ts'
import { agreesToRewrite } from '../parts/form/before-saving.ts'
import { confirmed } from '../parts/form/dialog.ts'
import { eventFields, newEvent } from '../parts/event/event-fields.ts'
import { eventStands } from '../parts/event/event-stands.ts'
import { errorSummary, focusField, type Form } from '../parts/form/form.ts'
import { DashboardPage, loaded, pageHead } from '../parts/page.ts'
import { badge, notice, problemBox, say, sayProblem } from '../parts/form/says.ts'
import { days } from '../parts/times.ts'

/** What the address calls an event that is not there yet. */
const NEW = '-'
const AGAIN_MS = 2000

/** `<event-page>`: one event, added or edited, checked against both vendors before it is saved. */
export class EventPage extends DashboardPage {
  static override properties = {
    ...DashboardPage.properties,
    form: { state: true },
    check: { state: true },
    busy: { state: true },
    problem: { state: true },
  }

  declare private form: Form
  declare private check: EventCheck | undefined
  declare private busy: 'none' | 'checking' | 'saving' | 'reconciling'
  declare private problem: unknown

  constructor() {
    super()
    this.busy = 'none'
    this.form = this.#formOf(newEvent())
  }

  get #isNew() {
    return this.subject === NEW
  }

  get #draft(): EventDocument {
    // A clone of an event's document, changed by this form only.
    return this.form.draft as EventDocument
  }

  get #eventPath() {
    return this.path(`/events/${encodeURIComponent(this.subject ?? '')}`)
  }

  #document = new Task(this, {
    task: async (_, { signal }) => {
      if (this.#isNew) {
        this.form = this.#formOf({ ...newEvent(), eventCode: this.query.get('eventCode') ?? '' })
        return undefined
      }
      const found = await getVersioned<EventDocument>(this.#eventPath, { signal })
      this.form = this.#formOf(found.body)
      return found.etag
    },
    args: () => [this.account, this.subject],
  })

  #line = new Task(this, {
    task: async (_, { signal }) => {
      if (this.#isNew) return null
      const { items } = await get<{ items: EventLine[] }>(this.path('/events'), { signal })
      return items.find(({ eventCode }) => eventCode === this.subject) ?? null
    },
    args: () => [this.account, this.subject],
  })

  #again: ReturnType<typeof setTimeout> | undefined

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.#again)
  }

  /** A new event is read from Cvent by the worker, a moment after it was saved: its title comes then. */
  protected override updated(changes: PropertyValues<this>): void {
    super.updated(changes)
    if (this.#line.value?.title !== null || this.#again) return
    this.#again = setTimeout(() => {
      this.#again = undefined
      if (this.isConnected) void this.#line.run()
    }, AGAIN_MS)
  }

  #formOf(document: EventDocument): Form {
    return {
      name: 'event',
      draft: structuredClone(document),
      errors: [],
      warnings: [],
      changed: () => this.requestUpdate(),
    }
  }

  protected override render(): unknown {
    this.form.isReadOnly = !this.may('editor')
    const line = this.#line.value
    const crumb = { text: 'Events', href: href(this.account, 'events') }
    return html`${
      this.#isNew
        ? pageHead('Add an event', { crumb })
        : pageHead(line?.title ?? this.subject, {
            crumb,
            lead: line
              ? html`${days(line.startsAt, line.endsAt, line.timeZone)}
                ${line.place ? ` · ${line.place}` : nothing}
                ${line.cventStatus ? badge(line.cventStatus) : nothing}`
              : nothing,
            actions: html`<a
              class="button"
              href=${href(this.account, 'why', undefined, { eventCode: this.subject })}
              >Why can’t somebody register?</a
            >`,
          })
    }
    ${
      line
        ? eventStands(line, {
            account: this.account,
            mayCompare: this.may('editor'),
            isBusy: this.busy !== 'none',
            compare: (dryRun) => void this.#reconcile(dryRun),
          })
        : nothing
    }
    ${
      !this.#isNew && this.#document.value === undefined
        ? loaded(this.#document, () => nothing, 12)
        : this.#renderForm()
    }
    ${this.#isNew || !this.may('editor') ? nothing : this.#renderRemoval()}`
  }

  #renderForm() {
    const { form, check } = this
    return html`<form class="panel form" novalidate aria-label="Event" @submit=${this.#save}>
      ${this.problem ? this.#renderProblem() : nothing} ${errorSummary(form)}
      ${
        check?.cvent
          ? notice(
              'good',
              html`At Cvent: <strong>${check.cvent.title}</strong>, ${check.cvent.status}
                ${days(check.cvent.startsAt, check.cvent.endsAt, check.cvent.timeZone)}`,
            )
          : nothing
      }
      ${
        form.warnings.length > 0
          ? notice(
              'warn',
              html`<p>You may save. Look at these first:</p>
                <ul class="steps-of">
                  ${form.warnings.map(({ message }) => html`<li>${message}</li>`)}
                </ul>`,
            )
          : nothing
      }
      ${eventFields(form, { account: this.account, isNew: this.#isNew })}
      ${
        this.may('editor')
          ? html`<div class="save-bar">
              <button
                class="button main-action"
                ?disabled=${this.busy !== 'none'}
                aria-busy=${this.busy === 'saving'}
              >
                ${this.#isNew ? 'Add the event' : 'Save'}
              </button>
              <button
                class="button"
                type="button"
                ?disabled=${this.busy !== 'none'}
                aria-busy=${this.busy === 'checking'}
                @click=${() => void this.#check()}
              >
                Check without saving
              </button>
            </div>`
          : notice('info', 'Only an editor or owner of this account can change it.')
      }
    </form>`
  }

  #renderProblem() {
    const { problem } = this
    if (!(problem instanceof ApiProblem) || problem.code !== 'CHANGED_SINCE')
      return problemBox(problem)
    return this.#isNew
      ? notice('bad', 'There is an event with this Cvent event code already.')
      : notice(
          'warn',
          html`<p>
              Somebody else saved this event since you opened it, so yours was not saved over it.
              Look at theirs, then make your change again.
            </p>
            <button class="button small" type="button" @click=${this.#showTheirs}>
              Show theirs
            </button>`,
        )
  }

  #showTheirs() {
    this.problem = undefined
    void this.#document.run()
  }

  #renderRemoval() {
    return html`<details class="panel">
      <summary>Remove this event</summary>
      <p class="soft">
        Its registrations and what was written to iMIS stay. To stop registrations for a while,
        disable it instead.
      </p>
      <div>
        <button class="button danger" type="button" @click=${() => void this.#remove()}>
          Remove the event
        </button>
      </div>
    </details>`
  }

  /** Asks both vendors what they make of it. True when nothing forbids saving. */
  async #check(): Promise<boolean> {
    this.busy = 'checking'
    this.problem = undefined
    try {
      const code = this.#draft.eventCode || NEW
      const check = await post<EventCheck>(this.path(`/events/${encodeURIComponent(code)}/check`), {
        event: this.#draft,
      })
      this.check = check
      this.form.errors = check.errors
      this.form.warnings = check.warnings
      if (check.errors[0]) await this.#lead(check.errors[0].field)
      else if (check.warnings.length === 0) say('Both sides agree: nothing to change.')
      return check.errors.length === 0
    } catch (error) {
      await this.#refused(error)
      return false
    } finally {
      this.busy = 'none'
    }
  }

  async #save(event: Event) {
    event.preventDefault()
    const isSound = await this.#check()
    if (!isSound && !this.#isVendorAway) return
    this.busy = 'saving'
    try {
      const { eventCode } = this.#draft
      if (!this.#isNew) {
        const preview = await post<ChangePreview>(`${this.#eventPath}/preview`, this.#draft)
        if (!(await agreesToRewrite(preview))) return
      }
      const { body, etag } = await put<EventDocument>(
        this.path(`/events/${encodeURIComponent(eventCode)}`),
        this.#draft,
        { etag: this.#isNew ? 'new' : this.#document.value },
      )
      say(`Saved: ${this.check?.cvent?.title ?? body.eventCode}.`)
      if (this.#isNew) go(href(this.account, 'events', eventCode), { replace: true })
      else if (etag) await Promise.all([this.#document.run(), this.#line.run()])
    } catch (error) {
      await this.#refused(error)
    } finally {
      this.busy = 'none'
    }
  }

  /** A vendor that does not answer must not keep an admin from saving. */
  get #isVendorAway() {
    const { problem } = this
    return problem instanceof ApiProblem && problem.code.startsWith('VENDOR_')
  }

  async #refused(error: unknown) {
    if (error instanceof ApiProblem && error.errors[0]) {
      // The check wraps the document in `event`; the field is the same one.
      this.form.errors = error.errors.map(({ field, message }) => ({
        field: field.replace(/^event\./, ''),
        message,
      }))
      await this.#lead(this.form.errors[0]?.field ?? '')
    } else this.problem = error
  }

  async #lead(field: string) {
    this.requestUpdate()
    await this.updateComplete
    focusField(this.form, field)
  }

  async #reconcile(dryRun: boolean) {
    this.busy = 'reconciling'
    try {
      await post(`${this.#eventPath}/reconcile`, { mode: 'full', dryRun })
      this.querySelector('run-progress')?.dispatchEvent(new Event('look'))
      say(dryRun ? 'Comparing. Nothing is written.' : 'Comparing, and mending what differs.')
    } catch (error) {
      sayProblem(error)
    } finally {
      this.busy = 'none'
    }
  }

  async #remove() {
    const isSure = await confirmed(
      `Remove ${this.subject}?`,
      'Its iParts hide themselves, and new messages about it are only counted.',
      'Remove it',
    )
    if (!isSure) return
    try {
      await remove(this.#eventPath, { etag: this.#document.value })
      say(`${this.subject} is removed.`)
      go(href(this.account, 'events'))
    } catch (error) {
      sayProblem(error)
    }
  }
}
