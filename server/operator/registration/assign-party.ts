import type { Kysely } from 'kysely'
import type { z } from 'zod'
import { assign } from '../../../db/assignments.ts'
import type { Database, RegistrationRow } from '../../../db/database.ts'
import { inTransaction } from '../../../db/engine/open.ts'
import { registrationIdsOfContact } from '../../../db/lists/registration-lists.ts'
import { touchRegistrations } from '../../../db/due/replays.ts'
import type { Candidate } from '../../../schemas/admin-registrations.ts'
import type { LoadedAccount } from '../../accounts.ts'
import { Fault } from '../../errors.ts'
import type { Imis } from '../../imis/imis.ts'
import { recordChange, type ChangedBy } from '../access/audit.ts'
import { candidate } from './registration-detail.ts'

/**
 * Says who a registration's Cvent contact is; that holds for every registration of the contact while it bears the same last
 * name, and all of them are worked on again. Said of the party that was found by e-mail, it confirms it: from then on the
 * member sees the confirmation number and the links.
 *
 * @throws Fault `INVALID_REQUEST` when iMIS has no such party; `CONFLICT` before the contact is known; `VENDOR_UNAVAILABLE`
 */
export async function assignParty(
  deps: { db: Kysely<Database>; now: () => number; wake: (account: string) => void },
  imis: Imis,
  row: RegistrationRow,
  partyId: string,
  by: ChangedBy,
): Promise<void> {
  const { db, now } = deps
  const { account, contactStub } = row
  if (row.state === 'erased')
    throw new Fault(
      'CONFLICT',
      'This person was erased on request. Read the registration again first.',
    )
  if (contactStub === null)
    throw new Fault(
      'CONFLICT',
      'This registration has not been read from Cvent yet; try it again first.',
    )
  const party = await imis.party(partyId)
  if (!party) {
    const message = `iMIS has no party ${partyId}`
    throw new Fault('INVALID_REQUEST', message, { errors: [{ field: 'partyId', message }] })
  }
  await inTransaction(db, async (tx) => {
    await assign(tx, {
      account,
      contactStub,
      partyId,
      lastName: row.lastName,
      assignedBy: by.actor,
      assignedAt: now(),
    })
    await touchRegistrations(tx, await registrationIdsOfContact(tx, account, contactStub), now())
    await recordChange({ db: tx, now }, by, {
      account,
      action: 'person assigned',
      target: row.id,
      before: { partyId: row.partyId },
      after: { partyId, contactStub },
    })
  })
  deps.wake(account)
}

/** The parties a registration might belong to, asked of iMIS now, each with the reason; or those an admin searched for. */
export async function findCandidates(
  imis: Imis,
  { account }: LoadedAccount,
  row: RegistrationRow,
  search: string | undefined,
): Promise<z.infer<typeof Candidate>[]> {
  const text = search?.trim() ?? ''
  if (text !== '') {
    if (text.includes('@'))
      return (await imis.partiesByEmail(text)).map((party) =>
        candidate(party, `has the e-mail ${text}`),
      )
    const party = await imis.party(text)
    return party ? [candidate(party, `has the iMIS ID ${text}`)] : []
  }
  const found: z.infer<typeof Candidate>[] = []
  const sourceId = sourceIdOf(row)
  const prefix = account.matching.sourceIdPrefix
  if (sourceId?.startsWith(prefix)) {
    const party = await imis.party(sourceId.slice(prefix.length))
    if (party) found.push(candidate(party, 'is named by the source id of the Cvent contact'))
  }
  if (row.email !== null)
    for (const party of await imis.partiesByEmail(row.email))
      if (!found.some(({ partyId }) => partyId === party.partyId))
        found.push(candidate(party, 'has the same e-mail address'))
  return found
}

function sourceIdOf({ snapshot }: RegistrationRow): string | undefined {
  if (snapshot === null) return undefined
  // Written by the worker: `{ attendee, items }`.
  const { attendee } = JSON.parse(snapshot) as { attendee?: { contact?: { sourceId?: string } } }
  return attendee?.contact?.sourceId
}
