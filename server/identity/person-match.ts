import {
  hasSameLastName,
  nameDifference,
  type NameDifference,
  type PersonName,
} from './person-names.ts'

/** What is known when one record was found for another by e-mail; the same on the way to Cvent and on the way to iMIS. */
export interface EmailEvidence {
  /** What iMIS calls the party. */
  party: PersonName & { partyId: string }
  /** What Cvent calls the contact or attendee. */
  contact: PersonName
  /** How many other active parties iMIS has with the address; undefined when iMIS could not say. */
  othersWithEmail: number | undefined
  /** The party that the contact's source ID names, if any that is not gone from iMIS; any source ID at all on the way out. */
  sourceIdOf: string | undefined
  /** Another party that staff assigned the contact to. */
  assignedTo: string | undefined
  /** Whether another contact of the same event stands for the party. */
  hasOtherContact: boolean
  /** Whether a guest has the address of the primary registrant, or may have it. */
  hasAddressOfPrimary: boolean
  /** Whether the contact is to be taken over, and has an attendee at Cvent that we did not make. */
  hasOwnAttendee: boolean
}

const NAME_REASONS: Record<NameDifference, string> = {
  'no-last-name': 'one of the two has no last name to compare',
  'last-name': 'the last name is another one',
  'no-first-name': 'one of the two has no first name to compare',
  'first-name': 'the first name is another one',
}

/**
 * The rule for e-mail addresses: members edit their own, families and offices share one, so an address alone proves nothing.
 * Somebody found by it is the party only if one active party has it, the names agree, and nothing says that it is another's.
 * What staff assigned is asked before this.
 *
 * @returns the reason, in plain words without names, why the address is not believed; undefined when it is
 */
export function doubtOfEmail(evidence: EmailEvidence): string | undefined {
  const { party, assignedTo, othersWithEmail } = evidence
  if (assignedTo !== undefined && assignedTo !== party.partyId)
    return `staff assigned the contact to iMIS ID ${assignedTo}`
  if (evidence.sourceIdOf !== undefined && evidence.sourceIdOf !== party.partyId)
    return 'the contact has the source ID of somebody else'
  if (othersWithEmail === undefined) return 'iMIS did not say who else has the address'
  if (othersWithEmail > 0)
    return othersWithEmail === 1
      ? 'another active party in iMIS has it too'
      : `${othersWithEmail} other active parties in iMIS have it too`
  const difference = nameDifference(party, evidence.contact)
  if (difference !== undefined) return NAME_REASONS[difference]
  if (evidence.hasAddressOfPrimary) return 'a guest was given the address of the primary registrant'
  if (evidence.hasOtherContact) return 'another Cvent contact stands for that party already'
  if (evidence.hasOwnAttendee)
    return 'the contact has a registration at Cvent that was not made from here'
  return undefined
}

/**
 * Says why a source ID is not believed; undefined when it is. A source ID names a record of the iMIS that it came from. Since
 * the account was pointed to another iMIS (`imisSince`), the same ID may be somebody else there: then the names must agree.
 */
export function doubtOfSourceId({
  imisSince,
  party,
  contact,
}: {
  imisSince: number | undefined
  party: PersonName & { partyId: string }
  contact: PersonName
}): string | undefined {
  if (imisSince === undefined) return undefined
  const difference = nameDifference(party, contact)
  if (difference === undefined) return undefined
  return `the source ID may be of the iMIS that the account pointed to before: iMIS ID ${party.partyId} is there, but ${NAME_REASONS[difference]}`
}

/**
 * Whether what staff said of a contact still holds: a contact that bears another last name since may be another person.
 */
export function isStillAssigned(
  { lastName }: { lastName: string | null },
  now: string | undefined,
): boolean {
  return lastName === null || hasSameLastName(lastName, now)
}

/**
 * Whether a registration is surely this party's, so that its confirmation number and its links may be shown to them: known by
 * the source ID or by the word of staff. An address, however well it fits, is not enough.
 */
export function isProven(matchedBy: string | null | undefined): boolean {
  return matchedBy === 'sourceId' || matchedBy === 'assigned'
}
