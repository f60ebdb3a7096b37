import { standingOf } from '../../../db/attendee-status.ts'
import type { Attendee } from '../../cvent/cvent.ts'
import { fieldsOf, fillProperties, type Sources, type SourceValue } from './activity-fields.ts'
import { linesByProduct, sumOf, type ProductLine } from './order-lines.ts'
import {
  isHolding,
  isRegistered,
  itemCodeOf,
  ledgerKey,
  rowKey,
  STATUS_CODES,
  storedProperties,
  type Facts,
  type WantedActivity,
} from './wanted.ts'

const FUNCTION_TYPES = {
  none: new Set<string>(),
  sessions: new Set(['Session']),
  items: new Set(['Session', 'QuantityItem', 'DonationItem']),
}

/** The rows of an attendee on the record they stand on: the MEETING row with its FUNCTION rows, or a guest's one row. */
export function ownRows(facts: Facts, attendee: Attendee, partyId: string): WantedActivity[] {
  const lines = facts.items && linesByProduct(facts.items)
  const whole = facts.isOnPrimary
    ? guestRow(facts, attendee, partyId, lines)
    : meetingRow(facts, attendee, partyId, lines)
  if (facts.isOnPrimary) return [whole]
  const types = FUNCTION_TYPES[facts.event.functions]
  return [
    whole,
    ...(lines ?? [])
      .filter(({ productType }) => types.has(productType))
      .map((line) => functionRow(facts, attendee, partyId, line)),
  ]
}

/** Amounts nobody could read: the row has none, rather than 0 over what was paid. */
const UNKNOWN = { orderedCents: undefined, paidCents: undefined, dueCents: undefined }

function meetingRow(
  facts: Facts,
  attendee: Attendee,
  partyId: string,
  lines: ProductLine[] | undefined,
): WantedActivity {
  const paidFor =
    facts.event.functions === 'none'
      ? lines
      : lines?.filter(({ productType }) => productType === 'AdmissionItem')
  return row(facts, attendee, partyId, {
    kind: 'meeting',
    itemId: undefined,
    productCode: facts.event.meetingCode,
    isHeld: true,
    quantity: 1,
    ...(paidFor ? sumOf(paidFor) : UNKNOWN),
    sources: {},
  })
}

function guestRow(
  facts: Facts,
  attendee: Attendee,
  partyId: string,
  lines: ProductLine[] | undefined,
): WantedActivity {
  const { firstName, lastName } = attendee.contact
  return row(facts, attendee, partyId, {
    kind: 'guest',
    itemId: undefined,
    productCode: `${facts.event.meetingCode}/GUEST`,
    isHeld: true,
    quantity: 1,
    ...(lines ? sumOf(lines) : UNKNOWN),
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
  const itemCode =
    line.code ??
    session?.code ??
    writtenCode(facts, partyId, line.productId) ??
    codeOf(line.name, line.productId)
  return row(facts, attendee, partyId, {
    kind: 'function',
    itemId: line.productId,
    productCode: `${facts.event.meetingCode}/${searchable(itemCode)}`.slice(0, 31).trim(),
    isHeld: line.isHeld && isRegistered(attendee),
    quantity: line.quantity,
    ...sumOf([line]),
    sources: {
      itemCode: text(itemCode),
      // An order keeps the name that a session had when it was ordered.
      itemName: text(session?.name || line.name),
      itemType: text(line.productType),
      itemStartsAt: moment(session?.startsAt),
      itemEndsAt: moment(session?.endsAt),
    },
  })
}

/** The code that the item's row in iMIS has: kept when Cvent's catalogue no longer tells one. */
function writtenCode({ ledger }: Facts, partyId: string, productId: string) {
  const rows = ledger.filter(({ itemId }) => itemId === productId)
  const row = rows.find((one) => one.partyId === partyId) ?? rows[0]
  return row && itemCodeOf(row.productCode, ledger)
}

/** iMIS reads a vertical bar in a search as "or": a row with one could not be found again. */
function searchable(code: string) {
  return code.replaceAll('|', '-')
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
    orderedCents: number | undefined
    paidCents: number | undefined
    dueCents: number | undefined
    sources: Partial<Sources>
  },
): WantedActivity {
  const { activity, event, cventEvent } = facts
  const isStanding = of.isHeld && isHolding(attendee)
  const hasAttended = activity.attendance && isRegistered(attendee) && attendee.hasCheckedIn
  const standing = STATUS_CODES[standingOf(attendee) ?? 'none']
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
    amountDue: cents(of.dueCents === undefined || isStanding ? of.dueCents : 0),
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
function noteOf(
  { activity, attendee, ledger, inPlaceOf }: Facts,
  partyId: string,
): string | undefined {
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
    return storedProperties(own)[property]?.toString() ?? inPlaceNote(inPlaceOf, partyId)
  const before = others.findLast(({ standing }) => standing === 'substituted')
  return inPlaceNote(before?.partyId ?? inPlaceOf, partyId)
}

function inPlaceNote(before: string | undefined, partyId: string) {
  return before === undefined || before === partyId ? undefined : `In place of iMIS ID ${before}`
}

function text(value: string | undefined): SourceValue {
  return value === undefined ? undefined : { kind: 'text', value }
}

function moment(value: number | undefined): SourceValue {
  return value === undefined ? undefined : { kind: 'moment', value }
}

function cents(value: number | undefined): SourceValue {
  return value === undefined ? undefined : { kind: 'cents', value }
}
