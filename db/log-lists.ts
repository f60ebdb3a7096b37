import { sql } from 'kysely'
import type { Db, LogRow } from './database.ts'
import { isMysql } from './open.ts'

/** Which lines a list shows; moments in ms, `to` exclusive. `words` are found in text, ids and detail, whatever the case. */
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

/** How many lines one answer looks through for what no index holds: words, a code, dismissed ones. */
const LOOKED_THROUGH = 5000

/** Lines older than `before` (an id) that match, at most `limit`. */
export async function listLogs(
  db: Db,
  account: string,
  filter: LogFilter,
  page: { before: string | undefined; limit: number },
): Promise<FoundLogs> {
  const bounds = await boundsOf(db, account, filter)
  if (!bounds) return { rows: [], searchedTo: undefined }
  let window = indexed(db, account, filter)
  if (page.before !== undefined) window = window.where('id', '<', page.before)
  if (bounds.from !== undefined) window = window.where('id', '>=', bounds.from)
  if (bounds.to !== undefined) window = window.where('id', '<', bounds.to)
  const inner = window.orderBy('id', 'desc')
  if (!needsSearch(filter))
    return { rows: await inner.selectAll().limit(page.limit).execute(), searchedTo: undefined }

  const looked = inner.selectAll().limit(LOOKED_THROUGH)
  let query = db.selectFrom(looked.as('looked')).selectAll()
  if (filter.code !== undefined) query = query.where('code', '=', filter.code)
  if (filter.dismissed === 'no') query = query.where('dismissedAt', 'is', null)
  if (filter.dismissed === 'yes') query = query.where('dismissedAt', 'is not', null)
  for (const column of ['level', 'eventCode', 'partyId'] as const) {
    const value = filter[column]
    if (value !== undefined) query = query.where(column, '=', value)
  }
  for (const word of filter.words) query = query.where(holds(db, word))
  const rows = await query.orderBy('id', 'desc').limit(page.limit).execute()
  if (rows.length >= page.limit) return { rows, searchedTo: undefined }
  const [end] = await inner
    .select(['id', 'at'])
    .offset(LOOKED_THROUGH - 1)
    .limit(1)
    .execute()
  return { rows, searchedTo: end }
}

/** True when a filter is set for which there is no index beside the one that is used. */
function needsSearch(filter: LogFilter) {
  return (
    filter.words.length > 0 ||
    filter.code !== undefined ||
    (filter.dismissed ?? 'all') !== 'all' ||
    ['level', 'eventCode', 'partyId'].filter((name) => filter[name as 'level'] !== undefined)
      .length > (usedIndex(filter) === 'other' ? 1 : 0)
  )
}

/** Which of the filters picks the index: the most selective one. */
function usedIndex(filter: LogFilter) {
  for (const name of ['registrationId', 'messageId', 'trace'] as const)
    if (filter[name] !== undefined) return name
  const others = ['partyId', 'eventCode', 'level'] as const
  return filter.kind === undefined && others.some((name) => filter[name] !== undefined)
    ? 'other'
    : 'kind'
}

function indexed(db: Db, account: string, filter: LogFilter) {
  let query = db.selectFrom('log').where('account', '=', account)
  for (const name of ['registrationId', 'messageId', 'trace', 'kind'] as const) {
    const value = filter[name]
    if (value !== undefined) query = query.where(name, '=', value)
  }
  if (usedIndex(filter) === 'other') {
    const name = (['partyId', 'eventCode', 'level'] as const).find(
      (one) => filter[one] !== undefined,
    )
    const value = name && filter[name]
    if (name && value !== undefined) query = query.where(name, '=', value)
  }
  return query
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

/** The lines that came after `after` (an id), in order; for following the trail. */
export async function logsAfter(
  db: Db,
  account: string,
  filter: LogFilter,
  after: string,
  limit: number,
): Promise<LogRow[]> {
  let query = indexed(db, account, filter).where('id', '>', after)
  if (filter.level !== undefined) query = query.where('level', '=', filter.level)
  if (filter.eventCode !== undefined) query = query.where('eventCode', '=', filter.eventCode)
  if (filter.partyId !== undefined) query = query.where('partyId', '=', filter.partyId)
  if (filter.code !== undefined) query = query.where('code', '=', filter.code)
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
