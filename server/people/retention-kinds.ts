import type { Db } from '../../db/database.ts'
import { forgetFailures } from '../../db/failures.ts'
import { purgePlaces } from '../../db/hand-off-line.ts'
import type { OldestRow } from '../../db/lists/retention-lines.ts'
import { purgePartyContacts } from '../../db/party-contacts.ts'
import {
  purgeApiKeys,
  purgeAssignments,
  purgeAudits,
  purgeCallQuotas,
  purgeLogs,
  purgeMessages,
  purgeRuns,
  purgeSetAside,
  purgeUnknownEvents,
} from '../../db/personal-data/retention.ts'
import { removeUsedTokens } from '../../db/used-tokens.ts'
import type { Account } from '../../schemas/account.ts'

const DAY_MS = 86_400_000

/** Whose data is old, and by which settings. */
export interface Aged {
  db: Db
  account: string
  retention: Account['retention']
  now: number
}

/** Removes at most `limit` rows that are too old. @returns how many it found */
type Purge = (aged: Aged, limit: number) => Promise<number>

/** A kind of data that is kept for some time. */
export interface RetentionKind {
  /** What the account page calls it. */
  what: string
  /** The setting with its days; null: no setting decides. */
  setting: keyof Account['retention'] | null
  /** From when the days count; without a setting, how long it is kept. */
  from: string
  oldest?: OldestRow
  purges: Purge[]
}

const before = ({ now, retention }: Aged, setting: keyof Account['retention']) =>
  now - retention[setting] * DAY_MS
const dayBefore = (at: number) => new Date(at).toISOString().slice(0, 10)

/**
 * Every kind of data that is kept for some time, in the order of the account page. Maintenance runs the purges, and removes
 * registrations by itself: their age is that of their event.
 */
export const RETENTION_KINDS: readonly RetentionKind[] = [
  {
    what: 'Messages that were unpacked, dismissed or emptied',
    setting: 'messageDays',
    from: 'the day they came',
    oldest: { table: 'message', column: 'receivedAt', states: ['unpacked', 'erased'] },
    purges: [
      (aged, limit) => {
        const unread = before(aged, 'unreadMessageDays')
        return purgeMessages(aged.db, aged.account, before(aged, 'messageDays'), limit, unread)
      },
    ],
  },
  {
    what: 'Messages that wait or need attention',
    setting: 'unreadMessageDays',
    from: 'the day they came',
    oldest: { table: 'message', column: 'receivedAt', states: ['waiting', 'dead'] },
    purges: [],
  },
  {
    what: 'Registrations, with what was written for them and what staff assigned',
    setting: 'registrationDays',
    from: 'the end of the event; without one, the last change',
    oldest: { table: 'registration', column: 'createdAt', order: 'id' },
    purges: [
      (aged, limit) =>
        purgeAssignments(aged.db, aged.account, before(aged, 'registrationDays'), limit),
    ],
  },
  {
    what: 'Account log, and counts of calls to the vendors',
    setting: 'logDays',
    from: 'the day they were noted',
    oldest: { table: 'log', column: 'at' },
    purges: [
      (aged, limit) => purgeLogs(aged.db, aged.account, before(aged, 'logDays'), limit),
      async (aged) => {
        await purgeCallQuotas(aged.db, aged.account, dayBefore(before(aged, 'logDays')))
        return 0
      },
    ],
  },
  {
    what: 'Audit log, and API keys that were revoked or have ended',
    setting: 'auditDays',
    from: 'the day of the change',
    oldest: { table: 'audit', column: 'at', order: 'id' },
    purges: [
      (aged, limit) => purgeAudits(aged.db, aged.account, before(aged, 'auditDays'), limit),
      (aged, limit) => purgeApiKeys(aged.db, aged.account, before(aged, 'auditDays'), limit),
    ],
  },
  {
    what: 'Runs that ended',
    setting: 'runDays',
    from: 'the end',
    oldest: { table: 'run', column: 'createdAt', order: 'id' },
    purges: [(aged, limit) => purgeRuns(aged.db, aged.account, before(aged, 'runDays'), limit)],
  },
  {
    what: 'Events that send messages and are not configured',
    setting: 'unknownEventDays',
    from: 'the last message',
    oldest: { table: 'unknownevent', column: 'lastSeenAt' },
    purges: [
      (aged, limit) =>
        purgeUnknownEvents(aged.db, aged.account, before(aged, 'unknownEventDays'), limit),
    ],
  },
  {
    what: 'What was set aside when the account was pointed elsewhere',
    setting: 'setAsideDays',
    from: 'that day',
    oldest: { table: 'setaside', column: 'at' },
    purges: [
      (aged, limit) => purgeSetAside(aged.db, aged.account, before(aged, 'setAsideDays'), limit),
    ],
  },
  {
    what: 'One-time tokens that were used, as digests',
    setting: null,
    from: 'until they could not be used any more',
    purges: [({ db, now }, limit) => removeUsedTokens(db, now, limit)],
  },
  {
    what: 'Counts of failed sign-ins and sign-ons, by digests of addresses and networks',
    setting: null,
    from: 'for a minute; forgotten with the next failure, or within a day',
    purges: [({ db, now }, limit) => forgetFailures(db, now, limit)],
  },
  {
    what: 'Notes of hand-offs: when a contact was brought up to date, places in the line',
    setting: null,
    from: 'for a day at most',
    // Counts and digests are of no use after their day, places in the line not after their hour.
    purges: [
      ({ db, account, now }, limit) =>
        purgePartyContacts(db, account, dayBefore(now - DAY_MS), limit),
      ({ db, now }, limit) => purgePlaces(db, now - 3_600_000, limit),
    ],
  },
]
