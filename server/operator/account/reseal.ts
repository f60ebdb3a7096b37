import type { Kysely } from 'kysely'
import { listAccounts, saveAccount } from '../../../db/accounts.ts'
import type { Database } from '../../../db/database.ts'
import { inTransaction } from '../../../db/engine/open.ts'
import { sealAccount, unsealAccount } from '../../accounts.ts'
import { isSealedWithOldKey, type KeyRing } from '../../secrets/key-ring.ts'

/** What became of one account's secrets. `changed-meanwhile`: an admin saved it in between; run it again. */
export interface Resealed {
  account: string
  outcome: 'resealed' | 'already-newest' | 'changed-meanwhile'
}

/**
 * Encrypts every stored secret again with the newest key of SECRET_KEY, so that the old one can be dropped. Safe to repeat
 * and to run while the server runs; an account is changed as a whole or not at all.
 *
 * @throws Fault `CONFLICT` when a secret opens with none of the keys; accounts before it are done
 */
export async function resealSecrets(deps: {
  db: Kysely<Database>
  ring: KeyRing
  now: () => number
}): Promise<Resealed[]> {
  const done: Resealed[] = []
  for (const row of await listAccounts(deps.db)) {
    // Written by sealAccount: an object of JWE texts.
    const sealed = Object.values(JSON.parse(row.secrets) as Record<string, string>)
    if (!sealed.some((secret) => isSealedWithOldKey(deps.ring, secret))) {
      done.push({ account: row.account, outcome: 'already-newest' })
      continue
    }
    const { account, version } = await unsealAccount(deps.ring, row)
    const resealed = await sealAccount(deps.ring, account)
    const saved = await inTransaction(deps.db, (tx) =>
      saveAccount(tx, resealed, version, deps.now()),
    )
    done.push({
      account: row.account,
      outcome: saved === undefined ? 'changed-meanwhile' : 'resealed',
    })
  }
  return done
}
