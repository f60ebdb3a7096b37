import type { AccountRow } from '../../../db/database.ts'
import { Account, ACCOUNT_FIELDS, SECRET_MASK } from '../../../schemas/account.ts'
import type { RoledField, VendorAddress } from '../../../schemas/field-roles.ts'
import type { FieldError } from '../../errors.ts'
import { fieldOfSecret, putAt, replaceSecrets, secretsIn } from '../../secrets/secret-fields.ts'
import { openSecret, type KeyRing } from '../../secrets/key-ring.ts'

/**
 * The account as an answer shows it: `…` for each secret that is set. It opens none, so that it also works while a secret
 * does not open with the present SECRET_KEY.
 */
export function maskedAccount(row: Pick<AccountRow, 'document' | 'secrets'>): Account {
  return Account.parse(maskedDocument(row))
}

/** The same for a document of any schema; its shape is the caller's to check. */
export function maskedDocument(row: Pick<AccountRow, 'document' | 'secrets'>): object {
  // Written by sealAccount: an object.
  const document = JSON.parse(row.document) as object
  for (const path of Object.keys(sealedSecrets(row))) putAt(document, path, SECRET_MASK)
  return document
}

/**
 * Puts the kept secrets (`…`) of a document an admin sent back in from the stored account. A secret that is sent to one of
 * the `movedTo` addresses cannot be kept: whoever may change an address must not learn the secrets by it.
 *
 * @returns the complete account, the paths whose secret is another than before, and what is missing
 */
export async function resolveSecrets<Document extends { key: string }>(
  ring: KeyRing,
  given: Document,
  row: Pick<AccountRow, 'secrets'> | undefined,
  {
    movedTo = [],
    fields = ACCOUNT_FIELDS,
  }: { movedTo?: readonly VendorAddress[]; fields?: readonly RoledField[] } = {},
) {
  const sealed = row ? sealedSecrets(row) : {}
  const errors: FieldError[] = []
  const changed: string[] = []
  const clear = new Map<string, string>()
  for (const [path, secret] of secretsIn(given, fields)) {
    const was = sealed[path]
    const opened =
      was === undefined
        ? undefined
        : await openSecret(ring, given.key, path, was).catch(() => undefined)
    const moved = fieldOfSecret(path, fields)?.sentTo?.find((address) => movedTo.includes(address))
    if (secret === '') errors.push({ field: path, message: 'enter the secret' })
    else if (secret !== SECRET_MASK) {
      clear.set(path, secret)
      if (secret !== opened) changed.push(path)
    } else if (moved !== undefined && was !== undefined)
      errors.push({
        field: path,
        message: `enter the secret again: it would be sent to another address (${moved} changes)`,
      })
    else if (opened !== undefined) clear.set(path, opened)
    else
      errors.push({
        field: path,
        message:
          was === undefined
            ? 'there is no secret to keep here; enter it'
            : 'the secret kept here does not open with the present SECRET_KEY; enter it again',
      })
  }
  for (const path of Object.keys(sealed)) if (!clear.has(path)) changed.push(path)
  return {
    account: replaceSecrets(given, (path) => clear.get(path) ?? '', fields),
    changed,
    errors,
  }
}

function sealedSecrets(row: Pick<AccountRow, 'secrets'>): Record<string, string> {
  // Written by sealAccount: an object whose members are paths and whose values are JWE texts.
  return JSON.parse(row.secrets) as Record<string, string>
}
