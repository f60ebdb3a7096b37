import type { Kysely } from 'kysely'
import { deleteAccount, findAccount, saveAccount } from '../../db/accounts.ts'
import type { Database } from '../../db/database.ts'
import { inTransaction } from '../../db/open.ts'
import { deleteEvent, listEvents } from '../../db/events.ts'
import { removeAccess } from '../../db/users.ts'
import type { Account } from '../../schemas/account.ts'
import { sealAccount, type Accounts } from '../accounts.ts'
import { Fault } from '../errors.ts'
import type { KeyRing } from '../secrets.ts'
import { maskedAccount, resolveSecrets, secretsOf, withSecrets } from './account-secrets.ts'
import { recordChange, type ChangedBy } from './audit.ts'
import { checkAccount } from './check-account.ts'

/** What saving documents needs. */
export interface DocumentDeps {
  db: Kysely<Database>
  ring: KeyRing
  accounts: Accounts
  settings: { allowLocalVendors: boolean }
  now: () => number
  wake: (account: string) => void
}

/** How a document is saved: by whom, and over which version (0: it must be new; undefined: whatever is there). */
export interface SaveOptions {
  by: ChangedBy
  expectedVersion?: number | undefined
  /** Called before a secret is changed; it throws to forbid that. */
  mayChangeSecrets?: () => void
}

/** A document as it was saved. `document` has `…` in the place of secrets; nothing was written when it is not `isChanged`. */
export interface Saved<Document> {
  document: Document
  version: number
  isNew: boolean
  isChanged: boolean
}

/** The stored document of an account, secrets masked; undefined when there is none. */
export async function accountDocument(
  db: Kysely<Database>,
  key: string,
): Promise<Pick<Saved<Account>, 'document' | 'version'> | undefined> {
  const row = await findAccount(db, key)
  return row && { document: maskedAccount(row), version: row.version }
}

/**
 * Saves an account's document; saving what is there already changes nothing. Secrets given as `…` are kept.
 *
 * @throws Fault `INVALID_REQUEST` with the fields at fault; `CHANGED_SINCE` when another version than expected is there
 */
export async function saveAccountDocument(
  deps: DocumentDeps,
  given: Account,
  options: SaveOptions,
): Promise<Saved<Account>> {
  const { db, ring, now } = deps
  const row = await findAccount(db, given.key)
  refuseOtherVersion(options.expectedVersion, row?.version ?? 0)
  const resolved = await resolveSecrets(ring, given, row)
  const errors = [
    ...resolved.errors,
    ...checkAccount(resolved.account, { allowLocal: deps.settings.allowLocalVendors }),
  ]
  refuseErrors(uniqueByField(errors))
  if (resolved.changed.length > 0) options.mayChangeSecrets?.()
  const masked = withSecrets(resolved.account, () => '…')
  const before = row && maskedAccount(row)
  if (row && resolved.changed.length === 0 && JSON.stringify(before) === JSON.stringify(masked))
    return { document: masked, version: row.version, isNew: false, isChanged: false }
  const version = await saveAccount(
    db,
    await sealAccount(ring, resolved.account),
    options.expectedVersion ?? row?.version ?? 0,
    now(),
  )
  if (version === undefined) throw changedSince()
  deps.accounts.forget(given.key)
  await recordChange(deps, options.by, {
    account: given.key,
    action: row ? 'account changed' : 'account added',
    target: given.key,
    before,
    after: withSecrets(resolved.account, (path) =>
      resolved.changed.includes(path) ? 'changed' : '…',
    ),
  })
  deps.wake(given.key)
  return { document: masked, version, isNew: row === undefined, isChanged: true }
}

/**
 * Removes an account with its events, keys and staff; what it received and wrote stays for the record.
 *
 * @throws Fault `NOT_FOUND`; `CHANGED_SINCE` when another version than expected is there
 */
export async function removeAccountDocument(
  deps: DocumentDeps,
  key: string,
  options: SaveOptions,
): Promise<void> {
  const row = await findAccount(deps.db, key)
  if (!row) throw new Fault('NOT_FOUND', `There is no account ${key}.`)
  refuseOtherVersion(options.expectedVersion, row.version)
  await inTransaction(deps.db, async (tx) => {
    for (const { eventCode } of await listEvents(tx, key)) await deleteEvent(tx, key, eventCode)
    await removeAccess(tx, key)
    await deleteAccount(tx, key)
  })
  deps.accounts.forget(key)
  await recordChange(deps, options.by, {
    account: key,
    action: 'account removed',
    target: key,
    before: maskedAccount(row),
  })
}

/** The account's secrets in the clear, for changing its list of webhook tokens. */
export function webhookTokensOf(account: Account): string[] {
  return [...secretsOf(account)]
    .filter(([path]) => path.startsWith('cvent.webhookTokens.'))
    .map(([, token]) => token)
}

/** @throws Fault `CHANGED_SINCE` */
export function refuseOtherVersion(expected: number | undefined, found: number): void {
  if (expected !== undefined && expected !== found) throw changedSince()
}

/** The answer to a save that came too late. */
export function changedSince(): Fault {
  return new Fault(
    'CHANGED_SINCE',
    'Somebody else changed it since you read it. Read it again and repeat your change.',
  )
}

/** @throws Fault `INVALID_REQUEST` when there are any */
export function refuseErrors(errors: { field: string; message: string }[]): void {
  const [first] = errors
  if (first)
    throw new Fault('INVALID_REQUEST', `${first.field}: ${first.message}`, { errors: [...errors] })
}

function uniqueByField(errors: { field: string; message: string }[]) {
  return errors.filter(({ field }, at) => errors.findIndex((one) => one.field === field) === at)
}
