import { sql } from 'kysely'
import type { Db } from '../database.ts'

/** An account with counts of its events and of what waits; `document` is the stored one, without secrets. */
export interface AccountCounts {
  account: string
  document: string
  events: number
  waiting: number
  dead: number
  unmatched: number
}

/** Every account (or the one of that key), by key, with its counts; one read per count, each from an index alone. */
export async function listAccountLines(
  db: Db,
  account: string | undefined,
): Promise<AccountCounts[]> {
  let accounts = db.selectFrom('account').select(['account', 'document']).orderBy('account')
  if (account !== undefined) accounts = accounts.where('account', '=', account)
  const rows = await accounts.execute()
  const events = await db
    .selectFrom('event')
    .select(['account', sql<number>`count(*)`.as('count')])
    .groupBy('account')
    .execute()
  const states = await db
    .selectFrom('registration')
    .select(['account', 'state', sql<number>`count(*)`.as('count')])
    .where('state', 'in', ['waiting', 'dead', 'unmatched'])
    .where('account', 'in', rows.map((row) => row.account).concat(''))
    .groupBy(['account', 'state'])
    .execute()
  return rows.map((row) => {
    const inState = (state: string) =>
      states.find((one) => one.account === row.account && one.state === state)?.count ?? 0
    return {
      ...row,
      events: events.find((one) => one.account === row.account)?.count ?? 0,
      waiting: inState('waiting'),
      dead: inState('dead'),
      unmatched: inState('unmatched'),
    }
  })
}
