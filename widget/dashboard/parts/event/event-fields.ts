import { html, nothing, type TemplateResult } from 'lit'
import type { Event as EventDocument } from '../../answers.ts'
import { openDialog } from '../form/dialog.ts'
import { checkField, choiceField, linesField, momentField, textField } from '../form/fields.ts'
import { edit, type Form, valueAt } from '../form/form.ts'

/** What a new event begins with: the server's own defaults, spelt out so that the form can show them. */
export function newEvent(): EventDocument {
  return {
    eventCode: '',
    meetingCode: '',
    registrantsQuery: null,
    allowAnonymous: false,
    handOff: 'form-post',
    functions: 'items',
    enabled: true,
    waitingList: 'unknown',
    opensAt: null,
    closesAt: null,
    priceNote: null,
    imisRegistration: false,
    phrases: {},
  }
}

/** The fields of an event, with the buttons that let one choose instead of type. */
export function eventFields(
  form: Form,
  { account, isNew }: { account: string; isNew: boolean },
): TemplateResult {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  return html`<div class="fields">
      ${textField(form, 'eventCode', 'Cvent event code', {
        isRequired: true,
        isMono: true,
        isDisabled: !isNew,
        maxLength: 40,
        hint: isNew
          ? 'As Cvent shows it, such as WRN3DBTCMX9'
          : 'To tie another event, copy this one',
        beside: isNew
          ? selectButton('Select the Cvent event', () => pickCventEvent(form, account))
          : nothing,
      })}
      ${textField(form, 'meetingCode', 'iMIS meeting code', {
        isRequired: true,
        isMono: true,
        maxLength: 10,
        hint: 'At most 10 characters, used once. The meeting need not exist in iMIS.',
        beside: form.isReadOnly
          ? nothing
          : selectButton('Select the iMIS meeting', () => pickMeeting(form, account)),
      })}
      ${textField(form, 'registrantsQuery', 'Registrants IQA path', {
        isMono: true,
        isWhole: true,
        empty: null,
        placeholder: '$/Cvent/Registrants',
        hint: 'One row for a member: may register. No row: may not. Empty: everybody signed in may register.',
        beside: form.isReadOnly
          ? nothing
          : selectButton('Select the query', () => pickQuery(form, account)),
      })}
      ${checkField(
        form,
        'allowAnonymous',
        'Allow anonymous registration',
        'The link goes straight to Cvent, without asking who it is or whether they may.',
      )}
      ${checkField(form, 'enabled', 'Enabled', 'When disabled, its iParts hide themselves.')}
    </div>
    <details class="more">
      <summary>More settings</summary>
      <div class="fields">
        ${choiceField(
          form,
          'handOff',
          'How members reach Cvent',
          [
            ['form-post', 'form: identity travels with the member'],
            ['personal-link', 'personal link: Cvent’s own for each contact'],
            ['event-link', 'event link: the same for everybody'],
          ],
          { hint: 'The form works even while Cvent’s API is down' },
        )}
        ${choiceField(form, 'functions', 'Function activities', [
          ['items', 'for sessions, quantity and donation items'],
          ['sessions', 'for sessions only'],
          ['none', 'none'],
        ])}
        ${momentField(form, 'opensAt', 'Opens', { hint: `In your time zone, ${zone}. Empty: when Cvent opens it.` })}
        ${choiceField(form, 'waitingList', 'Waiting list when full', [
          ['unknown', 'Not known'],
          ['yes', 'Yes: a full event leads to it'],
          ['no', 'No'],
        ])}
        ${momentField(form, 'closesAt', 'Closes', { hint: `In your time zone, ${zone}. Empty: when Cvent closes it.` })}
        ${textField(form, 'priceNote', 'Price note', {
          empty: null,
          maxLength: 200,
          placeholder: 'Members from $490',
          hint: 'Shown on the card',
        })}
        ${checkField(
          form,
          'imisRegistration',
          'Also write a registration of the iMIS meeting',
          'Needs the meeting in iMIS. Not every iMIS allows it: the test says so.',
        )}
        ${linesField(form, 'phrases', 'Own sentences', {
          isWhole: true,
          placeholder: 'register = Register for the conference',
          hint: 'The name of a phrase = your sentence, one on each line. They win over the account’s.',
        })}
      </div>
    </details>`
}

function selectButton(label: string, pick: () => Promise<void>) {
  return html`<button class="button" type="button" aria-label=${label} @click=${() => void pick()}>
    Select
  </button>`
}

async function pickCventEvent(form: Form, account: string) {
  const code = await openDialog<string>(
    'Select the Cvent event',
    (close) =>
      html`<cvent-event-picker
        .account=${account}
        @picked=${(event: CustomEvent<string>) => close(event.detail)}
      ></cvent-event-picker>`,
    { isBroad: true },
  )
  if (code) edit(form, 'eventCode', code)
}

async function pickMeeting(form: Form, account: string) {
  const code = await openDialog<string>(
    'Select the iMIS meeting',
    (close) =>
      html`<meeting-picker
        .account=${account}
        @picked=${(event: CustomEvent<string>) => close(event.detail)}
      ></meeting-picker>`,
  )
  if (code) edit(form, 'meetingCode', code)
}

async function pickQuery(form: Form, account: string) {
  const path = await openDialog<string>(
    'Select the registrants query',
    (close) =>
      html`<query-picker
        .account=${account}
        .path=${valueAt(form.draft, 'registrantsQuery')}
        @picked=${(event: CustomEvent<string>) => close(event.detail)}
      ></query-picker>`,
    { isBroad: true },
  )
  if (path) edit(form, 'registrantsQuery', path)
}
