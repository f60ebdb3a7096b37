import { html, type TemplateResult } from 'lit'
import type { ActivityProperty, ActivitySource } from '../../../../schemas/account.ts'
import { edit, messages, valueAt, type Form } from '../form/form.ts'
import { table } from '../list/table.ts'

/** The properties that may be filled otherwise, with what fills them when nobody says so. */
const PROPERTIES: [ActivityProperty, string][] = [
  ['PRODUCT_CODE', 'meeting code, or meeting code/item code'],
  ['DESCRIPTION', 'event title, or item name'],
  ['TRANSACTION_DATE', 'registered at'],
  ['EFFECTIVE_DATE', 'start'],
  ['THRU_DATE', 'end'],
  ['QUANTITY', 'quantity'],
  ['AMOUNT', 'amount paid'],
  ['OTHER_CODE', 'event code'],
  ['SOURCE_SYSTEM', 'CVENT'],
  ['SOURCE_CODE', 'registration type or admission item'],
  ['STATUS_CODE', 'status letter'],
  ['UF_1', 'confirmation number'],
  ['UF_2', 'our key'],
  ['UF_3', 'registration path'],
  ['UF_4', 'amount due'],
  ['UF_5', 'nothing'],
  ['UF_6', 'registration last modified'],
  ['UF_7', 'nothing'],
  ['CATEGORY', 'nothing'],
  ['ACTION_CODES', 'nothing'],
  ['PAY_METHOD', 'nothing'],
  ['NOTE', 'nothing'],
  ['NOTE_2', 'nothing'],
  ['UNITS', 'nothing'],
  ['TAXABLE_VALUE', 'nothing'],
  ['TICKLER_DATE', 'nothing'],
  ['ORG_CODE', 'nothing'],
  ['CAMPAIGN_CODE', 'nothing'],
  ['OTHER_ID', 'nothing'],
]

const SOURCES: [ActivitySource, string][] = [
  ['none', 'nothing'],
  ['partyId', 'iMIS ID'],
  ['meetingCode', 'meeting code'],
  ['productCode', 'product code'],
  ['itemCode', 'item code'],
  ['eventCode', 'event code'],
  ['eventTitle', 'event title'],
  ['eventStartsAt', 'event start'],
  ['eventEndsAt', 'event end'],
  ['itemName', 'item name'],
  ['itemType', 'item type'],
  ['itemStartsAt', 'item start'],
  ['itemEndsAt', 'item end'],
  ['registeredAt', 'registered at'],
  ['registrationModifiedAt', 'registration last modified'],
  ['cancelledAt', 'cancelled at'],
  ['status', 'status letter'],
  ['cventStatus', 'status at Cvent'],
  ['quantity', 'quantity'],
  ['amountPaid', 'amount paid'],
  ['amountOrdered', 'amount ordered'],
  ['amountDue', 'amount due'],
  ['confirmationNumber', 'confirmation number'],
  ['ledgerKey', 'our key'],
  ['registrationType', 'registration type'],
  ['registrationTypeOrAdmissionItem', 'registration type or admission item'],
  ['registrationPath', 'registration path'],
  ['admissionItem', 'admission item'],
  ['referenceId', 'reference id'],
  ['sourceSystem', 'CVENT'],
  ['note', 'note'],
]

/** Which field of an activity is filled from what: the usual, or another source of the closed list. */
export function activityMap(form: Form): TemplateResult {
  return html`<details>
    <summary>Fields of an activity</summary>
    <div class="stack">
      <p class="soft small">
        Each choice is checked against the field’s type and length when you save.
      </p>
      ${table(
        PROPERTIES,
        [
          { head: 'Field', isHeading: true, cell: ([property]) => html`<code>${property}</code>` },
          { head: 'Filled from', cell: ([property, usual]) => sourceOf(form, property, usual) },
        ],
        { caption: 'Fields of an activity', key: ([property]) => property },
      )}
    </div>
  </details>`
}

function sourceOf(form: Form, property: ActivityProperty, usual: string) {
  const path = `activity.fields.${property}`
  const chosen = valueAt(form.draft, path)
  return html`<select
      id="account-activity-fields-${property}"
      aria-label=${property}
      ?disabled=${form.isReadOnly === true}
      @change=${(event: Event) => {
        if (!(event.target instanceof HTMLSelectElement)) return
        const { value } = event.target
        const fields = { ...(valueAt(form.draft, 'activity.fields') as object) } as Record<
          string,
          string
        >
        if (value) fields[property] = value
        else delete fields[property]
        edit(form, 'activity.fields', fields)
      }}
    >
      <option value="" .selected=${chosen === undefined}>the usual: ${usual}</option>
      ${SOURCES.map(
        ([source, text]) =>
          html`<option value=${source} .selected=${chosen === source}>${text}</option>`,
      )}
    </select>
    ${messages(form, path).errors.map(({ message }) => html`<p class="error">${message}</p>`)}`
}
