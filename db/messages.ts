import { CompiledQuery, sql } from 'kysely'
import type { Db, MessageRow, NewMessage } from './database.ts'
import { isMysql } from './open.ts'

/** The columns a message arrives with; the others begin empty. */
const ARRIVING = [
  'id',
  'account',
  'dedupeKey',
  'messageStub',
  'path',
  'contentType',
  'encoding',
  'body',
  'bytes',
  'requestId',
  'receivedAt',
  'state',
  'dueAt',
] as const

/** A message as it arrives. */
export type ArrivingMessage = Pick<NewMessage, (typeof ARRIVING)[number]>

/**
 * Keeps messages, each once: one whose `dedupeKey` is there already is left out. They are on disk when this resolves.
 *
 * The one statement that is spelt by hand: the query builder takes longer over hundreds of rows than the disk does.
 */
export async function keepMessages(db: Db, messages: ArrivingMessage[]): Promise<void> {
  if (messages.length === 0) return
  const { text, values } = keepingStatement(db, messages)
  await db.executeQuery(CompiledQuery.raw(text, values))
}

/** The statement that keeps messages, and its values. */
export function keepingStatement(
  db: Db,
  messages: ArrivingMessage[],
): { text: string; values: (string | number | Uint8Array | null | undefined)[] } {
  const places = `(${ARRIVING.map(() => '?').join()})`
  const once = isMysql(db)
    ? 'on duplicate key update account = account'
    : 'on conflict (account, dedupeKey) do nothing'
  return {
    text: `insert into message (${ARRIVING.join()}) values ${messages.map(() => places).join()} ${once}`,
    values: messages.flatMap((message) => ARRIVING.map((column) => message[column])),
  }
}

/** The messages that are due, the longest waiting first, without their bodies (`bytes` says how large each is). */
export async function dueMessages(
  db: Db,
  account: string,
  now: number,
  limit: number,
): Promise<Pick<MessageRow, 'id' | 'bytes'>[]> {
  return db
    .selectFrom('message')
    .select(['id', 'bytes'])
    .where('account', '=', account)
    .where('state', '=', 'waiting')
    .where('dueAt', '<=', now)
    .orderBy('dueAt')
    .limit(limit)
    .execute()
}

/** These messages with their bodies. */
export async function messagesOf(db: Db, ids: string[]): Promise<MessageRow[]> {
  if (ids.length === 0) return []
  return db.selectFrom('message').selectAll().where('id', 'in', ids).orderBy('id').execute()
}

/** What unpacking found out about a message; `parked` keeps it with a reason until a person looks. */
export interface Unpacked {
  id: string
  state: 'unpacked' | 'parked'
  reason: string | null
  eventType: string | null
  messageTime: string | null
  itemCount: number
  skippedCount: number
}

/** Ends the unpacking of messages, with one statement for all that ended alike. */
export async function settleMessages(db: Db, messages: Unpacked[], now: number): Promise<void> {
  const alike = Map.groupBy(messages, ({ id: _id, messageTime: _time, ...outcome }) =>
    JSON.stringify(outcome),
  )
  for (const group of alike.values()) {
    const [first] = group
    if (!first) continue
    const { id: _id, messageTime: _time, ...outcome } = first
    const times = group.map(({ id, messageTime }) => sql`when ${id} then ${messageTime}`)
    await db
      .updateTable('message')
      .set({
        ...outcome,
        messageTime: sql<string>`case ${sql.ref('id')} ${sql.join(times, sql` `)} end`,
        unpackedAt: now,
      })
      .where(
        'id',
        'in',
        group.map(({ id }) => id),
      )
      .execute()
  }
}

/** Lets a message be unpacked again, whatever became of it. @returns false when the account has none of that id */
export async function replayMessage(
  db: Db,
  account: string,
  id: string,
  now: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('message')
    .set({ state: 'waiting', attempt: 0, dueAt: now, reason: null })
    .where('account', '=', account)
    .where('id', '=', id)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** When the account's next message falls due, or undefined when none waits. */
export async function nextMessageDue(db: Db, account: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('message')
    .select('dueAt')
    .where('account', '=', account)
    .where('state', '=', 'waiting')
    .orderBy('dueAt')
    .limit(1)
    .executeTakeFirst()
  return row?.dueAt
}
