import type { Db, RegistrationRow } from './database.ts'
import { oneVersionMore } from './touches.ts'

/** The registrations of a contact, in whichever event. */
export async function registrationsOfContact(
  db: Db,
  account: string,
  contactStub: string,
): Promise<RegistrationRow[]> {
  return db
    .selectFrom('registration')
    .selectAll()
    .where('account', '=', account)
    .where('contactStub', '=', contactStub)
    .execute()
}

/** A registration whose place another attendee took, in a substitution that made a new attendee. */
export type Replaced = Pick<
  RegistrationRow,
  'attendeeId' | 'partyId' | 'matchedBy' | 'replacedBy' | 'replacedAt'
>

/** The registrations whose place one of these attendees took, in no order. */
export async function replacedByAttendees(
  db: Db,
  account: string,
  attendeeIds: string[],
): Promise<Replaced[]> {
  if (attendeeIds.length === 0) return []
  return db
    .selectFrom('registration')
    .select(['attendeeId', 'partyId', 'matchedBy', 'replacedBy', 'replacedAt'])
    .where('account', '=', account)
    .where('replacedBy', 'in', attendeeIds)
    .execute()
}

/** One attendee took the place of a contact, as a message said at that moment. */
export interface Substitution {
  attendeeId: string
  oldContactStub: string
  eventStub: string | undefined
  at: number
}

/**
 * Touches the registrations of the contact whose place was taken, and notes who took it. A substitution under the same
 * attendee ID has no other registration. What was noted earlier stays, unless the place came back since.
 */
export async function noteSubstitution(
  db: Db,
  account: string,
  { attendeeId, oldContactStub, eventStub, at }: Substitution,
  now: number,
): Promise<void> {
  const rows = await registrationsOfContact(db, account, oldContactStub)
  const others = rows.filter(
    (row) =>
      row.attendeeId !== attendeeId && (eventStub === undefined || row.eventStub === eventStub),
  )
  for (const row of others) {
    const theirs = await replacedByAttendees(db, account, [row.attendeeId])
    const cameBackAt = Math.max(...theirs.map(({ replacedAt }) => replacedAt ?? 0), 0)
    const isFree = row.replacedBy === null || (row.replacedAt ?? 0) < cameBackAt
    await db
      .updateTable('registration')
      .set({
        ...oneVersionMore(now),
        ...(isFree && { replacedBy: attendeeId, replacedAt: at }),
      })
      .where('id', '=', row.id)
      .execute()
  }
}
