import { sql } from 'kysely'
import type { Db, RegistrationRow, RegistrationUpdate } from './database.ts'
import { isHeld, type Lease } from './leases.ts'

/** A claimed registration: enough to plan a read, not the whole row. `wantedVersion` is the version claimed. */
export type Claimed = Pick<
  RegistrationRow,
  | 'id'
  | 'attendeeId'
  | 'eventStub'
  | 'eventCode'
  | 'isEventRead'
  | 'primaryId'
  | 'wantedVersion'
  | 'attempt'
  | 'updatedAt'
>

/**
 * The registrations that are due, the longest waiting first; with `after` only those that fell due later than that. Who
 * holds the account's lease owns them; nothing is marked.
 */
export async function dueRegistrations(
  db: Db,
  account: string,
  now: number,
  limit: number,
  after = -1,
): Promise<Claimed[]> {
  return db
    .selectFrom('registration')
    .select([
      'id',
      'attendeeId',
      'eventStub',
      'eventCode',
      'isEventRead',
      'primaryId',
      'wantedVersion',
      'attempt',
      'updatedAt',
    ])
    .where('account', '=', account)
    .where('state', '=', 'waiting')
    .where('dueAt', '<=', now)
    .where('dueAt', '>', after)
    .orderBy('dueAt')
    .limit(limit)
    .execute()
}

/** When the account's next registration falls due, or undefined when none waits. */
export async function nextRegistrationDue(db: Db, account: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('registration')
    .select('dueAt')
    .where('account', '=', account)
    .where('state', '=', 'waiting')
    .orderBy('dueAt')
    .limit(1)
    .executeTakeFirst()
  return row?.dueAt
}

/**
 * Ends the work on one registration: what was learnt is kept, and it rests in `state` unless it was touched since it was
 * claimed at `version`; then it stays due at once. Nothing is kept when the lease is no longer ours.
 *
 * @returns false when the lease was lost
 */
export async function settle(
  db: Db,
  lease: Lease,
  id: string,
  version: number,
  update: RegistrationUpdate & { state: string },
  now: number,
): Promise<boolean> {
  const { state, dueAt = now, ...learnt } = fitted(update)
  const { numUpdatedRows } = await db
    .updateTable('registration')
    .set({
      ...learnt,
      state: sql<string>`case when ${sql.ref('wantedVersion')} = ${version} then ${state} else 'waiting' end`,
      dueAt: sql<number>`case when ${sql.ref('wantedVersion')} = ${version} or ${state} = 'waiting' then ${dueAt} else ${now} end`,
      updatedAt: now,
    })
    .where('id', '=', id)
    .where(isHeld(lease))
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** The widths of the columns that take a vendor's text; ids are refused where they are read when they do not fit. */
const WIDTHS = {
  status: 40,
  confirmationNumber: 40,
  firstName: 100,
  lastName: 100,
  email: 254,
  searchText: 600,
  reason: 500,
} as const

/** Cuts texts to their columns: a long name must not be the reason why a registration cannot be stored. */
function fitted<Update extends RegistrationUpdate>(update: Update): Update {
  const cut: RegistrationUpdate = {}
  for (const [column, width] of Object.entries(WIDTHS)) {
    // The names are those of `WIDTHS`.
    const name = column as keyof typeof WIDTHS
    const value = update[name]
    if (typeof value === 'string' && value.length > width)
      cut[name] = value.slice(0, width).replace(/[\uD800-\uDBFF]$/, '')
  }
  return { ...update, ...cut }
}
