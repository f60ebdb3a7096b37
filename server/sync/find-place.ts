import type { LedgerRow, RegistrationRow } from '../../db/database.ts'
import { registrationOfAttendee } from '../../db/registrations.ts'
import type { Attendee } from '../cvent/cvent.ts'
import { isHolding, isKnownStatus } from './wanted/activities.ts'
import type { SyncedEvent } from './reconcile/event-snapshot.ts'
import type { SyncJob } from './worker/job.ts'
import { matchParty, type PartyMatch } from './match-party.ts'

/** On whose record the rows of an attendee stand; without a party nobody matches, and `reason` says why. */
export type Place =
  | { partyId: string; matchedBy: string; isOnPrimary: boolean }
  | { partyId: undefined; reason: string; candidates: unknown[]; isOnPrimary: boolean }

/** Why a registration is left as it is, whatever Cvent says of it; undefined when it is not. */
export function leftOutReason(
  { loaded }: Pick<SyncJob, 'loaded'>,
  { cventEvent }: Pick<SyncedEvent, 'cventEvent'>,
  attendee: Attendee | undefined,
): 'test' | 'unknown-status' | undefined {
  // Rows written before a registration became a test, or before the account left tests out, stay as they are.
  const isLeftOut = loaded.account.activity.testRegistrations === 'leave-out'
  if (attendee && isLeftOut && (attendee.isTest || cventEvent?.isTest)) return 'test'
  return attendee && !isKnownStatus(attendee.status) ? 'unknown-status' : undefined
}

/** True when there is something to write for an attendee: only then does it matter who they are. */
export function isConcerned(attendee: Attendee | undefined, ledger: LedgerRow[]): boolean {
  return attendee !== undefined && (isHolding(attendee) || ledger.length > 0)
}

/**
 * Finds on whose record the rows of an attendee stand: their own party's, or for a guest without one the primary's.
 *
 * @throws as `identify`
 */
export async function findPlace(
  job: SyncJob,
  attendee: Attendee,
  row: RegistrationRow | undefined,
): Promise<{ place: Place; match: PartyMatch; primary: RegistrationRow | undefined }> {
  const match = await matchParty(job, attendee, row)
  const { primaryId } = attendee
  const own =
    match.partyId === undefined ? match : { partyId: match.partyId, matchedBy: match.matchedBy }
  if (!attendee.isGuest || primaryId === undefined)
    return { place: { ...own, isOnPrimary: false }, match, primary: undefined }
  const primary = await registrationOfAttendee(job.db, job.account, primaryId)
  // A guest who gave the primary's address is found as the primary, and is not the primary.
  if (match.partyId !== undefined && match.partyId !== primary?.partyId)
    return {
      place: { partyId: match.partyId, matchedBy: match.matchedBy, isOnPrimary: false },
      match,
      primary,
    }
  const place: Place = primary?.partyId
    ? { partyId: primary.partyId, matchedBy: 'primary', isOnPrimary: true }
    : {
        partyId: undefined,
        reason: 'a guest whose primary registrant is not matched yet',
        candidates: match.partyId === undefined ? match.candidates : [],
        isOnPrimary: true,
      }
  return { place, match, primary }
}
