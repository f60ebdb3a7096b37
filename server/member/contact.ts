import { LRUCache } from 'lru-cache'
import type { LoadedAccount } from '../accounts.ts'
import type { CallOptions, Contact, ContactFields, Cvent } from '../cvent/cvent.ts'
import { Fault } from '../errors.ts'
import type { Party } from '../imis/imis.ts'
import { mapContact, type MappedContact } from './contact-fields.ts'

/** A person as Cvent should know them. `fields` without source id and type. */
export interface WantedContact extends MappedContact {
  sourceId: string
}

/** What became of the contact. `contactStub` is missing when Cvent holds nobody we may take for this person. */
export interface ContactOutcome {
  done: 'unchanged' | 'created' | 'patched' | 'refused'
  contactStub: string | undefined
  /** Field names that were sent; for the trail. */
  sent: string[]
}

/** The contact of a party: from the query's row, completed with what iMIS itself says (no query, or no such columns). */
export function wantContact(
  { account }: LoadedAccount,
  partyId: string,
  row: Record<string, string>,
  party: Party | undefined,
): WantedContact {
  const mapped = mapContact(row, { customFields: account.cvent.customFields })
  const fromParty = mapContact(
    {
      firstName: party?.firstName ?? '',
      lastName: party?.lastName ?? '',
      email: party?.email ?? '',
    },
    { customFields: {} },
  )
  return {
    ...mapped,
    fields: { ...fromParty.fields, ...mapped.fields },
    sourceId: `${account.matching.sourceIdPrefix}${partyId}`,
  }
}

/** True when the row does not name the person, so that the iMIS party must be read. */
export function lacksNames(row: Record<string, string>): boolean {
  const { fields } = mapContact(row, { customFields: {} })
  return !fields['firstName'] || !fields['lastName'] || !fields['email']
}

/** Finds contact types by what a query calls them; the list is read once an hour. */
export interface ContactTypes {
  /** The type's id, or undefined when Cvent has no such type. */
  idOf(loaded: LoadedAccount, text: string, options: CallOptions): Promise<string | undefined>
  /** The code, for the form, when the list is known already. */
  codeOf(loaded: LoadedAccount, text: string): string | undefined
}

type ListedType = Awaited<ReturnType<Cvent['contactTypes']>>[number]
const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

/** Opens the contact types with nothing known. */
export function openContactTypes(deps: {
  cventOf: (loaded: LoadedAccount) => Cvent
  now: () => number
}): ContactTypes {
  const lists = new LRUCache<string, ListedType[], { loaded: LoadedAccount; options: CallOptions }>(
    {
      max: 2000,
      ttl: 3_600_000,
      ttlResolution: 0,
      perf: { now: deps.now },
      ignoreFetchAbort: true,
      fetchMethod: async (_key, _stale, { context }) =>
        deps.cventOf(context.loaded).contactTypes(context.options),
    },
  )
  const keyOf = ({ account, version }: LoadedAccount) => `${account.key}\n${version}`
  const renamed = ({ account }: LoadedAccount, text: string) =>
    Object.hasOwn(account.cvent.contactTypes, text)
      ? (account.cvent.contactTypes[text] ?? text)
      : text
  const find = (types: ListedType[], text: string) => {
    const same = (other: string | undefined) => other?.toLowerCase() === text.toLowerCase()
    return (
      types.find(({ id }) => same(id)) ??
      types.find(({ code }) => same(code)) ??
      types.find(({ name }) => same(name))
    )
  }
  return {
    async idOf(loaded, text, options) {
      const wanted = renamed(loaded, text)
      if (GUID.test(wanted)) return wanted.toLowerCase()
      const types = await lists.fetch(keyOf(loaded), { context: { loaded, options } })
      return types && find(types, wanted)?.id
    },
    codeOf(loaded, text) {
      const wanted = renamed(loaded, text)
      const types = lists.peek(keyOf(loaded))
      if (types) return find(types, wanted)?.code
      return GUID.test(wanted) ? undefined : wanted
    },
  }
}

/**
 * Brings Cvent's contact of this person up to date: found by source id, else by e-mail when exactly one such contact has no
 * source id of its own, else created. Only differences are sent; nothing is removed that iMIS does not say. A contact that
 * bears another source id is never touched.
 *
 * @throws Fault `VENDOR_UNAVAILABLE` when Cvent does not answer; a write may have happened, and repeating it is harmless
 */
export async function bringUpToDate(
  cvent: Cvent,
  wanted: WantedContact,
  options: { byEmail: boolean; typeId: string | undefined; call: () => CallOptions },
): Promise<ContactOutcome> {
  const { call } = options
  const fields: ContactFields = {
    ...wanted.fields,
    ...(options.typeId === undefined ? {} : { type: options.typeId }),
  }
  const known =
    (await usable(cvent.contactBySourceId(wanted.sourceId, call()))) ??
    (options.byEmail ? await withoutIdentity(cvent, fields['email'], call) : undefined)
  if (known) return patch(cvent, known, wanted, fields, call)
  try {
    const { contactStub } = await cvent.createContact(
      { ...fields, sourceId: wanted.sourceId },
      call(),
    )
    await setCustomFields(cvent, contactStub, {}, wanted.customFields, call)
    return { done: 'created', contactStub, sent: Object.keys(fields) }
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'CONFLICT') throw error
    // Somebody made it meanwhile (a double click on another instance), or the address is another contact's.
    const made = await usable(cvent.contactBySourceId(wanted.sourceId, call()))
    if (made) return patch(cvent, made, wanted, fields, call)
    return { done: 'refused', contactStub: undefined, sent: [] }
  }
}

async function usable(looked: Promise<Contact | undefined>) {
  const contact = await looked
  return contact && !contact.isDeleted ? contact : undefined
}

/** The one contact of that address that belongs to nobody yet; copies that an event keeps (`parentId`) do not count. */
async function withoutIdentity(cvent: Cvent, email: string | undefined, call: () => CallOptions) {
  if (email === undefined) return undefined
  const found = (await cvent.contactsByEmail(email, call())).filter(
    ({ isDeleted, parentId }) => !isDeleted && parentId === undefined,
  )
  const free = found.filter(({ sourceId }) => sourceId === undefined)
  return free.length === 1 ? free[0] : undefined
}

async function patch(
  cvent: Cvent,
  known: Contact,
  wanted: WantedContact,
  fields: ContactFields,
  call: () => CallOptions,
): Promise<ContactOutcome> {
  const { contactStub } = known
  const changes = changesTo(known.fields, fields)
  if (known.sourceId !== wanted.sourceId) changes['sourceId'] = wanted.sourceId
  if (Object.keys(changes).length > 0) await cvent.patchContact(contactStub, changes, call())
  const custom = await setCustomFields(
    cvent,
    contactStub,
    known.customFields,
    wanted.customFields,
    call,
  )
  const sent = [...Object.keys(changes), ...custom]
  return { done: sent.length > 0 ? 'patched' : 'unchanged', contactStub, sent }
}

/**
 * The fields that differ. Whether Cvent merges an address or replaces it is not documented, so one that changes is sent as a
 * whole, with what Cvent had.
 */
function changesTo(known: ContactFields, wanted: ContactFields): ContactFields {
  const differing = Object.entries(wanted).filter(([name, value]) => known[name] !== value)
  const addresses = new Set(
    differing.map(([name]) => name.split('.')).flatMap(([outer, inner]) => (inner ? [outer] : [])),
  )
  const kept = Object.entries({ ...known, ...wanted }).filter(([name]) => {
    const [outer, inner = ''] = name.split('.')
    return addresses.has(outer) && WRITABLE_OF_ADDRESS.includes(inner)
  })
  return Object.fromEntries([...differing, ...kept])
}

/** The other members of an address are Cvent's own words for these codes. */
const WRITABLE_OF_ADDRESS = [
  'address1',
  'address2',
  'address3',
  'city',
  'regionCode',
  'postalCode',
  'countryCode',
]

async function setCustomFields(
  cvent: Cvent,
  contactStub: string,
  known: Record<string, string[]>,
  wanted: Record<string, string>,
  call: () => CallOptions,
) {
  const set: string[] = []
  for (const [id, value] of Object.entries(wanted)) {
    if (known[id]?.length === 1 && known[id][0] === value) continue
    await cvent.setCustomField(contactStub, id, [value], call())
    set.push(`custom:${id}`)
  }
  return set
}
