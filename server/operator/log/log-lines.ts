import type { z } from 'zod'
import type { LogRow, MessageRow } from '../../../db/database.ts'
import type { MessageLineRow } from '../../../db/lists/message-lists.ts'
import type { LogLine, MessageDetail, MessageLine } from '../../../schemas/admin-logs.ts'
import { textOf } from '../../ingest/open-message.ts'

/** A line of the account log as lists show it. */
export function logLine(row: LogRow): z.infer<typeof LogLine> {
  return {
    id: row.id,
    at: new Date(row.at).toISOString(),
    kind: row.kind,
    level: row.level,
    code: row.code,
    text: row.text,
    trace: row.trace,
    eventCode: row.eventCode,
    partyId: row.partyId,
    registrationId: row.registrationId,
    messageId: row.messageId,
    durationMs: row.durationMs,
    dismissedAt: moment(row.dismissedAt),
  }
}

/** A message as lists show it. */
export function messageLine(row: MessageLineRow): z.infer<typeof MessageLine> {
  return {
    id: row.id,
    messageStub: row.messageStub,
    receivedAt: new Date(row.receivedAt).toISOString(),
    state: row.state,
    reason: row.reason,
    eventType: row.eventType,
    messageTime: row.messageTime,
    itemCount: row.itemCount,
    skippedCount: row.skippedCount,
    bytes: row.bytes,
    path: row.path,
    attempt: row.attempt,
    dueAt: row.state === 'waiting' ? moment(row.dueAt) : null,
    unpackedAt: moment(row.unpackedAt),
    dismissedAt: moment(row.dismissedAt),
  }
}

/** A message with its body as text; what is no text shows as replacement characters. */
export async function messageDetail(row: MessageRow): Promise<z.infer<typeof MessageDetail>> {
  const body = await textOf(row)
  return {
    ...messageLine(row),
    contentType: row.contentType,
    contentEncoding: row.contentEncoding,
    requestId: row.requestId,
    body,
    isJson: isJson(body),
  }
}

/** Above this size a body is shown as it is: parsed, tiny entries take a hundred times their size. */
const MOST_PARSED = 1024 * 1024

function isJson(text: string) {
  if (text.length > MOST_PARSED) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function moment(at: number | null) {
  return at === null ? null : new Date(at).toISOString()
}
