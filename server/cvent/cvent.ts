import type { CallPriority } from '../vendor-calls/call-gate.ts'

/**
 * What the three paths may ask of an association's Cvent, in our shapes: ids lower case, absence undefined, moments in
 * ms since 1970, money in cents. `connectCvent` in `client.ts` makes one. Every function may throw a Fault:
 * `VENDOR_UNAVAILABLE` (no answer in time, throttled, the day's quota gone with `quotaGone` and `retryAt`, 5xx, an
 * unreadable body) or `VENDOR_REFUSED`. There is no idempotency key at Cvent: a write without an answer `mayHaveHappened`.
 */
export interface Cvent {
  event(eventStub: string, options?: CallOptions): Promise<CventEvent | undefined>
  eventByCode(eventCode: string, options?: CallOptions): Promise<CventEvent | undefined>
  /** For the picker: events whose title contains or whose code is `search`; pending and past ones only when asked. */
  searchEvents(
    search: string,
    options?: CallOptions & { includeInactive?: boolean },
  ): Promise<CventEvent[]>
  /**
   * The attendees of those ids that still exist; unknown and purged ones are missing, those that cannot be read are set
   * aside. One call per 100 ids, and one
   * for 100 contacts among them without a source id: where the event keeps copies of its contacts, a copy has its parent's.
   */
  attendees(attendeeIds: string[], options?: CallOptions): Promise<Listed<Attendee>>
  /** The attendees of an event changed since that moment (all when undefined), page by page, guests that were deleted included; `from`: the place where an earlier list was interrupted. */
  attendeesOfEvent(
    eventStub: string,
    changedSince: number | undefined,
    options?: CallOptions,
    from?: ListPlace,
  ): AsyncIterable<ListPage<Attendee>>
  attendeeOfContact(
    eventStub: string,
    contactStub: string,
    options?: CallOptions,
  ): Promise<Attendee | undefined>
  /** Whether the contact, or a copy of it that an event keeps, is an attendee of any event. */
  hasAttendee(
    contact: { contactStub: string; email: string | undefined },
    options?: CallOptions,
  ): Promise<boolean>
  /** Order items of these primary attendees (a guest's items stand under the primary), deleted ones left out. */
  orderItems(
    eventStub: string,
    attendeeIds: string[] | 'all',
    options?: CallOptions,
  ): Promise<Listed<OrderItem>>
  /**
   * The order items of an event changed since that moment, without the codes of their products: payments, and lines that
   * were added or taken back.
   */
  changedOrderItems(
    eventStub: string,
    changedSince: number,
    options?: CallOptions,
  ): Promise<Listed<OrderItem>>
  /** The event's sessions by id, for their times. */
  sessions(eventStub: string, options?: CallOptions): Promise<Listed<Session>>
  /** The event's sessions changed since that moment; none, and no call, where the token does not list the scope. */
  changedSessions(
    eventStub: string,
    changedSince: number,
    options?: CallOptions,
  ): Promise<Listed<Session>>
  contact(contactStub: string, options?: CallOptions): Promise<Contact | undefined>
  contactBySourceId(sourceId: string, options?: CallOptions): Promise<Contact | undefined>
  contactsByEmail(email: string, options?: CallOptions): Promise<Contact[]>
  /** @throws Fault `CONFLICT` when Cvent says that the e-mail or source id is known already */
  createContact(fields: ContactFields, options?: CallOptions): Promise<{ contactStub: string }>
  /**
   * Sets only what is given and not empty (PATCH). Whether Cvent keeps the other members of an address is not documented:
   * give an address whole when any part of it changes.
   *
   * @throws Fault `CONFLICT` as `createContact`
   */
  patchContact(contactStub: string, fields: ContactFields, options?: CallOptions): Promise<void>
  setCustomField(
    contactStub: string,
    customFieldId: string,
    values: string[],
    options?: CallOptions,
  ): Promise<void>
  contactTypes(
    options?: CallOptions,
  ): Promise<{ id: string; code: string | undefined; name: string }[]>
  contactCustomFields(
    options?: CallOptions,
  ): Promise<{ id: string; code: string | undefined; name: string }[]>
  /** Invites the contact, status "No Response"; needs the scope attendees:write. @throws Fault `CONFLICT` when it is invited already */
  invite(
    eventStub: string,
    contactStub: string,
    options?: CallOptions,
  ): Promise<{ attendeeId: string }>
  attendee(attendeeId: string, options?: CallOptions): Promise<Attendee | undefined>
  /** What the account may do: tier, its limits, and what of today is used; undefined where Cvent does not tell. */
  usage(options?: CallOptions): Promise<Usage>
  /** Which of the scopes we need are granted, as the token says; else each is tried with the cheapest call. For the doctor. */
  scopes(options?: CallOptions): Promise<{ scope: string; granted: boolean; detail: string }[]>
  close(): Promise<void>
}

/**
 * A list as it was read. Elements are read one by one: what cannot be read is in `setAside` and costs no other element.
 */
export interface Listed<Item> {
  items: Item[]
  setAside: SetAside[]
}

/** Where a list goes on: the token of a page, and how many elements came before it. */
export interface ListPlace {
  token: string | undefined
  received: number
}

/** A page of a list; `next` is undefined on the last one. */
export interface ListPage<Item> extends Listed<Item> {
  next: ListPlace | undefined
}

/**
 * An element of a list that cannot be read. `id` is its own where it has one, `attendeeId` the attendee whose it is: of an
 * attendee itself, or of an order item's owner. `reason` names the member and what is wrong, never a value.
 */
export interface SetAside {
  id: string | undefined
  attendeeId: string | undefined
  reason: string
}

/**
 * `deadlineMs`: the whole call (of a list, each page), default the client's. `priority`: for whom, as in `CallGate`. `since`:
 * when the work began that the call belongs to, so that it is finished before work that began later.
 */
export interface CallOptions {
  deadlineMs?: number
  signal?: AbortSignal
  priority?: CallPriority
  since?: number
}

/** Text fields of a contact by Cvent's REST name; addresses as `homeAddress.city`; `type` is the contact type's id. */
export type ContactFields = Record<string, string>

/** `isPurged`: its data was erased at Cvent for good; such a contact counts as deleted, too. */
export interface Contact {
  contactStub: string
  sourceId: string | undefined
  email: string | undefined
  parentId: string | undefined
  isDeleted: boolean
  isPurged: boolean
  fields: ContactFields
  customFields: Record<string, string[]>
}

/** Times are ms since 1970; `timeZone` an IANA name; `capacity` undefined when unlimited or unknown. */
export interface CventEvent {
  eventStub: string
  eventCode: string | undefined
  title: string
  status: string
  startsAt: number | undefined
  endsAt: number | undefined
  closesAt: number | undefined
  timeZone: string | undefined
  place: string | undefined
  capacity: number | undefined
  currency: string | undefined
  isTest: boolean
  registrationUrl: string | undefined
  summaryUrl: string | undefined
}

/** The statuses Cvent documents; any other text is kept as it came. */
export type AttendeeStatus =
  | 'No Response'
  | 'Accepted'
  | 'Declined'
  | 'Visited'
  | 'Waitlisted'
  | 'Cancelled'
  | 'Pending Approval'
  | 'Denied Approval'
  | (string & {})

/**
 * When Cvent shows no contact (purged, or left out: `isMissing`), `contactStub` is the attendee's own id, so that no two
 * share it. A missing contact says nothing about who the attendee is now.
 */
export interface Attendee {
  attendeeId: string
  eventStub: string
  contact: {
    contactStub: string
    sourceId: string | undefined
    parentId: string | undefined
    firstName: string | undefined
    lastName: string | undefined
    email: string | undefined
    isDeleted: boolean
    isMissing: boolean
  }
  status: AttendeeStatus
  confirmationNumber: string | undefined
  isGuest: boolean
  isDeletedGuest: boolean
  primaryId: string | undefined
  registeredAt: number | undefined
  cancelledAt: number | undefined
  /** The latest of registration, attendee and record last modified: it moves whenever anything Cvent says of them does. */
  modifiedAt: number | undefined
  registrationModifiedAt: number | undefined
  registrationType: string | undefined
  registrationPath: string | undefined
  admissionItem: { id: string; code: string | undefined; name: string } | undefined
  acceptUrl: string | undefined
  referenceId: string | undefined
  hasCheckedIn: boolean
  isTest: boolean
}

/**
 * One line of an order. `attendeeId` is whose it is (the guest's id for a guest's item). Refunds are negative. `code` is
 * known for sessions, quantity and donation items, when their scopes are granted; an admission item's is on the attendee.
 */
export interface OrderItem {
  itemId: string
  attendeeId: string
  productId: string
  productType: string
  name: string
  code: string | undefined
  quantity: number
  amountOrderedCents: number
  amountPaidCents: number
  amountDueCents: number
  /** False for a line that was taken back, and for every line of an order that was cancelled. */
  isActive: boolean
  orderId: string | undefined
  orderType: string | undefined
}

export interface Session {
  sessionId: string
  name: string
  code: string | undefined
  startsAt: number | undefined
  endsAt: number | undefined
}

export interface Usage {
  tier: string | undefined
  perDay: number | undefined
  perSecond: number | undefined
  usedToday: number | undefined
}
