import { writtenItem } from './bulk.ts'
import { contactsByStub } from './contacts.ts'
import type { Attendee, CallOptions, Contact } from './cvent.ts'
import { isOneOf, pieces, quote } from './filter.ts'
import type { Rest } from './rest.ts'
import { WireAttendee, WireBulk, WireId } from './wire.ts'

/** One page answers them all, and the body stays under 6 kB: how long Cvent lets a filter be is not documented. */
const IDS_A_CALL = 100
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

    async attendees(attendeeIds: string[], options?: CallOptions): Promise<Attendee[]> {
      const ids = [...new Set(attendeeIds.map((id) => id.toLowerCase()))]
      const found: Attendee[] = []
      for (const some of pieces(
        ids.filter((id) => GUID.test(id)),
        IDS_A_CALL,
      )) {
        const query = { includeDeletedGuests: true, expand }
        const body = { filter: isOneOf('id', some) }
        const path = '/attendees/filter'
        // An id stands for one attendee at most, so that when all are there the next page is empty.
        found.push(
          ...(await rest.all(
            WireAttendee,
            { method: 'POST', path, query, body },
            options,
            some.length,
          )),
        )
      }
      // An id of another form would make Cvent refuse the ninety-nine beside it.
      for (const id of ids.filter((id) => !GUID.test(id))) {
        const one = await attendee(id, options)
        if (one) found.push(one)
      }
      return withParents(rest, found, options)
    },

    attendeesOfEvent(
      eventStub: string,
      changedSince: number | undefined,
      options?: CallOptions,
    ): AsyncIterable<Attendee[]> {
      const after = changedSince === undefined ? undefined : new Date(changedSince).toISOString()
      const filter = `event.id eq ${quote(eventStub)}`
      const query = { filter, after, includeDeletedGuests: true, expand }
      return rest.pages(WireAttendee, { method: 'GET', path: '/attendees', query }, options)
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
      return found.filter((one) => !one.isDeletedGuest).toSorted(livelierFirst)[0]
    },

    async invite(eventStub: string, contactStub: string, options?: CallOptions) {
      const body = [
        { event: { id: eventStub }, contact: { id: contactStub }, status: 'No Response' },
      ]
      const call = { method: 'POST', path: '/attendees', body } as const
      const answers = await rest.read(WireBulk, call, options)
      const { id } = writtenItem(WireId, answers, 'POST /attendees')
      return { attendeeId: id }
    },
  }
}

/**
 * An event with contact snapshots keeps copies of its contacts, and the source id may be on the parent only. An attendee
 * does not name its contact's parent; the contact does. So contacts without a source id are read, and then the parents of
 * those that have one, each a hundred in one call.
 */
async function withParents(rest: Rest, attendees: Attendee[], options?: CallOptions) {
  const nameless = attendees.filter(({ contact }) => contact.sourceId === undefined)
  const copies = await contactsById(
    rest,
    nameless.map(({ attendeeId, contact }) =>
      // A purged contact has the attendee's own id, which is no contact's.
      contact.contactStub === attendeeId ? undefined : contact.contactStub,
    ),
    options,
  )
  const parents = await contactsById(
    rest,
    [...copies.values()].map(({ parentId }) => parentId),
    options,
  )
  return attendees.map((attendee) => {
    const { contact } = attendee
    const parentId = copies.get(contact.contactStub)?.parentId
    if (parentId === undefined) return attendee
    const sourceId = parents.get(parentId)?.sourceId
    return { ...attendee, contact: { ...contact, parentId, sourceId } }
  })
}

async function contactsById(
  rest: Rest,
  stubs: (string | undefined)[],
  options?: CallOptions,
): Promise<Map<string, Contact>> {
  const wanted = new Set(stubs.filter((stub) => stub !== undefined))
  const found = new Map<string, Contact>()
  for (const some of pieces([...wanted], IDS_A_CALL))
    for (const contact of await contactsByStub(rest, some, options))
      found.set(contact.contactStub, contact)
  return found
}

const OVER = new Set(['Cancelled', 'Declined', 'Denied Approval'])

/** A registration that holds before one that is over, the invitee before a guest, then the latest change. */
function livelierFirst(one: Attendee, other: Attendee) {
  const rank = (attendee: Attendee) =>
    (OVER.has(attendee.status) ? 2 : 0) + (attendee.isGuest ? 1 : 0)
  return rank(one) - rank(other) || (other.modifiedAt ?? 0) - (one.modifiedAt ?? 0)
}
