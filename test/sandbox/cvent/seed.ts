import type {
  Contact,
  CventEvent,
  CventState,
  Product,
  RegistrationPath,
  RegistrationType,
  Session,
} from './state.ts'
import { isoTime, newId } from './state.ts'

/** Scopes of the seeded application: everything the product may ever call (facts on Cvent, scopes). */
export const allScopes = [
  ...[
    'events',
    'attendees',
    'contacts',
    'contact-types',
    'custom-fields',
    'registration-paths',
    'registration-types',
    'admission-items',
    'quantity-items',
    'donation-items',
    'membership-items',
    'fee-items',
    'orders',
    'transactions',
    'sessions',
    'session-enrollment',
    'session-attendance',
    'weblinks',
    'invitation-lists',
  ].map((name) => `event/${name}:read`),
  'event/attendees:write',
  'event/contacts:write',
  'event/transactions:write',
  'account/hooks:read',
  'account/hooks:write',
  'account/hooks:delete',
]

/** Codes of the seeded events. */
export const seededEvents = {
  open: 'WRN3DBTCMX9',
  membersOnly: 'MBRONLY2027',
  anonymous: 'ANON2027XYZ',
  closed: 'CLOSED2026A',
  full: 'FULL2027ABC',
  notConfigured: 'NOTCONFIG27',
  waitlist: 'WAIT2027ABC',
  approval: 'APPROVAL27A',
} as const

const dayMs = 86_400_000
const ledger = { id: newId(), name: 'Event Revenue', code: '4100-EVT' }

function product<Type extends Product['type']>(
  type: Type,
  code: string,
  name: string,
  price: number,
): Product & { type: Type } {
  return {
    id: newId(),
    type,
    name,
    code,
    price,
    feeId: newId(),
    generalLedger: ledger,
    registrationTypes: [],
  }
}

/** Fills a state with an application, contacts and events whose opening and closing fit `at`. */
export function seedCvent(state: CventState, at: number): void {
  state.clients.set('sandbox-client', {
    id: 'sandbox-client',
    secret: 'sandbox-secret',
    scopes: [...allScopes],
  })
  state.contactTypes.push(
    { id: newId(), name: 'Member', code: 'MEMBER' },
    { id: newId(), name: 'Non-member', code: 'NONMEMBER' },
    { id: newId(), name: 'Staff', code: 'STAFF' },
  )
  state.customFields.push(
    {
      id: newId(),
      category: 'Contact',
      name: 'Member Number',
      code: 'MEMBERNO',
      required: false,
    },
    {
      id: newId(),
      category: 'Contact',
      name: 'Dietary needs',
      code: 'DIET',
      required: false,
      choices: ['None', 'Vegetarian', 'Vegan'],
    },
    {
      id: newId(),
      category: 'Event',
      name: 'iMIS Event Code',
      code: 'IMISCODE',
      required: false,
    },
  )
  seedContacts(state, at)
  for (const event of seedEvents(state, at)) state.events.set(event.id, event)
}

function seedContacts(state: CventState, at: number) {
  const contact = (fields: Contact['fields']) => {
    const id = newId()
    state.contacts.set(id, {
      id,
      created: isoTime(at - 90 * dayMs),
      createdBy: 'Import',
      lastModified: isoTime(at - 90 * dayMs),
      lastModifiedBy: 'Import',
      fields,
      answers: new Map(),
      deleted: false,
      purged: false,
    })
  }
  const member = state.contactTypes[0]?.id ?? newId()
  contact({
    firstName: 'Selma',
    lastName: 'Dorn',
    email: 'selma.dorn@example.org',
    company: 'Northgate Land Partners',
    title: 'Principal Surveyor',
    prefix: 'Dr.',
    sourceId: '108',
    type: { id: member },
    primaryAddressType: 'Work',
    workAddress: {
      address1: '14 Tidemark Street',
      city: 'Portland',
      regionCode: 'ME',
      postalCode: '04101',
      countryCode: 'US',
    },
    workPhone: '207-555-0142',
  })
  contact({ firstName: 'Anton', lastName: 'Vey', email: 'anton.vey@example.org' })
  contact({
    firstName: 'Piet',
    lastName: 'Lindqvist',
    email: 'household@example.org',
    sourceId: '106',
  })
  contact({ firstName: 'Bastien', lastName: 'Orlov', email: 'bastien.orlov@example.org' })
}

function seedEvents(state: CventState, at: number): CventEvent[] {
  const base = (code: string, title: string, change: Partial<CventEvent> = {}) =>
    seedEvent(state, at, code, title, change)
  const full = base(seededEvents.full, 'Executive Round Table 2027', { capacity: 0 })
  const waitlist = base(seededEvents.waitlist, 'Hands-on Workshop 2027', {
    capacity: 0,
    waitlist: true,
  })
  return [
    base(seededEvents.open, 'Annual Conference 2027'),
    base(seededEvents.membersOnly, 'Members Forum 2027'),
    base(seededEvents.anonymous, 'Public Open Day 2027'),
    base(seededEvents.closed, 'Annual Conference 2026', {
      status: 'Closed',
      eventStatus: 'Completed',
      start: isoTime(at - 60 * dayMs),
      end: isoTime(at - 58 * dayMs),
      closeAfter: isoTime(at - 61 * dayMs),
    }),
    full,
    base(seededEvents.notConfigured, 'Regional Meeting 2027'),
    waitlist,
    base(seededEvents.approval, 'Leadership Academy 2027', { approvalNeeded: true }),
  ]
}

/** An event with paths, types, items and sessions; a test may add its own by this. */
export function seedEvent(
  state: CventState,
  at: number,
  code: string,
  title: string,
  change: Partial<CventEvent> = {},
): CventEvent {
  const fixed = Date.parse('2027-05-11T13:00:00.000Z')
  const start = fixed > at + 30 * dayMs ? fixed : Math.floor(at / dayMs) * dayMs + 90 * dayMs
  const memberPath = path('Member Registration', 'MemberRegistration', 'Path used by members')
  const otherPath = path('Non-member Registration', 'NonMember', 'Path used by everybody else')
  const types = [
    registrationType('Member', 'MEM', memberPath),
    registrationType('Non-member', 'NON', otherPath),
    registrationType('Guest', 'GST', memberPath),
  ]
  const sessions: Session[] = [
    session('KEYNOTE', 'Opening Keynote', 0, start + 3_600_000, { included: true }),
    session('DRONE', 'Workshop: Drone Photogrammetry', 120, start + dayMs),
    session('LAW', 'Workshop: Boundary Law', 80, start + dayMs + 4 * 3_600_000),
  ]
  const imisCode = state.customFields.find((field) => field.code === 'IMISCODE')
  return {
    id: newId(),
    created: isoTime(at - 120 * dayMs),
    createdBy: 'Mirela Okonjo',
    lastModified: isoTime(at - 30 * dayMs),
    lastModifiedBy: 'Mirela Okonjo',
    code,
    title,
    description: 'Three days of talks for surveyors.',
    start: isoTime(start),
    end: isoTime(start + 2 * dayMs + 7.5 * 3_600_000),
    closeAfter: isoTime(start - 2 * dayMs),
    archiveAfter: isoTime(start + 90 * dayMs),
    launchAfter: isoTime(at - 60 * dayMs),
    timezone: 'America/New_York',
    venue: {
      name: 'Austin Convention Center',
      address: {
        address1: '500 E Cesar Chavez Street',
        city: 'Austin',
        region: 'Texas',
        regionCode: 'TX',
        postalCode: '78701',
        country: 'United States of America',
        countryCode: 'US',
      },
    },
    status: 'Active',
    eventStatus: 'Upcoming',
    type: 'Conference',
    testMode: false,
    capacity: -1,
    currency: 'USD',
    planner: {
      firstName: 'Mirela',
      lastName: 'Okonjo',
      email: 'events@harbourline.example.org',
      company: 'Harbourline Society of Surveyors',
      title: 'Events Lead',
    },
    customFields: imisCode ? [{ id: imisCode.id, name: imisCode.name, value: [code] }] : [],
    approvalNeeded: false,
    waitlist: false,
    snapshots: false,
    hookId: null,
    paths: [memberPath, otherPath],
    registrationTypes: types,
    admissionItems: [
      product('AdmissionItem', 'FULL-M', 'Full Conference - Member', 495),
      product('AdmissionItem', 'FULL-N', 'Full Conference - Non-member', 695),
      product('AdmissionItem', 'GUEST', 'Guest Pass', 150),
    ],
    sessions,
    quantityItems: [product('QuantityItem', 'SHIRT', 'Conference T-shirt', 25)],
    donationItems: [product('DonationItem', 'FUND', 'Scholarship Fund', 0)],
    membershipItems: [],
    questions: [{ id: newId(), text: 'Dietary needs', code: 'DIET' }],
    discounts: [{ id: newId(), name: 'Early member', code: 'EARLY10', percent: 10 }],
    ...change,
  }

  function session(
    sessionCode: string,
    name: string,
    price: number,
    begins: number,
    more: Partial<Session> = {},
  ): Session {
    return {
      ...product('Session', sessionCode, name, price),
      start: isoTime(begins),
      end: isoTime(begins + 2.5 * 3_600_000),
      status: 'Active',
      included: false,
      capacity: 60,
      lastModified: isoTime(at - 30 * dayMs),
      ...more,
    }
  }
}

function path(name: string, code: string, description: string): RegistrationPath {
  return { id: newId(), name, code, description }
}

function registrationType(
  name: string,
  code: string,
  { id: pathId }: RegistrationPath,
): RegistrationType {
  return { id: newId(), name, code, open: true, capacity: -1, pathId }
}
