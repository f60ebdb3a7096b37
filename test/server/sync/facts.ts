import type { LedgerRow } from '../../../db/database.ts'
import { Account } from '../../../schemas/account.ts'
import { Event } from '../../../schemas/event.ts'
import type { Attendee, CventEvent, OrderItem, Session } from '../../../server/cvent/cvent.ts'
import { rowKey, type Facts, type WantedActivity } from '../../../server/sync/wanted/activities.ts'

/** Facts about one attendee, ready for a test to change what it is about. */
export const ATTENDEE_ID = '11111111-1111-4111-8111-111111111111'

export function event(changes: Partial<Event> = {}): Event {
  return { ...Event.parse({ eventCode: 'WRN3DBTCMX9', meetingCode: 'AC2027' }), ...changes }
}

export function cventEvent(changes: Partial<CventEvent> = {}): CventEvent {
  return {
    eventStub: '22222222-2222-4222-8222-222222222222',
    eventCode: 'WRN3DBTCMX9',
    title: 'Annual Conference 2027',
    status: 'Active',
    startsAt: Date.parse('2027-05-11T13:00:00Z'),
    endsAt: Date.parse('2027-05-13T20:30:00Z'),
    closesAt: undefined,
    timeZone: 'America/New_York',
    place: 'Austin',
    capacity: undefined,
    currency: 'USD',
    isTest: false,
    registrationUrl: undefined,
    summaryUrl: undefined,
    ...changes,
  }
}

export function attendee(changes: Partial<Attendee> = {}): Attendee {
  return {
    attendeeId: ATTENDEE_ID,
    eventStub: '22222222-2222-4222-8222-222222222222',
    contact: contact('ada'),
    status: 'Accepted',
    confirmationNumber: 'VQNB3XNFS5X',
    isGuest: false,
    isDeletedGuest: false,
    primaryId: undefined,
    registeredAt: Date.parse('2027-02-03T18:22:40Z'),
    cancelledAt: undefined,
    modifiedAt: Date.parse('2027-02-03T18:22:40Z'),
    registrationModifiedAt: Date.parse('2027-02-03T18:22:40Z'),
    registrationType: 'Member',
    registrationPath: 'Member Registration',
    admissionItem: { id: 'adm', code: 'FULL', name: 'Full Conference' },
    acceptUrl: undefined,
    referenceId: undefined,
    hasCheckedIn: false,
    isTest: false,
    ...changes,
  }
}

export function contact(name: string): Attendee['contact'] {
  return {
    contactStub: `contact-of-${name}`,
    sourceId: undefined,
    parentId: undefined,
    firstName: name,
    lastName: 'Quill',
    email: `${name}@example.org`,
    isDeleted: false,
    isMissing: false,
  }
}

export function item(changes: Partial<OrderItem> = {}): OrderItem {
  return {
    itemId: 'line-1',
    attendeeId: ATTENDEE_ID,
    productId: 'adm',
    productType: 'AdmissionItem',
    name: 'Full Conference',
    code: 'FULL',
    quantity: 1,
    amountOrderedCents: 49_500,
    amountPaidCents: 49_500,
    amountDueCents: 0,
    isActive: true,
    orderId: undefined,
    orderType: 'Online Charge',
    ...changes,
  }
}

export const workshop = item({
  itemId: 'line-2',
  productId: 'ws',
  productType: 'Session',
  name: 'Workshop on Tides',
  code: 'WS1',
  amountOrderedCents: 15_005,
  amountPaidCents: 10_000,
  amountDueCents: 5005,
})

export const tides: Session = {
  sessionId: 'ws',
  name: 'Workshop on Tides',
  code: 'WS1',
  startsAt: Date.parse('2027-05-12T14:00:00Z'),
  endsAt: Date.parse('2027-05-12T16:00:00Z'),
}

export function facts(changes: Partial<Facts> = {}): Facts {
  return {
    activity: activity(),
    timeZone: 'America/New_York',
    event: event(),
    cventEvent: cventEvent(),
    attendeeId: ATTENDEE_ID,
    attendee: attendee(),
    partyId: '101',
    isOnPrimary: false,
    items: [item()],
    sessions: new Map(),
    ledger: [],
    ...changes,
  }
}

/** An account's activity settings as they come without any word from the admin. */
export function activity(changes: Partial<Account['activity']> = {}): Account['activity'] {
  return { ...Account.shape.activity.parse({}), ...changes }
}

/** The ledger after these wanted activities were written: what a later comparison finds. */
export function writtenLedger(wanted: WantedActivity[], before: LedgerRow[] = []): LedgerRow[] {
  const rows = new Map(before.map((row) => [row.ledgerKey, row]))
  for (const [at, one] of wanted.entries()) {
    const known = rows.get(one.ledgerKey)
    if (!known && !one.mayAdd) continue
    rows.set(one.ledgerKey, {
      id: one.ledgerKey,
      account: 'nasm',
      registrationId: 'r',
      ledgerKey: one.ledgerKey,
      kind: one.kind,
      partyId: one.partyId,
      attendeeId: one.attendeeId,
      itemId: one.itemId ?? null,
      contactStub: one.contactStub ?? null,
      standing: one.standing,
      activityType: one.type,
      productCode: one.productCode,
      state: 'written',
      seqn: known?.seqn ?? rowKey(one.partyId, String(at)),
      properties: JSON.stringify(one.properties),
      hash: null,
      intendedHash: null,
      intendedAt: 1,
      triedSince: null,
      writtenAt: (known?.writtenAt ?? 0) + 1,
      missingAt: null,
    })
  }
  return [...rows.values()]
}
