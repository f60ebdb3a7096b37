import { assignmentsOf } from '../../../db/assignments.ts'
import type { Db } from '../../../db/database.ts'
import { hasOtherContact, hasRegistration, isProvenContactOf } from '../../../db/registrations.ts'
import type { LoadedAccount } from '../../accounts.ts'
import type { CallOptions, Contact, ContactFields } from '../../cvent/cvent.ts'
import { Fault } from '../../errors.ts'
import {
  doubtOfEmail,
  doubtOfSourceId,
  isStillAssigned,
  type EmailEvidence,
} from '../../identity/person-match.ts'
import type { PersonName } from '../../identity/person-names.ts'
import type { Vendors } from '../../vendors.ts'
import type { ChosenContact, WantedContact } from './wanted-contact.ts'

/** For whom a contact is chosen. */
export interface Chooser {
  loaded: LoadedAccount
  partyId: string
  eventStub: string
  wanted: WantedContact
  call: () => CallOptions
  /** Ms that the next call may take. */
  left: () => number
}

/**
 * Chooses the contact that is the party's among those with the party's e-mail address: the one staff assigned to the party,
 * else the only one without a source ID when `doubtOfEmail` has nothing against it. What costs a call is asked last.
 *
 * @throws Fault of Cvent; an iMIS that does not answer leaves a doubt
 */
export async function chooseByEmail(
  deps: { db: Db; vendors: Vendors },
  chooser: Chooser,
  found: Contact[],
): Promise<ChosenContact> {
  const { loaded, partyId } = chooser
  const account = loaded.account.key
  const free = found.filter(({ sourceId }) => sourceId === undefined)
  if (free.length === 0) return { doubt: 'it has the source ID of somebody else' }
  const stubs = free.map(({ contactStub }) => contactStub)
  const assigned = await assignmentsOf(deps.db, account, stubs)
  const mine = free.filter(({ contactStub }) => assigned.get(contactStub)?.partyId === partyId)
  const [contact, another] = mine.length > 0 ? mine : free
  if (!contact || another) return { doubt: 'several contacts at Cvent have it' }
  const said = assigned.get(contact.contactStub)
  const called = nameIn(contact.fields)
  if (said?.partyId === partyId && isStillAssigned(said, called.lastName)) return { contact }
  const evidence: EmailEvidence = {
    party: { partyId, ...nameIn(chooser.wanted.fields) },
    contact: called,
    othersWithEmail: 0,
    sourceIdOf: undefined,
    assignedTo: said?.partyId === partyId ? undefined : said?.partyId,
    hasOtherContact: await hasOtherContact(deps.db, account, partyId, {
      attendeeId: '',
      eventStub: chooser.eventStub,
      contact,
    }),
    hasAddressOfPrimary: false,
    hasOwnAttendee: await hasRegistration(deps.db, account, contact.contactStub),
  }
  const doubt =
    doubtOfEmail(evidence) ??
    doubtOfEmail({ ...evidence, othersWithEmail: await othersWithEmail(deps, chooser, contact) }) ??
    doubtOfEmail({ ...evidence, hasOwnAttendee: await hasAttendee(deps, chooser, contact) })
  return doubt === undefined ? { contact } : { doubt }
}

function nameIn({ firstName, lastName, nickname }: ContactFields): PersonName {
  return { firstName, lastName, nickname }
}

/**
 * Says why the contact that has the party's source ID is not theirs; undefined when it is. What staff said, and what was found
 * to be theirs since the account points to its present iMIS, is believed whatever the contact is called.
 */
export async function doubtOfOwn(
  { db }: { db: Db },
  { loaded, partyId, wanted }: Pick<Chooser, 'loaded' | 'partyId' | 'wanted'>,
  { contactStub, fields }: Contact,
): Promise<string | undefined> {
  const { imisSince } = loaded
  const party = { partyId, ...nameIn(wanted.fields) }
  const doubt = doubtOfSourceId({ imisSince, party, contact: nameIn(fields) })
  if (doubt === undefined) return undefined
  const account = loaded.account.key
  const assigned = (await assignmentsOf(db, account, [contactStub])).get(contactStub)
  if (assigned?.partyId === partyId) return undefined
  return (await isProvenContactOf(db, account, contactStub, partyId)) ? undefined : doubt
}

/** How many other active parties iMIS has with the address; undefined when iMIS does not answer. */
async function othersWithEmail(
  { vendors }: { vendors: Vendors },
  { loaded, partyId, left }: Chooser,
  { email }: Contact,
) {
  if (email === undefined) return undefined
  try {
    const parties = await vendors.imis(loaded).partiesByEmail(email, { deadlineMs: left() })
    return parties.filter((party) => party.isActive && party.partyId !== partyId).length
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return undefined
  }
}

function hasAttendee(
  { vendors }: { vendors: Vendors },
  { loaded, call }: Chooser,
  contact: Contact,
) {
  const { contactStub, email } = contact
  return vendors.cvent(loaded).hasAttendee({ contactStub, email }, call())
}
