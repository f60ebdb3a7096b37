import type { Db, EventRow } from '../database.ts'

/** Registrations read in one go. */
const A_PAGE = 500

/** The events whose registrations are to be touched because a setting changed; switched-off ones wait until they are on again. */
export async function rewritesDue(db: Db, account: string): Promise<EventRow[]> {
  return db
    .selectFrom('event')
    .selectAll()
    .where('account', '=', account)
    .where('rewriteDueAt', 'is not', null)
    .where('enabled', '=', 1)
    .orderBy('rewriteDueAt')
    .limit(50)
    .execute()
}

/** Since when the first of them waits, or undefined when none does. */
export async function nextRewriteDue(db: Db, account: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('event')
    .select('rewriteDueAt')
    .where('account', '=', account)
    .where('rewriteDueAt', 'is not', null)
    .where('enabled', '=', 1)
    .orderBy('rewriteDueAt')
    .limit(1)
    .executeTakeFirst()
  return row?.rewriteDueAt ?? undefined
}

/** Lets the registrations of all events of an account, or of one, be touched by the worker, from the first one on. */
export async function askForRewrite(
  db: Db,
  account: string,
  eventCode: string | undefined,
  now: number,
): Promise<void> {
  let update = db
    .updateTable('event')
    // Later than an earlier request in any case, so that a touching under way sees that it was asked for anew.
    .set((e) => ({
      rewriteDueAt: e
        .case()
        .when('rewriteDueAt', '>=', now)
        .then(e('rewriteDueAt', '+', 1))
        .else(now)
        .end(),
      rewriteAfter: null,
    }))
    .where('account', '=', account)
  if (eventCode !== undefined) update = update.where('eventCode', '=', eventCode)
  await update.execute()
}

/** Notes how far the touching of an event's registrations is, unless it was asked for anew meanwhile. */
export async function noteRewrite(
  db: Db,
  { account, eventCode, rewriteDueAt }: Pick<EventRow, 'account' | 'eventCode' | 'rewriteDueAt'>,
  update: Partial<Pick<EventRow, 'settingsHash' | 'rewriteDueAt' | 'rewriteAfter'>>,
): Promise<void> {
  const event = db
    .updateTable('event')
    .set(update)
    .where('account', '=', account)
    .where('eventCode', '=', eventCode)
  await (
    rewriteDueAt === null
      ? event.where('rewriteDueAt', 'is', null)
      : event.where('rewriteDueAt', '=', rewriteDueAt)
  ).execute()
}

/** The next registrations of an event by id, read from an index alone. */
export async function registrationsAfter(
  db: Db,
  account: string,
  eventStub: string,
  after: string,
  limit: number,
): Promise<string[]> {
  const rows = await db
    .selectFrom('registration')
    .select('id')
    .where('account', '=', account)
    .where('eventStub', '=', eventStub)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}

/** The ledger rows that a change of settings concerns; what is left out does not narrow. */
export interface LedgerFilter {
  kinds?: readonly string[]
  standings?: readonly string[]
  states?: readonly string[]
}

/** Counts the registrations of the events, and those of their activities that match one of the filters; read in short pages. */
export async function countRewrites(
  db: Db,
  account: string,
  eventStubs: string[],
  filters: LedgerFilter[],
): Promise<{ registrations: number; activities: number }> {
  const counts = { registrations: 0, activities: 0 }
  for (const eventStub of eventStubs)
    for (let after = ''; ;) {
      const ids = await registrationsAfter(db, account, eventStub, after, A_PAGE)
      const last = ids.at(-1)
      if (last === undefined) break
      counts.registrations += ids.length
      counts.activities += await countLedger(db, account, ids, filters)
      after = last
    }
  return counts
}

async function countLedger(
  db: Db,
  account: string,
  registrationIds: string[],
  filters: LedgerFilter[],
): Promise<number> {
  if (filters.length === 0) return 0
  const { count } = await db
    .selectFrom('ledger')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('account', '=', account)
    .where('registrationId', 'in', registrationIds)
    .where((e) =>
      e.or(
        filters.map(({ kinds, standings, states = STANDING_IN_IMIS }) =>
          e.and([
            e('state', 'in', states),
            ...(kinds ? [e('kind', 'in', kinds)] : []),
            ...(standings ? [e('standing', 'in', standings)] : []),
          ]),
        ),
      ),
    )
    .executeTakeFirstOrThrow()
  return count
}

/** The states of a row that stands in iMIS, or may. */
const STANDING_IN_IMIS = ['intended', 'written', 'removing']
