import { Fault } from '../errors.ts'
import { writtenItem } from './bulk.ts'
import { contactsByStub } from './contacts.ts'
import type {
  Attendee,
  CallOptions,
  Contact,
  Listed,
  ListPage,
  ListPlace,
  SetAside,
} from './cvent.ts'
import { isOneOf, pieces, quote } from './filter.ts'
import { wholeOf } from './list.ts'
import type { Rest } from './rest.ts'
import { WireAttendee, WireBulk, WireId } from './wire.ts'

/** One page answers them all, and the body stays under 6 kB: how long Cvent lets a filter be is not documented. */
const IDS_A_CALL = 100
const PAGES_OF_ADDRESS = 5
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Registration types come with their names only when they are asked for. */
const expand = 'registrationType'

/** Reads attendees, and invites one. */
export function attendeeCalls(rest: Rest) {
  async function attendee(attendeeId: string, options?: CallOptions) {
    const path = `/attendees/${encodeURIComponent(attendeeId)}`
    return rest.read(
      WireAttendee,
      // What does not look like an id is refused instead of not found.
      {
        method: 'GET',
        path,
        query: { expand },
        alsoAnswers: GUID.test(attendeeId) ? [404] : [404, 400],
      },
      options,
    )
  }

  return {
    attendee,

    async attendees(attendeeIds: string[], options?: CallOptions): Promise<Listed<Attendee>> {
      const ids = [...new Set(attendeeIds.map((id) => id.toLowerCase()))]
      const found: Listed<Attendee> = { items: [], setAside: [] }
      for (const some of pieces(
        ids.filter((id) => GUID.test(id)),
        IDS_A_CALL,
      )) {
        const query = { includeDeletedGuests: true, expand }
        const body = { filter: isOneOf('id', some) }
        const path = '/attendees/filter'
        // An id stands for one attendee at most, so that when all are there the next page is empty.
        const call = { method: 'POST', path, query, body } as const
        const { items, setAside } = await rest.all(WireAttendee, call, options, some.length)
        found.items.push(...items)
        found.setAside.push(...setAside.map(ofItself))
      }
      // An id of another form would make Cvent refuse the ninety-nine beside it.
      for (const id of ids.filter((id) => !GUID.test(id))) {
        try {
          const one = await attendee(id, options)
          if (one) found.items.push(one)
        } catch (error) {
          if (!isAboutOne(error)) throw error
          found.setAside.push({ id, attendeeId: id, reason: error.message })
        }
      }
      const whole = await withParents(rest, found.items, options)
      return { items: whole.items, setAside: [...found.setAside, ...whole.setAside] }
    },

    async *attendeesOfEvent(
      eventStub: string,
      changedSince: number | undefined,
      options?: CallOptions,
      from?: ListPlace,
    ): AsyncGenerator<ListPage<Attendee>, void, undefined> {
      const after = changedSince === undefined ? undefined : new Date(changedSince).toISOString()
      const filter = `event.id eq ${quote(eventStub)}`
      const query = { filter, after, includeDeletedGuests: true, expand }
      const call = { method: 'GET', path: '/attendees', query } as const
      for await (const page of rest.pages(WireAttendee, call, options, from))
        yield { ...page, setAside: page.setAside.map(ofItself) }
    },

    async attendeeOfContact(
      eventStub: string,
      contactStub: string,
      options?: CallOptions,
    ): Promise<Attendee | undefined> {
      const filter = `event.id eq ${quote(eventStub)} and contact.id eq ${quote(contactStub)}`
      const query = { filter, expand }
      const found = await rest.all(
        WireAttendee,
        { method: 'GET', path: '/attendees', query },
        options,
      )
      const [best] = found.items.filter((one) => !one.isDeletedGuest).toSorted(livelierFirst)
      // Whoever cannot be read may be the one asked for.
      if (!best) wholeOf(found, 'the attendees of a contact')
      return best
    },

    async hasAttendee(
      { contactStub, email }: { contactStub: string; email: string | undefined },
      options?: CallOptions,
    ): Promise<boolean> {
      // The copies that events keep have ids of their own: they are found by the address.
      const byEmail = email === undefined ? '' : ` or contact.email eq ${quote(email)}`
      const query = { filter: `contact.id eq ${quote(contactStub)}${byEmail}` }
      const call = { method: 'GET', path: '/attendees', query } as const
      let pages = 0
      for await (const { items, setAside } of rest.pages(WireAttendee, call, options)) {
        pages += 1
        const whole = await withParents(rest, items, options)
        const isTheirs = whole.items.some(
          ({ contact }) => contact.contactStub === contactStub || contact.parentId === contactStub,
        )
        const isUnread = setAside.length + whole.setAside.length > 0
        // Whoever cannot be read may be theirs, and an address with so many attendees is nobody's own.
        if (isTheirs || isUnread || pages === PAGES_OF_ADDRESS) return true
      }
      return false
    },

    async invite(eventStub: string, contactStub: string, options?: CallOptions) {
      const body = [
        { event: { id: eventStub }, contact: { id: contactStub }, status: 'No Response' },
      ]
      const call = { method: 'POST', path: '/attendees', body } as const
      const answers = await rest.read(WireBulk, call, options)
      const { id } = writtenItem(WireId, answers, 'POST /attendees', {
        // Seen for a contact that is an attendee already: whoever asked looks for that one.
        alsoConflicts: ['ServerError'],
      })
      return { attendeeId: id }
    },
  }
}

/** Cvent answered, and what it answered concerns this id only. */
function isAboutOne(error: unknown): error is Fault {
  if (!(error instanceof Fault) || error.status === undefined) return false
  return error.retryAt === undefined && ![401, 403, 429].includes(error.status)
}

/** An attendee's own id says whose it is. */
const ofItself = (odd: SetAside): SetAside => ({ ...odd, attendeeId: odd.id })

/**
 * An event with contact snapshots keeps copies of its contacts, and the source id may be on the parent only. An attendee
 * does not name its contact's parent; the contact does. So contacts without a source id are read, and then the parents of
 * those that have one, each a hundred in one call.
 */
async function withParents(
  rest: Rest,
  attendees: Attendee[],
  options?: CallOptions,
): Promise<Listed<Attendee>> {
  // A purged contact has the attendee's own id, which is no contact's.
  const isCopy = ({ attendeeId, contact }: Attendee) =>
    contact.sourceId === undefined && contact.contactStub !== attendeeId
  const copies = await contactsById(
    rest,
    attendees.filter(isCopy).map(({ contact }) => contact.contactStub),
    options,
  )
  const parents = await contactsById(
    rest,
    [...copies.found.values()].map(({ parentId }) => parentId),
    options,
  )
  const list: Listed<Attendee> = { items: [], setAside: [] }
  for (const attendee of attendees) {
    const { attendeeId, contact } = attendee
    const copy = copies.found.get(contact.contactStub)
    const parentId = copy?.parentId
    const parent = parentId === undefined ? undefined : parents.found.get(parentId)
    // A contact that cannot be read is not one without a parent, nor a parent without a source id.
    const odd =
      isCopy(attendee) && !copy
        ? copies.odd
        : parentId !== undefined && !parent
          ? parents.odd
          : undefined
    if (odd)
      list.setAside.push({ id: attendeeId, attendeeId, reason: `its contact: ${odd.reason}` })
    else if (parentId === undefined) list.items.push(attendee)
    else
      list.items.push({
        ...attendee,
        contact: { ...contact, parentId, sourceId: parent?.sourceId },
      })
  }
  return list
}

/** Contacts by their id, and one that could not be read, which may be any of those missing. */
async function contactsById(
  rest: Rest,
  stubs: (string | undefined)[],
  options?: CallOptions,
): Promise<{ found: Map<string, Contact>; odd: SetAside | undefined }> {
  const wanted = new Set(stubs.filter((stub) => stub !== undefined))
  const found = new Map<string, Contact>()
  let odd: SetAside | undefined
  for (const some of pieces([...wanted], IDS_A_CALL)) {
    const { items, setAside } = await contactsByStub(rest, some, options)
    for (const contact of items) found.set(contact.contactStub, contact)
    odd ??= setAside[0]
  }
  return { found, odd }
}

const OVER = new Set(['Cancelled', 'Declined', 'Denied Approval'])

/** A registration that holds before one that is over, the invitee before a guest, then the latest change. */
function livelierFirst(one: Attendee, other: Attendee) {
  const rank = (attendee: Attendee) =>
    (OVER.has(attendee.status) ? 2 : 0) + (attendee.isGuest ? 1 : 0)
  return rank(one) - rank(other) || (other.modifiedAt ?? 0) - (one.modifiedAt ?? 0)
}
