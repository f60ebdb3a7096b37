import type { Contact, ContactFields } from './state.ts'
import { newId, Refused } from './state.ts'
import type { World } from './world.ts'
import { audit, touch } from './world.ts'
import { contactRecord } from './messages.ts'

const sameText = (left: string | undefined, right: string | undefined) =>
  (left ?? '').trim().toLowerCase() === (right ?? '').trim().toLowerCase()

const originals = (world: World) =>
  [...world.state.contacts.values()].filter(({ deleted, parentId }) => !deleted && !parentId)

/** Everybody in the address book with this source id (at most one, unless a test planted more). */
export function contactsBySource(world: World, sourceId: string): Contact[] {
  return originals(world).filter(({ fields }) => fields.sourceId === sourceId)
}

/** Everybody in the address book with this e-mail. One address may belong to several people. */
export function contactsByEmail(world: World, email: string): Contact[] {
  return originals(world).filter(({ fields }) => fields.email && sameText(fields.email, email))
}

/**
 * Adds a contact. Throws `Refused` 409 when the source id is taken, or the e-mail is and the account's only
 * de-duplication field is the e-mail (`dedupeOnEmail`).
 */
export function createContact(world: World, fields: ContactFields, by: string): Contact {
  refuseDuplicates(world, fields, null)
  const contact: Contact = {
    id: newId(),
    ...audit(world, by),
    fields,
    answers: new Map(),
    deleted: false,
    purged: false,
  }
  world.state.contacts.set(contact.id, contact)
  if (world.state.switches.extraMessages)
    world.tell('ContactCreated', [contactRecord(world, contact)])
  return contact
}

/** Replaces a contact's fields. Throws `Refused` 409 like `createContact`. */
export function changeContact(world: World, contact: Contact, fields: ContactFields, by: string) {
  refuseDuplicates(world, fields, contact.id)
  contact.fields = fields
  touch(world, contact, by)
  for (const attendee of world.state.attendees.values())
    if (attendee.contactId === contact.id) touch(world, attendee, by)
  return contact
}

function refuseDuplicates(world: World, fields: ContactFields, self: string | null) {
  const others = (found: Contact[]) => found.some(({ id }) => id !== self)
  if (fields.sourceId && others(contactsBySource(world, fields.sourceId)))
    throw new Refused(409, 'A contact with these values already exists.')
  if (
    world.state.switches.dedupeOnEmail &&
    fields.email &&
    others(contactsByEmail(world, fields.email))
  )
    throw new Refused(409, 'A contact with these values already exists.')
}

/**
 * Who a registrant is: by source id, then by e-mail among those without another source id, else a new contact. What is
 * given overwrites what is there.
 */
export function matchContact(world: World, given: ContactFields, by: string): Contact {
  const { sourceId, email } = given
  const bySource = sourceId ? contactsBySource(world, sourceId)[0] : undefined
  const byEmail = email
    ? contactsByEmail(world, email).find(
        ({ fields }) =>
          (!sourceId || !fields.sourceId) &&
          sameText(fields.lastName, given.lastName) &&
          sameText(fields.firstName, given.firstName),
      )
    : undefined
  const found = bySource ?? byEmail
  if (!found) return createContact(world, given, by)
  return changeContact(world, found, { ...found.fields, ...given }, by)
}
