import type { Attendee, AttendeeStatus, Contact, ContactFields, CventEvent } from './state.ts'
import { contactBy, eventBy, isoTime, newId, newNumber, Refused } from './state.ts'
import { contactsByEmail, createContact, matchContact } from './contacts.ts'
import { enroll } from './enrollment.ts'
import type { Line } from './money.ts'
import { placeOrder, productBy } from './money.ts'
import { attendeeRecord } from './messages.ts'
import type { World } from './world.ts'
import { audit, touch } from './world.ts'

export interface GuestInput {
  firstName: string
  lastName: string
  email?: string
  sourceId?: string
  /** Code or id; default: the event's item with code `GUEST`, else its first. */
  admissionItem?: string
}

/** What somebody chose on the form. Items and types are named by code or id. */
export interface Choices {
  registrationType?: string
  admissionItem?: string
  sessions?: string[]
  quantityItems?: { item: string; quantity: number }[]
  donation?: { item: string; amount: number }
  guests?: GuestInput[]
  discountCode?: string
  /** Paid by card at once (default), or invoiced and due. */
  paid?: boolean
  referenceId?: string
  answers?: { questionId: string; value: string[] }[]
}

export interface Registration extends Choices {
  /** Event id or code. */
  event: string
  /** A contact's id, or who it is (matched by source id, then e-mail and name, else created). */
  contact: string | ContactFields
  responseMethod?: string
  invitedBy?: string
  /** A planner may pass capacity, closing and approval. */
  planner?: boolean
  /** Marks it as a test, as Cvent marks those made to try an event out; its guests too. */
  testRecord?: boolean
}

/** A status that holds a place. */
const takesPlace = (attendee: Attendee) =>
  attendee.status === 'Accepted' && !attendee.guest && !attendee.deletedGuest

export function placesTaken(world: World, event: CventEvent): number {
  let taken = 0
  for (const attendee of world.state.attendees.values())
    if (attendee.eventId === event.id && takesPlace(attendee)) taken += 1
  return taken
}

/** Whether somebody could register now, and what they would become. */
export function openness(world: World, event: CventEvent): 'open' | 'closed' | 'full' | 'waitlist' {
  const closes = event.closeAfter ? Date.parse(event.closeAfter) : Infinity
  if (event.status !== 'Active' || world.now() >= closes) return 'closed'
  const full = event.capacity >= 0 && placesTaken(world, event) >= event.capacity
  if (!full) return 'open'
  return event.waitlist ? 'waitlist' : 'full'
}

/** The invitation or registration of this contact in the event, whatever its status. */
export function attendeeOf(world: World, event: CventEvent, contact: Contact) {
  for (const attendee of world.state.attendees.values()) {
    if (attendee.eventId !== event.id || attendee.guest) continue
    const theirs = world.state.contacts.get(attendee.contactId)
    if (attendee.contactId === contact.id || theirs?.parentId === contact.id) return attendee
  }
  return undefined
}

/** A new attendee row with status No Response. */
export function invite(
  world: World,
  event: CventEvent,
  contact: Contact,
  by: string,
  invitedBy: string,
): Attendee {
  const known = attendeeOf(world, event, contact)
  if (known) return known
  return newAttendee(world, event, contact, { by, invitedBy })
}

/** A new row of this contact; in a snapshot event of a copy of it. */
export function newAttendee(
  world: World,
  event: CventEvent,
  contact: Contact,
  options: { by: string; invitedBy: string; primary?: Attendee },
): Attendee {
  const attendee: Attendee = {
    id: newId(),
    ...audit(world, options.by),
    eventId: event.id,
    contactId: snapshotOf(world, event, contact, options.by).id,
    status: 'No Response',
    confirmationNumber: null,
    registeredAt: null,
    registrationLastModified: null,
    registrationCancelledAt: null,
    attendeeLastModified: isoTime(world.now()),
    pathId: null,
    registrationTypeId: null,
    admissionItemId: null,
    referenceId: '',
    note: '',
    guest: options.primary !== undefined,
    primaryId: options.primary?.id ?? null,
    deletedGuest: false,
    testRecord: options.primary?.testRecord ?? false,
    attendance: null,
    checkIn: null,
    invitedBy: options.invitedBy,
    responseMethod: 'No Response',
    answers: [],
    linkToken: newNumber(22),
    linksFrom: world.now() + world.state.switches.linksAfterMs,
  }
  world.state.attendees.set(attendee.id, attendee)
  return attendee
}

/** The contact itself, or in a snapshot event a new copy of it. */
export function snapshotOf(world: World, event: CventEvent, contact: Contact, by: string): Contact {
  if (!event.snapshots || contact.parentId) return contact
  const { sourceId, ...rest } = contact.fields
  const copy: Contact = {
    id: newId(),
    ...audit(world, by),
    fields:
      world.state.switches.snapshotSourceId === 'copy' && sourceId ? { ...rest, sourceId } : rest,
    answers: new Map(contact.answers),
    deleted: false,
    purged: false,
    parentId: contact.id,
    eventId: event.id,
  }
  world.state.contacts.set(copy.id, copy)
  return copy
}

/**
 * Registers somebody, as the form or a planner does. Throws `Refused` (403 closed or full, 409 already registered, 422
 * unknown item). The status follows the event: Accepted, Waitlisted when full with a waitlist, Pending Approval.
 */
export function register(world: World, input: Registration): Attendee {
  const event = eventBy(world.state, input.event)
  const state = openness(world, event)
  if (!input.planner && state === 'closed') throw new Refused(403, 'Registration is closed.')
  if (!input.planner && state === 'full') throw new Refused(403, 'This event is full.')
  const by = input.planner ? 'Sandbox planner' : 'Registrant'
  const contact =
    typeof input.contact === 'string'
      ? contactBy(world.state, input.contact)
      : matchContact(world, input.contact, by)
  const known = attendeeOf(world, event, contact)
  if (known && ['Accepted', 'Waitlisted', 'Pending Approval'].includes(known.status))
    throw new Refused(409, 'This person is already registered.')
  const attendee =
    known ??
    newAttendee(world, event, contact, { by, invitedBy: input.invitedBy ?? 'No Invitation' })
  const status: AttendeeStatus = input.planner
    ? 'Accepted'
    : state === 'waitlist'
      ? 'Waitlisted'
      : event.approvalNeeded
        ? 'Pending Approval'
        : 'Accepted'
  attendee.responseMethod =
    input.responseMethod ?? (input.planner ? 'Planner-Responded' : 'Self-Responded')
  attendee.testRecord = input.testRecord ?? false
  if (input.referenceId) attendee.referenceId = input.referenceId
  if (input.answers) attendee.answers = input.answers
  choosePlace(event, attendee, input)
  attendee.registeredAt = isoTime(world.now())
  attendee.registrationCancelledAt = null
  attendee.confirmationNumber ??= newNumber()
  setStatus(world, attendee, status, by)
  const guests = (input.guests ?? []).map((guest) =>
    newGuest(world, event, attendee, guest, status, by),
  )
  placeOrder(
    world,
    event,
    attendee,
    [...linesFor(event, attendee, input), ...guests.map((guest) => guestLine(event, guest))],
    {
      paid: status === 'Accepted' && (input.paid ?? true),
      discountCode: input.discountCode,
      by,
    },
  )
  for (const session of input.sessions ?? [])
    enroll(world, attendee, productBy(event.sessions, session), by)
  if (status === 'Accepted') tellAccepted(world, attendee)
  return attendee
}

function choosePlace(event: CventEvent, attendee: Attendee, choices: Choices) {
  const type = choices.registrationType
    ? event.registrationTypes.find(
        ({ id, code }) => id === choices.registrationType || code === choices.registrationType,
      )
    : event.registrationTypes[0]
  attendee.registrationTypeId = type?.id ?? null
  attendee.pathId = type?.pathId ?? event.paths[0]?.id ?? null
  const item = choices.admissionItem
    ? productBy(event.admissionItems, choices.admissionItem)
    : event.admissionItems[0]
  attendee.admissionItemId = item?.id ?? null
}

function linesFor(event: CventEvent, person: Attendee, choices: Choices): Line[] {
  const admission = event.admissionItems.find(({ id }) => id === person.admissionItemId)
  const sessions = (choices.sessions ?? []).map((code) => productBy(event.sessions, code))
  return [
    ...(admission ? [{ person, product: admission, quantity: 1 }] : []),
    ...sessions.map((product) => ({ person, product, quantity: 1 })),
    ...(choices.quantityItems ?? [])
      .filter(({ quantity }) => quantity > 0)
      .map(({ item, quantity }) => ({
        person,
        product: productBy(event.quantityItems, item),
        quantity,
      })),
    ...(choices.donation && choices.donation.amount > 0
      ? [
          {
            person,
            product: productBy(event.donationItems, choices.donation.item),
            quantity: 1,
            price: choices.donation.amount,
          },
        ]
      : []),
  ]
}

/** A guest of the primary, with the contact it needs. */
export function newGuest(
  world: World,
  event: CventEvent,
  primary: Attendee,
  input: GuestInput,
  status: AttendeeStatus,
  by: string,
): Attendee {
  const { admissionItem, ...fields } = input
  const known = fields.sourceId ? undefined : contactsByEmail(world, fields.email ?? '')[0]
  const contact =
    known && known.fields.firstName === fields.firstName
      ? known
      : fields.sourceId
        ? matchContact(world, fields, by)
        : createContact(world, fields, by)
  const guest = newAttendee(world, event, contact, { by, invitedBy: 'Guest-Invited', primary })
  const item = admissionItem
    ? productBy(event.admissionItems, admissionItem)
    : (event.admissionItems.find(({ code }) => code === 'GUEST') ?? event.admissionItems[0])
  guest.admissionItemId = item?.id ?? null
  guest.registrationTypeId = event.registrationTypes.find(({ code }) => code === 'GST')?.id ?? null
  guest.pathId = primary.pathId
  guest.responseMethod = primary.responseMethod
  guest.referenceId = primary.referenceId
  guest.registeredAt = isoTime(world.now())
  guest.confirmationNumber = newNumber()
  setStatus(world, guest, status, by)
  return guest
}

/** What a guest is charged. */
export function guestLine(event: CventEvent, guest: Attendee): Line {
  return {
    person: guest,
    product: productBy(event.admissionItems, guest.admissionItemId ?? ''),
    quantity: 1,
  }
}

/** Changes the status and every time stamp that goes with it. */
export function setStatus(world: World, attendee: Attendee, status: AttendeeStatus, by: string) {
  attendee.status = status
  touchRegistration(world, attendee, by)
}

/** Moves the time stamps of a registration. */
export function touchRegistration(world: World, attendee: Attendee, by: string) {
  attendee.registrationLastModified = isoTime(world.now())
  touch(world, attendee, by)
}

/** The primary's guests that were not taken off. */
export function guestsOf(world: World, primary: Attendee): Attendee[] {
  return [...world.state.attendees.values()].filter(
    ({ primaryId, deletedGuest }) => primaryId === primary.id && !deletedGuest,
  )
}

/** Sends the accepted message of an invitee and one of each guest. */
export function tellAccepted(world: World, attendee: Attendee) {
  for (const one of [attendee, ...guestsOf(world, attendee)])
    world.tell('InviteeOrGuestAccepted', [attendeeRecord(world, one)])
}
