import type { Kysely } from 'kysely'
import { v7 as uuid } from 'uuid'
import { deleteAccount, findAccount, saveAccount } from '../../../db/accounts.ts'
import type { AccountRow, Database } from '../../../db/database.ts'
import { inTransaction } from '../../../db/engine/open.ts'
import { deleteEvent, listEvents } from '../../../db/events.ts'
import {
  keepRemovedAccount,
  noteRemovedAccount,
} from '../../../db/personal-data/removed-accounts.ts'
import { askForRewrite } from '../../../db/due/rewrites.ts'
import { endRuns } from '../../../db/runs.ts'
import { hasLeftovers, setAsideCvent, setAsideImis } from '../../../db/set-aside.ts'
import { removeAccess } from '../../../db/users.ts'
import { SECRET_MASK, type Account } from '../../../schemas/account.ts'
import { sealAccount, type Accounts } from '../../accounts.ts'
import { Fault } from '../../errors.ts'
import { accountRowSettings, canonical } from '../../sync/reconcile/row-settings.ts'
import { replaceSecrets } from '../../secrets/secret-fields.ts'
import type { KeyRing } from '../../secrets/key-ring.ts'
import {
  changedGuardedFields,
  meanings,
  movedAddresses,
  type AddressMeaning,
} from './account-changes.ts'
import { maskedAccount, resolveSecrets } from './account-secrets.ts'
import { recordChange, type ChangedBy } from '../access/audit.ts'
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
  /** Called before a field is changed that decides who gets tokens, secrets or data; it throws to forbid that. */
  mayChangeGuarded?: () => void
  /** What a changed address means: the same iMIS or Cvent account as before, or another one. */
  meaning?: AddressMeaning | undefined
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
 * Saves an account's document; saving what is there already changes nothing. Secrets given as `…` are kept, unless they
 * would be sent to another address than before. Where another iMIS or Cvent account is meant, what belonged to the one
 * before is set aside in the same transaction; where settings that decide what stands in iMIS change, the worker touches
 * the registrations concerned.
 *
 * @throws Fault `INVALID_REQUEST` with the fields at fault; `CONFLICT` when an address changes and `meaning` does not say
 *   what that means; `CHANGED_SINCE` when another version than expected is there
 */
export async function saveAccountDocument(
  deps: DocumentDeps,
  given: Account,
  options: SaveOptions,
): Promise<Saved<Account>> {
  const { db, ring, now } = deps
  const row = await findAccount(db, given.key)
  refuseOtherVersion(options.expectedVersion, row?.version ?? 0)
  const change = await planAccountChange(deps, row, given)
  if (change.guarded.length > 0) options.mayChangeGuarded?.()
  refuseErrors(change.errors)
  const { before, account, masked } = change
  if (row && !change.isChanged)
    return { document: masked, version: row.version, isNew: false, isChanged: false }
  const asides = meanings(before, account, options.meaning, change.hasLeftovers)
  const sealed = await sealAccount(ring, account)
  const version = await inTransaction(db, async (tx) => {
    const saved = await saveAccount(tx, sealed, options.expectedVersion ?? row?.version ?? 0, now())
    if (saved === undefined) return undefined
    if (!row) await keepRemovedAccount(tx, given.key)
    for (const { what, address } of asides)
      await (what === 'imis' ? setAsideImis : setAsideCvent)(tx, {
        id: uuid(),
        account: given.key,
        what,
        address,
        actor: options.by.actor.slice(0, 200),
        at: now(),
      })
    if (before && isDifferent(accountRowSettings(before), accountRowSettings(account)))
      await askForRewrite(tx, given.key, undefined, now())
    await recordChange({ db: tx, now }, options.by, {
      account: given.key,
      action: row ? 'account changed' : 'account added',
      target: given.key,
      before,
      after: {
        ...replaceSecrets(account, (path) =>
          change.changedSecrets.includes(path) ? 'changed' : SECRET_MASK,
        ),
        ...(asides.length > 0 ? { setAside: asides.map(({ what }) => what) } : {}),
      },
    })
    return saved
  })
  if (version === undefined) throw changedSince()
  deps.accounts.forget(given.key)
  deps.wake(given.key)
  return { document: masked, version, isNew: row === undefined, isChanged: true }
}

/** What saving a document would change, before it is saved: the complete account, and what must be said about it. */
export async function planAccountChange(
  deps: Pick<DocumentDeps, 'db' | 'ring' | 'settings'>,
  row: AccountRow | undefined,
  given: Account,
) {
  const before = row && maskedAccount(row)
  const resolved = await resolveSecrets(deps.ring, given, row, {
    movedTo: before ? movedAddresses(before, given) : [],
  })
  const errors = uniqueByField([
    ...resolved.errors,
    ...checkAccount(resolved.account, { allowLocal: deps.settings.allowLocalVendors }),
  ])
  const masked = replaceSecrets(resolved.account, () => SECRET_MASK)
  return {
    before,
    account: resolved.account,
    masked,
    errors,
    changedSecrets: resolved.changed,
    hasLeftovers: row === undefined && (await hasLeftovers(deps.db, given.key)),
    guarded: [...resolved.changed, ...(before ? changedGuardedFields(before, given) : [])],
    isChanged: resolved.changed.length > 0 || !before || isDifferent(before, masked),
  }
}

/**
 * Removes an account with its events, keys and staff. What it received and wrote is erased after the account's
 * `removedAccountDays`; until then it is there again when the account is saved under the same key.
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
  const removedAt = deps.now()
  const { name, retention } = maskedAccount(row)
  await inTransaction(deps.db, async (tx) => {
    await noteRemovedAccount(tx, {
      account: key,
      name,
      removedBy: options.by.actor.slice(0, 200),
      removedAt,
      eraseAt: removedAt + retention.removedAccountDays * 86_400_000,
    })
    for (const { eventCode } of await listEvents(tx, key)) await deleteEvent(tx, key, eventCode)
    await removeAccess(tx, key)
    await deleteAccount(tx, key)
    await endRuns(tx, key, undefined, 'The account was removed.', deps.now())
    await recordChange({ db: tx, now: deps.now }, options.by, {
      account: key,
      action: 'account removed',
      target: key,
      before: maskedAccount(row),
    })
  })
  deps.accounts.forget(key)
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

/** Refuses a document that is another's than the one in the address. @throws Fault `INVALID_REQUEST` */
export function refuseOtherKey(field: string, given: string, inAddress: string): void {
  if (given !== inAddress)
    refuseErrors([{ field, message: 'is another than the one in the address' }])
}

/** @throws Fault `INVALID_REQUEST` when there are any */
export function refuseErrors(errors: { field: string; message: string }[]): void {
  const [first] = errors
  if (first)
    throw new Fault('INVALID_REQUEST', `${first.field}: ${first.message}`, { errors: [...errors] })
}

function isDifferent(one: unknown, other: unknown) {
  return canonical(one) !== canonical(other)
}

function uniqueByField(errors: { field: string; message: string }[]) {
  return errors.filter(({ field }, at) => errors.findIndex((one) => one.field === field) === at)
}
