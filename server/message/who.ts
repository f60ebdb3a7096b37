import { assignmentsOf } from '../../db/assignments.ts'
import type { RegistrationRow } from '../../db/database.ts'
import { renewLease } from '../../db/leases.ts'
import type { Attendee } from '../cvent/cvent.ts'
import type { Party } from '../imis/imis.ts'
import type { TurnDeps } from './turn.ts'

/** Whose registration it is, and how that is known; or nobody, with the parties an admin may choose from. */
export type Who =
  | { partyId: string; via: 'assigned' | 'sourceId' | 'email' | 'created'; warning?: string }
  | { partyId: undefined; reason: string; candidates: Candidate[] }

/** A party that might be the one. */
export type Candidate = Pick<Party, 'partyId' | 'firstName' | 'lastName' | 'email' | 'isActive'>

/** An iMIS ID: at most 10 characters. Anything else in a source id is not ours. */
const PARTY_ID = /^[A-Za-z0-9-]{1,10}$/

/**
 * Finds the party of an attendee: an admin's assignment, then the account's order of source id and e-mail, then, where the
 * account allows it, a new party. An e-mail counts only when exactly one active party has it. `known` is what an earlier
 * look found: the same contact with the same source id is not asked for again.
 *
 * @throws LeaseLost before a party is created; Fault of iMIS or Cvent: a party that was being created may exist then: it is found by its e-mail next time
 */
export async function identify(
  turn: TurnDeps,
  attendee: Attendee,
  known: RegistrationRow | undefined,
): Promise<Who> {
  const { matching } = turn.loaded.account
  const { contact } = attendee
  const stubs = [contact.contactStub, ...(contact.parentId ? [contact.parentId] : [])]
  const assigned = await assignmentsOf(turn.db, turn.account, stubs)
  const said = assigned.get(contact.contactStub) ?? assigned.get(contact.parentId ?? '')
  if (said !== undefined) return { partyId: said, via: 'assigned' }

  let sourceParty: Party | undefined
  let candidates: Party[] = []
  for (const way of matching.order) {
    if (way === 'sourceId') {
      const partyId = partyIdOf(turn, attendee)
      if (partyId === undefined) continue
      if (isStillKnown(known, attendee, partyId)) return { partyId, via: 'sourceId' }
      sourceParty = await turn.imis.party(partyId, turn.call)
      if (sourceParty?.isActive) return { partyId: sourceParty.partyId, via: 'sourceId' }
    } else if (contact.email !== undefined) {
      candidates = await turn.imis.partiesByEmail(contact.email, turn.call)
      const [one, ...others] = candidates.filter(({ isActive }) => isActive)
      if (one && others.length === 0) return { partyId: one.partyId, via: 'email' }
    }
  }
  // A record that iMIS has deleted, or merged into another, takes no rows: whoever it is now, a person must say.
  if (sourceParty && !sourceParty.isDeleted)
    return {
      partyId: sourceParty.partyId,
      via: 'sourceId',
      warning: `iMIS ID ${sourceParty.partyId} is not active`,
    }
  if (candidates.length === 0 && matching.createParty && !sourceParty) {
    const created = await create(turn, attendee)
    if (created) return created
  }
  return { partyId: undefined, ...nobody(contact.sourceId, sourceParty, candidates) }
}

/** The source id less the account's prefix, as it may be an iMIS ID. */
function partyIdOf(turn: TurnDeps, { contact: { sourceId } }: Attendee): string | undefined {
  const prefix = turn.loaded.account.matching.sourceIdPrefix
  if (sourceId === undefined || !sourceId.startsWith(prefix)) return undefined
  const partyId = sourceId.slice(prefix.length).trim()
  return PARTY_ID.test(partyId) ? partyId : undefined
}

/** iMIS knew it the last time; if it no longer does, the write is refused and the registration parked. */
function isStillKnown(known: RegistrationRow | undefined, attendee: Attendee, partyId: string) {
  return (
    known?.partyVia === 'sourceId' &&
    known.partyId === partyId &&
    known.contactStub === attendee.contact.contactStub &&
    known.state !== 'parked' &&
    known.attempt === 0
  )
}

async function create(turn: TurnDeps, { contact }: Attendee): Promise<Who | undefined> {
  const { firstName, lastName, email } = contact
  // Without an address a lost answer could not be found again, and the next try would make a second party.
  if (!firstName || !lastName || !email) return undefined
  if (!turn.loaded.account.matching.order.includes('email')) {
    const [existing] = await turn.imis.partiesByEmail(email, turn.call)
    if (existing) return undefined
  }
  await renewLease(turn.db, turn.lease, turn.leaseUntil())
  const { partyId } = await turn.imis.createParty({ firstName, lastName, email }, turn.call)
  return { partyId, via: 'created' }
}

function nobody(sourceId: string | undefined, deleted: Party | undefined, candidates: Party[]) {
  const active = candidates.filter(({ isActive }) => isActive)
  const several = `${active.length} active parties in iMIS have this e-mail address`
  const reason = deleted
    ? `iMIS ID ${deleted.partyId} of the source id was deleted or merged in iMIS, and ${active.length > 1 ? several : 'no active party was found by e-mail'}`
    : active.length > 1
      ? several
      : sourceId !== undefined
        ? 'iMIS knows no party of that source id, and none by e-mail'
        : 'the contact has no source id, and iMIS knows no active party by e-mail'
  return {
    reason,
    candidates: candidates
      .filter(({ isDeleted }) => !isDeleted)
      .slice(0, 20)
      .map(({ partyId, firstName, lastName, email, isActive }) => ({
        partyId,
        firstName,
        lastName,
        email,
        isActive,
      })),
  }
}
