import type { Db } from '../database.ts'

/** The oldest row of each kind of data that an account has, ms since 1970; undefined for none. An index finds each. */
export async function oldestOf(
  db: Db,
  account: string,
): Promise<Record<string, number | undefined>> {
  const first = async (rows: Promise<{ at: number | null } | undefined>) =>
    (await rows)?.at ?? undefined
  const ofMessages = (states: string[]) =>
    db
      .selectFrom('message')
      .select('receivedAt as at')
      .where('account', '=', account)
      .where('state', 'in', states)
      .orderBy('receivedAt')
      .limit(1)
      .executeTakeFirst()
  const byId = (table: 'registration' | 'run', column: 'createdAt') =>
    db
      .selectFrom(table as 'run')
      .select(`${column} as at`)
      .where('account', '=', account)
      .orderBy('id')
      .limit(1)
      .executeTakeFirst()
  const [messages, unread, logs, audits, registrations, runs, unknownEvents, setAside] =
    await Promise.all([
      first(ofMessages(['unpacked', 'erased'])),
      first(ofMessages(['waiting', 'dead'])),
      first(
        db
          .selectFrom('log')
          .select('at')
          .where('account', '=', account)
          .orderBy('at')
          .limit(1)
          .executeTakeFirst(),
      ),
      first(
        db
          .selectFrom('audit')
          .select('at')
          .where('account', '=', account)
          .orderBy('id')
          .limit(1)
          .executeTakeFirst(),
      ),
      first(byId('registration', 'createdAt')),
      first(byId('run', 'createdAt')),
      first(
        db
          .selectFrom('unknownevent')
          .select((e) => e.fn.min('lastSeenAt').as('at'))
          .where('account', '=', account)
          .executeTakeFirst(),
      ),
      first(
        db
          .selectFrom('setaside')
          .select((e) => e.fn.min('at').as('at'))
          .where('account', '=', account)
          .executeTakeFirst(),
      ),
    ])
  return { messages, unread, logs, audits, registrations, runs, unknownEvents, setAside }
}
