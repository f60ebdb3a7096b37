import type { Generated, Insertable, Kysely, Selectable, Transaction, Updateable } from 'kysely'

/**
 * Every table, one interface each. Moments (`…At`) are ms since 1970 UTC, ids of our own are UUIDs of version 7 (in order
 * of time), flags are 0 or 1, JSON is text. `account` is the account's key. Table names are one lower-case word.
 */
export interface Database {
  account: AccountTable
  event: EventTable
  unknownevent: UnknownEventTable
  message: MessageTable
  messagepart: MessagePartTable
  registration: RegistrationTable
  assignment: AssignmentTable
  ledger: LedgerTable
  lease: LeaseTable
  callquota: CallQuotaTable
  circuitbreaker: CircuitBreakerTable
  partycontact: PartyContactTable
  handoffplace: HandOffPlaceTable
  eventread: EventReadTable
  usedtoken: UsedTokenTable
  failure: FailureTable
  lastseen: LastSeenTable
  log: LogTable
  audit: AuditTable
  apikey: ApiKeyTable
  staff: StaffTable
  run: RunTable
  setaside: SetAsideTable
  removedaccount: RemovedAccountTable
}

/** A database or a transaction of it: what every function of `db/` takes first. */
export type Db = Kysely<Database> | Transaction<Database>

/** `document`: the account without its secrets. `secrets`: path to JWE, encrypted by the server (db/ never sees them clear). */
export interface AccountTable {
  account: string
  document: string
  secrets: string
  version: number
  /** Since when the account's iMIS is this one; tokens and sessions from before are another iMIS's. Null: since ever. */
  imisSince: Generated<number | null>
  createdAt: number
  updatedAt: number
}

/**
 * Data of another iMIS (`what` `imis`) or Cvent account (`cvent`), from before an account was pointed elsewhere. Its rows
 * keep their tables, with `~` and this `id` in the place of the account's key, so that nothing that asks for the account
 * finds them.
 */
export interface SetAsideTable {
  id: string
  account: string
  what: string
  address: string
  actor: string
  at: number
}

/** An account that was removed. Its data is erased after `eraseAt`; until then it may be saved again under the same key. */
export interface RemovedAccountTable {
  account: string
  name: string
  removedBy: string
  removedAt: number
  eraseAt: number
  erasedAt: number | null
}

/** `document`: the admin's event. `snapshot`: Cvent's event as last read, JSON; `eventStub` is known once it was read. */
export interface EventTable {
  account: string
  eventCode: string
  meetingCode: string
  enabled: number
  document: string
  version: number
  eventStub: string | null
  snapshot: string | null
  snapshotAt: number | null
  /** Attendees changed at Cvent before this moment have been touched; null until the first reconcile (backfill). */
  reconciledTo: number | null
  /** Place where an interrupted reconcile goes on, JSON; null when none was interrupted. */
  reconcileCursor: string | null
  /** From when on a list is read once more that held elements without an id which could not be read, JSON; null when none did. */
  reconcileUnread: string | null
  reconcileDueAt: number
  reconciledAt: number | null
  reconcileAttempt: Generated<number>
  reconcileReason: string | null
  /** When iMIS's rows of the event were last compared with the ledger; null asks for it at the next reconcile. */
  orphansCheckedAt: number | null
  /** A message named this event itself: read it again in the next job. */
  isTouched: Generated<number>
  /** The settings that decide what stands in iMIS, as they were when the event's registrations were last touched for them. */
  settingsHash: Generated<string | null>
  /** The event's registrations are to be touched because those settings changed; `rewriteAfter`: the last one that was. */
  rewriteDueAt: Generated<number | null>
  rewriteAfter: Generated<string | null>
  lastMessageAt: number | null
  createdAt: number
  updatedAt: number
}

/** A Cvent event that sends messages and that nobody configured. `title` is what a message said of it, if any. */
export interface UnknownEventTable {
  account: string
  eventStub: string
  eventCode: string | null
  title: string | null
  messageCount: number
  firstSeenAt: number
  lastSeenAt: number
  isIgnored: Generated<number>
}

/**
 * One webhook POST as it came. `dedupeKey`: SHA-256 over stub and body, so the same delivery is one row. `encoding`: how
 * `body` is stored, `identity` or `gzip`, over `contentEncoding`, the coding it came in; a large one is empty here and stands in so many `parts`. `state`: `waiting` → `unpacked`, or `dead` with a reason; `erased`: emptied, because it named a person who was erased; `skipped`: items set aside.
 */
export interface MessageTable {
  id: string
  account: string
  dedupeKey: string
  messageStub: string | null
  path: string
  contentType: string | null
  contentEncoding: string | null
  encoding: string
  body: Buffer
  parts: Generated<number>
  bytes: number
  requestId: string
  receivedAt: number
  state: string
  attempt: Generated<number>
  dueAt: number
  reason: string | null
  eventType: string | null
  messageTime: string | null
  itemCount: number | null
  skippedCount: number | null
  unpackedAt: number | null
  dismissedAt: number | null
}

/** A piece of a message's body that is too large for one statement, counted from 0. It is there before the message is. */
export interface MessagePartTable {
  messageId: string
  part: number
  body: Buffer
}

/**
 * One attendee at Cvent and how far iMIS has followed. Dirty while `wantedVersion > syncedVersion`. `state`: `waiting`
 * (dirty, due at `dueAt`), `synced`, `dead` (refused; waits for a person), `unmatched` (nobody in iMIS), `unconfigured`
 * (its event is not ours), `left-out` (a test registration), `erased` (a person was erased: only ids are left, and only a person makes it due again). `snapshot`: attendee and items as last read, JSON.
 */
export interface RegistrationTable {
  id: string
  account: string
  attendeeId: string
  eventStub: string | null
  eventCode: string | null
  contactStub: string | null
  primaryId: string | null
  partyId: string | null
  matchedBy: string | null
  status: string | null
  confirmationNumber: string | null
  firstName: string | null
  lastName: string | null
  email: string | null
  /** Lower-case name, e-mail, confirmation number and party id, for the search field. */
  searchText: string | null
  isGuest: Generated<number>
  isTest: Generated<number>
  /** 1: `eventStub` is what Cvent's own read said; 0: only a message said so, which is a hint. */
  isEventRead: Generated<number>
  /** The attendee who took this one's place under an ID of their own, and when a message said so. */
  replacedBy: string | null
  replacedAt: number | null
  snapshot: string | null
  candidates: string | null
  wantedVersion: number
  syncedVersion: number
  state: string
  attempt: Generated<number>
  dueAt: number
  reason: string | null
  registeredAt: number | null
  modifiedAt: number | null
  readAt: number | null
  syncedAt: number | null
  createdAt: number
  updatedAt: number
}

/** An admin said who a Cvent contact is; it holds for every registration of that contact. */
export interface AssignmentTable {
  account: string
  contactStub: string
  partyId: string
  lastName: string | null
  assignedBy: string
  assignedAt: number
}

/**
 * One activity we wrote or are about to write, by `ledgerKey` = `cvent:<party>:<attendee>[:<item>]`, unique per account.
 * `state`: `intended` (maybe written), `written`, `removing` (maybe deleted), `deleted` (by us), `missing` (staff deleted it; reported). `kind`: `meeting`,
 * `function`, `guest`, `imis-registration`. `properties`: what we last wrote, JSON; `hash` of it tells whether a write is due.
 */
export interface LedgerTable {
  id: string
  account: string
  registrationId: string
  ledgerKey: string
  kind: string
  partyId: string
  attendeeId: string
  itemId: string | null
  /** Whose registration it was when it was written: another contact under the same attendee is a substitution. */
  contactStub: string | null
  /** The standing that the row shows now: `current`, `cancelled`, `substituted` or `moved` (to another party of the same contact). */
  standing: string
  activityType: string
  productCode: string
  state: string
  seqn: string | null
  properties: string | null
  hash: string | null
  intendedHash: string | null
  intendedAt: number
  /** When the write that has had no clear answer yet was first sent; null when none is open. */
  triedSince: Generated<number | null>
  writtenAt: number | null
  missingAt: number | null
}

/** The worker that may work on an account: `fence` rises with each new owner, and every settle checks it. */
export interface LeaseTable {
  name: string
  owner: string
  fence: number
  leaseUntil: number
}

/** Calls made to a vendor, shared by all instances: per `day` (UTC, `2027-02-03`) and, in the bucket, per second. */
export interface CallQuotaTable {
  account: string
  vendor: string
  day: string
  used: number
  refused: number
  /** Tokens in hand times 1000, and when they were counted: the shared per-second bucket, changed by compare-and-set. */
  bucketMilli: number
  bucketAt: number
  perSecond: number | null
  perDay: number | null
  /** Set when the vendor said that the day is used up. */
  goneUntil: number | null
  /** Until when the members' line for this vendor is taken; null before anybody stood in it. */
  lineAt: number | null
}

/**
 * A party's contact at Cvent: with what (a digest) and when it was last brought up to date, the calls of `day` (UTC) made for
 * that party, and, while `dueAt` is set, that the worker is to bring it up to date as the query of `eventCode` has it.
 */
export interface PartyContactTable {
  account: string
  partyId: string
  eventCode: string | null
  digest: string | null
  contactStub: string | null
  broughtAt: number | null
  day: string
  calls: number
  dueAt: number | null
  attempt: number
}

/** A member's place in the line for a personal link: since when they wait, and when it is their turn. */
export interface HandOffPlaceTable {
  account: string
  partyId: string
  eventCode: string
  since: number
  turnAt: number
}

/** The next time an event may be read for visitors, shared by all instances. `attempt` counts failures in a row; negative: it is being read. */
export interface EventReadTable {
  account: string
  eventCode: string
  attempt: number
  retryAt: number
}

/** A vendor that keeps failing is left alone until `openUntil`; shared by all instances. */
export interface CircuitBreakerTable {
  account: string
  vendor: string
  failures: number
  openUntil: number
  reason: string | null
  updatedAt: number
}

/** A one-time value that was used (its SHA-256): the unique key makes the second use fail. */
export interface UsedTokenTable {
  digest: string
  usedAt: number
  forgetAt: number
}

/** Failed attempts from an address or a network (a digest of it) within a minute. */
export interface FailureTable {
  digest: string
  times: number
  countedUntil: number
}

/** First and last time something was seen, for the set-up checklist: `webhook-get`, `webhook-post`, `webhook-refused`, `sign-on` … */
export interface LastSeenTable {
  account: string
  what: string
  firstAt: number
  lastAt: number
  times: number
}

/**
 * The account log: what was received, read, decided and written, redacted. `kind`: webhook, eligibility, hand-off, sign-on, imis,
 * cvent, admin, system. `level`: info, warning, failure. `trace`: the request's or the job's id. `detail`: JSON.
 */
export interface LogTable {
  id: string
  account: string
  at: number
  kind: string
  level: string
  code: string
  text: string
  trace: string
  eventCode: string | null
  partyId: string | null
  registrationId: string | null
  messageId: string | null
  durationMs: number | null
  detail: string | null
  dismissedAt: number | null
}

/** Every change an admin made: who, what, before and after (secrets as `changed`). */
export interface AuditTable {
  id: string
  account: string
  at: number
  actor: string
  action: string
  target: string
  before: string | null
  after: string | null
  requestId: string
}

/** `account` `*` for all accounts. `hash`: SHA-256 of the key; the key itself was shown once. */
export interface ApiKeyTable {
  id: string
  account: string
  name: string
  hash: string
  role: string
  createdBy: string
  createdAt: number
  expiresAt: number | null
  revokedAt: number | null
  lastUsedAt: number | null
}

/** iMIS staff who may use the dashboard, by party id. */
export interface StaffTable {
  account: string
  partyId: string
  name: string
  role: string
  createdAt: number
}

/** Long work an admin started, with its plan and progress: `replay`, `reconcile` … `state`: planned, running, done, cancelled, failed. */
export interface RunTable {
  id: string
  account: string
  kind: string
  target: string | null
  state: string
  plan: string | null
  result: string | null
  done: number
  total: number
  startedBy: string
  createdAt: number
  updatedAt: number
}

export type AccountRow = Selectable<AccountTable>
export type EventRow = Selectable<EventTable>
export type MessageRow = Selectable<MessageTable>
export type NewMessage = Insertable<MessageTable>
export type RegistrationRow = Selectable<RegistrationTable>
export type RegistrationUpdate = Updateable<RegistrationTable>
export type LedgerRow = Selectable<LedgerTable>
export type LogRow = Selectable<LogTable>
export type AuditRow = Selectable<AuditTable>
export type ApiKeyRow = Selectable<ApiKeyTable>
export type StaffRow = Selectable<StaffTable>
export type RunRow = Selectable<RunTable>
export type RemovedAccountRow = Selectable<RemovedAccountTable>
export type SetAsideRow = Selectable<SetAsideTable>
