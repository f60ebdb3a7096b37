import { html, nothing } from 'lit'
import type { Account, ChangePreview } from '../../answers.ts'
import { ApiProblem, of, post, put } from '../../api.ts'
import {
  aboutActivities,
  aboutAlerts,
  aboutCvent,
  aboutImis,
  aboutMatching,
  newAccount,
} from './account-fields.ts'
import { agreesToRewrite, askMeanings } from '../form/before-saving.ts'
import { choiceField, textField } from '../form/fields.ts'
import { errorSummary, type Form } from '../form/form.ts'
import { PlainElement } from '../page.ts'
import { notice, problemBox } from '../form/says.ts'

/** `<account-form>`: the account's document. Without a `document` it is a new one. Event `saved`, the document in `detail`. */
export class AccountForm extends PlainElement {
  static override properties = {
    document: { attribute: false },
    version: { attribute: false },
    isReadOnly: { attribute: false },
    form: { state: true },
    problem: { state: true },
    isSaving: { state: true },
  }

  declare document: Account | undefined
  declare version: string | undefined
  declare isReadOnly: boolean
  declare private form: Form
  declare private problem: unknown
  declare private isSaving: boolean

  #filled = ''

  constructor() {
    super()
    this.isSaving = false
    this.isReadOnly = false
  }

  protected override willUpdate(changes: Map<PropertyKey, unknown>): void {
    if (!changes.has('document') && this.hasUpdated) return
    this.form = {
      name: 'account',
      draft: structuredClone(this.document ?? newAccount()),
      saved: this.document,
      errors: [],
      warnings: [],
      isReadOnly: this.isReadOnly,
      changed: () => {
        this.#fillOrigin()
        this.requestUpdate()
      },
    }
  }

  get #draft(): Account {
    // A clone of an account's document, changed by this form only.
    return this.form.draft as Account
  }

  /** The site's own origin is nearly always where its pages are. */
  #fillOrigin() {
    const { origins, imis } = this.#draft
    const isOurs = origins.length === 0 || origins.join() === this.#filled
    if (this.document || !isOurs || !URL.canParse(imis.siteUrl)) return
    this.#filled = new URL(imis.siteUrl).origin
    this.#draft.origins = [this.#filled]
  }

  protected override render(): unknown {
    const { form } = this
    const isNew = !this.document
    return html`<form class="form" novalidate @submit=${this.#save} aria-label="Account">
      ${this.problem ? this.#renderProblem() : nothing} ${errorSummary(form)}
      <fieldset>
        <legend>Association</legend>
        <div class="fields">
          ${textField(form, 'name', 'Name', {
            isRequired: true,
            placeholder: 'National Association of Sample Members',
          })}
          ${textField(form, 'key', 'Short name', {
            isRequired: true,
            isMono: true,
            isDisabled: !isNew,
            hint: isNew
              ? 'In addresses, such as nasm. It cannot be changed later.'
              : 'In addresses. It cannot be changed.',
          })}
          ${choiceField(form, 'mark', 'This account is', [
            ['production', 'production: real members'],
            ['sandbox', 'sandbox: for trying things out'],
          ])}
        </div>
      </fieldset>
      ${aboutImis(form)} ${aboutCvent(form)} ${aboutActivities(form)} ${aboutMatching(form)}
      ${aboutAlerts(form)}
      ${
        this.isReadOnly
          ? notice('info', 'Only an owner of this account can change it.')
          : html`<div class="save-bar">
              <button
                class="button main-action"
                ?disabled=${this.isSaving}
                aria-busy=${this.isSaving}
              >
                ${isNew ? 'Save and continue' : 'Save'}
              </button>
              ${
                isNew
                  ? html`<span class="small soft"
                      >Secrets are encrypted and never shown again.</span
                    >`
                  : html`<button class="button quiet" type="button" @click=${this.#cancel}>
                      Cancel
                    </button>`
              }
            </div>`
      }
    </form>`
  }

  #renderProblem() {
    const { problem } = this
    if (problem instanceof ApiProblem && problem.code === 'CHANGED_SINCE')
      return notice(
        'warn',
        html`<p>
            Somebody else saved this account since you opened it, so yours was not saved over it.
            Look at theirs, then make your change again.
          </p>
          <button class="button small" type="button" @click=${this.#reload}>Show theirs</button>`,
      )
    if (problem instanceof ApiProblem && problem.code === 'CONFLICT' && !this.document)
      return notice('bad', 'There is an account of that short name already. Choose another.')
    return problemBox(problem)
  }

  #reload() {
    this.dispatchEvent(new Event('reload'))
    this.problem = undefined
  }

  #cancel() {
    this.dispatchEvent(new Event('cancelled'))
  }

  async #save(event: Event) {
    event.preventDefault()
    this.isSaving = true
    this.problem = undefined
    try {
      const draft = this.#draft
      const path = of(draft.key || '-')
      let meanings: Record<string, string> | undefined = {}
      if (this.document) {
        const preview = await post<ChangePreview>(`${path}/preview`, draft)
        if (preview.errors.length > 0) throw new ApiProblem(400, { errors: preview.errors })
        meanings = await askMeanings(preview.questions)
        if (!meanings || !(await agreesToRewrite(preview))) return
      }
      const { body } = await put<Account>(path, draft, {
        etag: this.document ? this.version : 'new',
        query: meanings,
      })
      this.dispatchEvent(new CustomEvent('saved', { detail: body }))
    } catch (error) {
      if (error instanceof ApiProblem && error.errors.length > 0) this.form.errors = error.errors
      else if (error instanceof ApiProblem && error.code === 'CHANGED_SINCE' && !this.document)
        this.problem = new ApiProblem(409, { code: 'CONFLICT' })
      else this.problem = error
      await this.updateComplete
      this.querySelector('[role=alert], .notice')?.scrollIntoView({ block: 'center' })
    } finally {
      this.isSaving = false
    }
  }
}
