import { DateTime } from 'luxon'
import type { Attendee, Contact, CventEvent, Order, Session } from './state.ts'
import { contactBy, eventBy } from './state.ts'
import { orderSums } from './money.ts'
import type { World } from './world.ts'

const zeroStub = '00000000-0000-0000-0000-000000000000'
const stub = (id: string) => id.toUpperCase()
const day = (iso: string | null) => (iso ? iso.slice(0, 10) : '')
const money = (amount: number) => amount.toFixed(2)

/** Cvent's own names for time zones: not IANA (a few of them; the whole table was not public). */
const zoneNames: Record<string, string> = {
  'America/New_York': 'Eastern Time',
  'America/Chicago': 'Central Time',
  'America/Denver': 'Mountain Time',
  'America/Los_Angeles': 'Pacific Time',
  'Europe/London': 'GMT',
}
const zoneName = (zone: string) => zoneNames[zone] ?? zone

const local = (iso: string | null, zone: string, format: string) =>
  iso ? DateTime.fromISO(iso, { zone }).toFormat(format) : ''
const spaced = "yyyy-MM-dd HH:mm:ss'.0'"
const unzoned = "yyyy-MM-dd'T'HH:mm:ss.SSS"
const toTheSecond = "yyyy-MM-dd'T'HH:mm:ss"

const countryNames: Record<string, string> = { US: 'USA', CA: 'CANADA', GB: 'UNITED KINGDOM' }
const regionNames: Record<string, string> = { ME: 'Maine', TX: 'Texas', NY: 'New York' }

function person(world: World, contact: Contact) {
  const { fields } = contact
  const { workAddress: work = {}, homeAddress: home = {} } = fields
  const country = (code: string | undefined) => countryNames[code ?? ''] ?? code ?? ''
  const region = (code: string | undefined) => regionNames[code ?? ''] ?? code ?? ''
  return {
    contactStub: stub(contact.id),
    accountStub: stub(world.state.accountId),
    contactSourceId: fields.sourceId ?? '',
    contactType: world.state.contactTypes.find(({ id }) => id === fields.type?.id)?.name ?? '',
    prefix: fields.prefix ?? '',
    firstName: fields.firstName ?? '',
    middleName: fields.middleName ?? '',
    lastName: fields.lastName ?? '',
    fullName: [fields.prefix, fields.firstName, fields.lastName].filter(Boolean).join(' '),
    nickName: fields.nickname ?? '',
    designation: fields.designation ?? '',
    title: fields.title ?? '',
    company: fields.company ?? '',
    email: fields.email ?? '',
    ccEmail: fields.ccEmail ?? '',
    gender: fields.gender ?? '',
    dateOfBirth: '',
    workAddress1: work.address1 ?? '',
    workAddress2: work.address2 ?? '',
    workAddress3: work.address3 ?? '',
    workCity: work.city ?? '',
    workState: region(work.regionCode),
    workStateCode: work.regionCode ?? '',
    workZipcode: work.postalCode ?? '',
    workCountry: country(work.countryCode),
    workCountryCode: work.countryCode ?? '',
    workPhone: fields.workPhone ?? '',
    workFax: fields.workFax ?? '',
    homeAddress1: home.address1 ?? '',
    homeAddress2: home.address2 ?? '',
    homeAddress3: home.address3 ?? '',
    homeCity: home.city ?? '',
    homeState: region(home.regionCode),
    homeStateCode: home.regionCode ?? '',
    homeZipcode: home.postalCode ?? '',
    homeCountry: country(home.countryCode),
    homePhone: fields.homePhone ?? '',
    homeFax: fields.homeFax ?? '',
    mobilePhone: fields.mobilePhone ?? '',
    optedOut: fields.optOut?.optedOut ? 'yes' : 'no',
    customFields: [...contact.answers].map(([id, value]) => ({
      id: stub(id),
      name: world.state.customFields.find((field) => field.id === id)?.name ?? '',
      value: value.join('; '),
    })),
  }
}

/** The record of `ContactCreated`. */
export function contactRecord(world: World, contact: Contact) {
  return { ...person(world, contact), updatedDate: day(contact.lastModified) }
}

const nameIn = (list: { id: string; name: string }[], id: string | null) =>
  list.find((item) => item.id === id)?.name ?? ''

/** The record shared by the accepted, modified, cancelled and participant messages. `orders` false leaves orders out. */
export function attendeeRecord(world: World, attendee: Attendee, orders = true) {
  const event = eventBy(world.state, attendee.eventId)
  const contact = contactBy(world.state, attendee.contactId)
  return {
    ...person(world, contact),
    contactTypeStub: stub(contact.fields.type?.id ?? zeroStub),
    inviteeStub: stub(attendee.id),
    eventStub: stub(event.id),
    isGuest: attendee.guest,
    profileImageUrl: '',
    confirmationNumber: attendee.confirmationNumber ?? '',
    registrationDate: day(attendee.registeredAt),
    updatedDate: day(attendee.lastModified),
    registrationType: nameIn(event.registrationTypes, attendee.registrationTypeId),
    registrationPath: nameIn(event.paths, attendee.pathId),
    admissionItem: nameIn(event.admissionItems, attendee.admissionItemId),
    responseMethod: attendee.responseMethod,
    invitationBy: attendee.invitedBy === 'Planner-Invited' ? 'Planner-Invited' : 'No Invitation',
    inviteeStatus: attendee.status,
    participantStatus: attendee.attendance === 'participant',
    unsubscribed: 'no',
    visibleOnAttendeeList: 1,
    referenceId: attendee.referenceId,
    internalNote: attendee.note,
    totalCredits: '0.00',
    eligibleCredits: '0.00',
    eventForInvitee: eventForInvitee(event),
    ...(orders ? { orders: ordersFor(world, attendee) } : {}),
  }
}

function eventForInvitee(event: CventEvent) {
  return {
    eventTitle: event.title,
    eventLocation: event.venue.name,
    eventStartDate: local(event.start, event.timezone, spaced),
    eventEndDate: local(event.end, event.timezone, spaced),
    eventDescription: event.description,
    eventCode: event.code,
    eventPlannerFirstName: event.planner.firstName,
    eventPlannerLastName: event.planner.lastName,
    eventPlannerPrefix: '',
    eventPlannerTitle: event.planner.title,
    eventPlannerCompany: event.planner.company,
    eventCustomFields: event.customFields.map((field) => ({
      id: stub(field.id),
      name: field.name,
      value: field.value.join('; '),
    })),
    eventTimeZoneName: zoneName(event.timezone),
  }
}

function ordersFor(world: World, attendee: Attendee) {
  const primaryId = attendee.primaryId ?? attendee.id
  const own = [...world.state.orders.values()].filter((order) => order.attendeeId === primaryId)
  return own.map((order) => orderRecord(world, order, attendee)).filter((order) => order !== null)
}

function orderRecord(world: World, order: Order, attendee: Attendee) {
  const items = orderSums(world, order).items.filter(
    (item) => item.guestId === (attendee.guest ? attendee.id : null),
  )
  if (items.length === 0) return null
  const { fields } = contactBy(world.state, attendee.contactId)
  return {
    orderNumber: order.number,
    orderDate: day(order.created),
    orderDetails: items.map((item) => ({
      productName: item.name,
      orderFee: money(item.price),
      orderQuantity: item.quantity,
      orderAmount: money(item.amountOrdered),
      paidAmount: money(item.amountPaid),
      orderType: order.type.endsWith('Refund') ? 'refund' : 'charge',
      registrant: {
        name: `${fields.lastName ?? ''}, ${fields.firstName ?? ''}`,
        isGuest: attendee.guest,
        inviteeStub: stub(attendee.id),
      },
    })),
  }
}

/** One record of `AttendeeManualSynced`, the planner's Sync. */
export function syncedRecord(world: World, attendee: Attendee, sessionIds: string[]) {
  const contact = contactBy(world.state, attendee.contactId)
  const event = eventBy(world.state, attendee.eventId)
  return {
    inviteeStub: stub(attendee.id),
    contactStub: stub(contact.id),
    contactSourceId: contact.fields.sourceId ?? '',
    eventStub: stub(attendee.eventId),
    sessionStubList: sessionIds.map(stub),
    unsubscribed: 'no',
    inviteeStatus: attendee.status,
    invitationBy: 'No Invitation',
    responseMethod: attendee.responseMethod,
    participantStatus: attendee.attendance === 'participant',
    registrationDate: attendee.registeredAt ?? '',
    internalNote: attendee.note,
    confirmationNumber: attendee.confirmationNumber ?? '',
    totalCredits: '0.00',
    eligibleCredits: '0.00',
    registrationPath: nameIn(event.paths, attendee.pathId),
    visibleOnAttendeeList: 1,
    isGuest: attendee.guest,
    accountStub: stub(world.state.accountId),
    firstName: contact.fields.firstName ?? '',
  }
}

/** The record of `InviteeSubstitutedInAnEvent`: names of its own, no status, no source id. */
export function substitutedRecord(world: World, attendee: Attendee, old: Contact) {
  const contact = contactBy(world.state, attendee.contactId)
  const { fields } = contact
  const work = fields.workAddress ?? {}
  return {
    accountStub: stub(world.state.accountId),
    eventStub: stub(attendee.eventId),
    inviteeStub: stub(attendee.id),
    oldContactStub: stub(old.id),
    newContactStub: stub(contact.id),
    first_name: fields.firstName ?? '',
    last_name: fields.lastName ?? '',
    email: fields.email ?? '',
    title: fields.title ?? '',
    organization_name: fields.company ?? '',
    phone_work: fields.workPhone ?? '',
    address_1: work.address1 ?? '',
    address_2: work.address2 ?? '',
    city: work.city ?? '',
    state: work.regionCode ?? '',
    zip: work.postalCode ?? '',
    visible_on_attendee_list: 1,
    remote_avatar_url: '',
    registration_code: attendee.confirmationNumber ?? '',
    createdDate: new Date(world.now()).toISOString().replace('T', ' ').replace('Z', ''),
    createdBy: 'Sandbox planner',
  }
}

/** The record of `InviteeAbandonedRegistrationInAnEvent`; contact and invitee may be nobody (zero stubs). */
export function abandonedRecord(
  world: World,
  event: CventEvent,
  given: {
    firstName: string
    lastName: string
    email: string
    contactId?: string
    inviteeId?: string
  },
) {
  const at = new Date(world.now()).toISOString()
  return {
    email: given.email,
    firstName: given.firstName,
    lastName: given.lastName,
    eventStub: stub(event.id),
    accountStub: stub(world.state.accountId),
    contactStub: stub(given.contactId ?? zeroStub),
    inviteeStub: stub(given.inviteeId ?? zeroStub),
    contactType: '',
    contactTypeStub: zeroStub,
    referenceId: '',
    createdDate: at,
    lastActivityDate: at,
    registrationPath: event.paths[0]?.name ?? '',
    abandonedRegistrationType: 'Not in Address Book',
    lastSavedRegistrationPageName: 'Registrant Information',
    eventForInvitee: { eventTitle: event.title },
  }
}

const stakeholder = Object.fromEntries(
  (
    'FirstName LastName EmailAddr Title Company WorkPhone HomePhone WorkFax MobilePhone Address1 ' +
    'Address2 Address3 City State PostalCode Country'
  )
    .split(' ')
    .map((name) => [`stakeholder${name}`, '']),
)

/** The record of the event messages (cancelled, modified, manually synced). */
export function eventRecord(world: World, event: CventEvent) {
  const { address } = event.venue
  return {
    eventStub: stub(event.id),
    accountStub: stub(world.state.accountId),
    eventTitle: event.title,
    eventCode: event.code,
    eventCategory: event.type,
    eventCapacity: event.capacity,
    eventDescription: event.description,
    eventNote: '',
    eventCloseDate: local(event.closeAfter, event.timezone, unzoned),
    eventStartDate: local(event.start, event.timezone, unzoned),
    eventEndDate: local(event.end, event.timezone, unzoned),
    eventArchiveDate: local(event.archiveAfter, event.timezone, unzoned),
    eventStatusName: event.status,
    eventPlanningStatusName: '',
    eventLocation: event.venue.name,
    eventPhone: '',
    address1: address.address1 ?? '',
    address2: '',
    address3: '',
    city: address.city ?? '',
    state: address.region ?? '',
    postalCode: address.postalCode ?? '',
    country: 'USA',
    plannerFirstName: event.planner.firstName,
    plannerLastName: event.planner.lastName,
    plannerCompany: event.planner.company,
    plannerTitle: event.planner.title,
    ...stakeholder,
    timezoneName: zoneName(event.timezone),
    fromAcctEmailStub: event.planner.email,
    currency: 'U.S. Dollar',
    languageCountry: 'English',
    eventCustomField: event.customFields.map((field) => ({
      id: stub(field.id),
      name: field.name,
      value: field.value.join('; '),
    })),
  }
}

/** The record of the session messages. */
export function sessionRecord(event: CventEvent, session: Session) {
  return {
    sessionStub: stub(session.id),
    sessionName: session.name,
    sessionDescription: '',
    sessionStartDateTime: local(session.start, event.timezone, toTheSecond),
    sessionEndDateTime: local(session.end, event.timezone, toTheSecond),
    timezoneName: zoneName(event.timezone),
    speakers: [],
    speakerCategory: [],
    updatedDate: day(session.lastModified),
  }
}
