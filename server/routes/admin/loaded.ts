import type { Accounts, LoadedAccount, LoadedEvent } from '../../accounts.ts'
import { noAccount } from './door.ts'
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
