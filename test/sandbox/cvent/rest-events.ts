import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendError } from './errors.ts'
import type { FilterFields } from './filter.ts'
import type { Cursors, Listing } from './paging.ts'
import { sendPage } from './paging.ts'
import { presentEvent } from './present.ts'
import { presentFeeItem } from './present-money.ts'
import { placesTaken } from './registration.ts'
import type { CustomField, CventEvent, Product } from './state.ts'
import type { World } from './world.ts'

const same = ['eq', 'ne'] as const
const time = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] as const
const text = ['eq', 'ne', 'sw'] as const

function eventFields(): FilterFields<CventEvent> {
  return {
    id: { ops: [...same, 'in'], get: (event) => event.id },
    code: { ops: [...same, 'in'], get: (event) => event.code },
    title: { ops: ['eq', 'contains'], get: (event) => event.title },
    start: { ops: time, get: (event) => event.start },
    end: { ops: time, get: (event) => event.end },
    status: { ops: [...same, 'in'], get: (event) => event.status },
    eventStatus: { ops: [...same, 'in'], get: (event) => event.eventStatus },
    created: { ops: time, get: (event) => event.created },
    lastModified: { ops: time, get: (event) => event.lastModified },
    'planner.email': { ops: same, get: (event) => event.planner.email },
    'customField.*': {
      ops: text,
      get: (event, id) => event.customFields.find((field) => field.id === id)?.value,
    },
  }
}

interface EventParams {
  Params: { id: string }
}

/** `/events` with what hangs below each, and the account-wide lists that describe events. */
export function wireEvents(rest: FastifyInstance, world: World, cursors: Cursors) {
  const scope = (name: string) => ({ config: { scope: `event/${name}:read` } })
  const page = <Item>(request: FastifyRequest, reply: FastifyReply, listing: Listing<Item>) =>
    sendPage(world, cursors, request, reply, listing)
  const fields = eventFields()

  const list = (request: FastifyRequest, reply: FastifyReply) =>
    page(request, reply, {
      items: world.state.events.values(),
      fields,
      changedAt: (event) => event.lastModified,
      present: (event) => presentEvent(world, event),
    })
  rest.get('/events', scope('events'), list)
  rest.post('/events/filter', scope('events'), list)
  rest.get<EventParams>('/events/:id', scope('events'), (request, reply) => {
    const event = world.state.events.get(request.params.id.toLowerCase())
    return event ? presentEvent(world, event) : sendError(reply, 404)
  })

  /** A list below one event; 404 when the event does not exist. */
  function below<Item>(
    name: string,
    needed: string,
    listing: (event: CventEvent) => Listing<Item>,
  ) {
    rest.get<EventParams>(`/events/:id/${name}`, scope(needed), (request, reply) => {
      const event = world.state.events.get(request.params.id.toLowerCase())
      return event ? page(request, reply, listing(event)) : sendError(reply, 404)
    })
  }
  const itemFields: FilterFields<Product> = {
    id: { ops: ['in'], get: (item) => item.id },
    registrationTypes: { ops: ['in'], get: (item) => item.registrationTypes },
  }

  below('registration-paths', 'registration-paths', (event: CventEvent) => ({
    items: event.paths,
    present: (path) => path,
  }))
  below('registration-types', 'registration-types', (event: CventEvent) => ({
    items: event.registrationTypes,
    present: (type) => ({
      id: type.id,
      name: type.name,
      code: type.code,
      openForRegistration: type.open,
      event: { id: event.id },
      capacity: { total: type.capacity, consumed: placesTaken(world, event) },
      registrationPath: { id: type.pathId },
    }),
  }))
  below('weblinks', 'weblinks', (event: CventEvent) => ({
    items: event.paths,
    maxLimit: 100,
    present: (path) => ({
      name: path.name,
      url: `${world.url()}/event/${event.code}/register`,
      landingPage: 'Registration',
      locale: 'en-US',
    }),
  }))
  below('quantity-items', 'quantity-items', (event: CventEvent) => ({
    items: event.quantityItems,
    fields: itemFields,
    present: (item) => ({
      id: item.id,
      name: item.name,
      code: item.code,
      capacity: 500,
      maximumItemsPerInvitee: 10,
      registrationTypes: item.registrationTypes,
      openForRegistration: true,
    }),
  }))
  below('donation-items', 'donation-items', (event: CventEvent) => ({
    items: event.donationItems,
    fields: itemFields,
    present: (item) => ({
      id: item.id,
      name: item.name,
      code: item.code,
      minimumAmountAllowedPerInvitee: 1,
      maximumAmountAllowedPerInvitee: 10_000,
      generalLedger: item.generalLedger,
      openForRegistration: true,
    }),
  }))
  below('membership-items', 'membership-items', (event: CventEvent) => ({
    items: event.membershipItems,
    fields: itemFields,
    present: (item) => ({
      id: item.id,
      type: 'Membership',
      item: item.name,
      price: item.price,
      code: item.code.slice(0, 8),
      renewalType: 'Anniversary',
      duration: 'OneYear',
      openForRegistration: true,
      currency: event.currency,
    }),
  }))
  below('fee-items', 'fee-items', (event: CventEvent) => ({
    items: [...event.admissionItems, ...event.sessions, ...event.quantityItems],
    fields: {
      id: { ops: [...same, 'in'], get: (item: Product) => item.feeId },
      'product.id': { ops: [...same, 'in'], get: (item: Product) => item.id },
      'product.type': { ops: same, get: (item: Product) => item.type },
      'generalLedgerCodes.id': { ops: same, get: (item: Product) => item.generalLedger.id },
      lastModified: { ops: time, get: () => event.lastModified },
    },
    present: (item: Product) => presentFeeItem(event, item),
  }))

  rest.get('/admission-items', scope('admission-items'), (request, reply) =>
    page(request, reply, {
      items: [...world.state.events.values()].flatMap((event) =>
        event.admissionItems.map((item) => ({ event, item })),
      ),
      fields: {
        'event.id': { ops: [...same, 'in'], get: ({ event }) => event.id },
        code: { ops: same, get: ({ item }) => item.code },
        name: { ops: text, get: ({ item }) => item.name },
      },
      changedAt: ({ event }) => event.lastModified,
      present: ({ event, item }) => ({
        id: item.id,
        name: item.name,
        code: item.code,
        event: { id: event.id },
        allowOptionalSessions: true,
      }),
    }),
  )
  rest.get('/contact-types', scope('contact-types'), (request, reply) =>
    page(request, reply, {
      items: world.state.contactTypes,
      fields: { name: { ops: same, get: (type) => type.name } },
      present: (type) => ({ ...type, active: true }),
    }),
  )
  rest.get<{ Querystring: { filter?: string; token?: string } }>(
    '/custom-fields',
    scope('custom-fields'),
    (request, reply) => {
      if (!request.query.token && !request.query.filter?.includes('category'))
        return sendError(reply, 400, ['A filter on category is required.'], 'filter')
      return page(request, reply, {
        items: world.state.customFields,
        fields: {
          category: { ops: ['eq'], get: (field: CustomField) => field.category },
          code: { ops: same, get: (field: CustomField) => field.code },
        },
        present: (field) => ({
          id: field.id,
          category: field.category,
          name: field.name,
          code: field.code,
          required: field.required,
          type: field.choices ? 'Choice - Single Answer' : 'Open Ended Text - One Line',
          active: true,
        }),
      })
    },
  )
  rest.get('/event-questions', scope('events'), (request, reply) =>
    page(request, reply, {
      items: [...world.state.events.values()].flatMap((event) =>
        event.questions.map((question) => ({ event, question })),
      ),
      fields: {
        'event.id': { ops: [...same, 'in'], get: ({ event }) => event.id },
        code: { ops: same, get: ({ question }) => question.code },
      },
      present: ({ event, question }) => ({
        id: question.id,
        event: { id: event.id },
        text: question.text,
        code: question.code,
        type: 'SingleChoice',
      }),
    }),
  )
}
