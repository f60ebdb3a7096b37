import type { FastifyInstance } from 'fastify'
import { sendError } from './errors.ts'
import type { FilterFields } from './filter.ts'
import { markOdd } from './odd.ts'
import type { Cursors } from './paging.ts'
import { sendPage } from './paging.ts'
import { presentAttendee } from './present.ts'
import { cancel, modify } from './changes.ts'
import { attendeeOf, invite, register, setStatus } from './registration.ts'
import { bulkError } from './rest.ts'
import type { Attendee, AttendeeStatus } from './state.ts'
import { attendeeBy, contactBy, eventBy, isoTime, Refused } from './state.ts'
import type { World } from './world.ts'
import { approve, decline, deny } from './planner.ts'

/** What attendees can be filtered by. `id` takes eq and ne only, and `contact.sourceId` is not there: both as at Cvent. */
export function attendeeFields(world: World): FilterFields<Attendee> {
  const contact = (attendee: Attendee) => world.state.contacts.get(attendee.contactId)
  const event = (attendee: Attendee) => world.state.events.get(attendee.eventId)
  const same = ['eq', 'ne'] as const
  const time = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] as const
  const text = ['eq', 'ne', 'sw'] as const
  return {
    id: { ops: same, get: (a) => a.id },
    'event.id': { ops: [...same, 'in'], get: (a) => a.eventId },
    status: { ops: [...same, 'in'], get: (a) => a.status },
    'contact.id': { ops: [...same, 'in'], get: (a) => a.contactId },
    'contact.email': { ops: text, get: (a) => contact(a)?.fields.email },
    'contact.firstName': { ops: text, get: (a) => contact(a)?.fields.firstName },
    'contact.lastName': { ops: text, get: (a) => contact(a)?.fields.lastName },
    confirmationNumber: { ops: text, get: (a) => a.confirmationNumber },
    guest: { ops: same, get: (a) => a.guest },
    primaryId: { ops: same, get: (a) => a.primaryId },
    deletedGuest: { ops: same, get: (a) => a.deletedGuest },
    checkedIn: { ops: same, get: (a) => a.attendance === 'participant' },
    checkIn: { ops: time, get: (a) => a.checkIn },
    referenceId: { ops: text, get: (a) => a.referenceId },
    'registrationPath.id': { ops: same, get: (a) => a.pathId },
    'registrationType.id': { ops: same, get: (a) => a.registrationTypeId },
    'invitationList.id': { ops: same, get: () => undefined },
    registeredAt: { ops: time, get: (a) => a.registeredAt },
    registrationLastModified: { ops: time, get: (a) => a.registrationLastModified },
    attendeeLastModified: { ops: time, get: (a) => a.attendeeLastModified },
    lastModified: { ops: time, get: (a) => a.lastModified },
    'answers.question.*': {
      ops: same,
      get: (a, id) =>
        event(a)?.questions.some((question) => question.id === id)
          ? a.answers.find(({ questionId }) => questionId === id)?.value
          : undefined,
    },
  }
}

interface InviteBody {
  event?: { id?: string }
  contact?: { id?: string }
  status?: AttendeeStatus
  admissionItem?: { id?: string }
  registrationType?: { id?: string }
  referenceId?: string
  note?: string
}

const bot = 'REST API'
const greatestInvite = 100

/** `/attendees`: lists, one, invite and register, change. There is no DELETE. */
export function wireAttendees(rest: FastifyInstance, world: World, cursors: Cursors) {
  const fields = attendeeFields(world)
  const read = { config: { scope: 'event/attendees:read' } }
  const write = { config: { scope: 'event/attendees:write' } }

  function list(
    request: Parameters<typeof sendPage>[2],
    reply: Parameters<typeof sendPage>[3],
    deletedGuests: boolean,
  ) {
    const { attendees, switches } = world.state
    function* visible() {
      if (request.method === 'POST' && switches.filterAnswers === 'nothing') return
      for (const attendee of attendees.values())
        if (deletedGuests || !attendee.deletedGuest) yield attendee
    }
    return sendPage(world, cursors, request, reply, {
      items: visible(),
      fields,
      changedAt: (attendee) => attendee.lastModified,
      present: (attendee) => presentAttendee(world, attendee),
    })
  }

  rest.get<{ Querystring: { includeDeletedGuests?: string } }>(
    '/attendees',
    read,
    (request, reply) => list(request, reply, request.query.includeDeletedGuests === 'true'),
  )
  rest.post<{ Querystring: { includeDeletedGuests?: string } }>(
    '/attendees/filter',
    read,
    (request, reply) => list(request, reply, request.query.includeDeletedGuests === 'true'),
  )
  rest.get<{ Params: { id: string } }>('/attendees/:id', read, (request, reply) => {
    const attendee = world.state.attendees.get(request.params.id.toLowerCase())
    return attendee ? presentAttendee(world, attendee) : sendError(reply, 404)
  })

  rest.post<{ Body: InviteBody[] | null }>('/attendees', write, (request, reply) => {
    const bodies = request.body
    if (!Array.isArray(bodies)) return sendError(reply, 400, ['The body is a list.'])
    const registers = bodies.some(({ status }) => status !== 'No Response')
    if (bodies.length > (registers ? 1 : greatestInvite))
      return sendError(reply, 400, ['Too many attendees in one call.'])
    const answers = bodies.map((body) => {
      try {
        return { status: 201, data: { id: add(body).id } }
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        const { inviteConflict } = world.state.switches
        if (error.status === 409 && inviteConflict !== 'conflict') {
          markOdd(reply)
          return { status: 400, data: { code: inviteConflict } }
        }
        return bulkError(error.status === 404 ? 400 : error.status, error.message)
      }
    })
    return reply.status(207).send(answers)
  })

  function add(body: InviteBody): Attendee {
    const event = eventBy(world.state, body.event?.id ?? '')
    const contact = contactBy(world.state, body.contact?.id ?? '')
    if (contact.deleted) throw new Refused(400, 'Contact could not be found.')
    if (body.status === 'Accepted') {
      if (!body.admissionItem?.id) throw new Refused(422, 'admissionItem.id is missing.')
      return register(world, {
        event: event.id,
        contact: contact.id,
        admissionItem: body.admissionItem.id,
        ...(body.registrationType?.id ? { registrationType: body.registrationType.id } : {}),
        responseMethod: 'API-Responded',
        invitedBy: 'API Invited',
        paid: false,
      })
    }
    if (attendeeOf(world, event, contact))
      throw new Refused(409, 'The contact is already an attendee.')
    if (event.status !== 'Active') throw new Refused(422, 'The event is not active.')
    const attendee = invite(world, event, contact, bot, 'API Invited')
    if (body.referenceId) attendee.referenceId = body.referenceId
    if (body.note) attendee.note = body.note
    if (body.status === 'Pending Approval') setStatus(world, attendee, 'Pending Approval', bot)
    return attendee
  }

  rest.put<{ Params: { id: string }; Body: InviteBody | null }>(
    '/attendees/:id',
    write,
    (request, reply) => {
      const attendee = attendeeBy(world.state, request.params.id)
      const body = request.body ?? {}
      if (body.event?.id?.toLowerCase() !== attendee.eventId)
        return sendError(reply, 400, ['event.id is not the attendee’s event.'], 'event.id')
      if (body.referenceId !== undefined) attendee.referenceId = body.referenceId
      if (body.note !== undefined) attendee.note = body.note
      move(attendee, body)
      attendee.attendeeLastModified = isoTime(world.now())
      attendee.lastModified = attendee.attendeeLastModified
      return presentAttendee(world, attendee)
    },
  )

  function move(attendee: Attendee, { status, admissionItem }: InviteBody) {
    const needsItem = status === 'Accepted' || status === 'Cancelled'
    if (needsItem && !admissionItem?.id) throw new Refused(422, 'admissionItem.id is missing.')
    if (!status || (status === attendee.status && status !== 'Accepted')) return
    if (status === 'Cancelled') cancel(world, attendee.id, { by: bot })
    else if (status === 'Declined') decline(world, attendee.id)
    else if (status === 'Denied Approval') deny(world, attendee.id)
    else if (status !== 'Accepted') setStatus(world, attendee, status, bot)
    else if (attendee.status === 'Accepted')
      modify(world, attendee.id, admissionItem?.id ? { admissionItem: admissionItem.id } : {})
    else if (attendee.status === 'Pending Approval' || attendee.status === 'Waitlisted')
      approve(world, attendee.id)
    else
      register(world, {
        event: attendee.eventId,
        contact: attendee.contactId,
        ...(admissionItem?.id ? { admissionItem: admissionItem.id } : {}),
        responseMethod: 'API-Responded',
        paid: false,
      })
  }
}
