import type { LedgerRow } from '../../db/database.ts'
import type { Account } from '../../schemas/account.ts'
import type { Event } from '../../schemas/event.ts'
import type { Attendee, CventEvent, OrderItem, Session } from '../cvent/cvent.ts'
import {
  fieldsOf,
  fillProperties,
  withdrawProperties,
  type Sources,
  type SourceValue,
} from './activity-fields.ts'
import { linesByProduct, sumOf, type ProductLine } from './order-lines.ts'

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
  /** Every order line of this attendee, refunds included. */
  items: OrderItem[]
  sessions: ReadonlyMap<string, Session>
  /** What the ledger holds for this attendee, for every party. */
  ledger: LedgerRow[]
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

const STATUS_CODES: Record<string, string> = {
  Accepted: 'A',
  Waitlisted: 'W',
  'Pending Approval': 'P',
}
/** In these the person holds no place: rows are withdrawn, none is added. */
const ENDED = new Set(['Cancelled', 'Declined', 'Denied Approval', 'No Response', 'Visited'])
const FUNCTION_TYPES = {
  none: new Set<string>(),
  sessions: new Set(['Session']),
  items: new Set(['Session', 'QuantityItem', 'DonationItem']),
}

/** True when Cvent's status is one we know what to do with; with any other, iMIS is left as it is. */
export function isKnownStatus(status: string): boolean {
  return status in STATUS_CODES || ENDED.has(status)
}

/** The key a row bears in iMIS. */
export function rowKey(attendeeId: string, itemId?: string): string {
  return `cvent:${attendeeId}${itemId === undefined ? '' : `:${itemId}`}`
}

/** The key of a row in the ledger: the row's key with the party, so that each person of a substitution has a row. */
export function ledgerKey(partyId: string, attendeeId: string, itemId?: string): string {
  return `cvent:${partyId}:${attendeeId}${itemId === undefined ? '' : `:${itemId}`}`
}

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
    // Nobody matches any more, but it is the same contact: what stands stays until somebody says who they are.
    if (attendee && partyId === undefined && row.contactStub === attendee.contact.contactStub)
      continue
    wanted.push(withdrawn(facts, row))
  }
  return wanted
}

function ownRows(facts: Facts, attendee: Attendee, partyId: string): WantedActivity[] {
  const lines = linesByProduct(facts.items)
  const whole = facts.isOnPrimary
    ? guestRow(facts, attendee, partyId, lines)
    : meetingRow(facts, attendee, partyId, lines)
  if (facts.isOnPrimary) return [whole]
  const types = FUNCTION_TYPES[facts.event.functions]
  return [
    whole,
    ...lines
      .filter(({ productType }) => types.has(productType))
      .map((line) => functionRow(facts, attendee, partyId, line)),
  ]
}

function meetingRow(
  facts: Facts,
  attendee: Attendee,
  partyId: string,
  lines: ProductLine[],
): WantedActivity {
  const paidFor =
    facts.event.functions === 'none'
      ? lines
      : lines.filter(({ productType }) => productType === 'AdmissionItem')
  return row(facts, attendee, partyId, {
    kind: 'meeting',
    itemId: undefined,
    productCode: facts.event.meetingCode,
    isHeld: true,
    quantity: 1,
    ...sumOf(paidFor),
    sources: {},
  })
}

function guestRow(
  facts: Facts,
  attendee: Attendee,
  partyId: string,
  lines: ProductLine[],
): WantedActivity {
  const { firstName, lastName } = attendee.contact
  return row(facts, attendee, partyId, {
    kind: 'guest',
    itemId: undefined,
    productCode: `${facts.event.meetingCode}/GUEST`,
    isHeld: true,
    quantity: 1,
    ...sumOf(lines),
    sources: {
      itemCode: text('GUEST'),
      itemName: text(`Guest: ${[firstName, lastName].filter(Boolean).join(' ')}`),
      itemType: text('Guest'),
      itemStartsAt: moment(facts.cventEvent?.startsAt),
      itemEndsAt: moment(facts.cventEvent?.endsAt),
    },
  })
}

function functionRow(
  facts: Facts,
  attendee: Attendee,
  partyId: string,
  line: ProductLine,
): WantedActivity {
  const session = facts.sessions.get(line.productId)
  const itemCode = line.code ?? session?.code ?? codeOf(line.name, line.productId)
  return row(facts, attendee, partyId, {
    kind: 'function',
    itemId: line.productId,
    productCode: `${facts.event.meetingCode}/${itemCode}`.slice(0, 31),
    isHeld: line.isHeld && attendee.status === 'Accepted',
    quantity: line.quantity,
    ...sumOf([line]),
    sources: {
      itemCode: text(itemCode),
      itemName: text(line.name),
      itemType: text(line.productType),
      itemStartsAt: moment(session?.startsAt),
      itemEndsAt: moment(session?.endsAt),
    },
  })
}

/** A code for an item that has none at Cvent: its name in capitals without spaces and signs. */
function codeOf(name: string, productId: string) {
  return name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '') || productId.slice(0, 8).toUpperCase()
}

function row(
  facts: Facts,
  attendee: Attendee,
  partyId: string,
  of: {
    kind: WantedActivity['kind']
    itemId: string | undefined
    productCode: string
    isHeld: boolean
    quantity: number
    orderedCents: number
    paidCents: number
    dueCents: number
    sources: Partial<Sources>
  },
): WantedActivity {
  const { activity, event, cventEvent } = facts
  const isStanding = of.isHeld && attendee.status in STATUS_CODES && !attendee.isDeletedGuest
  const hasAttended = activity.attendance && attendee.status === 'Accepted' && attendee.hasCheckedIn
  const standing = STATUS_CODES[attendee.status] ?? 'C'
  const status = isStanding ? (hasAttended && of.kind !== 'function' ? 'T' : standing) : 'C'
  const admissionItem = attendee.admissionItem?.name
  const sources: Sources = {
    none: undefined,
    partyId: text(partyId),
    meetingCode: text(event.meetingCode),
    productCode: text(of.productCode),
    itemCode: undefined,
    eventCode: text(event.eventCode),
    eventTitle: text(cventEvent?.title),
    eventStartsAt: moment(cventEvent?.startsAt),
    eventEndsAt: moment(cventEvent?.endsAt),
    itemName: undefined,
    itemType: undefined,
    itemStartsAt: undefined,
    itemEndsAt: undefined,
    registeredAt: moment(attendee.registeredAt),
    registrationModifiedAt: moment(attendee.registrationModifiedAt),
    cancelledAt: moment(attendee.cancelledAt),
    status: text(status),
    cventStatus: text(attendee.status),
    quantity: { kind: 'count', value: isStanding ? of.quantity : 0 },
    amountPaid: cents(of.paidCents),
    amountOrdered: cents(of.orderedCents),
    amountDue: cents(isStanding ? of.dueCents : 0),
    confirmationNumber: text(attendee.confirmationNumber),
    ledgerKey: text(rowKey(attendee.attendeeId, of.itemId)),
    registrationType: text(attendee.registrationType),
    registrationTypeOrAdmissionItem: text(attendee.registrationType ?? admissionItem),
    registrationPath: text(attendee.registrationPath),
    admissionItem: text(admissionItem),
    referenceId: text(attendee.referenceId),
    sourceSystem: text('CVENT'),
    note: text(noteOf(facts, partyId)),
    ...of.sources,
  }
  const fields = fieldsOf(activity, of.kind === 'meeting' ? 'meeting' : 'function')
  return {
    ledgerKey: ledgerKey(partyId, attendee.attendeeId, of.itemId),
    kind: of.kind,
    partyId,
    attendeeId: attendee.attendeeId,
    itemId: of.itemId,
    contactStub: attendee.contact.contactStub,
    standing: isStanding ? 'current' : 'cancelled',
    type: of.kind === 'meeting' ? activity.type : activity.functionType,
    productCode: of.productCode,
    properties: fillProperties(fields, sources, facts.timeZone),
    mayAdd: isStanding,
  }
}

/**
 * On the new person's rows after a substitution: whose place they took. Said once, when the other's rows still are current;
 * from then on the person's own MEETING row says it.
 */
function noteOf({ activity, attendee, ledger }: Facts, partyId: string): string | undefined {
  const others = ledger.filter(
    (row) => row.partyId !== partyId && row.contactStub !== attendee?.contact.contactStub,
  )
  const superseded = others.find(({ standing }) => standing === 'current')
  if (superseded) return `In place of iMIS ID ${superseded.partyId}`
  const own = ledger.find(
    ({ kind, standing, ...row }) =>
      kind === 'meeting' &&
      row.partyId === partyId &&
      (standing === 'current' || standing === 'cancelled'),
  )
  const [property] =
    Object.entries(fieldsOf(activity, 'meeting')).find(([, source]) => source === 'note') ?? []
  if (own && own.properties !== null && property !== undefined)
    return storedProperties(own)[property]?.toString()
  const before = others.findLast(({ standing }) => standing === 'substituted')
  return before && `In place of iMIS ID ${before.partyId}`
}

/**
 * A row the ledger holds and that is no longer wanted: of an item that is gone, of the person who was substituted, or of
 * the party that turned out not to be the one.
 */
function withdrawn(facts: Facts, row: LedgerRow): WantedActivity {
  const { attendee, partyId } = facts
  const isOther = attendee !== undefined && row.partyId !== partyId
  const isSubstituted =
    isOther && row.contactStub !== null && row.contactStub !== attendee.contact.contactStub
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

/** What was last written to a row. */
export function storedProperties({ properties }: LedgerRow): Record<string, string | number> {
  // Written by record.ts from properties of this shape.
  return properties === null ? {} : (JSON.parse(properties) as Record<string, string | number>)
}

function text(value: string | undefined): SourceValue {
  return value === undefined ? undefined : { kind: 'text', value }
}

function moment(value: number | undefined): SourceValue {
  return value === undefined ? undefined : { kind: 'moment', value }
}

function cents(value: number): SourceValue {
  return { kind: 'cents', value }
}
