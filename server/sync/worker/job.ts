import type { FastifyBaseLogger } from 'fastify'
import type { Kysely, Transaction } from 'kysely'
import type { Database } from '../../../db/database.ts'
import type { Lease } from '../../../db/leases.ts'
import type { Accounts, LoadedAccount } from '../../accounts.ts'
import type { CallOptions as CventOptions, Cvent, Session } from '../../cvent/cvent.ts'
import type { CallOptions as ImisOptions, Imis } from '../../imis/imis.ts'
import type { RunOneByOne } from './keyed-queue.ts'
import type { Settings } from '../../settings.ts'
import type { AccountLog, LogEntry } from '../../account-log.ts'
import type { Vendors } from '../../vendors.ts'

/** What a worker needs. `owner` names this instance among others; default: a new name. */
export interface WorkerDeps {
  settings: Pick<Settings, 'leaseMs' | 'vendorDeadlineMs' | 'settleMs' | 'stopGraceMs'>
  db: Kysely<Database>
  accounts: Accounts
  vendors: Vendors
  accountLog: AccountLog
  logger: FastifyBaseLogger
  now: () => number
  owner?: string
  /** Brings contacts up to date that members could not wait for. @returns how many were dealt with */
  contactUpdates?: (job: SyncJob) => Promise<number>
}

/** When a vendor last answered, ms since 1970. */
export type AnsweredAt = Record<'imis' | 'cvent', number>

/** An event's sessions as read; not whole when one of the list could not be read. */
export interface SessionList {
  sessions: ReadonlyMap<string, Session>
  isWhole: boolean
}

/** What every step of a job is handed: one account, its lease in hand, and both its vendors. */
export interface SyncJob {
  db: Kysely<Database>
  accountLog: AccountLog
  now: () => number
  loaded: LoadedAccount
  /** The account's key. */
  account: string
  imis: Imis
  cvent: Cvent
  lease: Lease
  /** Runs the work in a transaction that renews the lease first. @throws LeaseLost, and then nothing was stored */
  fenced<Result>(work: (tx: Transaction<Database>) => Promise<Result>): Promise<Result>
  /** Adds an entry to the account log, under this account and this job's trace. */
  log(entry: Omit<LogEntry, 'account' | 'trace'>): void
  /** Until when the lease lasts if it is renewed now. */
  leaseUntil(): number
  /** How long one call to a vendor may take, in ms; the settle time comes on top of it for a write without an answer. */
  deadlineMs: number
  settleMs: number
  /** Options for a background call: deadline and the end of the worker. */
  call: CventOptions & ImisOptions
  /** Options for a read of many pages; the lease is kept alive meanwhile. */
  bulkCall: CventOptions
  /** Runs a long read while the lease is renewed beside it. @throws LeaseLost */
  keeping<T>(work: Promise<T>): Promise<T>
  /** True for a preview: nothing may be written anywhere, and there is no lease. */
  isReadOnly: boolean
  /** Runs work one after the other for people who share a key, where several are worked on at the same time. */
  oneByOne: RunOneByOne
  /** True once the worker is to stop: finish what is in hand, begin nothing new. */
  isStopping(): boolean
  trace: string
  /** Tells the server's log of an error nobody expected. */
  onBug(error: unknown): void
  /** When each vendor last answered a call for this account, here; -Infinity for never. */
  answeredAt: AnsweredAt
  /** What each session said when its rows were last touched for it, by account and ID. */
  sessionsSeen: Map<string, string>
  /** When attendees were last asked for whom a message named with an event that is not configured. */
  hints: { askedAt: number }
  /** The event's sessions, kept for a few minutes; none when we may not read them. */
  sessions(eventStub: string): Promise<SessionList>
  forgetSessions(eventStub: string): void
}
