import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { FilterFields } from './filter.ts'
import type { Cursors } from './paging.ts'
import { sendPage } from './paging.ts'
import { presentAttendance, presentEnrollment, presentSession } from './present.ts'
import type { CventEvent, Enrollment, Session } from './state.ts'
import type { World } from './world.ts'

const same = ['eq', 'ne', 'in'] as const
const time = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] as const

/** `/sessions`, who is enrolled, who was there. */
export function wireSessions(rest: FastifyInstance, world: World, cursors: Cursors) {
  const scope = (name: string) => ({ config: { scope: `event/${name}:read` } })

  const sessionFields: FilterFields<{ event: CventEvent; session: Session }> = {
    id: { ops: same, get: ({ session }) => session.id },
    'event.id': { ops: same, get: ({ event }) => event.id },
    code: { ops: same, get: ({ session }) => session.code },
    title: { ops: ['eq', 'contains'], get: ({ session }) => session.name },
    status: { ops: same, get: ({ session }) => session.status },
    start: { ops: time, get: ({ session }) => session.start },
    lastModified: { ops: time, get: ({ session }) => session.lastModified },
  }
  const sessions = (request: FastifyRequest, reply: FastifyReply) =>
    sendPage(world, cursors, request, reply, {
      items: [...world.state.events.values()].flatMap((event) =>
        event.sessions.map((session) => ({ event, session })),
      ),
      fields: sessionFields,
      changedAt: ({ session }) => session.lastModified,
      present: ({ event, session }) => presentSession(event, session),
    })
  rest.get('/sessions', scope('sessions'), sessions)
  rest.post('/sessions/filter', scope('sessions'), sessions)

  const rowFields: FilterFields<Enrollment> = {
    id: { ops: ['eq', 'ne'], get: (row) => row.id },
    'event.id': { ops: same, get: (row) => row.eventId },
    'attendee.id': { ops: same, get: (row) => row.attendeeId },
    'session.id': { ops: same, get: (row) => row.sessionId },
    status: { ops: same, get: (row) => row.status },
    lastModified: { ops: time, get: (row) => row.lastModified },
  }
  /** Of included sessions Cvent lists only participants and no-shows. */
  const listed = (row: Enrollment) => {
    const event = world.state.events.get(row.eventId)
    const session = event?.sessions.find(({ id }) => id === row.sessionId)
    return !session?.included || row.mark !== null
  }
  const enrollment = (request: FastifyRequest, reply: FastifyReply) =>
    sendPage(world, cursors, request, reply, {
      items: [...world.state.enrollments.values()].filter(listed),
      fields: rowFields,
      changedAt: (row) => row.lastModified,
      inclusive: true,
      present: presentEnrollment,
    })
  rest.get('/sessions/enrollment', scope('session-enrollment'), enrollment)
  rest.post('/sessions/enrollment/filter', scope('session-enrollment'), enrollment)
  rest.get('/sessions/attendance', scope('session-attendance'), (request, reply) =>
    sendPage(world, cursors, request, reply, {
      items: [...world.state.enrollments.values()].filter(({ checkIn }) => checkIn !== null),
      fields: rowFields,
      changedAt: (row) => row.lastModified,
      present: presentAttendance,
    }),
  )
}
