import type { Selectable } from 'kysely'
import type { CircuitBreakerTable, Db } from './database.ts'
import { upsert } from './engine/open.ts'

/** The breaker of a vendor; undefined when it never opened, or closed again. */
export async function breakerOf(
  db: Db,
  account: string,
  vendor: string,
): Promise<Selectable<CircuitBreakerTable> | undefined> {
  return db
    .selectFrom('circuitbreaker')
    .selectAll()
    .where('account', '=', account)
    .where('vendor', '=', vendor)
    .executeTakeFirst()
}

/** Opens the breaker until a moment, for all instances. */
export async function openBreaker(db: Db, breaker: CircuitBreakerTable): Promise<void> {
  const { failures, openUntil, reason, updatedAt } = breaker
  await upsert(db, 'circuitbreaker', breaker, ['account', 'vendor'], {
    failures,
    openUntil,
    reason,
    updatedAt,
  })
}

/** Closes the breaker: the vendor answers again. */
export async function closeBreaker(db: Db, account: string, vendor: string): Promise<void> {
  await db
    .deleteFrom('circuitbreaker')
    .where('account', '=', account)
    .where('vendor', '=', vendor)
    .execute()
}
