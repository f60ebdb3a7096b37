import type { RegistrationRow } from '../../db/database.ts'
import type { Attendee } from '../cvent/cvent.ts'

/**
 * Returns what tells that two registrations may be of one person, or depend on one another: who shares any of these is
 * worked on one after the other, so that nobody is created twice and a guest finds the primary's party.
 */
export function peopleKeys(
  attendee: Attendee | undefined,
  { attendeeId, partyId }: Pick<RegistrationRow, 'attendeeId' | 'partyId'>,
): string[] {
  const { contactStub, email, sourceId } = attendee?.contact ?? {}
  return [
    `group:${attendee?.primaryId ?? attendeeId}`,
    ...(contactStub === undefined ? [] : [`contact:${contactStub}`]),
    ...(email === undefined ? [] : [`email:${email.trim().toLowerCase()}`]),
    ...(sourceId === undefined ? [] : [`source:${sourceId.trim().toLowerCase()}`]),
    ...(partyId === null ? [] : [`person:${partyId}`]),
  ]
}
