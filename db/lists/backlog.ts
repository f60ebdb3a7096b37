import type { Db } from '../database.ts'

/** The amount of one kind of work that an account has, and since when the oldest of it waits (ms since 1970). */
export interface Backlog {
  account: string
  kind: 'message' | 'registration'
  state: string
  count: number
  oldestAt: number | undefined
}

/** Messages and registrations that are not done, by account and state; an index answers it. */
export async function backlog(db: Db): Promise<Backlog[]> {
  const messages = await db
    .selectFrom('message')
    .select(({ fn }) => [
      'account',
      'state',
      fn.countAll<number>().as('count'),
      fn.min('dueAt').as('oldestAt'),
    ])
    .where('state', 'in', ['waiting', 'dead'])
    .groupBy(['account', 'state'])
    .execute()
  const registrations = await db
    .selectFrom('registration')
    .select(({ fn }) => [
      'account',
      'state',
      fn.countAll<number>().as('count'),
      fn.min('dueAt').as('oldestAt'),
    ])
    .where('state', 'in', ['waiting', 'dead', 'unmatched'])
    .groupBy(['account', 'state'])
    .execute()
  const line = (kind: Backlog['kind']) => (row: (typeof messages)[number]) => ({
    account: row.account,
    kind,
    state: row.state,
    count: row.count,
    oldestAt: row.oldestAt ?? undefined,
  })
  return [...messages.map(line('message')), ...registrations.map(line('registration'))]
}
