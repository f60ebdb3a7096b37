import type { Db } from '../database.ts'

/** Counts the registrations of each event in each state, read from an index alone. */
export async function countByEventAndState(
  db: Db,
  account: string,
): Promise<{ eventCode: string | null; state: string; count: number }[]> {
  return db
    .selectFrom('registration')
    .select((e) => ['eventCode', 'state', e.fn.countAll<number>().as('count')])
    .where('account', '=', account)
    .groupBy(['eventCode', 'state'])
    .execute()
}

/** Counts the registrations of an event that were due at `dueBy` and still wait. */
export async function countStillDue(
  db: Db,
  account: string,
  eventStub: string,
  dueBy: number,
): Promise<number> {
  const { count } = await db
    .selectFrom('registration')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('account', '=', account)
    .where('state', '=', 'waiting')
    .where('dueAt', '<=', dueBy)
    .where('eventStub', '=', eventStub)
    .executeTakeFirstOrThrow()
  return count
}

/** Takes an unknown event out of sight, or back; false when there is none of that stub. */
export async function ignoreUnknownEvent(
  db: Db,
  account: string,
  eventStub: string,
  isIgnored: boolean,
): Promise<boolean> {
  const known = await db
    .selectFrom('unknownevent')
    .select('eventStub')
    .where('account', '=', account)
    .where('eventStub', '=', eventStub)
    .executeTakeFirst()
  if (!known) return false
  await db
    .updateTable('unknownevent')
    .set({ isIgnored: isIgnored ? 1 : 0 })
    .where('account', '=', account)
    .where('eventStub', '=', eventStub)
    .execute()
  return true
}
