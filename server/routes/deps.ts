import type { FastifyBaseLogger } from 'fastify'
import type { Kysely } from 'kysely'
import type { Database } from '../../db/database.ts'
import type { MessageWriter } from '../../db/engine/message-writer.ts'
import type { Account } from '../../schemas/account.ts'
import type { AccountLog } from '../account-log.ts'
import type { Accounts } from '../accounts.ts'
import type { KeyRing } from '../secrets/key-ring.ts'
import type { Settings } from '../settings.ts'
import type { Vendors } from '../vendors.ts'
import type { RateLimits } from '../web/security-headers.ts'

/** How long a client may take, in ms; a slower one is disconnected. Fastify's and Node's own defaults are minutes, or for ever. */
export interface Timeouts {
  /** From the first byte to the end of the headers. */
  headersMs: number
  /** From the first byte to the end of the body. */
  requestMs: number
  /** Without a byte in either direction. */
  silentMs: number
  /** Interval at which Node checks `headersMs` and `requestMs`. */
  checkMs: number
}

/**
 * What the routes need; `compose.ts` builds each of these once. `wake` tells the worker that there is new work for that
 * account in the database. `limits` replaces the usual rate limits, `timeouts` the usual timeouts.
 */
export interface AppDeps {
  settings: Settings
  db: Kysely<Database>
  writer: MessageWriter
  ring: KeyRing
  accounts: Accounts
  vendors: Vendors
  accountLog: AccountLog
  logger: FastifyBaseLogger
  now: () => number
  wake: (account: string) => void
  /** How long a call to that account's Cvent would wait for the rate limit at present, in ms. */
  waitMs?: (account: Account) => number
  limits?: Partial<RateLimits>
  timeouts?: Partial<Timeouts>
}
