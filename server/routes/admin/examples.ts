/** The account in the documentation; tests save it as it stands. */
export const ACCOUNT_EXAMPLE = {
  key: 'nasm',
  name: 'National Association of Sample Members',
  mark: 'sandbox',
  origins: ['https://members.example.org'],
  imis: {
    siteUrl: 'https://members.example.org/',
    apiUrl: null,
    edition: 'ems',
    username: 'cvent-service',
    password: 'the password of the service account',
    timeZone: 'America/New_York',
    sso: {
      clientId: 'cvent-registration',
      clientSecret: 'the client secret of the client application in iMIS',
      page: '/CventSignIn',
    },
  },
  cvent: {
    region: 'na',
    apiUrl: null,
    clientId: '0oa1example',
    clientSecret: 'the client secret of the application in Cvent',
    tier: 'free',
  },
}

/** The event in the documentation; tests save it as it stands. */
export const EVENT_EXAMPLE = {
  eventCode: 'WRN3DBTCMX9',
  meetingCode: 'AC2027',
  registrantsQuery: '$/Cvent/Registrants',
  allowAnonymous: false,
  handOff: 'form-post',
  functions: 'items',
  enabled: true,
  opensAt: null,
  closesAt: null,
  phrases: {},
}
