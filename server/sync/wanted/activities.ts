import type { LedgerRow } from '../../../db/database.ts'
import { fieldsOf, recodeProperties, withdrawProperties } from './activity-fields.ts'
import { ownRows } from './activity-rows.ts'
import {
  isEventCancelled,
  isHolding,
  isKnownStatus,
  itemCodeOf,
  storedProperties,
  type Facts,
  type WantedActivity,
} from './wanted.ts'

export {
  isEventCancelled,
  isHolding,
  isKnownStatus,
  isRegistered,
  ledgerKey,
  rowKey,
  storedProperties,
} from './wanted.ts'
export type { Facts, WantedActivity } from './wanted.ts'

/**
 * Which activities iMIS should hold for an attendee, every ledger row included. Pure: the same facts give the same rows, in
 * the same order, whatever happened on the way.
 */
export function wantedActivities(given: Facts): WantedActivity[] {
  const facts = { ...given, attendee: ofEvent(given) }
  const { attendee, partyId } = facts
  const isKnown = attendee === undefined || isKnownStatus(attendee.status)
  if (!isKnown) return []
  const wanted = attendee && partyId !== undefined ? ownRows(facts, attendee, partyId) : []
  const known = new Set(wanted.map((row) => row.ledgerKey))
  for (const row of facts.ledger) {
    if (known.has(row.ledgerKey)) continue
    if (row.kind === 'imis-registration' || row.state === 'deleted') continue
    if (row.standing !== 'current' && !isOfReplaced(facts, row)) {
      if (productCodeOf(facts, row) !== row.productCode) wanted.push(recoded(facts, row))
      continue
    }
    if (isUnknownItem(facts, row)) continue
    // Nobody matches any more, but it is the same contact: what stands stays until somebody says who they are. A
    // cancellation needs no name.
    if (
      attendee &&
      partyId === undefined &&
      row.contactStub === attendee.contact.contactStub &&
      isHolding(attendee)
    )
      continue
    wanted.push(withdrawn(facts, row))
  }
  return wanted.map((row) => (isOfReplaced(facts, row) ? substituted(facts, row) : row))
}

/** The attendee as the event lets it stand: in an event that was cancelled nobody holds a place. */
function ofEvent({ attendee, cventEvent }: Facts) {
  if (!attendee || !isEventCancelled(cventEvent) || !isHolding(attendee)) return attendee
  return { ...attendee, status: 'Cancelled' }
}

/** A row for an item, while Cvent does not let us read the items: whether it still stands is unknown. */
function isUnknownItem({ attendee, partyId, items }: Facts, row: LedgerRow) {
  return (
    items === undefined &&
    attendee !== undefined &&
    isHolding(attendee) &&
    row.kind === 'function' &&
    row.partyId === partyId
  )
}

/** Cvent's clock and ours may differ by as much. */
const SKEW_MS = 5 * 60_000

/**
 * A row that ended because somebody else took the place under another attendee ID. An item that was given back earlier is
 * cancelled, not substituted.
 */
function isOfReplaced(
  { attendee, partyId, replacedBy, ledger }: Facts,
  row: Pick<WantedActivity, 'ledgerKey' | 'partyId'> & {
    standing: string
    contactStub?: string | null | undefined
  },
) {
  if (!replacedBy || (attendee && isHolding(attendee))) return false
  const known = ledger.find(({ ledgerKey }) => ledgerKey === row.ledgerKey)
  if (!known || known.state === 'deleted') return false
  // Of a person who was substituted under this attendee's own ID it says so already.
  if (row.standing === 'substituted')
    return attendee ? row.contactStub === attendee.contact.contactStub : row.partyId === partyId
  if (row.standing !== 'cancelled') return false
  if (known.kind === 'meeting' || known.standing !== 'cancelled') return true
  return (known.writtenAt ?? 0) >= (attendee?.cancelledAt ?? 0) - SKEW_MS
}

function substituted(facts: Facts, row: WantedActivity): WantedActivity {
  const { partyId } = facts.replacedBy ?? {}
  const kind = row.kind === 'meeting' ? 'meeting' : 'function'
  return {
    ...row,
    standing: 'substituted',
    properties: withdrawProperties(row.properties, fieldsOf(facts.activity, kind), {
      status: 'S',
      note: partyId === undefined ? undefined : `Substituted by iMIS ID ${partyId}`,
    }),
    mayAdd: false,
  }
}

/**
 * A row the ledger holds and that is no longer wanted: of an item that is gone, of the person who was substituted, or of
 * the party that turned out not to be the one.
 */
function withdrawn(facts: Facts, row: LedgerRow): WantedActivity {
  const { attendee, partyId } = facts
  const isSubstituted =
    attendee !== undefined &&
    row.partyId !== partyId &&
    row.contactStub !== null &&
    row.contactStub !== attendee.contact.contactStub
  const isOther = attendee !== undefined && partyId !== undefined && row.partyId !== partyId
  const standing = isSubstituted ? 'substituted' : isOther ? 'moved' : 'cancelled'
  const kind = row.kind === 'meeting' ? 'meeting' : 'function'
  const note =
    standing === 'cancelled' || partyId === undefined
      ? undefined
      : `${isSubstituted ? 'Substituted by' : 'Moved to'} iMIS ID ${partyId}`
  return {
    ledgerKey: row.ledgerKey,
    // The column holds one of these; `imis-registration` rows never come here.
    kind: row.kind as WantedActivity['kind'],
    partyId: row.partyId,
    attendeeId: row.attendeeId,
    itemId: row.itemId ?? undefined,
    contactStub: row.contactStub ?? undefined,
    standing,
    type: row.activityType,
    ...codesOf(
      facts,
      row,
      withdrawProperties(storedProperties(row), fieldsOf(facts.activity, kind), {
        status: isSubstituted ? 'S' : 'C',
        note,
      }),
    ),
    mayAdd: false,
  }
}

/** A row that was withdrawn before: it stays as it is, under the meeting's present code. */
function recoded(facts: Facts, row: LedgerRow): WantedActivity {
  return {
    ledgerKey: row.ledgerKey,
    // As above.
    kind: row.kind as WantedActivity['kind'],
    partyId: row.partyId,
    attendeeId: row.attendeeId,
    itemId: row.itemId ?? undefined,
    contactStub: row.contactStub ?? undefined,
    // Only these are withdrawn.
    standing: row.standing as WantedActivity['standing'],
    type: row.activityType,
    ...codesOf(facts, row, storedProperties(row)),
    mayAdd: false,
  }
}

/** The product code of a row under the meeting's present code, and the properties with it. */
function codesOf(facts: Facts, row: LedgerRow, properties: WantedActivity['properties']) {
  const { meetingCode } = facts.event
  const productCode = productCodeOf(facts, row)
  const fields = fieldsOf(facts.activity, row.kind === 'meeting' ? 'meeting' : 'function')
  return {
    productCode,
    properties:
      productCode === row.productCode
        ? properties
        : recodeProperties(properties, fields, { productCode, meetingCode }),
  }
}

function productCodeOf({ event, ledger }: Facts, { kind, productCode }: LedgerRow) {
  if (kind === 'meeting') return event.meetingCode
  const itemCode = itemCodeOf(productCode, ledger)
  return itemCode === undefined
    ? productCode
    : `${event.meetingCode}/${itemCode}`.slice(0, 31).trim()
}
