import { gunzipSync } from 'node:zlib'
import type { z } from 'zod'
import type { LogRow, MessageRow } from '../../db/database.ts'
import type { MessageLineRow } from '../../db/message-lists.ts'
import type { LogLine, MessageDetail, MessageLine } from '../../schemas/admin-logs.ts'

/** A line of the trail as lists show it. */
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

/** A message with its body as text; what is not UTF-8 shows as replacement characters. */
export function messageDetail(row: MessageRow): z.infer<typeof MessageDetail> {
  const bytes = row.encoding === 'gzip' ? gunzipSync(row.body) : row.body
  const body = new TextDecoder().decode(bytes)
  return {
    ...messageLine(row),
    contentType: row.contentType,
    requestId: row.requestId,
    body,
    isJson: isJson(body),
  }
}

function isJson(text: string) {
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
