import { setImmediate } from 'node:timers/promises'
import type { Database, Db } from '../database.ts'
import { keyOf } from '../set-aside.ts'

/** Parts without a message that one purge removes. */
const ORPHANS = 50

/**
 * Forgets messages that were unpacked, emptied or dismissed and received before `before`, and those of any state received
 * before `unreadBefore`; at most `limit`, so that the statement stays short. A delivery that is repeated after that counts
 * as new, which costs one read at Cvent and nothing else. @returns how many
 */
export async function purgeMessages(
  db: Db,
  account: string,
  before: number,
  limit: number,
  unreadBefore = -Infinity,
): Promise<number> {
  const old = db
    .selectFrom('message')
    .select(['id', 'parts'])
    .where('account', '=', account)
    .where('receivedAt', '<', Math.max(before, unreadBefore))
    .where((e) =>
      e.or([
        e.and([e('state', 'in', ['unpacked', 'erased']), e('receivedAt', '<', before)]),
        e.and([e('dismissedAt', 'is not', null), e('receivedAt', '<', before)]),
        ...(unreadBefore > 0 ? [e('receivedAt', '<', unreadBefore)] : []),
      ]),
    )
    .orderBy('receivedAt')
  const ids = await old.limit(limit).execute()
  await purgeParts(db, ids, before)
  return purge(db, 'message', ids)
}

/** The parts of these messages, and those whose message never followed because the program ended in between. */
async function purgeParts(db: Db, messages: { id: string; parts: number }[], before: number) {
  const ids = messages.filter(({ parts }) => parts > 0).map(({ id }) => id)
  const orphans = await db
    .selectFrom('messagepart')
    .select('messageId')
    .distinct()
    .where('messageId', '<', firstIdOf(before))
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('message').select('id').whereRef('id', '=', 'messageId'))),
    )
    .limit(ORPHANS)
    .execute()
  const all = [...ids, ...orphans.map(({ messageId }) => messageId)]
  for (const id of all) await db.deleteFrom('messagepart').where('messageId', '=', id).execute()
}

/** Ids are in order of time: their first 48 bits are the moment. */
function firstIdOf(at: number) {
  const hex = Math.max(0, at).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-`
}

/** Forgets lines of the account log older than `before`; at most `limit`. @returns how many */
export async function purgeLogs(
  db: Db,
  account: string,
  before: number,
  limit: number,
): Promise<number> {
  const old = db
    .selectFrom('log')
    .select('id')
    .where('account', '=', account)
    .where('at', '<', before)
    .orderBy('at')
  return purge(db, 'log', await old.limit(limit).execute())
}

/** Forgets audit entries older than `before`; at most `limit`. @returns how many */
export async function purgeAudits(
  db: Db,
  account: string,
  before: number,
  limit: number,
): Promise<number> {
  return purge(db, 'audit', await firstBefore(db, 'audit', account, before).limit(limit).execute())
}

/** Forgets runs that ended, or were planned and never started, before `before`; at most `limit`. @returns how many */
export async function purgeRuns(
  db: Db,
  account: string,
  before: number,
  limit: number,
): Promise<number> {
  const old = firstBefore(db, 'run', account, before)
    .where('updatedAt', '<', before)
    .where('state', '!=', 'running')
  return purge(db, 'run', await old.limit(limit).execute())
}

/** The rows of an account whose ids, which tell their time, are of before `before`; the oldest first. */
function firstBefore(db: Db, table: 'audit' | 'run', account: string, before: number) {
  // Both tables have these columns; the builder cannot follow which of the two it is.
  return db
    .selectFrom(table as 'run')
    .select('id')
    .where('account', '=', account)
    .where('id', '<', firstIdOf(before))
    .orderBy('id')
}

/** Forgets API keys that were revoked, or ended, before `before`; at most `limit`. @returns how many */
export async function purgeApiKeys(
  db: Db,
  account: string,
  before: number,
  limit: number,
): Promise<number> {
  const old = db
    .selectFrom('apikey')
    .select('id')
    .where('account', '=', account)
    .where((e) => e.or([e('revokedAt', '<', before), e('expiresAt', '<', before)]))
  return purge(db, 'apikey', await old.limit(limit).execute())
}

/** Forgets events nobody configured whose last message came before `before`; at most `limit`. @returns how many */
export async function purgeUnknownEvents(
  db: Db,
  account: string,
  before: number,
  limit: number,
): Promise<number> {
  const old = await db
    .selectFrom('unknownevent')
    .select('eventStub')
    .where('account', '=', account)
    .where('lastSeenAt', '<', before)
    .limit(limit)
    .execute()
  const stubs = old.map(({ eventStub }) => eventStub)
  return purgeOfAccount(db, 'unknownevent', account, stubs)
}

/** Forgets what staff said of contacts of whom no registration is left, before `before`; at most `limit`. @returns how many */
export async function purgeAssignments(
  db: Db,
  account: string,
  before: number,
  limit: number,
): Promise<number> {
  const old = await db
    .selectFrom('assignment')
    .select('contactStub')
    .where('account', '=', account)
    .where('assignedAt', '<', before)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('registration')
            .select('registration.id')
            .whereRef('registration.account', '=', 'assignment.account')
            .whereRef('registration.contactStub', '=', 'assignment.contactStub'),
        ),
      ),
    )
    .limit(limit)
    .execute()
  const stubs = old.map(({ contactStub }) => contactStub)
  return purgeOfAccount(db, 'assignment', account, stubs)
}

/** Forgets the counts of calls of days (`2027-02-03`, UTC) before `day`. */
export async function purgeCallQuotas(db: Db, account: string, day: string): Promise<void> {
  await db.deleteFrom('callquota').where('account', '=', account).where('day', '<', day).execute()
}

/**
 * Looks at the next registrations after the id `after` and forgets, with what was written for them, those that `isOver`
 * names.
 *
 * @returns the id to go on after; undefined at the end
 */
export async function purgeRegistrations(
  db: Db,
  account: string,
  after: string,
  limit: number,
  isOver: (row: { eventCode: string | null; updatedAt: number; state: string }) => boolean,
): Promise<string | undefined> {
  const rows = await db
    .selectFrom('registration')
    .select(['id', 'eventCode', 'updatedAt', 'state'])
    .where('account', '=', account)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute()
  const over = rows.filter(isOver).map(({ id }) => id)
  if (over.length > 0) {
    await db.deleteFrom('ledger').where('registrationId', 'in', over).execute()
    await db.deleteFrom('registration').where('id', 'in', over).execute()
  }
  return rows.length < limit ? undefined : rows.at(-1)?.id
}

/** Forgets what was set aside before `before`, at most `limit` rows of it. @returns how many */
export async function purgeSetAside(
  db: Db,
  account: string,
  before: number,
  limit: number,
): Promise<number> {
  const aside = await db
    .selectFrom('setaside')
    .select('id')
    .where('account', '=', account)
    .where('at', '<', before)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  if (!aside) return 0
  const removed = await purgeKey(db, keyOf(aside), limit)
  if (removed > 0) return removed
  await db.deleteFrom('setaside').where('id', '=', aside.id).execute()
  // There may be another one.
  return limit
}

/** The tables whose rows belong to an account, with the column by which a piece of them is taken. */
const OF_ACCOUNT = {
  message: 'id',
  registration: 'id',
  ledger: 'id',
  log: 'id',
  audit: 'id',
  run: 'id',
  assignment: 'contactStub',
  partycontact: 'partyId',
  handoffplace: 'partyId',
  event: 'eventCode',
  eventread: 'eventCode',
  unknownevent: 'eventStub',
  callquota: 'day',
  circuitbreaker: 'vendor',
  lastseen: 'what',
  apikey: 'id',
  staff: 'partyId',
} as const satisfies Partial<Record<keyof Database, string>>

/** Removes at most `limit` rows that stand under a key, of whichever table. @returns how many; 0 when none is left */
export async function purgeKey(db: Db, key: string, limit: number): Promise<number> {
  for (const [name, column] of Object.entries(OF_ACCOUNT)) {
    // Every table above has the column and `account`; the builder cannot follow which one it is.
    const table = name as 'message'
    const by = column as 'id'
    const rows = await db
      .selectFrom(table)
      .select(by)
      .where('account', '=', key)
      .limit(limit)
      .execute()
    if (rows.length === 0) continue
    const values = rows.map((row) => row[by])
    if (table === 'message')
      for (const id of values)
        await db.deleteFrom('messagepart').where('messageId', '=', id).execute()
    await db.deleteFrom(table).where('account', '=', key).where(by, 'in', values).execute()
    await setImmediate()
    return rows.length
  }
  return 0
}

/** By the account and the table's column of `OF_ACCOUNT`. @returns how many were named */
async function purgeOfAccount(
  db: Db,
  table: 'unknownevent' | 'assignment',
  account: string,
  values: string[],
): Promise<number> {
  if (values.length === 0) return 0
  // Both tables have their column and `account`; the builder cannot follow which of the two it is.
  await db
    .deleteFrom(table as 'assignment')
    .where('account', '=', account)
    .where(OF_ACCOUNT[table] as 'contactStub', 'in', values)
    .execute()
  return values.length
}

/** By their ids: MariaDB takes no `limit` in the subquery of an `in`. */
async function purge(
  db: Db,
  table: 'message' | 'log' | 'audit' | 'run' | 'apikey',
  old: { id: string }[],
): Promise<number> {
  if (old.length === 0) return 0
  const ids = old.map(({ id }) => id)
  await db
    .deleteFrom(table as 'log')
    .where('id', 'in', ids)
    .execute()
  return old.length
}
