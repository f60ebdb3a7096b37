import type { LedgerRow } from '../../db/database.ts'
import type { Account } from '../../schemas/account.ts'
import type { Event } from '../../schemas/event.ts'
import type { Attendee, CventEvent, OrderItem, Session } from '../cvent/cvent.ts'

/** Everything that decides what iMIS should hold for one attendee. */
export interface Facts {
  activity: Account['activity']
  timeZone: string
  event: Event
  /** Cvent's event as last read. */
  cventEvent: CventEvent | undefined
  attendeeId: string
  /** Undefined when Cvent no longer has the attendee. */
  attendee: Attendee | undefined
  /** Whose record the rows stand on; undefined when nobody in iMIS matches. */
  partyId: string | undefined
  /** True for a guest who stands on the primary's record, with one row, for want of a party of their own. */
  isOnPrimary: boolean
  /** Every order line of this attendee, refunds included; undefined when they are not known, which is not "none". */
  items: OrderItem[] | undefined
  sessions: ReadonlyMap<string, Session>
  /** What the ledger holds for this attendee, for every party. */
  ledger: LedgerRow[]
  /** Set when another attendee took this one's place; `partyId` is theirs, once it is known. */
  replacedBy?: { partyId: string | undefined } | undefined
  /** The party whose place this attendee took under another attendee ID. */
  inPlaceOf?: string | undefined
}

/** What a ledger row should say. `standing` other than `current`: the row is kept for the record only. */
export interface WantedActivity {
  ledgerKey: string
  kind: 'meeting' | 'function' | 'guest'
  partyId: string
  attendeeId: string
  itemId: string | undefined
  contactStub: string | undefined
  standing: 'current' | 'cancelled' | 'substituted' | 'moved'
  type: string
  productCode: string
  properties: Record<string, string | number>
  /** False: change the row if there is one, but never add it (a registration first seen as cancelled gets none). */
  mayAdd: boolean
}

/** The statuses in which a person holds a place or waits for one, and what iMIS calls them. */
export const STATUS_CODES: ReadonlyMap<string, string> = new Map([
  ['Accepted', 'A'],
  ['Waitlisted', 'W'],
  ['Pending Approval', 'P'],
])
/** In these the person holds no place: rows are withdrawn, none is added. */
const ENDED = new Set(['Cancelled', 'Declined', 'Denied Approval', 'No Response', 'Visited'])

/** True when Cvent's status is one we know what to do with; with any other, iMIS is left as it is. */
export function isKnownStatus(status: string): boolean {
  return STATUS_CODES.has(status) || ENDED.has(status)
}

/** True while the attendee holds a place, or waits for one. */
export function isHolding({ status, isDeletedGuest }: Attendee): boolean {
  return STATUS_CODES.has(status) && !isDeletedGuest
}

/** Returns true when Cvent says that the whole event was cancelled: nobody holds a place in it any more. */
export function isEventCancelled(event: CventEvent | undefined): boolean {
  return event?.status === 'Cancelled'
}

/** The key a row bears in iMIS. */
export function rowKey(attendeeId: string, itemId?: string): string {
  return `cvent:${attendeeId}${itemId === undefined ? '' : `:${itemId}`}`
}

/** The key of a row in the ledger: the row's key with the party, so that each person of a substitution has a row. */
export function ledgerKey(partyId: string, attendeeId: string, itemId?: string): string {
  return `cvent:${partyId}:${attendeeId}${itemId === undefined ? '' : `:${itemId}`}`
}

/** What was last written to a row. */
export function storedProperties({ properties }: LedgerRow): Record<string, string | number> {
  // Written by record.ts from properties of this shape.
  return properties === null ? {} : (JSON.parse(properties) as Record<string, string | number>)
}
