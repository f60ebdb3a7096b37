import type { Attendee, Enrollment, Session } from './state.ts'
import { eventBy } from './state.ts'
import { attendeeRecord } from './messages.ts'
import type { World } from './world.ts'
import { audit, touch } from './world.ts'

const keyOf = (session: Session, attendee: Attendee) => `${session.id}::${attendee.id}`

/** Puts somebody into a session. */
export function enroll(world: World, attendee: Attendee, session: Session, by: string): Enrollment {
  const id = keyOf(session, attendee)
  const known = world.state.enrollments.get(id)
  const enrollment: Enrollment = {
    ...audit(world, by),
    ...(known ? { created: known.created } : {}),
    id,
    sessionId: session.id,
    eventId: attendee.eventId,
    attendeeId: attendee.id,
    status: 'Registered',
    mark: null,
    checkIn: null,
    deleted: false,
  }
  world.state.enrollments.set(id, enrollment)
  if (world.state.switches.extraMessages)
    world.tell('InviteeOrGuestRegisteredForSession', [attendeeRecord(world, attendee, false)])
  return enrollment
}

/** Takes somebody out of a session; the row stays, cancelled. */
export function unenroll(world: World, attendee: Attendee, session: Session, by: string) {
  const enrollment = world.state.enrollments.get(keyOf(session, attendee))
  if (!enrollment) return
  enrollment.status = 'Cancelled'
  touch(world, enrollment, by)
  if (world.state.switches.extraMessages)
    world.tell('InviteeOrGuestSessionRegistrationCancelled', [
      attendeeRecord(world, attendee, false),
    ])
}

/** The sessions somebody is registered for. */
export function heldSessions(world: World, attendee: Attendee): Session[] {
  const event = eventBy(world.state, attendee.eventId)
  return event.sessions.filter(
    (session) => world.state.enrollments.get(keyOf(session, attendee))?.status === 'Registered',
  )
}

/** The planner's mark on a session: who was there, or was not. Included sessions get their row by this. */
export function markSession(
  world: World,
  attendee: Attendee,
  session: Session,
  mark: 'participant' | 'no-show',
) {
  const by = 'Sandbox planner'
  const enrollment =
    world.state.enrollments.get(keyOf(session, attendee)) ?? enroll(world, attendee, session, by)
  enrollment.mark = mark
  enrollment.checkIn = mark === 'participant' ? new Date(world.now()).toISOString() : null
  touch(world, enrollment, by)
  world.tell(
    mark === 'participant' ? 'InviteeAttendsCventSession' : 'InviteeNoShowInCventSession',
    [attendeeRecord(world, attendee, false)],
  )
}
