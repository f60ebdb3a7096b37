import type { Db, MessageRow } from '../database.ts'
import { withBody } from '../messages.ts'

/** A message without its body. */
export type MessageLineRow = Omit<MessageRow, 'body' | 'parts' | 'account' | 'dedupeKey'>

const MESSAGE_COLUMNS = [
  'id',
  'messageStub',
  'path',
  'contentType',
  'contentEncoding',
  'encoding',
  'bytes',
  'requestId',
  'receivedAt',
  'state',
  'attempt',
  'dueAt',
  'reason',
  'eventType',
  'messageTime',
  'itemCount',
  'skippedCount',
  'unpackedAt',
  'dismissedAt',
] as const

/**
 * The messages of an account, the newest first; of one state those due last first. `before` is the position of the last one
 * the caller has.
 */
export async function listMessages(
  db: Db,
  account: string,
  state: string | undefined,
  page: { before: { at: number; id: string } | undefined; limit: number },
): Promise<{ rows: MessageLineRow[]; position: (row: MessageLineRow) => number }> {
  const order = state === undefined ? 'receivedAt' : 'dueAt'
  let query = db.selectFrom('message').select(MESSAGE_COLUMNS).where('account', '=', account)
  if (state !== undefined) query = query.where('state', '=', state)
  const { before } = page
  if (before)
    query = query
      .where(order, '<=', before.at)
      .where((e) => e.or([e(order, '<', before.at), e('id', '<', before.id)]))
  const rows = await query.orderBy(order, 'desc').orderBy('id', 'desc').limit(page.limit).execute()
  return { rows, position: (row) => row[order] }
}

/** One message, with its body as stored. */
export async function findMessage(
  db: Db,
  account: string,
  id: string,
): Promise<MessageRow | undefined> {
  const row = await db
    .selectFrom('message')
    .selectAll()
    .where('account', '=', account)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && withBody(db, row)
}

/** Takes a message out of the open ones, or back; false when there is none. */
export async function dismissMessage(
  db: Db,
  account: string,
  id: string,
  dismissedAt: number | null,
): Promise<boolean> {
  if (!(await findMessage(db, account, id))) return false
  await db
    .updateTable('message')
    .set({ dismissedAt })
    .where('account', '=', account)
    .where('id', '=', id)
    .execute()
  return true
}
