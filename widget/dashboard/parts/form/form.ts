import { html, nothing, type TemplateResult } from 'lit'
import type { FieldMessage } from '../../answers.ts'
import { icon } from '../icon.ts'

/** A document being edited: its members are read and written by path (`imis.sso.page`). */
export interface Form {
  name: string
  draft: object
  /** The document as it was read: it says which secrets are set. */
  saved?: object | undefined
  errors: FieldMessage[]
  warnings: FieldMessage[]
  isReadOnly?: boolean
  changed: () => void
}

/** How a field looks and what it says of itself. */
export interface FieldLook {
  hint?: unknown
  isWhole?: boolean
  isRequired?: boolean
  placeholder?: string
  type?: 'text' | 'password' | 'url' | 'number' | 'email'
  autocomplete?: string
  isMono?: boolean
  maxLength?: number
  beside?: unknown
  isDisabled?: boolean
}

/** The value at a path of a document; undefined where there is none. */
export function valueAt(document: object, path: string): unknown {
  let at: unknown = document
  for (const step of path.split('.'))
    at = typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined
  return at
}

/** Writes a value at a path of a document; the members on the way must be there. */
export function writeAt(document: object, path: string, value: unknown): void {
  const steps = path.split('.')
  const last = steps.pop() ?? ''
  const parent = steps.length > 0 ? valueAt(document, steps.join('.')) : document
  if (typeof parent === 'object' && parent !== null) Reflect.set(parent, last, value)
}

/** Takes what was typed: the field's own errors are gone until the next save. */
export function edit(form: Form, path: string, value: unknown) {
  writeAt(form.draft, path, value)
  form.errors = form.errors.filter(({ field }) => field !== path)
  form.changed()
}

/** The id of a field's control, by which a summary of errors leads to it. */
export function idOf(form: Form, path: string): string {
  return `${form.name}-${path.replaceAll(/[^\w]/g, '-')}`
}

/** What was said about a field, and about what is inside it. */
export function messages(form: Form, path: string) {
  const own = ({ field }: FieldMessage) => field === path || field.startsWith(`${path}.`)
  return { errors: form.errors.filter(own), warnings: form.warnings.filter(own) }
}

/** What every control of a field takes: its id, the ids of what is said about it, and how it stands. */
export interface Control {
  id: string
  value: unknown
  saidBy: string
  isInvalid: 'true' | 'false'
  isOff: boolean
}

/** A field: its label, its control, its hint and what was said about it. */
export function frame(
  form: Form,
  path: string,
  label: string,
  look: FieldLook,
  draw: (control: Control) => TemplateResult,
): TemplateResult {
  const id = idOf(form, path)
  const { errors, warnings } = messages(form, path)
  const control = draw({
    id,
    value: valueAt(form.draft, path),
    saidBy: `${id}-hint ${id}-said`,
    isInvalid: errors.length > 0 ? 'true' : 'false',
    isOff: look.isDisabled === true || form.isReadOnly === true,
  })
  return html`<div class="field ${look.isWhole ? 'whole' : ''}">
    <label for=${id}>${label}</label>
    ${look.beside ? html`<div class="with-button">${control}${look.beside}</div>` : control}
    ${look.hint ? html`<div class="hint" id="${id}-hint">${look.hint}</div>` : nothing}
    <div id="${id}-said">
      ${errors.map(({ message }) => html`<p class="error">${icon('failed')}<span>${message}</span></p>`)}
      ${warnings.map(
        ({ message }) => html`<p class="warning">${icon('warning')}<span>${message}</span></p>`,
      )}
    </div>
  </div>`
}

/**
 * The errors of a save at the top of a form, each leading to its field. It is said to screen readers; those without a
 * field of their own stand here only.
 */
export function errorSummary(form: Form): TemplateResult | typeof nothing {
  if (form.errors.length === 0) return nothing
  return html`<div class="notice bad" role="alert">
    ${icon('failed')}
    <div>
      <p>
        Not saved.
        ${form.errors.length === 1 ? 'One thing needs a change:' : 'These need a change:'}
      </p>
      <ul class="steps-of">
        ${form.errors.map(
          ({ field, message }) =>
            html`<li>
              <a
                href="#${idOf(form, field)}"
                @click=${(event: Event) => toField(event, form, field)}
                >${field || 'The document'}</a
              >: ${message}
            </li>`,
        )}
      </ul>
    </div>
  </div>`
}

function toField(event: Event, form: Form, field: string) {
  event.preventDefault()
  focusField(form, field)
}

/** Brings the focus to the control of a field, opening what hides it. */
export function focusField(form: Form, field: string): void {
  const control = document.getElementById(idOf(form, field))
  const hiding = control?.closest('details')
  if (hiding) hiding.open = true
  control?.focus()
}
