import { createHash } from 'node:crypto'
import type { Account } from '../../../schemas/account.ts'
import type { Event } from '../../../schemas/event.ts'

/** The settings of an account that decide which rows iMIS holds, on whose record, and what they say. */
export function accountRowSettings({ imis, activity, matching }: Account) {
  return { timeZone: imis.timeZone, activity, matching }
}

/** The same of an event. */
export function eventRowSettings({ meetingCode, functions, imisRegistration }: Event) {
  return { meetingCode, functions, imisRegistration }
}

/** Both as one text of 64 letters: another one means that the event's registrations must be touched. */
export function rowSettingsHash(account: Account, event: Event): string {
  const settings = { ...accountRowSettings(account), ...eventRowSettings(event) }
  return createHash('sha256').update(canonical(settings)).digest('hex')
}

/** JSON whose members stand in the order of their names, so that the order in a document means nothing. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
