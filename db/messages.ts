import { CompiledQuery, sql } from 'kysely'
import type { Db, MessageRow, NewMessage } from './database.ts'
import { isMysql } from './engine/open.ts'

/** The columns a message arrives with; the others begin empty. */
const ARRIVING = [
  'id',
  'account',
  'dedupeKey',
  'messageStub',
  'path',
  'contentType',
  'contentEncoding',
  'encoding',
  'body',
  'parts',
  'bytes',
  'requestId',
  'receivedAt',
  'state',
  'dueAt',
] as const

/** A message as it arrives. */
export type ArrivingMessage = Pick<NewMessage, (typeof ARRIVING)[number]>

/** A statement that writes, with its values. */
export interface Statement {
  text: string
  values: (string | number | Uint8Array | null | undefined)[]
}

/** Half of the smallest `max_allowed_packet` that we start with: a statement's values fit in a packet. */
const STATEMENT_BYTES = 512 * 1024
/** The most bytes that a row takes beside its body. */
const ROW_BYTES = 1024

/**
 * Keeps messages, each once: one whose `dedupeKey` is there already is left out. They are on disk when this resolves; when
 * it fails some may be.
 */
export async function storeMessages(db: Db, messages: ArrivingMessage[]): Promise<void> {
  for (const { text, values } of await storeStatements(db, messages))
    await db.executeQuery(CompiledQuery.raw(text, values))
}

/**
 * The statements that keep messages, in order; each fits into what any server takes. A large body goes before its message,
 * in parts: a message that is there is whole. Usually it is one statement, spelt by hand, because the query builder takes
 * longer over hundreds of rows than the disk does.
 */
export async function storeStatements(db: Db, messages: ArrivingMessage[]): Promise<Statement[]> {
  const [large, small] = [true, false].map((isLarge) =>
    messages.filter(({ body }) => body.length + ROW_BYTES > STATEMENT_BYTES === isLarge),
  )
  const statements: Statement[] = []
  for (const message of large ?? [])
    if (!(await isKept(db, message))) statements.push(...inParts(db, message))
  let rows: ArrivingMessage[] = []
  let bytes = 0
  for (const message of small ?? []) {
    const size = message.body.length + ROW_BYTES
    if (rows.length > 0 && bytes + size > STATEMENT_BYTES) {
      statements.push(insertion(db, rows))
      rows = []
      bytes = 0
    }
    rows.push(message)
    bytes += size
  }
  if (rows.length > 0) statements.push(insertion(db, rows))
  return statements
}

/** A repeated delivery is told by the unique key; of a large one it is asked first, for the sake of its parts. */
async function isKept(db: Db, { account, dedupeKey }: ArrivingMessage) {
  const kept = await db
    .selectFrom('message')
    .select('id')
    .where('account', '=', account)
    .where('dedupeKey', '=', dedupeKey)
    .executeTakeFirst()
  return kept !== undefined
}

function inParts(db: Db, message: ArrivingMessage): Statement[] {
  const { id, body } = message
  const parts: Statement[] = []
  for (let at = 0; at < body.length; at += STATEMENT_BYTES)
    parts.push({
      text: `insert into messagepart (${isMysql(db) ? '`messageId`' : '"messageId"'}, part, body) values (?, ?, ?)`,
      values: [id, parts.length, body.subarray(at, at + STATEMENT_BYTES)],
    })
  return [...parts, insertion(db, [{ ...message, body: Buffer.alloc(0), parts: parts.length }])]
}

function insertion(db: Db, messages: ArrivingMessage[]): Statement {
  const places = `(${ARRIVING.map(() => '?').join()})`
  const once = isMysql(db)
    ? 'on duplicate key update account = account'
    : 'on conflict (account, dedupeKey) do nothing'
  return {
    text: `insert into message (${ARRIVING.join()}) values ${messages.map(() => places).join()} ${once}`,
    values: messages.flatMap((message) =>
      ARRIVING.map((column) => message[column] ?? (column === 'parts' ? 0 : null)),
    ),
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
  const rows = await db
    .selectFrom('message')
    .selectAll()
    .where('id', 'in', ids)
    .orderBy('id')
    .execute()
  const whole: MessageRow[] = []
  for (const row of rows) whole.push(await withBody(db, row))
  return whole
}

/** The message with its body, which may stand in parts. */
export async function withBody(db: Db, row: MessageRow): Promise<MessageRow> {
  if (row.parts === 0) return row
  const pieces: Uint8Array[] = []
  for (let part = 0; part < row.parts; part += 1) {
    const { body } = await db
      .selectFrom('messagepart')
      .select('body')
      .where('messageId', '=', row.id)
      .where('part', '=', part)
      .executeTakeFirstOrThrow()
    pieces.push(body)
  }
  return { ...row, body: Buffer.concat(pieces) }
}

/** The result of unpacking a message; `dead` keeps it with a reason until a person looks. */
export interface Unpacked {
  id: string
  state: 'unpacked' | 'dead'
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

/** Lets a message be unpacked again, whatever became of it. @returns false when the account has none of that id that has a body */
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
    .where('state', '!=', 'erased')
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
