import { sql } from 'kysely'
import type { Db, LogRow } from '../database.ts'
import { isMysql } from '../engine/open.ts'

/** The lines that a list shows; moments in ms, `to` exclusive. `words` are found in text, ids and detail, whatever the case. */
export interface LogFilter {
  kind?: string | undefined
  level?: string | undefined
  code?: string | undefined
  eventCode?: string | undefined
  partyId?: string | undefined
  registrationId?: string | undefined
  messageId?: string | undefined
  trace?: string | undefined
  from?: number | undefined
  to?: number | undefined
  dismissed?: 'no' | 'yes' | 'all'
  words: string[]
}

/** A page, newest first. `searchedTo`: the line down to which was looked, when the search stopped before the end. */
export interface FoundLogs {
  rows: LogRow[]
  searchedTo: { id: string; at: number } | undefined
}

/** Maximum lines scanned for one answer where no index helps: words, a code, dismissed ones. */
const LOOKED_THROUGH = 2000

/** Lines older than `before` (an id) that match, at most `limit`. */
export async function listLogs(
  db: Db,
  account: string,
  filter: LogFilter,
  page: { before: string | undefined; limit: number },
): Promise<FoundLogs> {
  const bounds = await boundsOf(db, account, filter)
  if (!bounds) return { rows: [], searchedTo: undefined }
  const first = firstOf(filter)
  let window = db.selectFrom('log').where('account', '=', account)
  if (first) window = window.where(first.column, '=', first.value)
  if (page.before !== undefined) window = window.where('id', '<', page.before)
  if (bounds.from !== undefined) window = window.where('id', '>=', bounds.from)
  if (bounds.to !== undefined) window = window.where('id', '<', bounds.to)
  const inner = window.orderBy('id', 'desc')
  const others = equalities(filter).filter(({ column }) => column !== first?.column)
  const { dismissed = 'all', words } = filter
  if (others.length === 0 && words.length === 0 && dismissed === 'all')
    return { rows: await inner.selectAll().limit(page.limit).execute(), searchedTo: undefined }

  // The end of what is looked through is found in the index alone; the lines themselves are read until the page is full.
  const end = await inner
    .select('id')
    .offset(LOOKED_THROUGH - 1)
    .limit(1)
    .executeTakeFirst()
  let query = inner.selectAll().limit(page.limit)
  if (end) query = query.where('id', '>=', end.id)
  for (const { column, value } of others) query = query.where(column, '=', value)
  if (dismissed === 'no') query = query.where('dismissedAt', 'is', null)
  if (dismissed === 'yes') query = query.where('dismissedAt', 'is not', null)
  for (const word of words) query = query.where(holds(db, word))
  const rows = await query.execute()
  if (rows.length >= page.limit || !end) return { rows, searchedTo: undefined }
  const last = await findLog(db, account, end.id)
  return { rows, searchedTo: last && { id: last.id, at: last.at } }
}

/** The columns a line can be narrowed by, those with the fewest lines to a value first. */
const COLUMNS = [
  'registrationId',
  'messageId',
  'trace',
  'partyId',
  'level',
  'kind',
  'eventCode',
  'code',
] as const
type Equality = { column: (typeof COLUMNS)[number]; value: string }

function equalities(filter: LogFilter): Equality[] {
  return COLUMNS.flatMap((column) => {
    const value = filter[column]
    return value === undefined ? [] : [{ column, value }]
  })
}

/** The filter whose index is read; nearly every line is of the level `info`, and no index holds codes. */
function firstOf(filter: LogFilter): Equality | undefined {
  const given = equalities(filter).filter(({ column }) => column !== 'code')
  return (
    given.find(({ column, value }) => column !== 'level' || value !== 'info') ??
    given.find(({ column }) => column === 'level')
  )
}

/** Case is folded by lower() on both sides: MySQL compares our columns letter by letter. */
function holds(db: Db, word: string) {
  const columns = sql`concat_ws(' ', text, code, trace, ${sql.ref('eventCode')}, ${sql.ref('partyId')}, ${sql.ref('registrationId')}, ${sql.ref('messageId')}, detail)`
  const concatenated = isMysql(db)
    ? columns
    : sql`text || ' ' || code || ' ' || trace || ' ' || coalesce(${sql.ref('eventCode')}, '') || ' ' || coalesce(${sql.ref('partyId')}, '') || ' ' || coalesce(${sql.ref('registrationId')}, '') || ' ' || coalesce(${sql.ref('messageId')}, '') || ' ' || coalesce(detail, '')`
  return sql<boolean>`instr(lower(${concatenated}), ${word}) > 0`
}

/**
 * Moments as ids: ids rise with time, so a window of time is a window of ids, which every index ends with. Undefined when no
 * line lies in it.
 */
async function boundsOf(db: Db, account: string, { from, to }: LogFilter) {
  async function firstSince(at: number) {
    const row = await db
      .selectFrom('log')
      .select('id')
      .where('account', '=', account)
      .where('at', '>=', at)
      .orderBy('at')
      .orderBy('id')
      .limit(1)
      .executeTakeFirst()
    return row?.id
  }
  const lower = from === undefined ? undefined : await firstSince(from)
  if (from !== undefined && lower === undefined) return undefined
  return { from: lower, to: to === undefined ? undefined : await firstSince(to) }
}

/** One line. */
export async function findLog(db: Db, account: string, id: string): Promise<LogRow | undefined> {
  return db
    .selectFrom('log')
    .selectAll()
    .where('account', '=', account)
    .where('id', '=', id)
    .executeTakeFirst()
}

/** The lines of one request or worker turn, in order, at most 200. */
export async function logsOfTrace(db: Db, account: string, trace: string): Promise<LogRow[]> {
  return db
    .selectFrom('log')
    .selectAll()
    .where('account', '=', account)
    .where('trace', '=', trace)
    .orderBy('id')
    .limit(200)
    .execute()
}

/** The lines that came after `after` (an id), in order; for following the account log. */
export async function logsAfter(
  db: Db,
  account: string,
  filter: LogFilter,
  after: string,
  limit: number,
): Promise<LogRow[]> {
  const later = db.selectFrom('log').where('account', '=', account).where('id', '>', after)
  // What follows the account log from far behind catches up in several answers.
  const end = await later
    .select('id')
    .orderBy('id')
    .offset(LOOKED_THROUGH - 1)
    .limit(1)
    .executeTakeFirst()
  let query = end ? later.where('id', '<=', end.id) : later
  for (const { column, value } of equalities(filter)) query = query.where(column, '=', value)
  for (const word of filter.words) query = query.where(holds(db, word))
  return query.selectAll().orderBy('id').limit(limit).execute()
}

/** The id of the newest line, or the empty text. */
export async function newestLogId(db: Db, account: string): Promise<string> {
  const row = await db
    .selectFrom('log')
    .select('id')
    .where('account', '=', account)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.id ?? ''
}

/** Takes a line out of the open ones, or back; false when there is none. */
export async function dismissLog(
  db: Db,
  account: string,
  id: string,
  dismissedAt: number | null,
): Promise<boolean> {
  if (!(await findLog(db, account, id))) return false
  await db
    .updateTable('log')
    .set({ dismissedAt })
    .where('account', '=', account)
    .where('id', '=', id)
    .execute()
  return true
}
