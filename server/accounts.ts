import { LRUCache } from 'lru-cache'
import { findAccount, listAccountKeys } from '../db/accounts.ts'
import type { AccountRow, Db } from '../db/database.ts'
import { findEvent } from '../db/events.ts'
import { Account, ACCOUNT_FIELDS, AccountKey } from '../schemas/account.ts'
import { Event } from '../schemas/event.ts'
import { atMost } from './cache-limit.ts'
import { putAt, secretsIn, withoutSecrets, type SecretField } from './secrets/secret-fields.ts'
import { openSecret, sealSecret, type KeyRing } from './secrets/key-ring.ts'

/** How long a change made by another instance may go unseen, in ms. A change made here is seen at once (`forget`). */
const FRESH_MS = 2000

/** An account ready for use: its document with the secrets in the clear, and the version it was saved as. */
export interface LoadedAccount {
  account: Account
  version: number
  /** When the account was added: versions begin anew when one of the same key was removed before. */
  createdAt?: number
  /** Since when its iMIS is this one, when it was another before: who signed on earlier is somebody there. */
  imisSince?: number
}

/** An event ready for use, with what Cvent said of it when it was last read. */
export interface LoadedEvent {
  event: Event
  version: number
  eventStub: string | undefined
  /** Our JSON of Cvent's event (`CventEvent`), as `learnEvent` kept it. */
  snapshot: string | undefined
  snapshotAt: number | undefined
}

/** The accounts and events, kept in memory for two seconds so that a busy page costs no database read. */
export interface Accounts {
  /**
   * Any text may be asked for: what cannot be the key of an account is never looked up.
   *
   * @throws Fault `CONFLICT` when a secret does not open with SECRET_KEY
   */
  get(account: string): Promise<LoadedAccount | undefined>
  event(account: string, eventCode: string): Promise<LoadedEvent | undefined>
  keys(): Promise<string[]>
  /** To be called after a change was saved here. */
  forget(account: string): void
}

/** Opens the view on accounts. `now` is the clock of the cache. */
export function openAccounts(deps: { db: Db; ring: KeyRing; now: () => number }): Accounts {
  const { db, ring } = deps
  const common = {
    ...atMost(2000),
    ttl: FRESH_MS,
    ttlResolution: 0,
    perf: { now: deps.now },
    // `forget` while a read is under way would make that read fail with "deleted"; its answer is good for its caller.
    ignoreFetchAbort: true,
  }
  const accounts = new LRUCache<string, { loaded: LoadedAccount | undefined }>({
    ...common,
    fetchMethod: async (key) => {
      const row = await findAccount(db, key)
      return { loaded: row && (await unsealAccount(ring, row)) }
    },
  })
  const events = new LRUCache<string, { loaded: LoadedEvent | undefined }>({
    ...common,
    fetchMethod: async (key) => {
      const [account = '', eventCode = ''] = key.split('\n')
      const row = await findEvent(db, account, eventCode)
      return {
        loaded: row && {
          event: Event.parse(JSON.parse(row.document)),
          version: row.version,
          eventStub: row.eventStub ?? undefined,
          snapshot: row.snapshot ?? undefined,
          snapshotAt: row.snapshotAt ?? undefined,
        },
      }
    },
  })
  const lists = new LRUCache<'keys', string[]>({
    ...common,
    fetchMethod: () => listAccountKeys(db),
  })
  return {
    get: async (account) =>
      isAccountKey(account) ? (await accounts.fetch(account))?.loaded : undefined,
    event: async (account, eventCode) => (await events.fetch(`${account}\n${eventCode}`))?.loaded,
    keys: async () => (await lists.fetch('keys')) ?? [],
    forget(account) {
      lists.clear()
      accounts.delete(account)
      for (const key of events.keys()) if (key.startsWith(`${account}\n`)) events.delete(key)
    },
  }
}

/** True for a text that may be an account's key: the check that stands between an address and the database. */
export function isAccountKey(text: unknown): text is string {
  return AccountKey.safeParse(text).success
}

/** What stands in an address for an account that the page does not name. */
export const ONLY_ACCOUNT = '-'

/** The key of the account an address names; `-` is the only account there is, undefined when there are several. */
export async function accountNamed(
  accounts: Pick<Accounts, 'keys'>,
  given: string,
): Promise<string | undefined> {
  if (given !== ONLY_ACCOUNT) return given
  const [only, ...others] = await accounts.keys()
  return others.length > 0 ? undefined : only
}

/**
 * Puts the sealed secrets back into an account's document.
 *
 * @throws Fault `CONFLICT` when a secret does not open with SECRET_KEY
 */
export async function unsealAccount(ring: KeyRing, row: AccountRow): Promise<LoadedAccount> {
  const document = await unsealDocument(ring, row)
  return {
    account: Account.parse(document),
    version: row.version,
    createdAt: row.createdAt,
    ...(row.imisSince === null ? {} : { imisSince: row.imisSince }),
  }
}

/** The same for a document of any schema; its shape is the caller's to check. */
export async function unsealDocument(
  ring: KeyRing,
  row: Pick<AccountRow, 'account' | 'document' | 'secrets'>,
): Promise<object> {
  // Written by sealAccount: an object, and an object whose members are paths and whose values are JWE texts.
  const document = JSON.parse(row.document) as object
  const sealed = JSON.parse(row.secrets) as Record<string, string>
  for (const [path, secret] of Object.entries(sealed))
    putAt(document, path, await openSecret(ring, row.account, path, secret))
  return document
}

/** Takes the secrets out of an account and seals each under its path (`imis.password`, `cvent.webhookTokens.0`). */
export async function sealAccount(
  ring: KeyRing,
  account: { key: string; [field: string]: unknown },
  fields: readonly SecretField[] = ACCOUNT_FIELDS,
): Promise<Pick<AccountRow, 'account' | 'document' | 'secrets'>> {
  const sealed: Record<string, string> = {}
  for (const [path, secret] of secretsIn(account, fields))
    sealed[path] = await sealSecret(ring, account.key, path, secret)
  return {
    account: account.key,
    document: JSON.stringify(withoutSecrets(account, fields)),
    secrets: JSON.stringify(sealed),
  }
}
