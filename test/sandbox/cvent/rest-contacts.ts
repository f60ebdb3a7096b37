import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { changeContact, createContact } from './contacts.ts'
import { sendError } from './errors.ts'
import type { FilterFields } from './filter.ts'
import { markOdd } from './odd.ts'
import type { Cursors } from './paging.ts'
import { sendPage } from './paging.ts'
import { presentContact } from './present.ts'
import { bulkError } from './rest.ts'
import type { Contact, ContactFields } from './state.ts'
import { contactBy, contactTextLengths, Refused } from './state.ts'
import type { World } from './world.ts'
import { touch } from './world.ts'

const bot = 'REST API'
const greatestBulk = 10

function contactFilters(): FilterFields<Contact> {
  const same = ['eq', 'ne'] as const
  const time = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] as const
  const text = ['eq', 'ne', 'contains', 'sw'] as const
  return {
    id: { ops: [...same, 'in'], get: (contact) => contact.id },
    sourceId: { ops: same, get: (contact) => contact.fields.sourceId },
    email: { ops: text, get: (contact) => contact.fields.email },
    firstName: { ops: text, get: (contact) => contact.fields.firstName },
    lastName: { ops: text, get: (contact) => contact.fields.lastName },
    company: { ops: text, get: (contact) => contact.fields.company },
    'type.id': { ops: same, get: (contact) => contact.fields.type?.id },
    created: { ops: time, get: (contact) => contact.created },
    lastModified: { ops: time, get: (contact) => contact.lastModified },
    deleted: { ops: same, get: (contact) => contact.deleted },
    'customField.*': { ops: text, get: (contact, id) => contact.answers.get(id) },
    'optOut.optedOut': { ops: same, get: (contact) => contact.fields.optOut?.optedOut ?? false },
  }
}

const lengths = new Map<string, number>(Object.entries(contactTextLengths))
const addressLengths = new Map([
  ['address1', 40],
  ['address2', 40],
  ['address3', 40],
  ['city', 40],
  ['regionCode', 10],
  ['postalCode', 25],
  ['countryCode', 3],
])

/**
 * Lays a request's members over `base`. `null` takes a member away (PATCH). Throws `Refused` 400 for what a contact does
 * not have, what is too long, and a contact type that does not exist; so the sandbox holds without the contract as well.
 */
function readFields(world: World, base: ContactFields, body: Record<string, unknown>) {
  const fields: Record<string, unknown> = structuredClone(base)
  for (const [name, value] of Object.entries(body)) {
    if (name === 'id') continue
    if (value === null) delete fields[name]
    else if (lengths.has(name)) fields[name] = readText(name, value, lengths.get(name) ?? 0)
    else if (name === 'homeAddress' || name === 'workAddress')
      fields[name] = { ...addressIn(fields[name]), ...readAddress(name, value) }
    else if (name === 'type') fields[name] = readType(world, value)
    else if (name === 'optOut') fields[name] = { optedOut: JSON.stringify(value).includes('true') }
    else throw new Refused(400, `${name} cannot be written.`)
  }
  // Every member was read by its own rule above.
  return fields as ContactFields
}

function readText(name: string, value: unknown, most: number) {
  if (typeof value !== 'string') throw new Refused(400, `${name} is not a text.`)
  if (value.length > most) throw new Refused(400, `${name} is longer than ${most}.`)
  if (name === 'email' && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value))
    throw new Refused(400, 'email is not an e-mail address.')
  return value
}

const addressIn = (value: unknown) => (typeof value === 'object' && value !== null ? value : {})

function readAddress(place: string, value: unknown) {
  const address: Record<string, string> = {}
  for (const [name, member] of Object.entries(addressIn(value))) {
    if (member === null) continue
    const most = addressLengths.get(name)
    if (most === undefined) throw new Refused(400, `${place}.${name} cannot be written.`)
    address[name] = readText(`${place}.${name}`, member, most)
  }
  return address
}

function readType(world: World, value: unknown) {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined
  const type = world.state.contactTypes.find((known) => known.id === id)
  if (!type) throw new Refused(400, 'The contact type could not be found.')
  return { id: type.id }
}

/** A known e-mail as a public client saw it, under status 200. */
const DUPLICATE = {
  status: 400,
  message: 'Something went wrong while processing the entity.',
  data: { code: 'Bad Request', message: 'Duplicate contact already exists', target: 'Contact' },
}

/** `/contacts`: lists, one, bulk and single writes, answers of custom fields. */
export function wireContacts(rest: FastifyInstance, world: World, cursors: Cursors) {
  const fields = contactFilters()
  const read = { config: { scope: 'event/contacts:read' } }
  const write = { config: { scope: 'event/contacts:write' } }

  function list(request: FastifyRequest, reply: FastifyReply, purged: boolean) {
    return sendPage(world, cursors, request, reply, {
      items: [...world.state.contacts.values()].filter((contact) => purged || !contact.purged),
      fields,
      changedAt: (contact) => contact.lastModified,
      present: (contact) => presentContact(world, contact),
    })
  }
  rest.get<{ Querystring: { includePurged?: string } }>('/contacts', read, (request, reply) =>
    list(request, reply, request.query.includePurged === 'true'),
  )
  rest.post('/contacts/filter', read, (request, reply) => list(request, reply, false))
  rest.get<{ Params: { id: string } }>('/contacts/:id', read, (request, reply) => {
    const contact = world.state.contacts.get(request.params.id.toLowerCase())
    return contact ? presentContact(world, contact) : sendError(reply, 404)
  })

  const bulk =
    (work: (body: Record<string, unknown>) => { status: number; contact: Contact }) =>
    (request: FastifyRequest, reply: FastifyReply) => {
      const bodies = request.body
      if (!Array.isArray(bodies) || bodies.length < 1 || bodies.length > greatestBulk)
        return sendError(reply, 400, [`A list of 1 to ${greatestBulk} contacts.`])
      const answers = bodies.map((body: unknown) => {
        try {
          if (typeof body !== 'object' || body === null) throw new Refused(400, 'Not a contact.')
          const { status, contact } = work({ ...body })
          return { status, data: presentContact(world, contact) }
        } catch (error) {
          if (!(error instanceof Refused)) throw error
          if (error.status === 409 && world.state.switches.duplicateAnswer === '200') {
            markOdd(reply)
            return DUPLICATE
          }
          return bulkError(error.status, error.message)
        }
      })
      return reply.status(answers.includes(DUPLICATE) ? 200 : 207).send(answers)
    }

  rest.post<{ Querystring: { upsert?: string } }>('/contacts', write, (request, reply) =>
    bulk((body) => {
      const given = readFields(world, {}, body)
      const known =
        request.query.upsert === 'true'
          ? [...world.state.contacts.values()].find(
              (contact) =>
                contact.fields.email !== undefined &&
                contact.fields.email.toLowerCase() === given.email?.toLowerCase(),
            )
          : undefined
      if (known)
        return {
          status: 200,
          contact: changeContact(world, known, { ...known.fields, ...given }, bot),
        }
      return { status: 201, contact: createContact(world, given, bot) }
    })(request, reply),
  )
  const idOf = (body: Record<string, unknown>) => {
    if (typeof body['id'] !== 'string') throw new Refused(400, 'id is missing.')
    return contactBy(world.state, body['id'])
  }
  const put = (contact: Contact, body: Record<string, unknown>) =>
    changeContact(world, contact, readFields(world, {}, body), bot)
  const patch = (contact: Contact, body: Record<string, unknown>) =>
    changeContact(world, contact, readFields(world, contact.fields, body), bot)
  rest.put(
    '/contacts',
    write,
    bulk((body) => ({ status: 200, contact: put(idOf(body), body) })),
  )
  rest.patch(
    '/contacts',
    write,
    bulk((body) => ({ status: 200, contact: patch(idOf(body), body) })),
  )
  type One = { Params: { id: string }; Body: Record<string, unknown> | null }
  /** The contact of the path; the body must name it too (official file, `contact-update` and `contact-patch`). */
  const named = (id: string, body: Record<string, unknown>) => {
    const contact = contactBy(world.state, id)
    if (idOf(body).id !== contact.id) throw new Refused(400, 'id is not the id of the path.')
    return contact
  }
  rest.put<One>('/contacts/:id', write, ({ params, body }) => {
    const given = body ?? {}
    return presentContact(world, put(named(params.id, given), given))
  })
  rest.patch<One>('/contacts/:id', write, ({ params, body }) => {
    const given = body ?? {}
    return presentContact(world, patch(named(params.id, given), given))
  })

  rest.put<{
    Params: { id: string; customFieldId: string }
    Body: { id?: string; value?: string[] } | null
  }>('/contacts/:id/custom-fields/:customFieldId/answers', write, ({ params, body }, reply) => {
    const contact = contactBy(world.state, params.id)
    const field = world.state.customFields.find(
      ({ id, category }) => id === params.customFieldId.toLowerCase() && category === 'Contact',
    )
    if (!field) return sendError(reply, 404)
    const value = body?.value
    if (body?.id?.toLowerCase() !== field.id || !Array.isArray(value))
      return sendError(reply, 400, ['id and value are needed, id as in the path.'])
    if (field.choices && value.some((text) => !field.choices?.includes(text)))
      return sendError(reply, 400, ['The value is not one of the choices.'], 'value')
    if (value.length === 0) contact.answers.delete(field.id)
    else contact.answers.set(field.id, value)
    touch(world, contact, bot)
    return { id: field.id, name: field.name, value, order: 1, type: 'General' }
  })
}
