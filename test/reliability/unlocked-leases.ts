// Stands in for db/leases.ts, as the control: whoever asks for a lease has it.
import { sql } from 'kysely'
import type * as real from '../../db/leases.ts'
import { inTransaction } from '../../db/engine/open.ts'

export { LeaseLost } from '../../db/leases.ts'

export const acquireLease: typeof real.acquireLease = async (_db, name, owner) => ({
  name,
  owner,
  fence: 1,
})

export const renewLease: typeof real.renewLease = async () => undefined

export const releaseLease: typeof real.releaseLease = async () => undefined

export const fencedTransaction: typeof real.fencedTransaction = (db, _lease, _leaseUntil, work) =>
  inTransaction(db, work)

export const isHeld: typeof real.isHeld = () => sql<boolean>`1 = 1`
