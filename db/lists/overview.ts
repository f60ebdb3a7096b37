import type { Selectable } from 'kysely'
import type { CircuitBreakerTable, CallQuotaTable, Db } from '../database.ts'

/** Counts of what happened between two moments, ms, `to` exclusive. */
export interface DayCounts {
  messages: number
  registrations: number
  failures: number
}

const DAY_MS = 86_400_000

/**
 * The counts of `days` days (UTC) up to and with the one of `now`, oldest first. Each is counted in an index: messages and
 * registrations by their moments, failures by the window of ids that a day is.
 */
export async function countDays(
  db: Db,
  account: string,
  days: number,
  now: number,
): Promise<(DayCounts & { at: number })[]> {
  const today = Math.floor(now / DAY_MS) * DAY_MS
  const starts = Array.from({ length: days + 1 }, (_, at) => today - (days - 1 - at) * DAY_MS)
  const bounds = await Promise.all(starts.map((at) => firstLogSince(db, account, at)))
  return Promise.all(
    starts.slice(0, days).map(async (at, index) => {
      const from = bounds[index]
      const [messages, registrations, failures] = await Promise.all([
        countMessages(db, account, at),
        countRegistrations(db, account, at),
        from === undefined ? 0 : countFailures(db, account, from, bounds[index + 1]),
      ])
      return { at, messages, registrations, failures }
    }),
  )
}

async function countMessages(db: Db, account: string, at: number) {
  const { count } = await db
    .selectFrom('message')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('account', '=', account)
    .where('receivedAt', '>=', at)
    .where('receivedAt', '<', at + DAY_MS)
    .executeTakeFirstOrThrow()
  return count
}

async function countRegistrations(db: Db, account: string, at: number) {
  const { count } = await db
    .selectFrom('registration')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('account', '=', account)
    .where('registeredAt', '>=', at)
    .where('registeredAt', '<', at + DAY_MS)
    .executeTakeFirstOrThrow()
  return count
}

async function countFailures(db: Db, account: string, from: string, to: string | undefined) {
  let query = db
    .selectFrom('log')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('account', '=', account)
    .where('level', '=', 'failure')
    .where('id', '>=', from)
  if (to !== undefined) query = query.where('id', '<', to)
  return (await query.executeTakeFirstOrThrow()).count
}

async function firstLogSince(db: Db, account: string, at: number) {
  const row = await db
    .selectFrom('log')
    .select('id')
    .where('account', '=', account)
    .where('at', '>=', at)
    .orderBy('at')
    .limit(1)
    .executeTakeFirst()
  return row?.id
}

/** Counts the messages in a state. */
export async function countMessagesIn(db: Db, account: string, state: string): Promise<number> {
  const { count } = await db
    .selectFrom('message')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('account', '=', account)
    .where('state', '=', state)
    .executeTakeFirstOrThrow()
  return count
}

/** When the longest waiting message and registration were due first; undefined when none waits. */
export async function oldestDue(db: Db, account: string) {
  const [message, registration] = await Promise.all(
    (['message', 'registration'] as const).map((table) =>
      db
        .selectFrom(table)
        .select('dueAt')
        .where('account', '=', account)
        .where('state', '=', 'waiting')
        .orderBy('dueAt')
        .limit(1)
        .executeTakeFirst(),
    ),
  )
  return { message: message?.dueAt, registration: registration?.dueAt }
}

/** Counts the failures among the newest `limit` that nobody has dismissed yet. */
export async function openFailures(db: Db, account: string, limit: number): Promise<number> {
  const rows = await db
    .selectFrom('log')
    .select('dismissedAt')
    .where('account', '=', account)
    .where('level', '=', 'failure')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.filter(({ dismissedAt }) => dismissedAt === null).length
}

/** What is known of an account's vendors: breakers, and the budget of a day. */
export async function vendorRows(
  db: Db,
  account: string,
  day: string,
): Promise<{ breakers: Selectable<CircuitBreakerTable>[]; quotas: Selectable<CallQuotaTable>[] }> {
  const [breakers, quotas] = await Promise.all([
    db.selectFrom('circuitbreaker').selectAll().where('account', '=', account).execute(),
    db
      .selectFrom('callquota')
      .selectAll()
      .where('account', '=', account)
      .where('day', '=', day)
      .execute(),
  ])
  return { breakers, quotas }
}
