import { writtenItem } from './bulk.ts'
import type { CallOptions, Contact, ContactFields } from './cvent.ts'
import { isOneOf, quote } from './filter.ts'
import { wholeOf } from './list.ts'
import type { Rest } from './rest.ts'
import { WireBulk, WireContact, WireId, WireNamed } from './wire.ts'

/** Reads and writes contacts. Never `upsert=true`: Cvent would match by e-mail and overwrite whoever shares it. */
export function contactCalls(rest: Rest) {
  const pathOf = (contactStub: string) => `/contacts/${encodeURIComponent(contactStub)}`

  async function contactsWhere(filter: string, options?: CallOptions) {
    const query = { filter }
    const found = await rest.all(WireContact, { method: 'GET', path: '/contacts', query }, options)
    // A contact with a parent is the copy that one event keeps, not the address book's.
    const items = found.items.filter(
      (contact) => !contact.isDeleted && contact.parentId === undefined,
    )
    return { ...found, items }
  }

  async function named(path: string, query: Record<string, string>, options?: CallOptions) {
    return (await rest.all(WireNamed, { method: 'GET', path, query }, options)).items
  }

  return {
    async contact(contactStub: string, options?: CallOptions): Promise<Contact | undefined> {
      const path = pathOf(contactStub)
      return rest.read(WireContact, { method: 'GET', path, alsoAnswers: [404] }, options)
    },

    async contactBySourceId(sourceId: string, options?: CallOptions): Promise<Contact | undefined> {
      const found = await contactsWhere(`sourceId eq ${quote(sourceId)}`, options)
      const same = found.items.find((contact) => contact.sourceId === sourceId)
      if (!same) wholeOf(found, 'a source id')
      return same
    },

    async contactsByEmail(email: string, options?: CallOptions): Promise<Contact[]> {
      const found = await contactsWhere(`email eq ${quote(email)}`, options)
      // One that cannot be read may be a second person of that address.
      return wholeOf(found, 'an e-mail address').filter(
        (contact) => contact.email?.toLowerCase() === email.toLowerCase(),
      )
    },

    async createContact(fields: ContactFields, options?: CallOptions) {
      const body = [bodyOf(fields)]
      const call = { method: 'POST', path: '/contacts', body } as const
      const answers = await rest.read(WireBulk, call, options)
      const { id } = writtenItem(WireId, answers, 'POST /contacts', { sent: body })
      return { contactStub: id }
    },

    async patchContact(contactStub: string, fields: ContactFields, options?: CallOptions) {
      const body = bodyOf(fields)
      if (Object.keys(body).length === 0) return
      const path = pathOf(contactStub)
      await rest.call({ method: 'PATCH', path, body: { id: contactStub, ...body } }, options)
    },

    async setCustomField(
      contactStub: string,
      customFieldId: string,
      values: string[],
      options?: CallOptions,
    ) {
      const path = `${pathOf(contactStub)}/custom-fields/${encodeURIComponent(customFieldId)}/answers`
      await rest.call({ method: 'PUT', path, body: { id: customFieldId, value: values } }, options)
    },

    contactTypes: (options?: CallOptions) => named('/contact-types', {}, options),

    contactCustomFields: (options?: CallOptions) =>
      // Without a category Cvent refuses the list.
      named('/custom-fields', { filter: `category eq 'Contact'` }, options),
  }
}

/** The contacts of these ids, at most a hundred, in no order; unknown ones are missing. */
export function contactsByStub(rest: Rest, stubs: string[], options?: CallOptions) {
  const body = { filter: isOneOf('id', stubs) }
  return rest.all(
    WireContact,
    { method: 'POST', path: '/contacts/filter', body },
    options,
    stubs.length,
  )
}

/** Cvent's nested body. Empty values are left out: null would delete, and most members refuse an empty text. */
function bodyOf(fields: ContactFields) {
  const body: Record<string, string | Record<string, string>> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (value === '') continue
    const [outer = '', inner] = name.split('.')
    if (name === 'type') body['type'] = { id: value }
    else if (inner === undefined) body[name] = value
    else {
      const held = body[outer]
      body[outer] = { ...(typeof held === 'object' ? held : {}), [inner]: value }
    }
  }
  return body
}
