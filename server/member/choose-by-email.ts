import { assignmentsOf } from '../../db/assignments.ts'
import type { Db } from '../../db/database.ts'
import { hasOtherContact, hasRegistration } from '../../db/registrations.ts'
import type { LoadedAccount } from '../accounts.ts'
import type { CallOptions, Contact } from '../cvent/cvent.ts'
import { Fault } from '../errors.ts'
import { doubtOfEmail, isStillAssigned, type EmailEvidence } from '../person-match.ts'
import type { Vendors } from '../vendors.ts'
import type { ChosenContact, WantedContact } from './contact.ts'

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
  const { firstName, lastName, nickname } = chooser.wanted.fields
  const called = {
    firstName: contact.fields['firstName'],
    lastName: contact.fields['lastName'],
    nickname: contact.fields['nickname'],
  }
  if (said?.partyId === partyId && isStillAssigned(said, called.lastName)) return { contact }
  const evidence: EmailEvidence = {
    party: { partyId, firstName, lastName, nickname },
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
