import { assignmentsOf } from '../../db/assignments.ts'
import type { RegistrationRow } from '../../db/database.ts'
import { renewLease } from '../../db/leases.ts'
import { hasOtherContact, registrationOfAttendee } from '../../db/registrations.ts'
import type { Attendee } from '../cvent/cvent.ts'
import type { Party } from '../imis/imis.ts'
import { doubtOfEmail, doubtOfSourceId, isStillAssigned } from '../identity/person-match.ts'
import { partyIdOfSourceId } from '../identity/source-id.ts'
import type { SyncJob } from './worker/job.ts'

/** Whose registration it is, and how that is known; or nobody, with the parties an admin may choose from. */
export type PartyMatch =
  | { partyId: string; matchedBy: 'assigned' | 'sourceId' | 'email' | 'created'; warning?: string }
  | { partyId: undefined; reason: string; candidates: Candidate[] }

/** A party that might be the one. */
export type Candidate = Pick<Party, 'partyId' | 'firstName' | 'lastName' | 'email' | 'isActive'>

/**
 * Finds the party of an attendee: what staff assigned, then the source ID, then an e-mail address under the rule of
 * `doubtOfEmail`, then, where the account allows it, a new party. A source ID of the account's that iMIS knows always decides
 * before an address, whatever the order of `matching`, unless `doubtOfSourceId` says that it is of another iMIS. `known` is what an earlier read found: the same contact with the same
 * source ID is not asked for again.
 *
 * @throws LeaseLost before a party is created; Fault of iMIS or Cvent: a party that was being created may exist then: it is found by its e-mail next time
 */
export async function matchParty(
  job: SyncJob,
  attendee: Attendee,
  known: RegistrationRow | undefined,
): Promise<PartyMatch> {
  const { matching } = job.loaded.account
  const { contact } = attendee
  const assigned = await assignedTo(job, attendee)
  if (assigned) return assigned

  const byEmail = matching.order.includes('email')
  const bySourceId = matching.order.includes('sourceId')
  const partyId = partyIdOfSourceId(contact.sourceId, matching.sourceIdPrefix)
  if (bySourceId && partyId !== undefined && isStillKnown(known, attendee, partyId))
    return { partyId, matchedBy: 'sourceId' }
  const found = partyId === undefined ? undefined : await job.imis.party(partyId, job.call)
  const { imisSince } = job.loaded
  const staleId = found && doubtOfSourceId({ imisSince, party: found, contact })
  // An ID of another iMIS says nothing of the party that has it here.
  const sourceParty = staleId === undefined ? found : undefined
  if (bySourceId && sourceParty && !sourceParty.isDeleted)
    return {
      partyId: sourceParty.partyId,
      matchedBy: 'sourceId',
      ...(sourceParty.isActive ? {} : { warning: `iMIS ID ${sourceParty.partyId} is not active` }),
    }
  // A record that iMIS has deleted, or merged into another, takes no rows: whoever it is now, a person must say.
  const candidates =
    byEmail && contact.email !== undefined
      ? await job.imis.partiesByEmail(contact.email, job.call)
      : []
  const active = candidates.filter(({ isActive }) => isActive)
  const [one] = active
  const doubt = one && (await doubtOf(job, attendee, one, active.length - 1, sourceParty))
  if (one && doubt === undefined) return { partyId: one.partyId, matchedBy: 'email' }
  if (candidates.length === 0 && matching.createParty && !sourceParty) {
    const created = await create(job, attendee)
    if (created) return created
  }
  return {
    partyId: undefined,
    ...nobody(attendee, { sourceParty, staleId, byEmail: one, doubt }, [
      ...(found && staleId !== undefined ? [found] : []),
      ...candidates,
    ]),
  }
}

/** What staff said of the contact or of its parent; that of a contact that meanwhile bears another last name counts no more. */
async function assignedTo(job: SyncJob, { contact }: Attendee): Promise<PartyMatch | undefined> {
  const stubs = [contact.contactStub, ...(contact.parentId ? [contact.parentId] : [])]
  const assigned = await assignmentsOf(job.db, job.account, stubs)
  const said = assigned.get(contact.contactStub) ?? assigned.get(contact.parentId ?? '')
  if (said === undefined) return undefined
  if (isStillAssigned(said, contact.lastName))
    return { partyId: said.partyId, matchedBy: 'assigned' }
  return {
    partyId: undefined,
    reason: `staff assigned the contact to iMIS ID ${said.partyId} while it had another last name; assign it again`,
    candidates: await candidatesOf(job, said.partyId),
  }
}

async function candidatesOf(job: SyncJob, partyId: string) {
  const party = await job.imis.party(partyId, job.call)
  return party && !party.isDeleted ? [candidate(party)] : []
}

/** Why the attendee is not taken for the party with the same address; undefined when nothing speaks against it. */
async function doubtOf(
  job: SyncJob,
  attendee: Attendee,
  party: Party,
  othersWithEmail: number,
  sourceParty: Party | undefined,
) {
  const { contact } = attendee
  return doubtOfEmail({
    party,
    contact,
    othersWithEmail,
    sourceIdOf: sourceParty && !sourceParty.isDeleted ? sourceParty.partyId : undefined,
    assignedTo: undefined,
    hasOtherContact: await hasOtherContact(job.db, job.account, party.partyId, attendee),
    hasAddressOfPrimary: await mayHaveAddressOfPrimary(job, attendee),
    hasOwnAttendee: false,
  })
}

/** Whether a guest has the primary registrant's address; a primary that has not been read may have it. */
async function mayHaveAddressOfPrimary(job: SyncJob, { isGuest, primaryId, contact }: Attendee) {
  if (!isGuest || primaryId === undefined) return false
  const primary = await registrationOfAttendee(job.db, job.account, primaryId)
  if (!primary || primary.contactStub === null) return true
  return primary.email?.toLowerCase() === contact.email?.toLowerCase()
}

/** iMIS knew it the last time; if it no longer does, the write is refused and the registration dead. */
function isStillKnown(known: RegistrationRow | undefined, attendee: Attendee, partyId: string) {
  return (
    known?.matchedBy === 'sourceId' &&
    known.partyId === partyId &&
    known.contactStub === attendee.contact.contactStub &&
    known.state !== 'dead' &&
    known.attempt === 0
  )
}

async function create(job: SyncJob, { contact }: Attendee): Promise<PartyMatch | undefined> {
  const { firstName, lastName, email } = contact
  // Without an address a lost answer could not be found again, and the next try would make a second party.
  if (!firstName || !lastName || !email) return undefined
  if (!job.loaded.account.matching.order.includes('email')) {
    const [existing] = await job.imis.partiesByEmail(email, job.call)
    if (existing) return undefined
  }
  if (!job.isReadOnly) await renewLease(job.db, job.lease, job.leaseUntil())
  const { partyId } = await job.imis.createParty({ firstName, lastName, email }, job.call)
  return { partyId, matchedBy: 'created' }
}

function nobody(
  { contact: { sourceId } }: Attendee,
  seen: {
    sourceParty: Party | undefined
    staleId: string | undefined
    byEmail: Party | undefined
    doubt: string | undefined
  },
  candidates: Party[],
) {
  const deleted = seen.sourceParty?.isDeleted ? seen.sourceParty : undefined
  const byEmail =
    seen.byEmail && seen.doubt !== undefined
      ? `iMIS ID ${seen.byEmail.partyId} has the e-mail address, but ${seen.doubt}`
      : seen.staleId
  const reason = deleted
    ? `iMIS ID ${deleted.partyId} of the source id was deleted or merged in iMIS, and ${byEmail ?? 'no active party was found by e-mail'}`
    : (byEmail ??
      (sourceId !== undefined
        ? 'iMIS knows no party of that source id, and none by e-mail'
        : 'the contact has no source id, and iMIS knows no active party by e-mail'))
  return {
    reason,
    candidates: [...new Map(candidates.map((party) => [party.partyId, party])).values()]
      .filter(({ isDeleted }) => !isDeleted)
      .slice(0, 20)
      .map(candidate),
  }
}

function candidate({ partyId, firstName, lastName, email, isActive }: Party): Candidate {
  return { partyId, firstName, lastName, email, isActive }
}
