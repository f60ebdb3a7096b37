import { html, nothing, type TemplateResult } from 'lit'
import { dateFormat } from '../../registration/dates.ts'

const thisYear = new Intl.DateTimeFormat('en', {
  month: 'short',
  day: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
})
const otherYear = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' })
const exact = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'long' })
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const number = new Intl.NumberFormat('en')

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600_000],
  ['month', 2_629_800_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

/** A moment as a date and a time of day; the year only when it is another one. */
function absolute(moment: string) {
  const date = new Date(moment)
  const isNow = date.getFullYear() === new Date().getFullYear()
  return (isNow ? thisYear : otherYear).format(date)
}

/** How long ago, or how soon: “3 minutes ago”. */
export function fromNow(moment: string, now = Date.now()): string {
  const distance = Date.parse(moment) - now
  const step = STEPS.find(([, ms]) => Math.abs(distance) >= ms)
  return step ? relative.format(Math.round(distance / step[1]), step[0]) : 'just now'
}

/** A moment twice: how long ago, and on what date, in the reader's own time zone. `otherwise` when there is none. */
export function when(moment: string | null, otherwise = 'never'): TemplateResult {
  if (moment === null) return html`<span class="soft">${otherwise}</span>`
  return html`<time-ago .moment=${moment}></time-ago>
    <span class="sub soft small">${absolute(moment)}</span>`
}

/** A moment as a date and a time of day, in the reader's own time zone. */
export function onDate(moment: string | null, otherwise = '–'): TemplateResult | string {
  if (moment === null) return otherwise
  return html`<time datetime=${moment} title=${exact.format(new Date(moment))}
    >${absolute(moment)}</time
  >`
}

/** The days of an event, in the event's own time zone. */
export function days(startsAt: string | null, endsAt: string | null, timeZone: string | null) {
  if (startsAt === null) return nothing
  const format = dateFormat('en', timeZone, { dateStyle: 'medium' })
  return endsAt === null
    ? format.format(new Date(startsAt))
    : format.formatRange(new Date(startsAt), new Date(endsAt))
}

/** A count with thousands set apart. */
export function count(value: number): string {
  return number.format(value)
}

/** A length of time for a person: `12 ms`, `1.4 s`. */
export function duration(ms: number | null): string {
  if (ms === null) return ''
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`
}

/** Every `<time-ago>` of the page; one timer keeps them all true, however many rows a list has. */
const shown = new Set<TimeAgo>()
const TICK_MS = 30_000

/** `<time-ago>`: a moment told from now, which keeps itself true while it stands on the page. */
export class TimeAgo extends HTMLElement {
  #moment = ''

  set moment(moment: string) {
    this.#moment = moment
    if (this.isConnected) this.tell()
  }

  connectedCallback(): void {
    if (shown.size === 0) setTimeout(tick, TICK_MS)
    shown.add(this)
    this.tell()
  }

  disconnectedCallback(): void {
    shown.delete(this)
  }

  /** Tells the moment from now. */
  tell(): void {
    if (!this.#moment) return
    this.title = exact.format(new Date(this.#moment))
    this.textContent = fromNow(this.#moment)
  }
}

function tick() {
  for (const time of shown) time.tell()
  if (shown.size > 0) setTimeout(tick, TICK_MS)
}
