import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { blankActivity } from './activity-columns.ts'
import { contract, ExecuteRequest, readBody } from './bodies.ts'
import { matchParty, isStaff, needOwn, needStaff } from './caller.ts'
import { filtered, readAsked } from './criteria.ts'
import { partySummary } from './parties.ts'
import type { EventRegistration, MeetingEvent } from './state.ts'
import {
  collection,
  events,
  invalid,
  membership,
  paged,
  readPage,
  Refusal,
  serviceResponse,
  updateInformation,
  withoutDefaults,
} from './wire.ts'
import type { World } from './world.ts'

const REGISTERED = 1
const CANCELED = 4

const RegisterRequest = z.strictObject({
  $type: contract('EventRegistrationRequest'),
  EntityTypeName: z.string().optional(),
  OperationName: z.literal('RegisterEvent'),
  RegistrationType: z.number().int().min(0).max(3).optional(),
  EventId: z.string().min(1),
  RegistrationOptionFunctionId: z.string().nullish(),
  FunctionId: z.string().nullish(),
  RegistrantId: z.string().min(1),
  RegisteredBy: z.string().nullish(),
  BillTo: z.string().nullish(),
  Waitlist: z.boolean().optional(),
})

/** iMIS's own events and registrations: lists, RegisterEvent, CancelEventRegistration, and reading one back. */
export function registerEvents(app: FastifyInstance, world: World) {
  const { state } = world

  for (const [path, type, write] of [
    ['/api/EventSummary', 'EventSummaryData', eventSummary],
    ['/api/Event', 'EventData', eventData(world)],
  ] as const)
    app.get(path, (request) => {
      matchParty(world, request)
      const asked = readAsked(request.url)
      const page = readPage(asked.one('limit'), asked.one('offset'))
      return paged(filtered(state.events, asked, readEventColumn), page, events(type), write)
    })

  app.post('/api/EventRegistration', (request) => {
    matchParty(world, request)
    throw new Refusal(501, 'Service not implemented')
  })

  app.post('/api/EventRegistration/_execute', (request) => {
    const caller = matchParty(world, request)
    const { OperationName } = z.object({ OperationName: z.string() }).parse(request.body)
    const { edition } = state.settings
    switch (OperationName.toLowerCase()) {
      case 'registerevent': {
        const asked = readBody(RegisterRequest, request.body)
        needOwn(caller, asked.RegistrantId, 'register this party')
        const registration = register(world, asked)
        return serviceResponse(
          edition,
          events('EventRegistrationData'),
          registrationData(world, registration, 'EventRegistrationData'),
        )
      }
      case 'canceleventregistration': {
        const { Parameters } = readBody(ExecuteRequest, request.body)
        const registration = find(world, String(Parameters.$values[0]))
        if (!registration) throw new Refusal(404, '')
        needOwn(caller, registration.partyId, 'cancel this registration')
        registration.status = CANCELED
        return serviceResponse(edition, 'System.Boolean, mscorlib', true)
      }
      default:
        throw new Refusal(501, 'Operation not implemented')
    }
  })

  app.get<{ Params: { id: string } }>('/api/EventRegistration/:id', (request) => {
    const caller = matchParty(world, request)
    const registration = find(world, request.params.id)
    if (!registration) throw new Refusal(404, '')
    needOwn(caller, registration.partyId, 'read this registration')
    return registrationData(world, registration, 'EventRegistrationData')
  })

  app.get('/api/EventRegistrationSummary', (request) => {
    const caller = matchParty(world, request)
    const asked = readAsked(request.url)
    if (!asked.one('EventId'))
      throw invalid({ message: "The field 'EventId' must have a value.", fieldName: 'EventId' })
    if (!isStaff(caller)) needStaff(caller, 'list registrations')
    const found = filtered(state.eventRegistrations, asked, ({ eventId }, name) =>
      name === 'eventid' ? eventId : undefined,
    )
    const type = events('EventRegistrationSummaryData')
    const page = readPage(asked.one('limit'), asked.one('offset'))
    return paged(found, page, type, (row) =>
      registrationData(world, row, 'EventRegistrationSummaryData'),
    )
  })
}

/** Registers, and leaves the MEETING activity that iMIS itself writes. */
function register(world: World, asked: z.infer<typeof RegisterRequest>) {
  const { state } = world
  const { EventId: eventId, RegistrantId: partyId } = asked
  const event = state.events.find((known) => known.eventId === eventId)
  if (!event) throw invalid({ message: `Event ${eventId} does not exist.`, fieldName: 'EventId' })
  if (!state.parties.has(partyId))
    throw invalid({ message: `Party ${partyId} does not exist.`, fieldName: 'RegistrantId' })
  const before = find(world, `${eventId}-${partyId}`)
  if (before?.status === REGISTERED) throw new Refusal(409, 'The party is registered already.')

  const registration: EventRegistration = {
    eventId,
    partyId,
    status: REGISTERED,
    registeredAt: world.siteTime(),
    registeredBy: asked.RegisteredBy ?? partyId,
    billTo: asked.BillTo ?? partyId,
    functionId: asked.RegistrationOptionFunctionId ?? null,
  }
  state.eventRegistrations = [
    ...state.eventRegistrations.filter((known) => known !== before),
    registration,
  ]
  const activity = blankActivity(state.nextSeqn, partyId)
  state.nextSeqn += 1
  state.activities.set(activity.SEQN, {
    ...activity,
    ACTIVITY_TYPE: 'MEETING',
    SOURCE_SYSTEM: 'MEETING',
    PRODUCT_CODE: eventId,
    DESCRIPTION: event.name,
    TRANSACTION_DATE: event.startsAt,
  })
  return registration
}

const find = ({ state }: World, id: string) =>
  state.eventRegistrations.find(
    ({ eventId, partyId }) => `${eventId}-${partyId}`.toLowerCase() === id.toLowerCase(),
  )

function readEventColumn(event: MeetingEvent, name: string) {
  switch (name) {
    case 'eventid':
    case 'eventcode':
      return event.eventId
    case 'name':
      return event.name
    case 'status':
      return event.status
    case 'startdatetime':
      return event.startsAt
    case 'enddatetime':
      return event.endsAt
    default:
      return undefined
  }
}

const eventSummary = (event: MeetingEvent) => ({
  $type: events('EventSummaryData'),
  EventId: event.eventId,
  EventCode: event.eventId,
  Name: event.name,
  Description: event.description,
  Category: {
    $type: events('EventCategoryData'),
    EventCategoryId: 'CONF',
    Name: 'Conference',
  },
  Status: event.status,
  StartDateTime: event.startsAt,
  EndDateTime: event.endsAt,
})

const eventData = (world: World) => (event: MeetingEvent) => ({
  ...eventSummary(event),
  $type: events('EventData'),
  ...(event.capacity === null ? {} : { Capacity: event.capacity }),
  RegistrationOptions: collection(
    events('OptionEventFunctionDataCollection'),
    event.options.map(({ code, name }) => ({
      $type: events('OptionEventFunctionData'),
      EventFunctionId: `${event.eventId}/${code}`,
      EventId: event.eventId,
      EventFunctionCode: code,
      Name: name,
      IsEventRegistrationOption: true,
      RegistrationType: 3,
    })),
  ),
  UpdateInformation: updateInformation(world.siteTime(), world.siteTime()),
})

function registrationData({ state }: World, registration: EventRegistration, type: string) {
  const party = state.parties.get(registration.partyId)
  const event = state.events.find(({ eventId }) => eventId === registration.eventId)
  return withoutDefaults({
    $type: events(type),
    EventRegistrationId: `${registration.eventId}-${registration.partyId}`,
    Registrant: party
      ? partySummary(party)
      : { $type: membership('PartySummaryData'), PartyId: registration.partyId },
    Event: event && eventSummary(event),
    Status: registration.status,
    RegistrationDate: registration.registeredAt,
    RegisteredByPartyId: registration.registeredBy,
    BillToPartyId: registration.billTo,
  })
}
