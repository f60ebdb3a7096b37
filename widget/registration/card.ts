import type { html as Html } from 'lit'
import type { RegistrationState } from '../../schemas/registration.ts'
import { dateFormat, dateText } from './dates.ts'
import css from './card.css?inline'

/** The card's style, beside the element's own. */
export const sheet = new CSSStyleSheet()
sheet.replaceSync(css)

/** Title, dates, place and price of the event; grey bars in their place while they are not known. */
export function facts(html: typeof Html, lang: string, state: RegistrationState | undefined) {
  if (!state)
    return html`<div class="facts" aria-hidden="true">
      <div class="leaf bone"><b>0</b>0</div>
      <div>
        <p class="bone"></p>
        <p class="bone"></p>
        <p class="bone"></p>
      </div>
    </div>`
  const { eventCode, title, startsAt, endsAt, timeZone, place, priceNote } = state.event
  const leaf = (options: Intl.DateTimeFormatOptions) =>
    dateFormat(lang, timeZone, options).format(new Date(startsAt ?? ''))
  return html`<div class="facts">
    ${
      startsAt &&
      html`<div class="leaf" aria-hidden="true">
        <b>${leaf({ month: 'short' })}</b>${leaf({ day: 'numeric' })}
      </div>`
    }
    <div>
      <p part="title">${title ?? eventCode}</p>
      ${
        startsAt &&
        html`<p><time datetime=${startsAt}>${dateText(lang, timeZone, startsAt, endsAt)}</time></p>`
      }
      ${[place, priceNote].map((text) => text && html`<p>${text}</p> `)}
    </div>
  </div>`
}
