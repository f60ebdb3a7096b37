import type { RegistrationRow } from '../../db/database.ts'
import { registrationsOfAttendees } from '../../db/registrations.ts'
import { replacedByAttendees } from '../../db/replaced.ts'
import type { Findings } from './sync-registration.ts'
import type { SyncJob } from './worker/job.ts'

/**
 * Finds who took the place of these registrations, and whose place they took, where a substitution made a new attendee; by
 * attendee ID. Whoever got the place back later is not replaced.
 */
export async function replacementsOf(
  job: SyncJob,
  rows: RegistrationRow[],
): Promise<Map<string, Pick<Findings, 'replacedBy' | 'inPlaceOf'>>> {
  const ids = rows.map(({ attendeeId }) => attendeeId)
  const before = await replacedByAttendees(job.db, job.account, ids)
  const takers = rows.flatMap(({ replacedBy }) => replacedBy ?? [])
  const after = new Map(
    (await registrationsOfAttendees(job.db, job.account, takers)).map((row) => [
      row.attendeeId,
      row,
    ]),
  )
  const found = new Map<string, Pick<Findings, 'replacedBy' | 'inPlaceOf'>>()
  for (const { attendeeId, eventStub, replacedBy, replacedAt } of rows) {
    const theirs = before
      .filter((one) => one.replacedBy === attendeeId)
      .toSorted((a, b) => (b.replacedAt ?? 0) - (a.replacedAt ?? 0))
    const gotBackAt = theirs[0]?.replacedAt ?? -Infinity
    const taker = replacedBy === null ? undefined : after.get(replacedBy)
    const isReplaced = taker?.eventStub === eventStub && (replacedAt ?? 0) > gotBackAt
    found.set(attendeeId, {
      ...(isReplaced && { replacedBy: { partyId: taker?.partyId ?? undefined } }),
      ...(theirs[0]?.partyId && { inPlaceOf: theirs[0].partyId }),
    })
  }
  return found
}
