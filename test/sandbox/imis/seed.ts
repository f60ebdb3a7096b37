import { seedDocuments, seedQueries } from './seed-queries.ts'
import { blankParty } from './parties.ts'
import type { ImisState, Party, User } from './state.ts'

/** The service account of the registration server, its client application, and the content of the demo pages. */
export const SERVICE_USER = { userName: 'cvent-service', password: 'sandbox-password' } as const
export const SSO_CLIENT = {
  clientId: 'cvent-registration',
  clientSecret: 'sandbox-sso-secret',
} as const

const FORTNIGHT_SECONDS = 1_209_600
const SSO_TOKEN_SECONDS = 1200

/**
 * A fresh site: people 101 to 110, their users, the queries below `$/Cvent`, activity types, one iMIS event and three
 * event pages. `createdOn` is a site-local date without an offset; nothing else of the seed depends on the clock.
 */
export function seedState(createdOn: string): ImisState {
  const parties = seedParties(createdOn)
  const state: ImisState = {
    settings: {
      edition: 'ems',
      latencyMs: 0,
      framesBlocked: false,
      ssoPageSecured: false,
      deleteOffered: true,
      deleteRefusal: 501,
      createdBody: 'entity',
      numbersTaken: 'either',
      numbersRefusedWith: 400,
      numbersAnswered: 'typed',
      datesAnswered: 'plain',
      brokenParty: null,
      away: 'no',
      contentSettings: 'string',
      htmlEncoded: false,
      membersReadOwnUser: true,
      passwordNeedsRemoteService: false,
      refreshTokensOnce: true,
      refreshTokensRotate: true,
      passwordTokenSeconds: FORTNIGHT_SECONDS,
      ssoTokenSeconds: SSO_TOKEN_SECONDS,
    },
    parties: new Map(parties.map((party) => [party.partyId, party])),
    users: seedUsers(),
    queries: [],
    documents: seedDocuments(),
    activities: new Map(),
    activityTypes: seedActivityTypes(),
    nextSeqn: 884_213,
    events: [
      {
        eventId: 'HLG26',
        name: 'Harbour Light Conference 2026',
        description: '',
        status: 'P',
        startsAt: '2026-05-21T09:00:00',
        endsAt: '2026-05-23T17:00:00',
        capacity: 300,
        options: [{ code: 'MAIN', name: 'Full conference' }],
      },
    ],
    eventRegistrations: [],
    clientApplications: [
      {
        ...SSO_CLIENT,
        clientName: 'Cvent registration',
        refreshTokenMinutes: 60,
        redirectLoginUri: null,
        skipHeadRequest: false,
      },
    ],
    contentTypes: [],
    contentItems: [],
    iPartFiles: new Map(),
    eventPages: [
      {
        eventCode: 'WRN3DBTCMX9',
        title: 'Annual Conference 2027',
        description: 'Three days of talks, workshops and evenings by the river.',
      },
    ],
    accessTokens: new Map(),
    refreshTokens: new Map(),
    sessions: new Map(),
    parallelPeak: 0,
    parallelWritePeak: 0,
  }
  state.queries = seedQueries(() => [...state.parties.values()])
  return state
}

function seedParties(createdOn: string): Party[] {
  const person = (partyId: string, firstName: string, lastName: string, more: Partial<Party>) => ({
    ...blankParty(partyId, createdOn),
    uniformId: `5d0e7a14-93a2-4c1b-8a57-2f6b0c9d4${partyId}`,
    firstName,
    lastName,
    email: `${firstName}.${lastName}@example.org`.toLowerCase(),
    ...more,
  })
  const member = { customerTypeCode: 'MEM', mayRegister: true }
  return [
    person('100', 'Cvent', 'Service', { customerTypeCode: 'STAFF', email: '' }),
    person('101', 'Maren', 'Oakfield', {
      ...member,
      company: 'Slipway Works',
      title: 'Rigger',
      cityName: 'Austin',
      countryName: 'United States',
      fields: {
        'Work Address1': '12 Quay Street',
        'Work City': 'Austin',
        'Work State Code': 'TX',
        'Work Postal Code': '78701',
        'Work Country Code': 'US',
        'Work Phone': '+1 512 555 0101',
        Mobile: '+1 512 555 0199',
      },
    }),
    person('102', 'Tomas', 'Reyl', { customerTypeCode: 'LAPSE' }),
    person('103', 'Guest', 'User', { email: '' }),
    person('104', 'Ida', 'Quist', { customerTypeCode: 'STAFF', mayRegister: true }),
    person('105', 'Noor', 'Albrecht', { ...member, email: '' }),
    person('106', 'Piet', 'Lindqvist', { ...member, email: 'household@example.org' }),
    person('107', 'Rosa', 'Lindqvist', { ...member, email: 'household@example.org' }),
    person('108', 'Selma', 'Dorn', member),
    person('109', 'Anton', 'Vey', member),
    person('110', 'Lena', 'Fjord', { ...member, company: 'Fjord & Sons', cityName: 'Bergen' }),
  ]
}

function seedUsers(): User[] {
  const user = (partyId: string, userName: string, more: Partial<User> = {}): User => ({
    userId: `8c2f41aa-6d0b-4b8e-9d8e-6f7a15c0b${partyId}`,
    userName,
    password: `password-${partyId}`,
    partyId,
    roles: ['Everyone', 'Member'],
    isAnonymous: false,
    isDisabled: false,
    effectiveAt: '2021-07-01T00:00:00',
    expiresAt: null,
    ...more,
  })
  return [
    user('100', SERVICE_USER.userName, {
      password: SERVICE_USER.password,
      roles: ['Everyone', 'RemoteService', 'SysAdmin'],
    }),
    user('101', 'MOAKFIELD'),
    user('102', 'TREYL'),
    user('103', 'GUEST', { password: '', roles: ['Everyone'], isAnonymous: true }),
    user('104', 'IQUIST', { roles: ['Everyone', 'Staff', 'SysAdmin'] }),
    user('105', 'NALBRECHT'),
    user('106', 'PLINDQVIST'),
    user('107', 'RLINDQVIST'),
    user('108', 'SDORN', { isDisabled: true }),
    user('109', 'AVEY', { expiresAt: '2025-12-31T00:00:00' }),
    user('110', 'LFJORD'),
  ]
}

function seedActivityTypes() {
  const prompts = {
    SubtypePrompt: 'Event',
    DescriptionPrompt: 'Title',
    EffectiveDatePrompt: 'Starts',
    ThruDatePrompt: 'Ends',
    AmountPrompt: 'Paid',
    UnitsPrompt: 'Units',
    NotePrompt: 'Note',
    Uf1Prompt: 'Confirmation',
    Uf2Prompt: 'Key',
  }
  const builtIn = ['GIFT', 'PLEDGE', 'DUES', 'MEETING', 'ORDER', 'SALES', 'COMMITTEE', 'CALL']
  return [
    { activityTypeId: 'CVENTREG', description: 'Cvent registrations', prompts },
    { activityTypeId: 'CVENTFUNC', description: 'Cvent sessions and items', prompts },
    ...[...builtIn, 'LETTER'].map((activityTypeId) => ({
      activityTypeId,
      description: activityTypeId.charAt(0) + activityTypeId.slice(1).toLowerCase(),
      prompts: {},
    })),
  ]
}
