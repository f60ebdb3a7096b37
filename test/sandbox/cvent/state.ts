import { randomBytes, randomUUID } from 'node:crypto'
import type { Switches } from './switches.ts'
import { defaultSwitches } from './switches.ts'

/** When and by whom something was written; times are ISO 8601 in UTC with milliseconds. */
export interface Audit {
  created: string
  createdBy: string
  lastModified: string
  lastModifiedBy: string
}

export interface Address {
  address1?: string
  address2?: string
  address3?: string
  city?: string
  regionCode?: string
  postalCode?: string
  countryCode?: string
}

/** The contact's own members with their greatest lengths (OpenAPI `contact`; facts on Cvent, fields). */
export const contactTextLengths = {
  firstName: 30,
  lastName: 50,
  middleName: 30,
  nickname: 30,
  email: 80,
  ccEmail: 80,
  gender: 20,
  company: 100,
  designation: 30,
  title: 100,
  primaryAddressType: 4,
  homePhone: 30,
  homeFax: 30,
  workPhone: 30,
  workFax: 30,
  mobilePhone: 30,
  pager: 30,
  prefix: 30,
  sourceId: 50,
  pronouns: 50,
  headline: 2500,
  biography: 2500,
  personalWebsite: 2500,
} as const
export type ContactText = keyof typeof contactTextLengths
export type ContactFields = { [name in ContactText]?: string } & {
  type?: { id: string }
  homeAddress?: Address
  workAddress?: Address
  optOut?: { optedOut: boolean }
}

export interface Contact extends Audit {
  id: string
  fields: ContactFields
  /** Custom field id to its values. */
  answers: Map<string, string[]>
  deleted: boolean
  purged: boolean
  /** Set on the copy that a "contact snapshot" event keeps; the source id may then be on the parent only. */
  parentId?: string
  eventId?: string
}

export interface CustomField {
  id: string
  category: 'Contact' | 'Event' | 'Session'
  name: string
  code: string
  required: boolean
  /** `Choice - …` types take only these texts. */
  choices?: string[]
}

export interface RegistrationPath {
  id: string
  name: string
  code: string
  description: string
}

export interface RegistrationType {
  id: string
  name: string
  code: string
  open: boolean
  capacity: number
  pathId: string
}

/** Something a person can have with a registration and that may cost money. */
export interface Product {
  id: string
  type: 'AdmissionItem' | 'Session' | 'QuantityItem' | 'DonationItem' | 'MembershipItem'
  name: string
  code: string
  price: number
  feeId: string
  generalLedger: { id: string; name: string; code: string }
  /** Registration types that may have it; empty = all. */
  registrationTypes: string[]
}

export interface Session extends Product {
  type: 'Session'
  start: string
  end: string
  status: 'Active' | 'Cancelled' | 'Closed'
  /** Everybody registered has it; Cvent lists only its participants and no-shows as enrolled. */
  included: boolean
  capacity: number
  lastModified: string
}

export interface CventEvent extends Audit {
  id: string
  code: string
  title: string
  description: string
  start: string
  end: string
  /** Null = registration never closes by itself. */
  closeAfter: string | null
  archiveAfter: string
  launchAfter: string
  timezone: string
  venue: { name: string; address: Address & { region?: string; country?: string } }
  status: 'Active' | 'Cancelled' | 'Closed' | 'Completed' | 'Deleted' | 'Pending'
  eventStatus: 'Upcoming' | 'Ongoing' | 'Completed' | 'Cancelled' | 'Deleted' | 'Archived'
  type: 'Conference' | 'Meeting' | 'Seminar'
  testMode: boolean
  /** -1 = unlimited. */
  capacity: number
  currency: string
  planner: { firstName: string; lastName: string; email: string; company: string; title: string }
  customFields: { id: string; name: string; value: string[] }[]
  approvalNeeded: boolean
  waitlist: boolean
  /** Registrations make a copy of the contact (its `parentId` is the original). */
  snapshots: boolean
  /** The contact hook Cvent calls when somebody passes the Identity Confirmation widget. */
  hookId: string | null
  paths: RegistrationPath[]
  registrationTypes: RegistrationType[]
  admissionItems: Product[]
  sessions: Session[]
  quantityItems: Product[]
  donationItems: Product[]
  membershipItems: Product[]
  questions: { id: string; text: string; code: string }[]
  discounts: { id: string; name: string; code: string; percent: number }[]
}

export type AttendeeStatus =
  | 'No Response'
  | 'Accepted'
  | 'Declined'
  | 'Visited'
  | 'Waitlisted'
  | 'Cancelled'
  | 'Pending Approval'
  | 'Denied Approval'

export interface Attendee extends Audit {
  id: string
  eventId: string
  contactId: string
  status: AttendeeStatus
  confirmationNumber: string | null
  registeredAt: string | null
  registrationLastModified: string | null
  registrationCancelledAt: string | null
  attendeeLastModified: string
  pathId: string | null
  registrationTypeId: string | null
  admissionItemId: string | null
  referenceId: string
  note: string
  guest: boolean
  primaryId: string | null
  deletedGuest: boolean
  testRecord: boolean
  /** The planner's mark after the event; `participant` is what REST shows as checked in. */
  attendance: 'participant' | 'no-show' | null
  checkIn: string | null
  invitedBy: string
  responseMethod: string
  answers: { questionId: string; value: string[] }[]
  /** The tail of the personal links. */
  linkToken: string
  /** From this moment the personal links are filled in. */
  linksFrom: number
}

export type OrderType = 'Online Charge' | 'Online Refund' | 'Offline Charge' | 'Offline Refund'

export interface Discount {
  id: string
  name: string
  code: string
  type: 'Percentage'
  value: number
  amount: number
}

export interface Order extends Audit {
  id: string
  eventId: string
  /** Always the primary invitee. */
  attendeeId: string
  number: string
  cancelled: boolean
  type: OrderType
  paymentMethod: string
  referenceNumber: string
  deleted: boolean
}

export interface OrderItem extends Audit {
  id: string
  orderId: string
  eventId: string
  /** Always the primary invitee; a guest's item names the guest in `guestId`. */
  attendeeId: string
  guestId: string | null
  productId: string
  productType: Product['type']
  name: string
  price: number
  quantity: number
  /** Negative on refunds. */
  amountOrdered: number
  amountPaid: number
  active: boolean
  discounts: Discount[]
  deleted: boolean
}

export interface Transaction extends Audit {
  id: string
  eventId: string
  attendeeId: string
  orderIds: string[]
  paymentType: OrderType
  paymentMethod: string
  success: boolean
  date: string
  amount: number
  items: { id: string; orderItemId: string; amount: number }[]
}

export interface Enrollment extends Audit {
  id: string
  sessionId: string
  eventId: string
  attendeeId: string
  status: 'Registered' | 'Waitlisted' | 'Cancelled'
  /** Null until the planner marks it. */
  mark: 'participant' | 'no-show' | null
  checkIn: string | null
  deleted: boolean
}

export interface ContactHook extends Audit {
  id: string
  name: string
  callback: string
  security: {
    type: 'apiKey' | 'basic'
    secret: string
    authHeaderKey?: string
    apiKeyPrefix?: boolean
  }
}

/** A call or an answer that the official contract does not allow. */
export interface Violation {
  direction: 'request' | 'response'
  operation: string
  status: number | null
  problems: string[]
}

export interface Client {
  id: string
  secret: string
  scopes: string[]
}

/** Everything the sandbox remembers. Plain data: tests read it and may change it; nothing is sent by a change. */
export interface CventState {
  accountId: string
  clients: Map<string, Client>
  tokens: Map<string, { clientId: string; scopes: string[]; expiresAt: number }>
  contacts: Map<string, Contact>
  contactTypes: { id: string; name: string; code: string }[]
  customFields: CustomField[]
  events: Map<string, CventEvent>
  attendees: Map<string, Attendee>
  orders: Map<string, Order>
  orderItems: Map<string, OrderItem>
  transactions: Map<string, Transaction>
  enrollments: Map<string, Enrollment>
  hooks: Map<string, ContactHook>
  /** Every post to Reg.aspx as it came, with the contact it led to (null when it was refused). */
  formPosts: { fields: Record<string, string>; contactId: string | null; refused: string | null }[]
  /** Identities on their way from Reg.aspx to the form. */
  handOffs: Map<string, { eventId: string; contactId: string; referenceId: string }>
  /** Calls by UTC day (`2027-02-03`), refused ones included. */
  usage: Map<string, { used: number; throttled: number; quota: number }>
  /** Calls by second of the epoch: what a limit test looks at. */
  perSecond: Map<number, number>
  violations: Violation[]
  /** PEM of the public half; when set, Reg.aspx demands a valid `reg_signature`. */
  formPostPublicKey: string | null
  switches: Switches
}

export function emptyState(): CventState {
  return {
    accountId: randomUUID(),
    clients: new Map(),
    tokens: new Map(),
    contacts: new Map(),
    contactTypes: [],
    customFields: [],
    events: new Map(),
    attendees: new Map(),
    orders: new Map(),
    orderItems: new Map(),
    transactions: new Map(),
    enrollments: new Map(),
    hooks: new Map(),
    formPosts: [],
    handOffs: new Map(),
    usage: new Map(),
    perSecond: new Map(),
    violations: [],
    formPostPublicKey: null,
    switches: { ...defaultSwitches },
  }
}

export const newId = () => randomUUID()

const codeLetters = 'BCDFGHJKLMNPQRSTVWXYZ23456789'

/** A confirmation or order number: 11 letters and digits, as in Cvent's samples. */
export function newNumber(length = 11) {
  return Array.from(
    randomBytes(length),
    (byte) => codeLetters[byte % codeLetters.length] ?? 'X',
  ).join('')
}

export const isoTime = (at: number) => new Date(at).toISOString()

/** Something the sandbox refuses to do, with Cvent's kind of status and a sentence for the page or the log. */
export class Refused extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** The event by id or code; throws `Refused` 404. */
export function eventBy(state: CventState, idOrCode: string): CventEvent {
  const found = state.events.get(idOrCode.toLowerCase()) ?? findByCode(state, idOrCode)
  if (!found) throw new Refused(404, `There is no event ${idOrCode}.`)
  return found
}

function findByCode(state: CventState, code: string) {
  for (const event of state.events.values())
    if (event.code.toLowerCase() === code.toLowerCase()) return event
  return undefined
}

/** The attendee by id (in any case) or confirmation number; throws `Refused` 404. */
export function attendeeBy(state: CventState, idOrNumber: string): Attendee {
  const byId = state.attendees.get(idOrNumber.toLowerCase())
  if (byId) return byId
  for (const attendee of state.attendees.values())
    if (attendee.confirmationNumber === idOrNumber && !attendee.guest) return attendee
  throw new Refused(404, `There is no attendee ${idOrNumber}.`)
}

/** The contact by id; throws `Refused` 404. */
export function contactBy(state: CventState, id: string): Contact {
  const found = state.contacts.get(id.toLowerCase())
  if (!found) throw new Refused(404, `There is no contact ${id}.`)
  return found
}

export function productsOf(event: CventEvent): Product[] {
  return [
    ...event.admissionItems,
    ...event.sessions,
    ...event.quantityItems,
    ...event.donationItems,
    ...event.membershipItems,
  ]
}
