import { standingOf } from '../../../db/attendee-status.ts'
import type { QueryResult } from '../../imis/imis.ts'
import type { AnsweredPhase, NeededDetail } from '../../../schemas/registration.ts'
import { nameOf } from './column-names.ts'

/** Why a query could not answer; each is a mistake in the set-up that the operator must mend. */
export type QueryFault =
  | 'QUERY_SEVERAL_ROWS'
  | 'QUERY_OTHER_PARTY'
  | 'QUERY_NO_SUCH_COLUMN'
  | 'QUERY_NOT_AVAILABLE'
  | 'QUERY_REFUSED'
  | 'QUERY_TOO_SLOW'

/** What the query said of one party; `row` is the party's own row, by display alias. */
export type Listing =
  | { answer: 'listed'; row: Record<string, string> }
  | { answer: 'not-listed' }
  | { answer: 'fault'; fault: QueryFault }

/** The party's own registration, as last read from Cvent. */
export interface OwnRegistration {
  status: string | undefined
  registeredAt: number | undefined
}

/** What decides. Moments in ms; undefined is unknown or not set. */
export interface Facts {
  now: number
  allowAnonymous: boolean
  partyId: string | undefined
  registration: OwnRegistration | undefined
  opensAt: number | undefined
  closesAt: number | undefined
  cventStatus: string | undefined
  capacity: number | undefined
  taken: number
  /** Whether the event keeps a waiting list when it is full; undefined where nobody said. */
  hasWaitingList: boolean | undefined
  /** Undefined: not asked yet. */
  listing: Listing['answer'] | undefined
  /** What Cvent needs and the party's record lacks; known when the party is listed. */
  missing: readonly NeededDetail[]
}

/** A phase of the element, or that the query must be asked first: nothing else stands in the way. */
export type Decision = AnsweredPhase | 'ask-the-query'

const OVER_AT_CVENT = ['Completed', 'Cancelled', 'Deleted', 'Archived']

/**
 * The rules, in the order in which the member should hear them: what everybody may know (not open, closed, full) before
 * anybody is asked to sign in. Pure: every fact is handed in.
 */
export function decide(facts: Facts): Decision {
  const { now, opensAt, closesAt, cventStatus, capacity, taken } = facts
  const isFull = capacity !== undefined && taken >= capacity
  const own = facts.registration && ownPhase(facts.registration)
  if (own) return own
  if (opensAt !== undefined && now < opensAt) return 'not-open'
  if (closesAt !== undefined && now >= closesAt) return 'closed'
  if (cventStatus === 'Pending') return 'not-open'
  if (cventStatus !== undefined && OVER_AT_CVENT.includes(cventStatus)) return 'closed'
  // Cvent says `Closed` of an event whose places are taken too.
  if (isFull && facts.hasWaitingList !== true) return 'full'
  if (cventStatus === 'Closed' && !isFull) return 'closed'
  const free = isFull ? 'full' : 'eligible'
  if (facts.allowAnonymous) return free
  if (facts.partyId === undefined) return isFull ? 'full' : 'signed-out'
  if (facts.listing === undefined) return 'ask-the-query'
  if (facts.listing !== 'listed') return 'not-eligible'
  return facts.missing.length > 0 ? 'details-missing' : free
}

/** Whether somebody in that phase is led on to Cvent: to register, or to its waiting list. */
export function isLedOn(
  phase: Decision,
  facts: Pick<Facts, 'allowAnonymous' | 'partyId' | 'hasWaitingList'>,
): boolean {
  if (phase === 'eligible') return true
  const isSomebody = facts.allowAnonymous || facts.partyId !== undefined
  return phase === 'full' && facts.hasWaitingList === true && isSomebody
}

/** The phase of somebody who holds or waits for a place; undefined for who declined, cancelled or was only invited. */
export function ownPhase(own: OwnRegistration): AnsweredPhase | undefined {
  const standing = standingOf(own)
  return standing === 'none' ? undefined : standing
}

/** The names, as `nameOf` writes them, of a column that holds whose row it is; the second only where none of the first is. */
const ID_COLUMNS = [
  ['id', 'imisid', 'partyid'],
  ['sourceid', 'contactid', 'memberid'],
]

/**
 * Reads what the query answered for `partyId`. iMIS may ignore a prompt and return other people's rows, so a row counts
 * only when it says itself that it is this party's.
 */
export function readListing({ rows, hasMore }: QueryResult, partyId: string): Listing {
  const [row] = rows
  if (!row) return { answer: 'not-listed' }
  const ids =
    ID_COLUMNS.map((names) =>
      Object.entries(row)
        .filter(([name]) => names.includes(nameOf(name)))
        .map(([, value]) => value.trim()),
    ).find((found) => found.length > 0) ?? []
  if (rows.length > 1 || hasMore) return { answer: 'fault', fault: 'QUERY_SEVERAL_ROWS' }
  if (ids.length === 0) return { answer: 'fault', fault: 'QUERY_NO_SUCH_COLUMN' }
  if (ids.some((id) => id !== partyId)) return { answer: 'fault', fault: 'QUERY_OTHER_PARTY' }
  return { answer: 'listed', row }
}

/** What the operator reads of each fault; the member reads the ordinary refusal. */
export const FAULT_SENTENCES: Record<QueryFault, string> = {
  QUERY_SEVERAL_ROWS:
    'the query returned several rows for one party; it must return one row or none: make it distinct and let the first prompt filter by ID',
  QUERY_OTHER_PARTY:
    'the query returned the row of another party; its first prompt must filter by ID with Equal',
  QUERY_NO_SUCH_COLUMN:
    'the query has no column that says whose row it is; display the contact’s ID with the alias ID',
  QUERY_NOT_AVAILABLE:
    'iMIS does not find the query; check its path, and switch on "Available via the REST API" on its Security tab',
  QUERY_REFUSED:
    'iMIS refused to run the query; run it in iMIS as the service account and check its permissions and those of its folder',
  QUERY_TOO_SLOW: 'the query did not answer in time; run it in iMIS and make it faster',
}
