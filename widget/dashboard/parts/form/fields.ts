import { html, nothing, type TemplateResult } from 'lit'
import { edit, frame, idOf, messages, valueAt, type FieldLook, type Form } from './form.ts'

/** What stands in a document for a secret that is set and stays. */
const SECRET_MASK = '…'

/** A line of text at a path. An empty one is `empty` (default `''`) in the document. */
export function textField(
  form: Form,
  path: string,
  label: string,
  look: FieldLook & { empty?: null | ''; asList?: boolean } = {},
): TemplateResult {
  return frame(form, path, label, look, ({ id, value, saidBy, isInvalid, isOff }) => {
    const text = Array.isArray(value) ? value.join(', ') : value
    return html`<input
      id=${id}
      name=${path}
      class=${look.isMono ? 'mono' : ''}
      type=${look.type ?? 'text'}
      autocomplete=${look.autocomplete ?? 'off'}
      spellcheck="false"
      ?required=${look.isRequired}
      ?disabled=${isOff}
      maxlength=${look.maxLength ?? nothing}
      placeholder=${look.placeholder ?? nothing}
      aria-invalid=${isInvalid}
      aria-describedby=${saidBy}
      .value=${typeof text === 'string' || typeof text === 'number' ? String(text) : ''}
      @input=${(event: Event) => {
        if (!(event.target instanceof HTMLInputElement)) return
        edit(form, path, read(event.target.value, look))
      }}
    />`
  })
}

function read(text: string, look: FieldLook & { empty?: null | ''; asList?: boolean }) {
  const trimmed = look.type === 'password' ? text : text.trim()
  if (look.asList) return trimmed.split(/[\s,]+/).filter(Boolean)
  if (look.type === 'number') return trimmed === '' ? null : Number(trimmed)
  return trimmed === '' ? (look.empty === undefined ? '' : look.empty) : trimmed
}

/** A choice of a few values at a path. */
export function choiceField(
  form: Form,
  path: string,
  label: string,
  choices: [string, string][],
  look: FieldLook = {},
): TemplateResult {
  return frame(
    form,
    path,
    label,
    look,
    ({ id, value, saidBy, isInvalid, isOff }) =>
      html`<select
        id=${id}
        name=${path}
        ?disabled=${isOff}
        aria-invalid=${isInvalid}
        aria-describedby=${saidBy}
        @change=${(event: Event) => {
          if (event.target instanceof HTMLSelectElement) edit(form, path, event.target.value)
        }}
      >
        ${choices.map(
          ([choice, text]) =>
            html`<option value=${choice} .selected=${choice === value}>${text}</option>`,
        )}
      </select>`,
  )
}

/** Yes or no at a path. */
export function checkField(
  form: Form,
  path: string,
  label: string,
  hint?: unknown,
): TemplateResult {
  const id = idOf(form, path)
  const { errors } = messages(form, path)
  return html`<div class="field whole">
    <div class="check">
      <input
        type="checkbox"
        id=${id}
        name=${path}
        ?disabled=${form.isReadOnly === true}
        aria-describedby="${id}-hint"
        .checked=${valueAt(form.draft, path) === true}
        @change=${(event: Event) => {
          if (event.target instanceof HTMLInputElement) edit(form, path, event.target.checked)
        }}
      />
      <label for=${id}>${label}</label>
      <div class="hint" id="${id}-hint">${hint ?? nothing}</div>
    </div>
    ${errors.map(({ message }) => html`<p class="error">${message}</p>`)}
  </div>`
}

/** A moment at a path, typed in the reader's own time zone and kept with its offset. */
export function momentField(
  form: Form,
  path: string,
  label: string,
  look: FieldLook = {},
): TemplateResult {
  return frame(
    form,
    path,
    label,
    look,
    ({ id, value, saidBy, isInvalid, isOff }) =>
      html`<input
        id=${id}
        name=${path}
        type="datetime-local"
        ?disabled=${isOff}
        aria-invalid=${isInvalid}
        aria-describedby=${saidBy}
        .value=${typeof value === 'string' ? localText(value) : ''}
        @change=${(event: Event) => {
          if (!(event.target instanceof HTMLInputElement)) return
          const { value: text } = event.target
          edit(form, path, text ? new Date(text).toISOString() : null)
        }}
      />`,
  )
}

/** A secret at a path: never shown. One that is set is kept until something else is typed. */
export function secretField(
  form: Form,
  path: string,
  label: string,
  look: FieldLook & { empty?: null | '' } = {},
): TemplateResult {
  const isSet = valueAt(form.saved ?? {}, path) === SECRET_MASK
  return frame(form, path, label, look, ({ id, value, saidBy, isInvalid, isOff }) => {
    const isKept = value === SECRET_MASK
    return html`<input
      id=${id}
      name=${path}
      type="password"
      autocomplete="new-password"
      ?required=${look.isRequired === true && !isKept}
      ?disabled=${isOff}
      placeholder=${isKept ? 'Set. Type to change it' : nothing}
      aria-invalid=${isInvalid}
      aria-describedby=${saidBy}
      .value=${isKept ? '' : String(value ?? '')}
      @input=${(event: Event) => {
        if (!(event.target instanceof HTMLInputElement)) return
        const none = look.empty === undefined ? '' : look.empty
        edit(form, path, event.target.value || (isSet ? SECRET_MASK : none))
      }}
    />`
  })
}

/** A list of `name = value` at a path, one on each line. */
export function linesField(
  form: Form,
  path: string,
  label: string,
  look: FieldLook = {},
): TemplateResult {
  return frame(form, path, label, look, ({ id, value, saidBy, isInvalid, isOff }) => {
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
    return html`<textarea
      id=${id}
      name=${path}
      autocomplete="off"
      spellcheck="false"
      rows=${Math.max(3, entries.length + 1)}
      ?disabled=${isOff}
      placeholder=${look.placeholder ?? 'name = value'}
      aria-invalid=${isInvalid}
      aria-describedby=${saidBy}
      .value=${entries.map(([name, text]) => `${name} = ${String(text)}`).join('\n')}
      @change=${(event: Event) => {
        if (event.target instanceof HTMLTextAreaElement)
          edit(form, path, Object.fromEntries(pairsOf(event.target.value)))
      }}
    ></textarea>`
  })
}

function pairsOf(text: string): [string, string][] {
  return text.split('\n').flatMap((line) => {
    const [name = '', ...rest] = line.split('=')
    return name.trim() ? [[name.trim(), rest.join('=').trim()]] : []
  })
}

function localText(moment: string) {
  const date = new Date(moment)
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
