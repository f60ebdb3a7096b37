import { html, type TemplateResult } from 'lit'
import type { Account } from '../../answers.ts'
import { activityMap } from '../event/activity-map.ts'
import { checkField, choiceField, linesField, secretField, textField } from '../form/fields.ts'
import type { Form } from '../form/form.ts'

/** What a new account begins with: the server's own defaults, spelt out so that the form can show them. */
export function newAccount(): Account {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  return {
    key: '',
    name: '',
    mark: 'production',
    origins: [],
    imis: {
      siteUrl: '',
      apiUrl: null,
      edition: 'ems',
      username: '',
      password: '',
      timeZone,
      parallelWrites: 1,
      profilePage: null,
      sso: { clientId: '', clientSecret: '', page: '/CventSignIn', staffRole: null },
    },
    cvent: {
      region: 'na',
      apiUrl: null,
      formPostUrl: null,
      clientId: '',
      clientSecret: '',
      tier: 'free',
      callsPerMember: 25,
      webhookTokens: [],
      formPostKey: null,
      londonTimeZone: true,
      contactTypes: {},
      customFields: {},
    },
    matching: { order: ['sourceId', 'email'], sourceIdPrefix: '', createParty: false },
    activity: {
      type: 'MEETING',
      functionType: 'MEETING',
      onCancel: 'mark',
      onStaffDelete: 'report',
      attendance: false,
      testRegistrations: 'leave-out',
      fields: {},
    },
    contactHook: { enabled: false, secret: null, fields: ['firstName', 'lastName', 'email'] },
    reconcile: { everyMinutes: 60 },
    alerts: { email: [], webhook: null },
    phrases: {},
    retention: {
      messageDays: 90,
      unreadMessageDays: 365,
      logDays: 90,
      auditDays: 730,
      registrationDays: 730,
      runDays: 90,
      unknownEventDays: 180,
      setAsideDays: 365,
      removedAccountDays: 30,
    },
  }
}

/** Where iMIS is, who we are there, and how members sign on. */
export function aboutImis(form: Form): TemplateResult {
  return html`<fieldset>
    <legend>iMIS</legend>
    <div class="fields">
      ${textField(form, 'imis.siteUrl', 'Address of the site', {
        type: 'url',
        isRequired: true,
        placeholder: 'https://members.example.org/',
        hint: 'The public root of your RiSE site',
      })}
      ${choiceField(form, 'imis.edition', 'Edition', [
        ['ems', 'iMIS EMS (Professional, Enterprise)'],
        ['2017', 'iMIS 2017 (Scheduler site)'],
      ])}
      ${textField(form, 'imis.username', 'Service account', {
        isRequired: true,
        placeholder: 'cvent-service',
        hint: 'An iMIS user that may run queries and write activities',
      })}
      ${secretField(form, 'imis.password', 'Its password', { isRequired: true })}
      ${textField(form, 'imis.timeZone', 'Time zone of the site', {
        isRequired: true,
        placeholder: 'America/New_York',
        hint: 'Dates are written to iMIS in this zone',
      })}
      ${textField(form, 'origins', 'Where its pages are', {
        asList: true,
        placeholder: 'https://members.example.org',
        hint: 'Origins of the pages that hold the iPart, with commas between. Filled in from the address.',
      })}
      ${textField(form, 'imis.sso.page', 'Single sign-on page', {
        isRequired: true,
        isMono: true,
        hint: 'The path of the iMIS page with the Single Sign-On content item',
      })}
      ${textField(form, 'imis.profilePage', 'Profile page', {
        isMono: true,
        empty: null,
        placeholder: '/MyProfile',
        hint: 'Where members add an e-mail address or a name that Cvent needs',
      })}
      ${textField(form, 'imis.sso.clientId', 'Client id of the sign-on', {
        isRequired: true,
        placeholder: 'cvent-registration',
        hint: 'RiSE › Client applications',
      })}
      ${secretField(form, 'imis.sso.clientSecret', 'Client secret of the sign-on', { isRequired: true })}
    </div>
    <details class="more">
      <summary>More about iMIS</summary>
      <div class="fields">
        ${textField(form, 'imis.apiUrl', 'Address of the API', {
          type: 'url',
          empty: null,
          hint: 'Only when it is not under the site, as with the 2017 Scheduler site',
        })}
        ${textField(form, 'imis.parallelWrites', 'Writes at the same time', {
          type: 'number',
          hint: 'From 1 to 4. One is what iMIS advises.',
        })}
        ${textField(form, 'imis.sso.staffRole', 'iMIS role of dashboard staff', {
          empty: null,
          hint: 'Besides being assigned under Users, one must hold this role. Empty: no role is asked for.',
        })}
      </div>
    </details>
  </fieldset>`
}

/** Where Cvent is and who we are there. */
export function aboutCvent(form: Form): TemplateResult {
  return html`<fieldset>
    <legend>Cvent</legend>
    <div class="fields">
      ${choiceField(form, 'cvent.region', 'Region', [
        ['na', 'North America'],
        ['eu', 'Europe'],
      ])}
      ${choiceField(
        form,
        'cvent.tier',
        'API tier',
        [
          ['free', 'Free: 1,000 calls a day'],
          ['standard', 'Standard: 15,000 calls a day'],
          ['premium', 'Premium: 500,000 calls a day'],
        ],
        { hint: 'As bought from Cvent; the server keeps inside it' },
      )}
      ${textField(form, 'cvent.callsPerMember', 'Calls a day for one member', {
        type: 'number',
        hint: 'A registration takes about five; after that the member goes on without a call, or waits until midnight UTC',
      })}
      ${textField(form, 'cvent.clientId', 'Client id', {
        isRequired: true,
        isMono: true,
        hint: 'Cvent › Admin › Integrations › REST API › your application',
      })}
      ${secretField(form, 'cvent.clientSecret', 'Client secret', { isRequired: true })}
    </div>
    <details class="more">
      <summary>More about Cvent</summary>
      <div class="fields">
        ${textField(form, 'cvent.apiUrl', 'Address of the API', {
          type: 'url',
          empty: null,
          hint: 'With its version. Empty: the region’s own.',
        })}
        ${textField(form, 'cvent.formPostUrl', 'Address of the form hand-off', {
          type: 'url',
          empty: null,
          hint: 'Empty: Cvent’s own',
        })}
        ${secretField(form, 'cvent.formPostKey', 'Key of the signed hand-off', {
          empty: null,
          hint: 'An RSA private key (PKCS#8 PEM). Empty: the form is not signed.',
        })}
        ${checkField(form, 'cvent.londonTimeZone', 'Read Reykjavik as London', 'Cvent gives Iceland’s time zone for its choice “London”, which is an hour off in summer. Venues in Iceland keep it.')}
        ${linesField(form, 'cvent.contactTypes', 'Contact types', {
          placeholder: 'MEMBER = Member',
          hint: 'The code your query shows = the contact type’s name at Cvent, one on each line',
        })}
        ${linesField(form, 'cvent.customFields', 'Custom fields', {
          placeholder: 'Chapter = 0f1e2d3c-…',
          hint: 'A column of your query = the id of the custom field at Cvent, one on each line',
        })}
      </div>
    </details>
  </fieldset>`
}

/** What is written to iMIS. */
export function aboutActivities(form: Form): TemplateResult {
  return html`<details class="more">
    <summary>What is written to iMIS</summary>
    <div class="stack">
      <div class="fields">
        ${textField(form, 'activity.type', 'Activity type of a registration', { isMono: true, maxLength: 10 })}
        ${textField(form, 'activity.functionType', 'Activity type of sessions and items', {
          isMono: true,
          maxLength: 10,
        })}
        ${choiceField(form, 'activity.onCancel', 'When somebody cancels', [
          ['mark', 'mark the activity as cancelled'],
          ['delete', 'delete the activity'],
        ])}
        ${choiceField(form, 'activity.onStaffDelete', 'When staff deleted an activity', [
          ['report', 'report it and leave it deleted'],
          ['rewrite', 'write it again'],
        ])}
        ${choiceField(form, 'activity.testRegistrations', 'Test registrations', [
          ['leave-out', 'are left out'],
          ['write', 'are written like any other'],
        ])}
        ${checkField(form, 'activity.attendance', 'Mark who attended', 'Status T once Cvent says so')}
      </div>
      ${activityMap(form)}
    </div>
  </details>`
}

/** How a Cvent registration finds its person in iMIS, and the contact hook. */
export function aboutMatching(form: Form): TemplateResult {
  return html`<details class="more">
    <summary>Who is who</summary>
    <div class="fields">
      ${textField(form, 'matching.order', 'Matched by', {
        asList: true,
        isMono: true,
        hint: 'sourceId: the iMIS ID on the Cvent contact; email: one match only, and the name must fit. sourceId alone is stricter',
      })}
      ${textField(form, 'matching.sourceIdPrefix', 'Prefix of the source id', {
        isMono: true,
        hint: 'When several systems share Cvent’s source id',
      })}
      ${checkField(form, 'contactHook.enabled', 'Answer Cvent’s Attendee Identification Service', 'For people who go straight to Cvent: an e-mail that one member has is answered with what you choose, unless the name beside it is another one.')}
      ${secretField(form, 'contactHook.secret', 'Its secret', { empty: null })}
      ${textField(form, 'contactHook.fields', 'What it answers', {
        asList: true,
        isMono: true,
        hint: 'Of firstName, lastName, email',
      })}
    </div>
  </details>`
}

/** How long each kind of data is kept: the setting, what it is called, and from when it is counted. */
const RETENTION: [string, string, string?][] = [
  ['messageDays', 'messages', 'From the day they came'],
  ['unreadMessageDays', 'messages nobody could read', 'Those that wait, or need attention'],
  ['logDays', 'the log'],
  ['auditDays', 'the audit log', 'And API keys that were revoked or have ended'],
  [
    'registrationDays',
    'registrations',
    'From the end of their event; without one, from their last change',
  ],
  ['runDays', 'runs that ended'],
  ['unknownEventDays', 'events that are not configured', 'From their last message'],
  ['setAsideDays', 'what was set aside', 'After the account was pointed to another iMIS or Cvent'],
  [
    'removedAccountDays',
    'the data of a removed account',
    'Until then, save it again under the same key to get it back',
  ],
]

/** Alerts, schedules, how long things are kept, and wording. */
export function aboutAlerts(form: Form): TemplateResult {
  return html`<details class="more">
    <summary>Alerts, schedule, retention, wording</summary>
    <div class="fields">
      ${textField(form, 'alerts.email', 'Alerts by e-mail to', { asList: true })}
      ${textField(form, 'alerts.webhook', 'Alerts to a webhook', { type: 'url', empty: null })}
      ${textField(form, 'reconcile.everyMinutes', 'Compare with Cvent every … minutes', { type: 'number' })}
      ${RETENTION.map(([name, label, hint]) => textField(form, `retention.${name}`, `Keep ${label} for … days`, { type: 'number', ...(hint ? { hint } : {}) }))}
      ${linesField(form, 'phrases', 'Own sentences', {
        isWhole: true,
        placeholder: 'register = Register now',
        hint: 'The name of a phrase = your sentence, one on each line. An event’s own win over these.',
      })}
    </div>
  </details>`
}
