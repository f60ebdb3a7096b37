import { html, nothing, type TemplateResult } from 'lit'
import { href, setQuery } from '../../address.ts'
import { typed } from '../../pickers/typed.ts'

const KINDS = [
  ['', 'All'],
  ['webhook', 'Webhook'],
  ['eligibility', 'Eligibility'],
  ['hand-off', 'Hand-off'],
  ['sign-on', 'Sign-on'],
  ['imis', 'iMIS'],
  ['cvent', 'Cvent'],
  ['admin', 'Admin'],
  ['system', 'System'],
] as const

/** The filters that may stand in an address: none of them says who somebody is. */
const SHARED = [
  'kind',
  'level',
  'code',
  'eventCode',
  'registrationId',
  'messageId',
  'trace',
  'from',
  'to',
  'dismissed',
] as const

/** The filters of an address, as the API takes them. */
export function logQuery(query: URLSearchParams): Record<string, string | undefined> {
  return Object.fromEntries(
    SHARED.map((name) => [name, query.get(name) ?? (name === 'dismissed' ? 'no' : undefined)]),
  )
}

/** The kinds to choose from, the filters, and the ones that came with a link. */
export function logFilters(props: {
  account: string
  query: URLSearchParams
  search: string
  seek: (text: string) => void
}): TemplateResult {
  const { account, query, search, seek } = props
  const given = logQuery(query)
  const linked = (['code', 'eventCode', 'registrationId', 'messageId', 'trace'] as const).filter(
    (name) => given[name],
  )
  return html`<nav class="banner" aria-label="Kind">
      ${KINDS.map(
        ([kind, text]) =>
          html`<a
            href=${href(account, 'logs', undefined, { ...given, kind })}
            aria-current=${(given['kind'] ?? '') === kind ? 'true' : nothing}
            @click=${(event: Event) => {
              event.preventDefault()
              setQuery({ kind: kind || undefined })
            }}
            >${text}</a
          >`,
      )}
    </nav>
    <form class="filters" role="search" @submit=${(event: Event) => event.preventDefault()}>
      <div class="field search">
        <label for="log-search">Search</label>
        <input
          id="log-search"
          type="search"
          placeholder="words, code, iMIS ID"
          autocomplete="off"
          .value=${search}
          @input=${typed(seek)}
        />
      </div>
      ${select('level', 'Level', given['level'], [
        ['', 'Any'],
        ['warning', 'Warning'],
        ['failure', 'Failure'],
        ['info', 'Info'],
      ])}
      ${moment('from', 'From', given['from'])} ${moment('to', 'To', given['to'])}
      ${select('dismissed', 'Dismissed', given['dismissed'], [
        ['no', 'Hidden'],
        ['all', 'Shown too'],
        ['yes', 'Only these'],
      ])}
    </form>
    ${
      linked.length > 0
        ? html`<div class="row">
            <span class="soft">Only</span>
            ${linked.map(
              (name) =>
                html`<button
                  class="button small"
                  type="button"
                  aria-label="Remove the filter ${name}"
                  @click=${() => setQuery({ [name]: undefined })}
                >
                  ${name}: ${given[name]} ✕
                </button>`,
            )}
          </div>`
        : nothing
    }`
}

function select(name: string, label: string, value = '', choices: [string, string][]) {
  return html`<div class="field">
    <label for="log-${name}">${label}</label>
    <select
      id="log-${name}"
      @change=${(event: Event) => {
        if (event.target instanceof HTMLSelectElement)
          setQuery({ [name]: event.target.value || undefined })
      }}
    >
      ${choices.map(
        ([choice, text]) =>
          html`<option value=${choice} .selected=${choice === value}>${text}</option>`,
      )}
    </select>
  </div>`
}

function moment(name: string, label: string, value: string | undefined) {
  const local = value
    ? new Date(Date.parse(value) - new Date(value).getTimezoneOffset() * 60_000)
        .toISOString()
        .slice(0, 16)
    : ''
  return html`<div class="field">
    <label for="log-${name}">${label}</label>
    <input
      id="log-${name}"
      type="datetime-local"
      .value=${local}
      @change=${(event: Event) => {
        if (!(event.target instanceof HTMLInputElement)) return
        const { value: text } = event.target
        setQuery({ [name]: text ? new Date(text).toISOString() : undefined })
      }}
    />
  </div>`
}
