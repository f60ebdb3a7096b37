import type { Kysely } from 'kysely'
import type { z } from 'zod'
import type { Database, RegistrationRow } from '../../../db/database.ts'
import { ledgerOfRegistration } from '../../../db/ledger.ts'
import { timelineLogs } from '../../../db/lists/timeline.ts'
import type { Candidate, RegistrationDetail } from '../../../schemas/admin-registrations.ts'
import type { Party } from '../../imis/imis.ts'
import { ledgerLine, registrationLine, timelineEntry } from './registration-lines.ts'

type StoredCandidate = Pick<Party, 'partyId' | 'firstName' | 'lastName' | 'email' | 'isActive'>

/** Everything known of one registration: as it stands, what Cvent said, its activities, and what happened, oldest first. */
export async function registrationDetail(
  db: Kysely<Database>,
  row: RegistrationRow,
): Promise<z.infer<typeof RegistrationDetail>> {
  const [activities, logs] = await Promise.all([
    ledgerOfRegistration(db, row.account, row.id),
    timelineLogs(db, row),
  ])
  const { snapshot, candidates, ...rest } = row
  const {
    account: _account,
    eventStub: _eventStub,
    searchText: _searchText,
    wantedVersion: _wanted,
    syncedVersion: _synced,
    isEventRead: _isEventRead,
    replacedBy: _replacedBy,
    replacedAt: _replacedAt,
    updatedAt: _updatedAt,
    readAt,
    createdAt,
    ...line
  } = rest
  return {
    registration: {
      ...registrationLine(line),
      primaryId: row.primaryId,
      contactStub: row.contactStub,
      readAt: readAt === null ? null : new Date(readAt).toISOString(),
      createdAt: new Date(createdAt).toISOString(),
    },
    // Written by the worker as JSON.
    snapshot: snapshot === null ? null : (JSON.parse(snapshot) as Record<string, never>),
    activities: activities.map(ledgerLine),
    timeline: logs.map(timelineEntry),
    // Written by the worker from parties of this shape.
    candidates:
      candidates === null
        ? []
        : (JSON.parse(candidates) as StoredCandidate[]).map((party) =>
            candidate(party, 'has the same e-mail address in iMIS'),
          ),
  }
}

/** A party as somebody to choose. */
export function candidate(party: StoredCandidate, reason: string): z.infer<typeof Candidate> {
  return {
    partyId: party.partyId,
    name: [party.firstName, party.lastName].filter(Boolean).join(' '),
    email: party.email ?? null,
    isActive: party.isActive,
    reason: party.isActive ? reason : `${reason}; not active`,
  }
}
