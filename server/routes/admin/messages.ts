import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { dismissMessage, findMessage, listMessages } from '../../../db/lists/message-lists.ts'
import { inTransaction } from '../../../db/engine/open.ts'
import { AccountParams, pageOf, RowId } from '../../../schemas/admin.ts'
import {
  Dismissed,
  DismissRequest,
  MessageDetail,
  MessageLine,
  MessageQuery,
  Replayed,
} from '../../../schemas/admin-logs.ts'
import { Fault } from '../../errors.ts'
import { recordChange } from '../../operator/access/audit.ts'
import { messageDetail, messageLine } from '../../operator/log/log-lines.ts'
import { replayOneMessage } from '../../operator/registration/replay-one.ts'
import { changedBy, type AdminDeps, type RequireRole } from './require-role.ts'
import { momentOrNull } from './page.ts'

const MessageParams = AccountParams.extend({ id: RowId })

/** `…/messages`: what Cvent sent, as it came. */
export function registerMessageRoutes(
  scope: FastifyInstance,
  deps: AdminDeps,
  requireRole: RequireRole,
): void {
  const app = scope.withTypeProvider<ZodTypeProvider>()
  const { db } = deps
  const tags = ['Logs']

  app.get(
    '/accounts/:account/messages',
    {
      ...requireRole('viewer'),
      schema: {
        tags,
        summary: 'The messages as they came, the newest first',
        params: AccountParams,
        querystring: MessageQuery,
        response: { 200: pageOf(MessageLine) },
      },
    },
    async (request) => {
      const { state, cursor, limit } = request.query
      const { rows, position } = await listMessages(db, request.params.account, state, {
        before: readCursor(cursor),
        limit: limit + 1,
      })
      const last = rows.length > limit ? rows[limit - 1] : undefined
      return {
        items: rows.slice(0, limit).map(messageLine),
        nextCursor: last ? `${position(last)}.${last.id}` : null,
      }
    },
  )

  app.get(
    '/accounts/:account/messages/:id',
    {
      ...requireRole('viewer'),
      schema: {
        tags,
        summary: 'One message with its body',
        params: MessageParams,
        response: { 200: MessageDetail },
      },
    },
    async (request) => {
      const row = await findMessage(db, request.params.account, request.params.id)
      if (!row) throw noMessage()
      return messageDetail(row)
    },
  )

  app.post(
    '/accounts/:account/messages/:id/replay',
    {
      ...requireRole('editor'),
      schema: {
        tags,
        summary: 'Unpack a message again',
        params: MessageParams,
        response: { 200: Replayed },
      },
    },
    async (request) => {
      const { account, id } = request.params
      return replayOneMessage(deps, account, id, changedBy(request))
    },
  )

  app.post(
    '/accounts/:account/messages/:id/dismiss',
    {
      ...requireRole('editor'),
      schema: {
        tags,
        summary: 'Take a message out of the open ones, or back',
        params: MessageParams,
        body: DismissRequest,
        response: { 200: Dismissed },
      },
    },
    async (request) => {
      const { account, id } = request.params
      const { isDismissed } = request.body
      const dismissedAt = isDismissed ? deps.now() : null
      await inTransaction(db, async (tx) => {
        if (!(await dismissMessage(tx, account, id, dismissedAt))) throw noMessage()
        await recordChange({ db: tx, now: deps.now }, changedBy(request), {
          account,
          action: isDismissed ? 'message dismissed' : 'message shown again',
          target: id,
        })
      })
      return { id, dismissedAt: momentOrNull(dismissedAt) }
    },
  )
}

function noMessage() {
  return new Fault('NOT_FOUND', 'There is no such message.')
}

function readCursor(cursor: string | undefined) {
  if (cursor === undefined) return undefined
  const [, at, id] = /^(\d{1,16})\.([0-9a-f-]{36})$/.exec(cursor) ?? []
  if (at === undefined || id === undefined)
    throw new Fault('INVALID_REQUEST', 'cursor: is none that this list gave')
  return { at: Number(at), id }
}
