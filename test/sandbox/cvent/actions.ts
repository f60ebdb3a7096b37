import type { Outbox } from './delivery.ts'
import * as changes from './changes.ts'
import * as planner from './planner.ts'
import * as registration from './registration.ts'
import type { Attendee, Contact, ContactFields, CventEvent, Order, Session } from './state.ts'
import { attendeeBy } from './state.ts'
import { createContact } from './contacts.ts'
import type { World } from './world.ts'

/**
 * What people do at Cvent, as functions. Each resolves after its messages were sent and answered (held messages are not
 * waited for) and rejects with `Refused` when Cvent would refuse. Attendees are named by id or confirmation number.
 */
export interface PlannerActions {
  register(input: registration.Registration): Promise<Attendee>
  modify(attendee: string, change: changes.Modification): Promise<Attendee>
  /** With its guests; `share` of what was paid is given back (default 1), none with `refund: false`. */
  cancel(attendee: string, options?: { refund?: boolean; share?: number }): Promise<Attendee>
  substitute(attendee: string, to: string | ContactFields): Promise<Attendee>
  decline(attendee: string): Promise<Attendee>
  waitlist(attendee: string): Promise<Attendee>
  approve(attendee: string): Promise<Attendee>
  deny(attendee: string): Promise<Attendee>
  noShow(attendee: string): Promise<Attendee>
  markParticipant(attendee: string): Promise<Attendee>
  markSessionParticipant(attendee: string, session: string): Promise<Attendee>
  markSessionNoShow(attendee: string, session: string): Promise<Attendee>
  /** Answers the guest. */
  addGuest(attendee: string, guest: registration.GuestInput): Promise<Attendee>
  removeGuest(guest: string): Promise<Attendee>
  /** Pays what is due; the amount. */
  pay(attendee: string): Promise<number>
  refund(attendee: string, options?: { item?: string; amount?: number }): Promise<Order | null>
  deleteAttendee(attendee: string): Promise<void>
  createContact(fields: ContactFields): Promise<Contact>
  updateContact(contact: string, fields: ContactFields): Promise<Contact>
  deleteContact(contact: string): Promise<Contact>
  purgeContact(contact: string): Promise<Contact>
  /** One message with everybody who responded; how many. */
  syncAttendees(event: string): Promise<number>
  syncEvent(event: string): Promise<void>
  updateEvent(
    event: string,
    change: Partial<Omit<CventEvent, 'id' | 'created'>>,
  ): Promise<CventEvent>
  closeEvent(event: string): Promise<CventEvent>
  openEvent(event: string): Promise<CventEvent>
  cancelEvent(event: string): Promise<CventEvent>
  updateSession(
    event: string,
    session: string,
    change: Partial<Pick<Session, 'name' | 'start' | 'end' | 'status' | 'price'>>,
  ): Promise<Session>
  abandon(
    event: string,
    given: { firstName: string; lastName: string; email: string },
  ): Promise<void>
}

/** Binds the actions to a world; each waits for the outbox. */
export function plannerActions(world: World, outbox: Outbox): PlannerActions {
  async function done<Result>(work: () => Result): Promise<Result> {
    const result = work()
    await outbox.idle()
    return result
  }
  return {
    register: (input) => done(() => registration.register(world, input)),
    modify: (id, change) => done(() => changes.modify(world, id, change)),
    cancel: (id, options) => done(() => changes.cancel(world, id, options)),
    substitute: (id, to) => done(() => changes.substitute(world, id, to)),
    decline: (id) => done(() => planner.decline(world, id)),
    waitlist: (id) => done(() => planner.waitlist(world, id)),
    approve: (id) => done(() => planner.approve(world, id)),
    deny: (id) => done(() => planner.deny(world, id)),
    noShow: (id) => done(() => planner.markAttendance(world, id, 'no-show')),
    markParticipant: (id) => done(() => planner.markAttendance(world, id, 'participant')),
    markSessionParticipant: (id, session) =>
      done(() => planner.markAtSession(world, id, session, 'participant')),
    markSessionNoShow: (id, session) =>
      done(() => planner.markAtSession(world, id, session, 'no-show')),
    addGuest: (id, guest) =>
      done(() => {
        const primary = changes.modify(world, id, { addGuests: [guest] })
        return registration.guestsOf(world, primary).at(-1) ?? primary
      }),
    removeGuest: (id) =>
      done(() => {
        const guest = attendeeBy(world.state, id)
        changes.modify(world, guest.primaryId ?? '', { removeGuests: [guest.id] })
        return guest
      }),
    pay: (id) => done(() => planner.pay(world, id)),
    refund: (id, options) => done(() => planner.refund(world, id, options)),
    deleteAttendee: (id) => done(() => planner.deleteAttendee(world, id)),
    createContact: (fields) => done(() => createContact(world, fields, 'Sandbox planner')),
    updateContact: (id, fields) => done(() => planner.updateContact(world, id, fields)),
    deleteContact: (id) => done(() => planner.deleteContact(world, id)),
    purgeContact: (id) => done(() => planner.purgeContact(world, id)),
    syncAttendees: (event) => done(() => planner.syncAttendees(world, event)),
    syncEvent: (event) => done(() => planner.syncEvent(world, event)),
    updateEvent: (event, change) => done(() => planner.updateEvent(world, event, change)),
    closeEvent: (event) => done(() => planner.closeEvent(world, event)),
    openEvent: (event) => done(() => planner.openEvent(world, event)),
    cancelEvent: (event) => done(() => planner.cancelEvent(world, event)),
    updateSession: (event, session, change) =>
      done(() => planner.updateSession(world, event, session, change)),
    abandon: (event, given) => done(() => planner.abandon(world, event, given)),
  }
}
