import type { Account } from '../../../schemas/account.ts'
import { listEvents } from '../../../db/events.ts'
import type { Db } from '../../../db/database.ts'
import { Event } from '../../../schemas/event.ts'
import { counted } from '../../plural.ts'

const NAMED = 5

/** What an unsigned form means for an event that only some may register for. */
export const UNSIGNED_TEXT =
  'The form that carries a member to Cvent is not signed, so who knows its fields can send Cvent another one, and the registrants query does not stop them.'

/** What to do about it; the guide for operators has it step by step. */
export const UNSIGNED_FIX =
  'Make an RSA key, give Cvent its public half (Secure POST), and paste the private half under Account > Key of the signed hand-off; or hand off by personal link.'

/** Whether members of the event are handed over by an unsigned form although a query decides who may register. */
export function isUnsigned(
  account: Account,
  { enabled, handOff, registrantsQuery, allowAnonymous }: Event,
): boolean {
  return (
    account.cvent.formPostKey === null &&
    enabled &&
    handOff === 'form-post' &&
    registrantsQuery !== null &&
    !allowAnonymous
  )
}

/** The codes of the account's events whose members are handed over unsigned. */
export async function unsignedEvents(db: Db, account: Account): Promise<string[]> {
  if (account.cvent.formPostKey !== null) return []
  return (await listEvents(db, account.key))
    .map((row) => Event.parse(JSON.parse(row.document)))
    .filter((event) => isUnsigned(account, event))
    .map(({ eventCode }) => eventCode)
}

/** What it means, and which events it concerns. */
export function sayUnsigned(eventCodes: string[]): string {
  const named = eventCodes.slice(0, NAMED).join(', ')
  const more = eventCodes.length > NAMED ? ' …' : ''
  return `${UNSIGNED_TEXT} It concerns ${counted(eventCodes.length, 'event')}: ${named}${more}.`
}
