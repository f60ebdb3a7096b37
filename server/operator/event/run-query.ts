import type { z } from 'zod'
import type { QueryRun } from '../../../schemas/admin-events.ts'
import type { LoadedAccount } from '../../accounts.ts'
import { Fault } from '../../errors.ts'
import type { Imis, QueryResult } from '../../imis/imis.ts'
import { lacksNames } from '../../member/contact/wanted-contact.ts'
import { withoutDenied } from '../../member/contact/contact-fields.ts'
import { FAULT_SENTENCES, readListing } from '../../member/eligibility/eligibility.ts'
import type { AccountLog } from '../../account-log.ts'
import type { ChangedBy } from '../access/audit.ts'
import { previewContact } from './contact-preview.ts'

/** How many rows are read to show that a query returns too many. */
const ROWS_SHOWN = 5

/**
 * Runs a registrants query for one party, as the member's path would, and says what came of it.
 *
 * @throws Fault `NOT_FOUND` when iMIS has no such query or does not open it to REST; `VENDOR_UNAVAILABLE`, `VENDOR_REFUSED`
 */
export async function runQueryFor(
  imis: Imis,
  loaded: LoadedAccount,
  path: string,
  partyId: string,
): Promise<z.infer<typeof QueryRun>> {
  const result = await imis.runQuery(path, [partyId], { limit: ROWS_SHOWN }).catch((error) => {
    if (error instanceof Fault && error.code === 'NOT_FOUND')
      throw new Fault('NOT_FOUND', FAULT_SENTENCES.QUERY_NOT_AVAILABLE, { cause: error })
    throw error
  })
  return readQueryResult(imis, loaded, result, partyId)
}

/** Leaves a line in the account log: who looked at which member by which query, and what came of it. */
export function noteQueryRun(
  accountLog: AccountLog,
  by: ChangedBy,
  account: string,
  run: { path: string | null; partyId: string; verdict: string; eventCode?: string },
): void {
  accountLog.add({
    account,
    code: 'query-run',
    text: `${by.actor} checked iMIS ID ${run.partyId} with ${run.path ?? 'no query'}: ${run.verdict}`,
    trace: by.requestId,
    partyId: run.partyId,
    eventCode: run.eventCode,
  })
}

async function readQueryResult(
  imis: Imis,
  loaded: LoadedAccount,
  result: QueryResult,
  partyId: string,
): Promise<z.infer<typeof QueryRun>> {
  const { hasMore } = result
  // What is never sent to Cvent is not shown here either.
  const rows = result.rows.map(withoutDenied)
  const listing = readListing(result, partyId)
  switch (listing.answer) {
    case 'not-listed': {
      const text = 'No row: this member may not register.'
      return { verdict: 'refused', text, rows, hasMore, contact: null }
    }
    case 'fault': {
      const text = FAULT_SENTENCES[listing.fault]
      return { verdict: 'misconfigured', text, rows, hasMore, contact: null }
    }
    case 'listed': {
      const party = lacksNames(listing.row) ? await imis.party(partyId) : undefined
      return {
        verdict: 'allowed',
        text: 'One row, and it is this member’s: they may register.',
        rows,
        hasMore,
        contact: previewContact(loaded, partyId, listing.row, party),
      }
    }
  }
}
