import { randomBytes } from 'node:crypto'
import type { Account } from '../../../schemas/account.ts'
import type { LoadedAccount } from '../../accounts.ts'
import { Fault } from '../../errors.ts'
import { saveAccountDocument, type DocumentDeps } from './account-documents.ts'
import type { ChangedBy } from '../access/audit.ts'

/** How many webhook tokens may be valid at once, as the account's schema has it. */
const MAX_TOKENS = 5

/**
 * Makes a new webhook token, which becomes the account's first; those before it stay valid until they are retired.
 *
 * @returns the token, to be shown once, and how many are valid now
 * @throws Fault `CONFLICT` when there are five already; `CHANGED_SINCE` when the account was changed meanwhile
 */
export async function addWebhookToken(deps: DocumentDeps, loaded: LoadedAccount, by: ChangedBy) {
  const { webhookTokens } = loaded.account.cvent
  if (webhookTokens.length >= MAX_TOKENS)
    throw new Fault(
      'CONFLICT',
      `There are ${MAX_TOKENS} webhook tokens already; retire the old ones first.`,
    )
  const token = randomBytes(32).toString('base64url')
  await save(deps, loaded, [token, ...webhookTokens], by)
  return { token, tokenCount: webhookTokens.length + 1 }
}

/** Ends all webhook tokens but the newest. */
export async function retireWebhookTokens(
  deps: DocumentDeps,
  loaded: LoadedAccount,
  by: ChangedBy,
) {
  const tokens = loaded.account.cvent.webhookTokens.slice(0, 1)
  await save(deps, loaded, tokens, by)
  return { tokenCount: tokens.length }
}

async function save(
  deps: DocumentDeps,
  { account, version }: LoadedAccount,
  webhookTokens: string[],
  by: ChangedBy,
) {
  const changed: Account = { ...account, cvent: { ...account.cvent, webhookTokens } }
  await saveAccountDocument(deps, changed, { by, expectedVersion: version })
}
