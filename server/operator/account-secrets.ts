import type { AccountRow } from '../../db/database.ts'
import { Account, KEPT } from '../../schemas/account.ts'
import type { FieldError } from '../errors.ts'
import { openSecret, type KeyRing } from '../secrets.ts'

/** Every secret of an account by its path, `cvent.webhookTokens.0` for the first of the list; unset ones are missing. */
export function secretsOf(account: Account): Map<string, string> {
  const secrets = new Map<string, string>([
    ['imis.password', account.imis.password],
    ['imis.sso.clientSecret', account.imis.sso.clientSecret],
    ['cvent.clientSecret', account.cvent.clientSecret],
  ])
  if (account.cvent.formPostKey !== null)
    secrets.set('cvent.formPostKey', account.cvent.formPostKey)
  if (account.contactHook.secret !== null)
    secrets.set('contactHook.secret', account.contactHook.secret)
  for (const [at, token] of account.cvent.webhookTokens.entries())
    secrets.set(`cvent.webhookTokens.${at}`, token)
  return secrets
}

/** The account with each secret replaced by what `replace` says of its path. */
export function withSecrets(account: Account, replace: (path: string) => string): Account {
  const shown = structuredClone(account)
  shown.imis.password = replace('imis.password')
  shown.imis.sso.clientSecret = replace('imis.sso.clientSecret')
  shown.cvent.clientSecret = replace('cvent.clientSecret')
  if (shown.cvent.formPostKey !== null) shown.cvent.formPostKey = replace('cvent.formPostKey')
  if (shown.contactHook.secret !== null) shown.contactHook.secret = replace('contactHook.secret')
  shown.cvent.webhookTokens = shown.cvent.webhookTokens.map((_token, at) =>
    replace(`cvent.webhookTokens.${at}`),
  )
  return shown
}

/**
 * The account as an answer shows it: `…` for each secret that is set. It opens none, so that it also works while a secret
 * does not open with the present SECRET_KEY.
 */
export function maskedAccount(row: AccountRow): Account {
  const sealed = sealedSecrets(row)
  const account = Account.parse(JSON.parse(row.document))
  if (sealed['cvent.formPostKey'] !== undefined) account.cvent.formPostKey = KEPT
  if (sealed['contactHook.secret'] !== undefined) account.contactHook.secret = KEPT
  account.cvent.webhookTokens = Object.keys(sealed)
    .filter((path) => path.startsWith('cvent.webhookTokens.'))
    .map(() => KEPT)
  return withSecrets(account, () => KEPT)
}

/**
 * Puts the kept secrets (`…`) of a document an admin sent back in from the stored account.
 *
 * @returns the complete account, the paths whose secret is another than before, and what is missing
 */
export async function resolveSecrets(ring: KeyRing, given: Account, row: AccountRow | undefined) {
  const sealed = row ? sealedSecrets(row) : {}
  const errors: FieldError[] = []
  const changed: string[] = []
  const clear = new Map<string, string>()
  for (const [path, secret] of secretsOf(given)) {
    const was = sealed[path]
    const opened =
      was === undefined
        ? undefined
        : await openSecret(ring, given.key, path, was).catch(() => undefined)
    if (secret === '') errors.push({ field: path, message: 'enter the secret' })
    else if (secret !== KEPT) {
      clear.set(path, secret)
      if (secret !== opened) changed.push(path)
    } else if (opened !== undefined) clear.set(path, opened)
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
  return { account: withSecrets(given, (path) => clear.get(path) ?? ''), changed, errors }
}

function sealedSecrets(row: AccountRow): Record<string, string> {
  // Written by sealAccount: an object whose members are paths and whose values are JWE texts.
  return JSON.parse(row.secrets) as Record<string, string>
}
