import { html, nothing, type TemplateResult } from 'lit'
import { href } from '../../address.ts'
import type { LedgerLine, RegistrationDetail } from '../../answers.ts'
import { propertiesTable } from '../form/properties.ts'
import { badge } from '../form/says.ts'
import { onDate, when } from '../times.ts'

/** What holds at Cvent now, as last read. */
export function atCvent(account: string, line: RegistrationDetail['registration']): TemplateResult {
  return html`<section class="panel" aria-labelledby="at-cvent">
    <h2 id="at-cvent">At Cvent</h2>
    <dl class="pairs">
      <dt>Event</dt>
      <dd>
        ${
          line.eventCode
            ? html`<a href=${href(account, 'events', line.eventCode)}>${line.eventCode}</a>`
            : 'not known yet'
        }
      </dd>
      <dt>Status</dt>
      <dd>${line.status ?? '–'}</dd>
      <dt>Confirmation</dt>
      <dd class="mono">${line.confirmationNumber ?? '–'}</dd>
      <dt>E-mail</dt>
      <dd>${line.email ?? '–'}</dd>
      <dt>Registered</dt>
      <dd>${onDate(line.registeredAt)}</dd>
      <dt>Changed</dt>
      <dd>${onDate(line.modifiedAt)}</dd>
      <dt>Read by us</dt>
      <dd>${when(line.readAt, 'not yet')}</dd>
      <dt>Attendee</dt>
      <dd class="mono">${line.attendeeId}</dd>
    </dl>
  </section>`
}

/** An activity we wrote, with its SEQN and fields. */
export function activityOf(activity: LedgerLine): TemplateResult {
  return html`<details class="panel">
    <summary>
      ${activity.kind === 'meeting' ? 'Meeting' : activity.kind}
      <code>${activity.productCode}</code>
      ${activity.seqn ? badge(`SEQN ${activity.seqn}`, 'good') : badge(activity.state, 'warn')}
      ${activity.missingAt ? badge('deleted in iMIS by staff', 'warn') : nothing}
      <span class="small soft">on iMIS ID ${activity.partyId}</span>
    </summary>
    <div class="stack">
      <p class="small soft">
        ${activity.activityType} · key <code>${activity.ledgerKey}</code> · written
        ${onDate(activity.writtenAt, 'not yet')}
      </p>
      ${activity.properties ? propertiesTable(activity.properties) : nothing}
    </div>
  </details>`
}
