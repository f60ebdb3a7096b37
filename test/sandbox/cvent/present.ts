import type {
  Address,
  Attendee,
  Contact,
  ContactHook,
  CventEvent,
  Enrollment,
  Session,
} from './state.ts'
import type { World } from './world.ts'

const countries: Record<string, string> = {
  US: 'United States of America',
  CA: 'Canada',
  GB: 'United Kingdom',
}
const regions: Record<string, string> = { ME: 'Maine', TX: 'Texas', NY: 'New York' }

/** The audit members of an answer. */
export const auditOf = (item: {
  created: string
  createdBy: string
  lastModified: string
  lastModifiedBy: string
}) => ({
  created: item.created,
  createdBy: item.createdBy,
  lastModified: item.lastModified,
  lastModifiedBy: item.lastModifiedBy,
})

function address(given: Address) {
  const country = countries[given.countryCode ?? '']
  const region = regions[given.regionCode ?? '']
  return { ...given, ...(country ? { country } : {}), ...(region ? { region } : {}) }
}

function contactCore(world: World, contact: Contact) {
  const { fields } = contact
  const { homeAddress, workAddress, type, optOut, ...texts } = fields
  const typeName = world.state.contactTypes.find(({ id }) => id === type?.id)?.name
  return {
    ...texts,
    ...(type ? { type: { ...type, ...(typeName ? { name: typeName } : {}) } } : {}),
    ...(homeAddress ? { homeAddress: address(homeAddress) } : {}),
    ...(workAddress ? { workAddress: address(workAddress) } : {}),
    optOut: { optedOut: optOut?.optedOut ?? false },
    deleted: contact.deleted,
    customFields: [...contact.answers].map(([id, value], index) => ({
      id,
      name: world.state.customFields.find((field) => field.id === id)?.name ?? '',
      value,
      order: index + 1,
      type: 'General',
    })),
    _links: {},
  }
}

export function presentContact(world: World, contact: Contact) {
  return {
    id: contact.id,
    ...auditOf(contact),
    ...contactCore(world, contact),
    purged: contact.purged,
    ...(contact.parentId ? { parentId: contact.parentId } : {}),
    ...(contact.eventId ? { event: { id: contact.eventId } } : {}),
  }
}

export function presentAttendee(world: World, attendee: Attendee) {
  const event = world.state.events.get(attendee.eventId)
  const contact = world.state.contacts.get(attendee.contactId)
  const pick = (list: { id: string; code: string; name: string }[] = [], id: string | null) => {
    const found = list.find((item) => item.id === id)
    return found ? { id: found.id, code: found.code, name: found.name } : undefined
  }
  const path = pick(event?.paths, attendee.pathId)
  const type = pick(event?.registrationTypes, attendee.registrationTypeId)
  const item = pick(event?.admissionItems, attendee.admissionItemId)
  const linked = world.now() >= attendee.linksFrom
  return {
    id: attendee.id,
    ...auditOf(attendee),
    event: { id: attendee.eventId },
    ...(attendee.confirmationNumber ? { confirmationNumber: attendee.confirmationNumber } : {}),
    ...(contact ? { contact: { id: contact.id, ...attendeeContact(world, contact) } } : {}),
    checkedIn: attendee.attendance === 'participant',
    ...(attendee.checkIn ? { checkIn: attendee.checkIn } : {}),
    ...(path ? { registrationPath: path } : {}),
    ...(linked
      ? {
          webLinks: {
            acceptRegistration: `${world.url()}/r/${attendee.linkToken}`,
            declineRegistration: `${world.url()}/r/${attendee.linkToken}/decline`,
          },
        }
      : {}),
    ...(type ? { registrationType: type } : {}),
    ...(attendee.referenceId ? { referenceId: attendee.referenceId } : {}),
    ...(attendee.note ? { note: attendee.note } : {}),
    guest: attendee.guest,
    ...(attendee.primaryId ? { primaryId: attendee.primaryId } : {}),
    deletedGuest: attendee.deletedGuest,
    unsubscribed: false,
    status: attendee.status,
    ...times(attendee),
    invitedBy: attendee.invitedBy,
    responseMethod: attendee.responseMethod,
    answers: attendee.answers.map(({ questionId, value }) => ({
      question: { id: questionId },
      value,
    })),
    ...(item ? { admissionItem: item } : {}),
    visibility: 'Public',
    testRecord: attendee.testRecord,
    attendeeLastModified: attendee.attendeeLastModified,
  }
}

function times(attendee: Attendee) {
  const { registeredAt, registrationLastModified, registrationCancelledAt } = attendee
  return {
    ...(registeredAt ? { registeredAt } : {}),
    ...(registrationLastModified ? { registrationLastModified } : {}),
    ...(registrationCancelledAt ? { registrationCancelledAt } : {}),
  }
}

/** The contact inside an attendee has fewer members than the contact itself. */
function attendeeContact(world: World, contact: Contact) {
  const { pager: _pager, ...rest } = contactCore(world, contact)
  return rest
}

export function presentEvent(world: World, event: CventEvent) {
  const link = (page: string) => ({ href: `${world.url()}/event/${event.code}/${page}` })
  return {
    id: event.id,
    title: event.title,
    code: event.code,
    virtual: false,
    format: 'In-person',
    description: event.description,
    start: event.start,
    end: event.end,
    ...(event.closeAfter ? { closeAfter: event.closeAfter } : {}),
    archiveAfter: event.archiveAfter,
    launchAfter: event.launchAfter,
    timezone: event.timezone,
    venues: [{ name: event.venue.name, address: event.venue.address }],
    defaultLocale: 'en-US',
    languages: ['en-US'],
    currency: event.currency,
    registrationSecurityLevel: 'Public',
    status: event.status,
    eventStatus: event.eventStatus,
    planningStatus: 'Approved',
    testMode: event.testMode,
    capacity: event.capacity,
    planners: [event.planner],
    customFields: event.customFields.map((field, index) => ({
      ...field,
      order: index + 1,
      type: 'General',
    })),
    type: event.type,
    _links: {
      invitation: link('invitation'),
      agenda: link('agenda'),
      summary: link('summary'),
      registration: link('register'),
    },
    created: event.created,
    createdBy: event.createdBy,
    lastModified: event.lastModified,
    lastModifiedBy: event.lastModifiedBy,
  }
}

export function presentSession(event: CventEvent, session: Session) {
  return {
    id: session.id,
    created: event.created,
    createdBy: event.createdBy,
    lastModified: session.lastModified,
    lastModifiedBy: event.lastModifiedBy,
    virtual: false,
    event: { id: event.id },
    title: session.name,
    code: session.code,
    start: session.start,
    end: session.end,
    status: session.status,
    capacity: session.capacity,
    capacityUnlimited: false,
    timezone: event.timezone,
    displayOnAgenda: true,
    featured: false,
    openForRegistration: session.status === 'Active',
    openForAttendeeHub: true,
    includedSession: session.included,
  }
}

export function presentEnrollment(enrollment: Enrollment) {
  return {
    id: enrollment.id,
    ...auditOf(enrollment),
    session: { id: enrollment.sessionId },
    event: { id: enrollment.eventId },
    attendee: { id: enrollment.attendeeId },
    deleted: enrollment.deleted,
    status: enrollment.status,
  }
}

export function presentAttendance(enrollment: Enrollment) {
  return {
    id: enrollment.id,
    ...auditOf(enrollment),
    session: { id: enrollment.sessionId },
    event: { id: enrollment.eventId },
    attendee: { id: enrollment.attendeeId },
    deleted: enrollment.deleted,
    ...(enrollment.checkIn ? { checkIn: enrollment.checkIn } : {}),
  }
}

/** A hook is answered with its secret left as stored: the official file shows it in the answer. */
export function presentHook(hook: ContactHook) {
  return {
    id: hook.id,
    ...auditOf(hook),
    name: hook.name,
    callback: hook.callback,
    security: hook.security,
  }
}
