import type { Attendee, Contact, ContactFields, CventEvent, Order, Session } from './state.ts'
import { attendeeBy, contactBy, eventBy, isoTime, Refused } from './state.ts'
import { changeContact } from './contacts.ts'
import { heldSessions, markSession } from './enrollment.ts'
import {
  abandonedRecord,
  attendeeRecord,
  contactRecord,
  eventRecord,
  sessionRecord,
  syncedRecord,
} from './messages.ts'
import { chargesOf, giveBack, payDue, productBy } from './money.ts'
import { setStatus, tellAccepted, guestsOf } from './registration.ts'
import type { World } from './world.ts'
import { touch } from './world.ts'

const planner = 'Sandbox planner'

/** The invitee says no. The type of this message is our guess. */
export function decline(world: World, id: string): Attendee {
  const attendee = attendeeBy(world.state, id)
  attendee.responseMethod = 'Self-Responded'
  setStatus(world, attendee, 'Declined', 'Registrant')
  world.tell('InviteeDeclinedInvitation', [attendeeRecord(world, attendee, false)])
  return attendee
}

/** Puts a registration on the waitlist. Cvent lists no message for it, so none is sent. */
export function waitlist(world: World, id: string): Attendee {
  const attendee = attendeeBy(world.state, id)
  setStatus(world, attendee, 'Waitlisted', planner)
  return attendee
}

/** Accepts a pending or waitlisted registration with its guests; the accepted message follows. */
export function approve(world: World, id: string): Attendee {
  const attendee = attendeeBy(world.state, id)
  if (attendee.status !== 'Pending Approval' && attendee.status !== 'Waitlisted')
    throw new Refused(409, `This registration is ${attendee.status}.`)
  attendee.confirmationNumber ??= attendee.id.slice(0, 11).toUpperCase()
  for (const one of [attendee, ...guestsOf(world, attendee)])
    setStatus(world, one, 'Accepted', planner)
  tellAccepted(world, attendee)
  return attendee
}

/** Denies a pending registration. Cvent lists no message for it, so none is sent. */
export function deny(world: World, id: string): Attendee {
  const attendee = attendeeBy(world.state, id)
  setStatus(world, attendee, 'Denied Approval', planner)
  return attendee
}

/** Marks who came to the event and who did not (message types are guesses). Moves `attendeeLastModified`. */
export function markAttendance(
  world: World,
  id: string,
  mark: 'participant' | 'no-show',
): Attendee {
  const attendee = attendeeBy(world.state, id)
  attendee.attendance = mark
  attendee.checkIn = mark === 'participant' ? isoTime(world.now()) : null
  plannerTouch(world, attendee)
  world.tell(mark === 'participant' ? 'InviteeAttendsCventEvent' : 'InviteeNoShowInCventEvent', [
    attendeeRecord(world, attendee, false),
  ])
  return attendee
}

/** Marks somebody at a session (code or id). */
export function markAtSession(
  world: World,
  id: string,
  session: string,
  mark: 'participant' | 'no-show',
): Attendee {
  const attendee = attendeeBy(world.state, id)
  const event = eventBy(world.state, attendee.eventId)
  markSession(world, attendee, productBy(event.sessions, session), mark)
  return attendee
}

function plannerTouch(world: World, attendee: Attendee) {
  attendee.attendeeLastModified = isoTime(world.now())
  touch(world, attendee, planner)
}

/** Books a payment of everything due; no message. Answers the amount. */
export function pay(world: World, id: string): number {
  const attendee = attendeeBy(world.state, id)
  return payDue(world, attendee, planner)
}

/**
 * Gives money back while the registration stays: for one item (code or id) or for everything, whole or `amount`. No
 * message. Answers the refund order, null when nothing was paid.
 */
export function refund(
  world: World,
  id: string,
  options: { item?: string; amount?: number } = {},
): Order | null {
  const attendee = attendeeBy(world.state, id)
  const event = eventBy(world.state, attendee.eventId)
  const held = [...new Set(chargesOf(world, attendee).map(({ productId }) => productId))]
  const only = options.item
  const wanted = only
    ? held.filter((productId) =>
        [...event.admissionItems, ...event.sessions, ...event.quantityItems].some(
          ({ id: itemId, code }) => itemId === productId && [itemId, code].includes(only),
        ),
      )
    : held
  const primary = attendee.primaryId ? attendeeBy(world.state, attendee.primaryId) : attendee
  return giveBack(
    world,
    event,
    primary,
    wanted.map((productId) => ({
      person: attendee,
      productId,
      stillHeld: attendee.status === 'Accepted',
    })),
    {
      refund: true,
      ...(options.amount === undefined ? {} : { amount: options.amount }),
      by: planner,
    },
  )
}

/** The planner removes an attendee for good: REST answers 404 from now on, orders are marked deleted. No message. */
export function deleteAttendee(world: World, id: string): void {
  const attendee = attendeeBy(world.state, id)
  world.state.attendees.delete(attendee.id)
  for (const guest of guestsOf(world, attendee)) world.state.attendees.delete(guest.id)
  for (const list of [world.state.orders, world.state.orderItems, world.state.enrollments])
    for (const item of list.values())
      if (item.attendeeId === attendee.id) {
        item.deleted = true
        touch(world, item, planner)
      }
}

/** Deletes a contact from the address book; it stays in its events. */
export function deleteContact(world: World, id: string): Contact {
  const contact = contactBy(world.state, id)
  contact.deleted = true
  touch(world, contact, planner)
  return contact
}

/** Erases a contact's data for good (privacy): nothing but the id remains, here and on its attendees. */
export function purgeContact(world: World, id: string): Contact {
  const contact = deleteContact(world, id)
  contact.purged = true
  contact.fields = {}
  contact.answers.clear()
  return contact
}

/** Changes a contact's fields as a planner does (what is not named stays). */
export function updateContact(world: World, id: string, fields: ContactFields): Contact {
  const contact = contactBy(world.state, id)
  changeContact(world, contact, { ...contact.fields, ...fields }, planner)
  if (world.state.switches.extraMessages)
    world.tell('ContactUpdated', [contactRecord(world, contact)])
  return contact
}

/** The planner's Sync of attendees: one message with a record for everybody who ever responded. */
export function syncAttendees(world: World, event: string): number {
  const { id } = eventBy(world.state, event)
  const responded = [...world.state.attendees.values()].filter(
    (attendee) => attendee.eventId === id && attendee.status !== 'No Response',
  )
  world.tell(
    'AttendeeManualSynced',
    responded.map((attendee) =>
      syncedRecord(
        world,
        attendee,
        heldSessions(world, attendee).map((session) => session.id),
      ),
    ),
  )
  return responded.length
}

/** The planner's Sync of an event. */
export function syncEvent(world: World, event: string): void {
  world.tell('EventManualSynced', [eventRecord(world, eventBy(world.state, event))])
}

/** Changes an event; an `EventUpdated` message (our guess of its type) follows. */
export function updateEvent(
  world: World,
  idOrCode: string,
  change: Partial<Omit<CventEvent, 'id' | 'created'>>,
): CventEvent {
  const event = eventBy(world.state, idOrCode)
  Object.assign(event, change)
  touch(world, event, planner)
  world.tell('EventUpdated', [eventRecord(world, event)])
  return event
}

/** Closes registration. */
export function closeEvent(world: World, idOrCode: string): CventEvent {
  return updateEvent(world, idOrCode, { status: 'Closed', closeAfter: isoTime(world.now()) })
}

/** Opens registration again, a year from now at most. */
export function openEvent(world: World, idOrCode: string): CventEvent {
  return updateEvent(world, idOrCode, { status: 'Active', closeAfter: null })
}

/** Cancels the whole event. Attendees keep their status: whether Cvent cancels each is unknown. */
export function cancelEvent(world: World, idOrCode: string): CventEvent {
  const event = eventBy(world.state, idOrCode)
  event.status = 'Cancelled'
  event.eventStatus = 'Cancelled'
  touch(world, event, planner)
  world.tell('EventCancelled', [eventRecord(world, event)])
  return event
}

/** Changes a session; `SessionUpdated` follows. */
export function updateSession(
  world: World,
  event: string,
  session: string,
  change: Partial<Pick<Session, 'name' | 'start' | 'end' | 'status' | 'price'>>,
): Session {
  const found = eventBy(world.state, event)
  const changed = productBy(found.sessions, session)
  Object.assign(changed, change, { lastModified: isoTime(world.now()) })
  world.tell('SessionUpdated', [sessionRecord(found, changed)])
  return changed
}

/** Somebody leaves the form half filled in. */
export function abandon(
  world: World,
  event: string,
  given: {
    firstName: string
    lastName: string
    email: string
    contactId?: string
    inviteeId?: string
  },
): void {
  world.tell('InviteeAbandonedRegistrationInAnEvent', [
    abandonedRecord(world, eventBy(world.state, event), given),
  ])
}
