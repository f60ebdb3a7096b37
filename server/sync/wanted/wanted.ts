import { isStanding, standingOf, type Standing } from '../../../db/attendee-status.ts'
import type { LedgerRow } from '../../../db/database.ts'
import type { Account } from '../../../schemas/account.ts'
import type { Event } from '../../../schemas/event.ts'
import type { Attendee, CventEvent, OrderItem, Session } from '../../cvent/cvent.ts'

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

/** What iMIS calls each standing. */
export const STATUS_CODES: Readonly<Record<Standing, string>> = {
  registered: 'A',
  waitlisted: 'W',
  'pending-approval': 'P',
  none: 'C',
}

/** True when Cvent's status is one we know what to do with; with any other, iMIS is left as it is. */
export function isKnownStatus(status: string): boolean {
  return standingOf({ status, registeredAt: undefined }) !== undefined
}

/** True while the attendee holds a place, or waits for one. */
export function isHolding(attendee: Attendee): boolean {
  return isStanding(attendee) && !attendee.isDeletedGuest
}

/** True while the attendee is registered, neither waiting nor pending. */
export function isRegistered(attendee: Attendee): boolean {
  return standingOf(attendee) === 'registered' && !attendee.isDeletedGuest
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

/** The part of a row's product code that stands behind the meeting code it was written with. */
export function itemCodeOf(productCode: string, ledger: LedgerRow[]): string | undefined {
  const meeting = ledger.find(
    ({ kind, productCode: code }) => kind === 'meeting' && productCode.startsWith(`${code}/`),
  )
  const at = meeting ? meeting.productCode.length : productCode.indexOf('/')
  return at < 0 ? undefined : productCode.slice(at + 1) || undefined
}

/** What was last written to a row. */
export function storedProperties({ properties }: LedgerRow): Record<string, string | number> {
  // Written by record.ts from properties of this shape.
  return properties === null ? {} : (JSON.parse(properties) as Record<string, string | number>)
}
