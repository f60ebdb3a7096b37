import type { z } from 'zod'
import type { Db } from '../../../db/database.ts'
import { oldestOf } from '../../../db/lists/retention-lines.ts'
import type { Account } from '../../../schemas/account.ts'
import type { RetentionLines } from '../../../schemas/admin-account.ts'

type Setting = keyof Account['retention']

const KINDS: [kind: string, what: string, setting: Setting | null, from: string][] = [
  [
    'messages',
    'Messages that were unpacked, dismissed or emptied',
    'messageDays',
    'the day they came',
  ],
  ['unread', 'Messages that wait or need attention', 'unreadMessageDays', 'the day they came'],
  [
    'registrations',
    'Registrations, with what was written for them and what staff assigned',
    'registrationDays',
    'the end of the event; without one, the last change',
  ],
  ['logs', 'Account log, and counts of calls to the vendors', 'logDays', 'the day they were noted'],
  [
    'audits',
    'Audit log, and API keys that were revoked or have ended',
    'auditDays',
    'the day of the change',
  ],
  ['runs', 'Runs that ended', 'runDays', 'the end'],
  [
    'unknownEvents',
    'Events that send messages and are not configured',
    'unknownEventDays',
    'the last message',
  ],
  [
    'setAside',
    'What was set aside when the account was pointed elsewhere',
    'setAsideDays',
    'that day',
  ],
  [
    'tokens',
    'One-time tokens that were used, as digests',
    null,
    'until they could not be used any more',
  ],
  [
    'failures',
    'Counts of failed sign-ins and sign-ons, by digests of addresses and networks',
    null,
    'for a minute; forgotten with the next failure, or within a day',
  ],
  [
    'handOffs',
    'Notes of hand-offs: when a contact was brought up to date, places in the line',
    null,
    'for a day at most',
  ],
]

/** What is kept of an account and how long, with the oldest of each. */
export async function retentionOf(
  db: Db,
  { key, retention }: Account,
): Promise<z.infer<typeof RetentionLines>> {
  const oldest = await oldestOf(db, key)
  return {
    items: KINDS.map(([kind, what, setting, from]) => {
      const at = oldest[kind]
      return {
        what,
        setting,
        days: setting === null ? null : retention[setting],
        from,
        oldestAt: at === undefined ? null : new Date(at).toISOString(),
      }
    }),
  }
}
