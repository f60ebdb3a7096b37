import type { Account } from '../../schemas/account.ts'
import type { Event } from '../../schemas/event.ts'

/** What an unsigned form means for an event that only some may register for. */
export const UNSIGNED_TEXT =
  'The form that carries a member to Cvent is not signed, so who knows its fields can send Cvent another one, and the registrants query does not stop them.'

/** What to do about it; the guide for operators has it step by step. */
export const UNSIGNED_FIX =
  'Make an RSA key, give Cvent its public half (Secure POST), and paste the private half under Account > Cvent > key of the hand-off form; or hand off by personal link.'

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
