import { z } from 'zod'
import { Moment, Paging, PartyId, RowId } from './admin.ts'
import { EventCode } from './event.ts'

/** The kinds of log to choose from. */
export const LogKind = z.enum([
  'webhook',
  'eligibility',
  'hand-off',
  'sign-on',
  'imis',
  'cvent',
  'admin',
  'system',
])

const filters = z.object({
  kind: LogKind.optional(),
  level: z.enum(['info', 'warning', 'failure']).optional(),
  code: z.string().max(60).optional(),
  q: z.string().max(100).optional().describe('words to find in text, ids and detail'),
  eventCode: EventCode.optional(),
  partyId: PartyId.optional().meta({ example: undefined }),
  registrationId: RowId.optional().meta({ example: undefined }),
  messageId: RowId.optional().meta({ example: undefined }),
  trace: z.string().max(100).optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional().describe('exclusive'),
  dismissed: z.enum(['no', 'yes', 'all']).default('all'),
})

export const LogQuery = filters.extend(Paging.shape)
export const LogLiveQuery = filters.omit({ from: true, to: true, dismissed: true })
export const LogExportQuery = filters.extend({ format: z.enum(['csv', 'json']).default('csv') })
export type LogFilters = z.infer<typeof filters>

/** A line of the account log in the list. */
export const LogLine = z.strictObject({
  id: z.string(),
  at: Moment,
  kind: z.string(),
  level: z.string(),
  code: z.string(),
  text: z.string(),
  trace: z.string(),
  eventCode: z.string().nullable(),
  partyId: z.string().nullable(),
  registrationId: z.string().nullable(),
  messageId: z.string().nullable(),
  durationMs: z.number().nullable(),
  dismissedAt: Moment.nullable(),
})

/**
 * A page. One answer looks through a bounded number of lines: `searchedBackTo` says how far back it looked when it did not
 * come to the end, and `nextCursor` goes on from there.
 */
export const LogPage = z.strictObject({
  items: z.array(LogLine),
  nextCursor: z.string().nullable(),
  searchedBackTo: Moment.nullable(),
})

/** A message as it came, without its body. */
export const MessageLine = z.strictObject({
  id: z.string(),
  messageStub: z.string().nullable(),
  receivedAt: Moment,
  state: z.string(),
  reason: z.string().nullable(),
  eventType: z.string().nullable(),
  messageTime: z.string().nullable(),
  itemCount: z.int().nullable(),
  skippedCount: z.int().nullable(),
  bytes: z.int(),
  path: z.string(),
  attempt: z.int(),
  dueAt: Moment.nullable(),
  unpackedAt: Moment.nullable(),
  dismissedAt: Moment.nullable(),
})

/**
 * The same with the body, as text, out of the coding it came in (`contentEncoding`). The token it came with is never kept.
 */
export const MessageDetail = MessageLine.extend({
  contentType: z.string().nullable(),
  contentEncoding: z.string().nullable(),
  requestId: z.string(),
  body: z.string(),
  isJson: z.boolean(),
})

export const LogDetail = z.strictObject({
  log: LogLine.extend({ detail: z.json().nullable() }),
  message: MessageDetail.nullable(),
  sameTrace: z.array(LogLine),
  canReplay: z.boolean(),
})

export const MessageQuery = z.object({
  state: z.enum(['waiting', 'unpacked', 'dead', 'erased']).optional(),
  ...Paging.shape,
})

export const DismissRequest = z
  .strictObject({ isDismissed: z.boolean() })
  .meta({ example: { isDismissed: true } })

export const Dismissed = z.strictObject({ id: z.string(), dismissedAt: Moment.nullable() })

/** What is worked on again. */
export const Replayed = z.strictObject({
  what: z.enum(['message', 'registration']),
  id: z.string(),
})
