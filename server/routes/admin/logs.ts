import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import {
  dismissLog,
  findLog,
  listLogs,
  logsOfTrace,
  type LogFilter,
} from '../../../db/lists/log-lists.ts'
import { findMessage } from '../../../db/lists/message-lists.ts'
import { inTransaction } from '../../../db/engine/open.ts'
import { AccountParams, RowId } from '../../../schemas/admin.ts'
import {
  Dismissed,
  DismissRequest,
  LogDetail,
  LogExportQuery,
  LogLine,
  LogLiveQuery,
  LogPage,
  LogQuery,
  Replayed,
  type LogFilters,
} from '../../../schemas/admin-logs.ts'
import { Fault } from '../../errors.ts'
import { recordChange } from '../../operator/access/audit.ts'
import { followLogs } from '../../operator/log/follow-logs.ts'
import { logLine, messageDetail } from '../../operator/log/log-lines.ts'
import { readDetail } from '../../operator/registration/registration-lines.ts'
import { replayLog } from '../../operator/registration/replay-one.ts'
import { withStoredCode } from './loaded.ts'
import { changedBy, isStillLetIn, type AdminDeps, type RequireRole } from './require-role.ts'
import { countedRows, EXPORT_BATCH, exportHeaders, exportStream, Streamed } from './export.ts'
import { momentOrNull, pageById } from './page.ts'
import { words } from './registrations.ts'

const LogParams = AccountParams.extend({ id: RowId })

/** `…/logs`: the account log, its live tail, its files, and what can be repeated. */
export function registerLogRoutes(
  scope: FastifyInstance,
  deps: AdminDeps,
  requireRole: RequireRole,
): void {
  const app = scope.withTypeProvider<ZodTypeProvider>()
  const { db } = deps
  const tags = ['Logs']
  const closing = new AbortController()
  scope.addHook('preClose', async () => closing.abort())

  async function find(account: string, id: string) {
    await deps.accountLog.flush()
    const row = await findLog(db, account, id)
    if (!row) throw new Fault('NOT_FOUND', 'There is no such line.')
    return row
  }

  app.get(
    '/accounts/:account/logs',
    {
      ...requireRole('viewer'),
      schema: {
        tags,
        summary: 'The account log, the newest first',
        description:
          'What no index holds (words, codes, several filters at once) is looked for in a bounded number of lines: `searchedBackTo` says how far back, `nextCursor` goes on.',
        params: AccountParams,
        querystring: LogQuery,
        response: { 200: LogPage },
      },
    },
    async (request) => {
      await deps.accountLog.flush()
      const { cursor, limit } = request.query
      const found = await listLogs(
        db,
        request.params.account,
        await withStoredCode(deps, request.params.account, filterOf(request.query)),
        {
          before: cursor,
          limit: limit + 1,
        },
      )
      const { items, nextCursor } = pageById(found.rows, limit, logLine)
      return {
        items,
        nextCursor: nextCursor ?? found.searchedTo?.id ?? null,
        searchedBackTo: momentOrNull(found.searchedTo?.at),
      }
    },
  )

  app.get(
    '/accounts/:account/logs/live',
    {
      ...requireRole('viewer'),
      schema: {
        tags,
        summary: 'New lines as they come: server-sent events named `log`',
        params: AccountParams,
        querystring: LogLiveQuery,
        response: { 200: { content: { 'text/event-stream': { schema: Streamed } } } },
      },
    },
    async (request, reply) => {
      const gone = new AbortController()
      request.raw.once('close', () => gone.abort())
      reply.raw.once('close', () => gone.abort())
      const signal = AbortSignal.any([gone.signal, closing.signal])
      const { account } = request.params
      const given = filterOf({ ...request.query, dismissed: 'all' })
      const filter = await withStoredCode(deps, request.params.account, given)
      const isAllowed = () => isStillLetIn(deps, request, account, 'viewer')
      async function* events() {
        for await (const lines of followLogs(db, account, filter, signal, isAllowed))
          yield lines.length === 0
            ? ': keep-alive\n\n'
            : lines
                .map((line) => `id: ${line.id}\nevent: log\ndata: ${JSON.stringify(line)}\n\n`)
                .join('')
      }
      return reply
        .headers({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
        .send(Readable.from(events()))
    },
  )

  app.get(
    '/accounts/:account/logs/export',
    {
      ...requireRole('viewer'),
      schema: {
        tags,
        summary: 'The same as a file',
        params: AccountParams,
        querystring: LogExportQuery,
        response: { 200: { content: { 'text/csv': { schema: Streamed } } } },
      },
    },
    async (request, reply) => {
      const { account } = request.params
      const { format } = request.query
      const given = filterOf(request.query)
      const filter = await withStoredCode(deps, request.params.account, given)
      await deps.accountLog.flush()
      async function* rows() {
        let before: string | undefined
        for (;;) {
          const found = await listLogs(db, account, filter, { before, limit: EXPORT_BATCH })
          yield* found.rows.map(logLine)
          before = found.searchedTo?.id ?? found.rows.at(-1)?.id
          if (!found.searchedTo && found.rows.length < EXPORT_BATCH) return
        }
      }
      const sent = countedRows(rows(), {
        mayGoOn: () => isStillLetIn(deps, request, account, 'viewer'),
        ended: (count) =>
          recordChange(deps, changedBy(request), {
            account,
            action: 'logs exported',
            target: format,
            after: { rows: count, filters: Object.keys(request.query).toSorted() },
          }),
      })
      return reply
        .headers(exportHeaders(format, `logs-${account}`))
        .send(exportStream(format, Object.keys(LogLine.shape), sent))
    },
  )

  app.get(
    '/accounts/:account/logs/:id',
    {
      ...requireRole('viewer'),
      schema: {
        tags,
        summary: 'One line with its detail, its message, and what else the same request did',
        params: LogParams,
        response: { 200: LogDetail },
      },
    },
    async (request) => {
      const { account, id } = request.params
      const row = await find(account, id)
      const message =
        row.messageId === null ? undefined : await findMessage(db, account, row.messageId)
      const sameTrace = await logsOfTrace(db, account, row.trace)
      return {
        log: { ...logLine(row), detail: readDetail(row) },
        message: message ? await messageDetail(message) : null,
        sameTrace: sameTrace.filter((other) => other.id !== id).map(logLine),
        canReplay: row.messageId !== null || row.registrationId !== null,
      }
    },
  )

  app.post(
    '/accounts/:account/logs/:id/replay',
    {
      ...requireRole('editor'),
      schema: {
        tags,
        summary: 'Work again on what the line is about: its message, else its registration',
        params: LogParams,
        response: { 200: Replayed },
      },
    },
    async (request) => {
      const { account, id } = request.params
      return replayLog(deps, await find(account, id), changedBy(request))
    },
  )

  app.post(
    '/accounts/:account/logs/:id/dismiss',
    {
      ...requireRole('editor'),
      schema: {
        tags,
        summary: 'Take a line out of the open ones, or back',
        params: LogParams,
        body: DismissRequest,
        response: { 200: Dismissed },
      },
    },
    async (request) => {
      const { account, id } = request.params
      const { isDismissed } = request.body
      const dismissedAt = isDismissed ? deps.now() : null
      await find(account, id)
      await inTransaction(db, async (tx) => {
        await dismissLog(tx, account, id, dismissedAt)
        await recordChange({ db: tx, now: deps.now }, changedBy(request), {
          account,
          action: isDismissed ? 'log line dismissed' : 'log line shown again',
          target: id,
        })
      })
      return { id, dismissedAt: momentOrNull(dismissedAt) }
    },
  )
}

function filterOf(query: LogFilters): LogFilter {
  const { q, from, to, ...filter } = query
  return {
    ...filter,
    words: words(q),
    from: from === undefined ? undefined : Date.parse(from),
    to: to === undefined ? undefined : Date.parse(to),
  }
}
