import type { LedgerRow } from '../../db/database.ts'
import { fieldsOf, withdrawProperties } from './activity-fields.ts'
import { ownRows } from './activity-rows.ts'
import {
  isHolding,
  isKnownStatus,
  storedProperties,
  type Facts,
  type WantedActivity,
} from './wanted.ts'

export { isHolding, isKnownStatus, ledgerKey, rowKey, storedProperties } from './wanted.ts'
export type { Facts, WantedActivity } from './wanted.ts'

/**
 * Which activities iMIS should hold for an attendee, every ledger row included. Pure: the same facts give the same rows, in
 * the same order, whatever happened on the way.
 */
export function wantedActivities(facts: Facts): WantedActivity[] {
  const { attendee, partyId } = facts
  const isKnown = attendee === undefined || isKnownStatus(attendee.status)
  if (!isKnown) return []
  const wanted = attendee && partyId !== undefined ? ownRows(facts, attendee, partyId) : []
  const known = new Set(wanted.map((row) => row.ledgerKey))
  for (const row of facts.ledger) {
    if (known.has(row.ledgerKey) || row.standing !== 'current') continue
    if (row.kind === 'imis-registration' || row.state === 'deleted') continue
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
  return wanted
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
    productCode: row.productCode,
    properties: withdrawProperties(storedProperties(row), fieldsOf(facts.activity, kind), {
      status: isSubstituted ? 'S' : 'C',
      note,
    }),
    mayAdd: false,
  }
}
