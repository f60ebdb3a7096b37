import type { Accounts, LoadedAccount, LoadedEvent } from '../../accounts.ts'
import { noAccount } from './require-role.ts'
import { noEvent } from './events.ts'

/**
 * The account as it is stored this moment, ready for calls to its vendors.
 *
 * @throws Fault `NOT_FOUND`; `CONFLICT` when a secret of it does not open with SECRET_KEY
 */
export async function loadedAccount(
  deps: { accounts: Accounts },
  account: string,
): Promise<LoadedAccount> {
  // An admin looks at what was saved a moment ago, perhaps by another instance.
  deps.accounts.forget(account)
  const loaded = await deps.accounts.get(account)
  if (!loaded) throw noAccount()
  return loaded
}

/** The event likewise. @throws Fault `NOT_FOUND` */
export async function loadedEvent(
  deps: { accounts: Accounts },
  account: string,
  eventCode: string,
): Promise<LoadedEvent> {
  deps.accounts.forget(account)
  const loaded = await deps.accounts.event(account, eventCode)
  if (!loaded) throw noEvent(eventCode)
  return loaded
}

/** A filter with the event code in the letters it is stored in: codes are compared without case. */
export async function withStoredCode<Filter extends { eventCode?: string | undefined }>(
  deps: { accounts: Accounts },
  account: string,
  filter: Filter,
): Promise<Filter> {
  const { eventCode } = filter
  const known = eventCode === undefined ? undefined : await deps.accounts.event(account, eventCode)
  return known ? { ...filter, eventCode: known.event.eventCode } : filter
}
