import type {
  Attendee,
  AttendeeStatus,
  Contact,
  ContactFields,
  CventEvent,
  Product,
} from './state.ts'
import { attendeeBy, contactBy, eventBy, isoTime, newId, newNumber, Refused } from './state.ts'
import { contactsByEmail, createContact, matchContact } from './contacts.ts'
import { enroll, heldSessions, unenroll } from './enrollment.ts'
import type { Line } from './money.ts'
import { chargesOf, giveBack, placeOrder, productBy } from './money.ts'
import { attendeeRecord, substitutedRecord } from './messages.ts'
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

function newAttendee(
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

function snapshotOf(world: World, event: CventEvent, contact: Contact, by: string): Contact {
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

function newGuest(
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

function guestLine(event: CventEvent, guest: Attendee): Line {
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

function touchRegistration(world: World, attendee: Attendee, by: string) {
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

export interface Modification {
  registrationType?: string
  admissionItem?: string
  addSessions?: string[]
  removeSessions?: string[]
  quantityItems?: { item: string; quantity: number }[]
  addGuests?: GuestInput[]
  /** Attendee ids of guests to take off. */
  removeGuests?: string[]
  /** Give back what was paid for what is taken off (default), and charge what is added. */
  paid?: boolean
  answers?: { questionId: string; value: string[] }[]
}

/** Changes a registration; charges and refunds follow. Throws `Refused` 404, 409 (not registered), 422 (unknown item). */
export function modify(world: World, id: string, change: Modification): Attendee {
  const attendee = attendeeBy(world.state, id)
  if (attendee.status !== 'Accepted') throw new Refused(409, 'This person is not registered.')
  const event = eventBy(world.state, attendee.eventId)
  const by = 'Registrant'
  const lines: Line[] = []
  const back: { person: Attendee; productId: string }[] = []
  if (change.registrationType) {
    const type = event.registrationTypes.find(({ code, id: typeId }) =>
      [code, typeId].includes(change.registrationType ?? ''),
    )
    if (!type) throw new Refused(422, 'There is no such registration type.')
    attendee.registrationTypeId = type.id
    attendee.pathId = type.pathId
  }
  if (change.admissionItem) {
    const item = productBy(event.admissionItems, change.admissionItem)
    if (item.id !== attendee.admissionItemId) {
      if (attendee.admissionItemId)
        back.push({ person: attendee, productId: attendee.admissionItemId })
      attendee.admissionItemId = item.id
      lines.push({ person: attendee, product: item, quantity: 1 })
    }
  }
  for (const code of change.removeSessions ?? []) {
    const session = productBy(event.sessions, code)
    unenroll(world, attendee, session, by)
    back.push({ person: attendee, productId: session.id })
  }
  for (const code of change.addSessions ?? []) {
    const session = productBy(event.sessions, code)
    enroll(world, attendee, session, by)
    lines.push({ person: attendee, product: session, quantity: 1 })
  }
  for (const { item, quantity } of change.quantityItems ?? []) {
    const product = productBy(event.quantityItems, item)
    const held = heldQuantity(world, attendee, product)
    if (quantity === held) continue
    if (held > 0) back.push({ person: attendee, productId: product.id })
    if (quantity > 0) lines.push({ person: attendee, product, quantity })
  }
  for (const guestId of change.removeGuests ?? []) {
    const guest = attendeeBy(world.state, guestId)
    guest.deletedGuest = true
    setStatus(world, guest, 'Cancelled', by)
    if (guest.admissionItemId) back.push({ person: guest, productId: guest.admissionItemId })
  }
  const added = (change.addGuests ?? []).map((guest) =>
    newGuest(world, event, attendee, guest, 'Accepted', by),
  )
  lines.push(...added.map((guest) => guestLine(event, guest)))
  if (change.answers) attendee.answers = change.answers
  giveBack(world, event, attendee, back, { refund: change.paid ?? true, by })
  placeOrder(world, event, attendee, lines, { paid: change.paid ?? true, by })
  touchRegistration(world, attendee, by)
  world.tell('InviteeOrGuestModified', [attendeeRecord(world, attendee)])
  for (const guest of added) world.tell('InviteeOrGuestAccepted', [attendeeRecord(world, guest)])
  for (const guestId of change.removeGuests ?? [])
    world.tell('InviteeOrGuestCancelled', [attendeeRecord(world, attendeeBy(world.state, guestId))])
  return attendee
}

/** How many of a quantity item somebody has. */
export function heldQuantity(world: World, attendee: Attendee, product: Product): number {
  return chargesOf(world, attendee)
    .filter((item) => item.productId === product.id && item.active)
    .reduce((sum, item) => sum + item.quantity, 0)
}

/** Cancels a registration with its guests. `share` is the part of what was paid that is given back (default all). */
export function cancel(
  world: World,
  id: string,
  options: { refund?: boolean; share?: number; by?: string } = {},
): Attendee {
  const attendee = attendeeBy(world.state, id)
  const event = eventBy(world.state, attendee.eventId)
  const by = options.by ?? 'Registrant'
  const people = attendee.guest ? [attendee] : [attendee, ...guestsOf(world, attendee)]
  const primary = attendee.primaryId ? attendeeBy(world.state, attendee.primaryId) : attendee
  const wasRegistered = attendee.status === 'Accepted'
  const back = people.flatMap((person) =>
    [
      ...new Set(
        chargesOf(world, person)
          .filter(({ active }) => active)
          .map((i) => i.productId),
      ),
    ].map((productId) => ({ person, productId })),
  )
  giveBack(world, event, primary, back, {
    refund: options.refund ?? true,
    ...(options.share === undefined ? {} : { share: options.share }),
    by,
  })
  for (const person of people) {
    for (const session of heldSessions(world, person)) unenroll(world, person, session, by)
    person.registrationCancelledAt = isoTime(world.now())
    setStatus(world, person, 'Cancelled', by)
  }
  if (wasRegistered)
    for (const person of people)
      world.tell('InviteeOrGuestCancelled', [attendeeRecord(world, person)])
  return attendee
}

/**
 * Gives the registration to another person. The switch `substitution` decides whether the attendee keeps its id; the
 * answer is the attendee of the new person.
 */
export function substitute(world: World, id: string, to: string | ContactFields): Attendee {
  const attendee = attendeeBy(world.state, id)
  const event = eventBy(world.state, attendee.eventId)
  const old = contactBy(world.state, attendee.contactId)
  const by = 'Registrant'
  const contact = typeof to === 'string' ? contactBy(world.state, to) : matchContact(world, to, by)
  let holder = attendee
  if (world.state.switches.substitution === 'same-attendee') {
    attendee.contactId = snapshotOf(world, event, contact, by).id
    touchRegistration(world, attendee, by)
  } else {
    holder = newAttendee(world, event, contact, { by, invitedBy: attendee.invitedBy })
    Object.assign(holder, {
      pathId: attendee.pathId,
      registrationTypeId: attendee.registrationTypeId,
      admissionItemId: attendee.admissionItemId,
      registeredAt: isoTime(world.now()),
      confirmationNumber: attendee.confirmationNumber,
      responseMethod: attendee.responseMethod,
    })
    moveBelongings(world, attendee, holder, by)
    attendee.confirmationNumber = null
    attendee.registrationCancelledAt = isoTime(world.now())
    setStatus(world, attendee, 'Cancelled', by)
    setStatus(world, holder, 'Accepted', by)
  }
  world.tell('InviteeSubstitutedInAnEvent', [substitutedRecord(world, holder, old)])
  return holder
}

function moveBelongings(world: World, from: Attendee, to: Attendee, by: string) {
  for (const list of [world.state.orders, world.state.orderItems, world.state.enrollments])
    for (const item of list.values())
      if (item.attendeeId === from.id) {
        item.attendeeId = to.id
        touch(world, item, by)
      }
  for (const guest of guestsOf(world, from)) guest.primaryId = to.id
}
