import { NeededDetail } from '../../../schemas/registration.ts'
import type { LoadedAccount } from '../../accounts.ts'
import type { CallOptions, Contact, ContactFields, Cvent } from '../../cvent/cvent.ts'
import { Fault } from '../../errors.ts'
import type { Party } from '../../imis/imis.ts'
import { mapContact, type MappedContact } from './contact-fields.ts'

/** A person as Cvent should know them. `fields` without source id and type. */
export interface WantedContact extends MappedContact {
  sourceId: string
}

/** What became of the contact. `contactStub` is missing when Cvent holds nobody we may take for this person. */
export interface ContactOutcome {
  done: 'unchanged' | 'created' | 'patched' | 'refused'
  contactStub: string | undefined
  /** Field names that were sent, and those that Cvent would not take; for the account log. */
  sent: string[]
  refused: string[]
  /** Why a contact with the person's e-mail address was left as it is; undefined when there is none, or it was taken. */
  doubt?: string | undefined
  /** Why the contact that has the person's source ID was left as it is: the ID must not be sent to Cvent for them then. */
  sourceIdDoubt?: string | undefined
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
  return missingDetails(row).length > 0
}

/** Lists the details that Cvent needs of a person and the row lacks, or has in a form that cannot be sent. */
export function missingDetails(row: Record<string, string>): NeededDetail[] {
  const { fields } = mapContact(row, { customFields: {} })
  return NeededDetail.options.filter((name) => !fields[name])
}

/** The row with what the party says of the details it lacks. */
export function completed(
  row: Record<string, string>,
  party: Party | undefined,
): Record<string, string> {
  const lacking = missingDetails(row).map((name) => [name, party?.[name] ?? ''] as const)
  return { ...row, ...Object.fromEntries(lacking) }
}

/** The contact that may be taken for the person, or why those that were found may not; neither when none was found. */
export interface ChosenContact {
  contact?: Contact
  doubt?: string
}

/** How a contact is brought up to date. */
export interface UpdateOptions {
  /** Chooses, of the contacts with the person's address, the one to take; undefined where an address never counts. */
  chooseByEmail: ((found: Contact[]) => Promise<ChosenContact>) | undefined
  /** Why the contact with the person's source ID is not theirs; undefined when it is. */
  doubtOfOwn: (own: Contact) => Promise<string | undefined>
  typeId: string | undefined
  call: () => CallOptions
}

/**
 * Brings Cvent's contact of this person up to date: found by source id, else by e-mail when `chooseByEmail` takes it for the
 * person, else created. Only differences are sent; nothing is removed that iMIS does not say. A contact that is not taken is
 * never touched. When Cvent refuses a value, the names and the address are sent without the rest.
 *
 * @throws Fault `VENDOR_UNAVAILABLE` when Cvent does not answer; a write may have happened, and repeating it is harmless
 */
export async function bringUpToDate(
  cvent: Cvent,
  wanted: WantedContact,
  options: UpdateOptions,
): Promise<ContactOutcome> {
  const { call } = options
  const fields: ContactFields = {
    ...wanted.fields,
    ...(options.typeId === undefined ? {} : { type: options.typeId }),
  }
  const own = await usable(cvent.contactBySourceId(wanted.sourceId, call()))
  const sourceIdDoubt = own && (await options.doubtOfOwn(own))
  if (sourceIdDoubt !== undefined) return notTaken(fields, { sourceIdDoubt })
  const chosen: ChosenContact = own
    ? { contact: own }
    : await chooseByEmail(cvent, fields['email'], options)
  if (chosen.contact) return patch(cvent, chosen.contact, wanted, fields, call)
  const { doubt } = chosen
  try {
    const all = { ...fields, sourceId: wanted.sourceId }
    const create = (taken: ContactFields) => cvent.createContact(taken, call())
    const { made, sent, refused } = await writeWhatIsTaken(all, create)
    const { contactStub } = made
    const custom = await setCustomFields(cvent, contactStub, {}, wanted.customFields, call)
    return {
      done: 'created',
      contactStub,
      sent: [...sent, ...custom.sent],
      refused: [...refused, ...custom.refused],
      doubt,
    }
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'CONFLICT') throw error
    // Somebody made it meanwhile (a double click on another instance), or the address is another contact's.
    const made = await usable(cvent.contactBySourceId(wanted.sourceId, call()))
    if (made) return patch(cvent, made, wanted, fields, call)
    return notTaken(fields, { doubt })
  }
}

function notTaken(
  fields: ContactFields,
  why: Pick<ContactOutcome, 'doubt' | 'sourceIdDoubt'>,
): ContactOutcome {
  const refused = Object.keys(fields)
  return { done: 'refused', contactStub: undefined, sent: [], refused, ...why }
}

async function usable(looked: Promise<Contact | undefined>) {
  const contact = await looked
  return contact && !contact.isDeleted ? contact : undefined
}

async function chooseByEmail(
  cvent: Cvent,
  email: string | undefined,
  options: UpdateOptions,
): Promise<ChosenContact> {
  if (email === undefined || !options.chooseByEmail) return {}
  const found = await cvent.contactsByEmail(email, options.call())
  // Copies that an event keeps (`parentId`) are not the address book's.
  const listed = found.filter(({ isDeleted, parentId }) => !isDeleted && parentId === undefined)
  return listed.length === 0 ? {} : options.chooseByEmail(listed)
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
  const { sent, refused } = await writeWhatIsTaken(changes, (taken) =>
    Object.keys(taken).length > 0
      ? cvent.patchContact(contactStub, taken, call())
      : Promise.resolve(),
  )
  const custom = await setCustomFields(
    cvent,
    contactStub,
    known.customFields,
    wanted.customFields,
    call,
  )
  const written = [...sent, ...custom.sent]
  return {
    done: written.length > 0 ? 'patched' : 'unchanged',
    contactStub,
    sent: written,
    refused: [...refused, ...custom.refused],
  }
}

/** What says who somebody is; sent alone when Cvent refuses something of the rest. */
const IDENTITY = ['sourceId', 'firstName', 'lastName', 'email']

/** Writes the fields, or, when Cvent refuses a value, once more only those that say who somebody is. */
async function writeWhatIsTaken<T>(
  fields: ContactFields,
  write: (taken: ContactFields) => Promise<T>,
): Promise<{ made: T; sent: string[]; refused: string[] }> {
  const names = Object.keys(fields)
  try {
    return { made: await write(fields), sent: names, refused: [] }
  } catch (error) {
    const sent = error instanceof Fault ? withoutRefused(error, names) : names
    if (sent.length === names.length) throw error
    const taken = Object.fromEntries(Object.entries(fields).filter(([name]) => sent.includes(name)))
    const refused = names.filter((name) => !sent.includes(name))
    return { made: await write(taken), sent, refused }
  }
}

function withoutRefused({ code, status }: Fault, names: string[]) {
  // Another contact has the new address: this one keeps its old one. A new contact cannot be made without any.
  if (code === 'CONFLICT')
    return names.includes('sourceId') ? names : names.filter((name) => name !== 'email')
  if (code === 'VENDOR_REFUSED' && (status === 400 || status === 422))
    return names.filter((name) => IDENTITY.includes(name))
  return names
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
  const sent: string[] = []
  const refused: string[] = []
  for (const [id, value] of Object.entries(wanted)) {
    if (known[id]?.length === 1 && known[id][0] === value) continue
    try {
      await cvent.setCustomField(contactStub, id, [value], call())
      sent.push(`custom:${id}`)
    } catch (error) {
      // A text that is none of the field's choices, or a field that is gone: the person goes on without it.
      if (!(error instanceof Fault) || error.code !== 'VENDOR_REFUSED') throw error
      refused.push(`custom:${id}`)
    }
  }
  return { sent, refused }
}
