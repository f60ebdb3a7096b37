import type { FaultCode } from './errors.ts'

/** The kinds of account log an admin can choose from. */
export type LogKind =
  'webhook' | 'eligibility' | 'hand-off' | 'sign-on' | 'imis' | 'cvent' | 'admin' | 'system'

/** How much an entry matters: nothing to do, worth a look, or something failed. */
export type LogLevel = 'info' | 'warning' | 'failure'

interface LogCodeEntry {
  kind: LogKind
  level: LogLevel
  /** What an entry with this code says, without the names and numbers of the case. */
  says: string
}

/**
 * Every code of the account log that we chose ourselves: its kind, its usual level, and what it says. An entry may raise
 * its level. A vendor's or a caller's failure has the code of its Fault instead, see `logCodeOf`.
 */
export const LOG_CODES = {
  'message-unpacked': code('webhook', 'info', 'A message was read; it names so many entries.'),
  'message-unreadable': code('webhook', 'failure', 'A message was stored but cannot be read.'),

  eligible: code('eligibility', 'info', 'The member may register.'),
  'not-eligible': code('eligibility', 'info', 'The query does not return the member.'),
  'query-several-rows': code('eligibility', 'failure', 'The query returns several rows.'),
  'query-other-party': code('eligibility', 'failure', 'The query returns another iMIS ID.'),
  'query-no-such-column': code('eligibility', 'failure', 'The query has no ID column.'),
  'query-not-available': code('eligibility', 'failure', 'iMIS does not offer the query.'),
  'query-refused': code('eligibility', 'failure', 'iMIS refuses to run the query.'),
  'query-too-slow': code('eligibility', 'failure', 'iMIS did not answer the query in time.'),

  'contact-created': code('hand-off', 'info', 'A contact was created at Cvent.'),
  'contact-patched': code('hand-off', 'info', 'The contact at Cvent was brought up to date.'),
  'contact-unchanged': code('hand-off', 'info', 'The contact at Cvent was up to date.'),
  'contact-refused': code('hand-off', 'info', 'No contact at Cvent was taken over or changed.'),
  'contact-given-up': code('hand-off', 'warning', 'A contact failed too often and is left.'),
  'cvent-quota-gone': code('hand-off', 'warning', 'Cvent’s calls of the day are used up.'),
  'form-post-url': code('hand-off', 'failure', 'The address of Cvent’s form is not https.'),
  'no-personal-link': code('hand-off', 'warning', 'Cvent gave no personal link.'),
  'hand-off-asked': code('hand-off', 'info', 'The member was asked whose link this is.'),
  'hand-off-form': code('hand-off', 'info', 'The member was sent on by Cvent’s form.'),
  'hand-off-redirect': code('hand-off', 'info', 'The member was sent on by a link.'),
  'hand-off-standing': code('hand-off', 'info', 'The member was told why not, or what they have.'),
  'hand-off-waiting': code('hand-off', 'info', 'The member waits for Cvent’s rate limit.'),
  'hand-off-unavailable': code('hand-off', 'info', 'Nobody can be sent on just now.'),
  'hand-off-gone': code('hand-off', 'info', 'The event is no longer offered.'),

  'signed-on': code('sign-on', 'info', 'A member signed on.'),
  'sign-on-guest': code('sign-on', 'info', 'iMIS signed on a guest; nobody is signed in.'),
  'sign-on-replayed': code('sign-on', 'warning', 'A sign-on was sent a second time.'),
  'sign-on-foreign-origin': code('sign-on', 'warning', 'A sign-on came from another site.'),
  'on-behalf-of': code('sign-on', 'info', 'Staff acts for a member.'),

  'contact-hook-answered': code('cvent', 'info', 'The contact hook was told who somebody is.'),
  'contact-hook-unknown': code('cvent', 'info', 'The contact hook was asked and knows nobody.'),
  'event-not-at-cvent': code('cvent', 'warning', 'Cvent has no event with this code.'),
  'event-not-read': code('cvent', 'warning', 'What Cvent said of the event could not be stored.'),
  'event-missing': code('cvent', 'warning', 'Cvent knows no event of this code.'),
  'event-twice': code('cvent', 'warning', 'Two configured events are one event at Cvent.'),
  'event-changed-at-cvent': code(
    'cvent',
    'info',
    'The event changed at Cvent; registrations are touched.',
  ),
  'event-reconciled': code('cvent', 'info', 'An event was compared with Cvent.'),
  'reconcile-rescheduled': code('cvent', 'warning', 'A reconcile failed and is tried again.'),
  'order-items-read': code('cvent', 'info', 'The event’s order items were read.'),
  'order-items-unread': code('cvent', 'warning', 'The event’s order items could not be read.'),
  'sessions-unread': code('cvent', 'warning', 'Sessions could not be read.'),
  'registration-read': code('cvent', 'info', 'An attendee was read at Cvent.'),
  'registration-missing': code('cvent', 'info', 'Cvent no longer has the attendee.'),
  'contact-purged': code('cvent', 'info', 'Cvent purged a contact; it was erased here too.'),

  'registration-decided': code('imis', 'info', 'What should stand in iMIS was decided.'),
  'registration-unmatched': code('imis', 'warning', 'Nobody in iMIS belongs to the attendee.'),
  'registration-dead': code('imis', 'failure', 'A registration needs attention.'),
  'registration-rescheduled': code('imis', 'warning', 'A sync failed and is tried again.'),
  'party-created': code('imis', 'info', 'A person was created in iMIS.'),
  'party-warning': code('imis', 'warning', 'The matched person in iMIS is not active.'),
  'imis-registration': code('imis', 'info', 'An iMIS event registration was made or removed.'),
  'activity-added': code('imis', 'info', 'An activity was added.'),
  'activity-changed': code('imis', 'info', 'An activity was changed.'),
  'activity-deleted': code('imis', 'info', 'An activity was deleted.'),
  'activity-found': code('imis', 'info', 'An activity of ours was found by its key.'),
  'activity-adopted': code('imis', 'info', 'An activity of an earlier product was taken over.'),
  'activity-without-key': code('imis', 'info', 'An activity was recognised without its key.'),
  'activity-gone': code('imis', 'warning', 'Somebody deleted an activity in iMIS.'),
  'activity-not-ours': code('imis', 'warning', 'The number of our activity is another row’s now.'),
  'activity-twice': code('imis', 'warning', 'iMIS holds more than one activity with our key.'),
  'activity-unknown': code('imis', 'warning', 'An activity has our key and is not in the ledger.'),
  'orphan-check-rescheduled': code('imis', 'warning', 'The orphan check failed.'),

  'query-run': code('admin', 'info', 'Somebody checked a member.'),
  'session-opened': code('admin', 'info', 'Somebody of staff opened the dashboard.'),
  'sign-in-refused': code('admin', 'warning', 'Requests came with wrong credentials.'),
  'settings-changed': code('admin', 'info', 'Settings changed; registrations are touched.'),

  'call-failed': code('system', 'warning', 'A call to a vendor failed.'),
} as const satisfies Record<string, LogCodeEntry>

function code(kind: LogKind, level: LogLevel, says: string): LogCodeEntry {
  return { kind, level, says }
}

/** `VENDOR_REFUSED` as the account log spells it: `vendor-refused`. */
type Kebab<Text extends string> = Text extends `${infer First}_${infer Rest}`
  ? `${Lowercase<First>}-${Kebab<Rest>}`
  : Lowercase<Text>

/** A code of the account log: one of ours, or that of a Fault. */
export type LogCode = keyof typeof LOG_CODES | Kebab<FaultCode>

/** Returns a Fault's code, or another of our upper-case codes, as the account log spells it. */
export function logCodeOf<Code extends string>(upper: Code): Kebab<Code> {
  return upper.toLowerCase().replaceAll('_', '-') as Kebab<Code>
}

/** Returns the table's entry of a code; undefined for a Fault's, whose kind is where it happened. */
export function logCodeEntry(code: LogCode): LogCodeEntry | undefined {
  return Object.hasOwn(LOG_CODES, code) ? LOG_CODES[code as keyof typeof LOG_CODES] : undefined
}
