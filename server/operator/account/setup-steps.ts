/** Where the account's parts are, for the texts. */
export interface Places {
  webhookUrl: string
  signOnUrl: string
  contactHookUrl: string
  signOnPage: string
  zip: string
  displayPath: string
  configurePath: string
}

/** A step's fixed part; whether it is done is found out elsewhere. */
export interface StepText {
  step: string
  title: string
  lines: string[]
  copy: { label: string; text: string }[]
}

/** The scopes as Cvent lists them under Event, in the order of its page. */
export const SCOPES = [
  'admission-items:read',
  'attendees:read',
  'contacts:read',
  'contacts:write',
  'custom-fields:read',
  'donation-items:read',
  'events:read',
  'orders:read',
  'quantity-items:read',
  'sessions:read',
  'transactions:read',
]

/**
 * What to click in Cvent and iMIS, in order. Labels are the vendors' own.
 *
 * @see https://documentation.advsol.com/imis/docs/installation-and-configuration
 */
export function setupTexts(
  places: Places,
): { section: string; title: string; steps: StepText[] }[] {
  return [
    {
      section: 'cvent',
      title: 'In Cvent',
      steps: [
        {
          step: 'cvent-rest',
          title: 'Let us read and write: the REST API',
          lines: [
            'Admin > Integrations > REST API > Create Workspace.',
            `Under Event choose the scopes ${SCOPES.join(', ')}; for personal links also attendees:write, for contact types contact-types:read.`,
            'Invite yourself as developer; create an application of type Machine to Machine, termination protection off.',
            'Enter its Client ID and Client Secret under Account, and press Test.',
          ],
          copy: [{ label: 'Scopes', text: SCOPES.join(', ') }],
        },
        {
          step: 'cvent-webhook',
          title: 'Let Cvent tell us: the push integration',
          lines: [
            'Admin > Integrations > Push API Integrations > Create Integration; type Webhooks.',
            'Enter the address and, as the token, the one made under Account; save, then edit.',
            '"Activate the configuration for" = Yes; choose Synced Objects.',
            'Tick Invitee/Guest Registered for Event, Invitee/Guest Event Registration Cancelled, Invitee/Guest Event Registration Modified, and InviteeSubstitutedInAnEvent if you substitute.',
            'Cvent asks our address until it answers, every ten minutes; this step ticks itself then.',
          ],
          copy: [{ label: 'Endpoint', text: places.webhookUrl }],
        },
        {
          step: 'cvent-first-message',
          title: 'See the first message',
          lines: [
            'Register somebody for an event, or send its registrations again by Integrations > Webhooks > Sync.',
          ],
          copy: [],
        },
        {
          step: 'cvent-existing-events',
          title: 'Switch it on for each event that exists already',
          lines: [
            'New events inherit the integration; each existing event must get it by hand:',
            'Events > event > Integrations > Setup for Webhooks > Add Webhook > pick the configuration > Save.',
          ],
          copy: [],
        },
        {
          step: 'cvent-data-source',
          title: 'Let each event take the identity',
          lines: [
            'Registration > Registration Process > Site Designer > Registration Page drop-down > gear beside Registration Path > External Data Source = Cvent.',
          ],
          copy: [],
        },
      ],
    },
    {
      section: 'imis',
      title: 'In iMIS',
      steps: [
        {
          step: 'imis-service-account',
          title: 'A service account',
          lines: [
            'Make an iMIS user with the roles RemoteService and SysAdmin, for this server alone.',
            'Its password expires like any other (90 days on iMIS Cloud): renew it here in time.',
            'Enter user name and password under Account, and press Test.',
          ],
          copy: [],
        },
        {
          step: 'imis-client-application',
          title: 'Single sign-on: the client application',
          lines: [
            'Settings > Contacts > Client applications > add one.',
            'Client ID and Client secret as under Account; Login redirect URL as below; Force TLS 1.2 on.',
          ],
          copy: [{ label: 'Login redirect URL', text: places.signOnUrl }],
        },
        {
          step: 'imis-sign-on-page',
          title: 'Single sign-on: the page',
          lines: [
            `Make a page at ${places.signOnPage} with the content item Single Sign-On, choose the client application in it, and publish.`,
            'Open it as a member; this step ticks itself when the sign-on arrives.',
          ],
          copy: [{ label: 'Page', text: places.signOnPage }],
        },
        {
          step: 'imis-query',
          title: 'Who may register: a query',
          lines: [
            'In the Intelligent Query Architect make a query on the source Contacts with the filters Id (In Search? = Optional, first) and, if you like, Email (In Search? = Optional), and your own filters.',
            'Display Id with the alias ID, and the columns that should fill the Cvent contact. One row = may register, no row = may not.',
            'On its Security tab switch on "Available via the REST API".',
          ],
          copy: [],
        },
        {
          step: 'imis-content-type',
          title: 'The Register button: a content type',
          lines: [
            `Download the package, and upload ${places.zip} to the folder iPartSource of the document system.`,
            'RiSE > Maintenance > Content types > New > Content Type > Client-based (preferred), with the two addresses below.',
            'Put it on the event’s page, Configure, Save, Save & Publish. This step ticks itself when a member sees the button.',
          ],
          copy: [
            {
              label: 'URL to the html file used to display items at runtime',
              text: places.displayPath,
            },
            {
              label: 'URL to the html file used to configure content items',
              text: places.configurePath,
            },
          ],
        },
        {
          step: 'imis-participation',
          title: 'Show registrations on the member’s record',
          lines: [
            'Registrations are activities. They show on the Participation tab if its panel shows such activities;',
            'else build a query on NetContactData.Id = CsActivity.Id that displays Activity Type, Description and Transaction Date.',
          ],
          copy: [],
        },
      ],
    },
  ]
}
