import { sql } from 'kysely'
import type { Db, RegistrationRow } from '../database.ts'
import { isMysql } from '../engine/open.ts'

/** The registrations that a list shows, erased ones only where `state` asks for them; `words` are lower case and must all be found. */
export interface RegistrationFilter {
  eventCode?: string | undefined
  partyId?: string | undefined
  state?: string | undefined
  status?: string | undefined
  words: string[]
}

const COLUMNS = [
  'id',
  'attendeeId',
  'eventCode',
  'partyId',
  'matchedBy',
  'status',
  'confirmationNumber',
  'firstName',
  'lastName',
  'email',
  'isGuest',
  'isTest',
  'state',
  'reason',
  'attempt',
  'dueAt',
  'registeredAt',
  'modifiedAt',
  'syncedAt',
] as const

/** A registration as lists show it: without the snapshot, which is by far its largest part. */
export type RegistrationLineRow = Pick<RegistrationRow, (typeof COLUMNS)[number]>

/** A page, newest first. `searchedTo`: with words, the id down to which was searched; undefined when all was. */
export interface FoundRegistrations {
  rows: RegistrationLineRow[]
  searchedTo: string | undefined
}

/** Matches of the words that are read at a time, and the number of such reads for one answer. */
const MATCHES_A_GO = 500
const GOES = 4

/** The registrations older than `before` (an id) that match, at most `limit`. */
export async function listRegistrations(
  db: Db,
  account: string,
  filter: RegistrationFilter,
  page: { before: string | undefined; limit: number },
): Promise<FoundRegistrations> {
  if (filter.words.length === 0) {
    let query = narrowed(db, account, filter)
    if (page.before !== undefined) query = query.where('id', '<', page.before)
    const rows = await query.orderBy('id', 'desc').limit(page.limit).execute()
    return { rows, searchedTo: undefined }
  }
  const found: RegistrationLineRow[] = []
  let { before } = page
  for (let go = 0; go < GOES; go += 1) {
    const ids = await matchingIds(db, account, filter.words, before)
    if (ids.length > 0)
      found.push(
        ...(await narrowed(db, account, filter)
          .where('id', 'in', ids)
          .orderBy('id', 'desc')
          .limit(page.limit - found.length)
          .execute()),
      )
    if (found.length >= page.limit) return { rows: found, searchedTo: undefined }
    if (ids.length < MATCHES_A_GO) return { rows: found, searchedTo: undefined }
    before = ids.at(-1)
  }
  return { rows: found, searchedTo: before }
}

/**
 * The ids of the newest rows that hold every word. Read from the index `registration_search` alone: the rows themselves are
 * some kilobytes each, and a table of 100,000 would have to be read whole.
 */
async function matchingIds(db: Db, account: string, words: string[], before: string | undefined) {
  const hint = isMysql(db)
    ? sql`force index (registration_search)`
    : sql`indexed by registration_search`
  const conditions = words.map((word) => sql`and instr(${sql.ref('searchText')}, ${word}) > 0`)
  const older = before === undefined ? sql`` : sql`and id < ${before}`
  const { rows } = await sql<{ id: string }>`
    select id from registration ${hint}
    where account = ${account} ${older} ${sql.join(conditions, sql` `)}
    order by id desc limit ${MATCHES_A_GO}`.execute(db)
  return rows.map(({ id }) => id)
}

function narrowed(db: Db, account: string, filter: RegistrationFilter) {
  let query = db.selectFrom('registration').select(COLUMNS).where('account', '=', account)
  if (filter.eventCode !== undefined) query = query.where('eventCode', '=', filter.eventCode)
  if (filter.partyId !== undefined) query = query.where('partyId', '=', filter.partyId)
  query =
    filter.state === undefined
      ? query.where('state', '!=', 'erased')
      : query.where('state', '=', filter.state)
  if (filter.status !== undefined) query = query.where('status', '=', filter.status)
  return query
}

/** One registration, whole. */
export async function findRegistration(
  db: Db,
  account: string,
  id: string,
): Promise<RegistrationRow | undefined> {
  return db
    .selectFrom('registration')
    .selectAll()
    .where('account', '=', account)
    .where('id', '=', id)
    .executeTakeFirst()
}

/** The registrations of one Cvent contact, which an assignment concerns all. */
export async function registrationIdsOfContact(
  db: Db,
  account: string,
  contactStub: string,
): Promise<string[]> {
  const rows = await db
    .selectFrom('registration')
    .select('id')
    .where('account', '=', account)
    .where('contactStub', '=', contactStub)
    .execute()
  return rows.map(({ id }) => id)
}
