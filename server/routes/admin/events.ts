import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { AccountParams } from '../../../schemas/admin.ts'
import { ChangePreview } from '../../../schemas/admin-account.ts'
import { Event, EventCode } from '../../../schemas/event.ts'
import { Fault } from '../../errors.ts'
import { refuseOtherKey } from '../../operator/account/account-documents.ts'
import {
  eventDocument,
  removeEventDocument,
  saveEventDocument,
} from '../../operator/event/event-documents.ts'
import { previewEventChange } from '../../operator/run/preview-change.ts'
import { changedBy, expectedVersion, type AdminDeps, type RequireRole } from './require-role.ts'
import { EVENT_EXAMPLE } from './examples.ts'
import { etag, Preconditions } from './preconditions.ts'

/** The event in an address. */
export const EventParams = AccountParams.extend({
  eventCode: EventCode.meta({ example: 'WRN3DBTCMX9' }),
})

/** `/admin/accounts/:account/events/:eventCode`: the document of one event. */
export function registerEventRoutes(
  scope: FastifyInstance,
  deps: AdminDeps,
  requireRole: RequireRole,
): void {
  const app = scope.withTypeProvider<ZodTypeProvider>()
  const tags = ['Events']

  app.get(
    '/accounts/:account/events/:eventCode',
    {
      ...requireRole('viewer'),
      schema: { tags, summary: 'The event', params: EventParams, response: { 200: Event } },
    },
    async (request, reply) => {
      const { account, eventCode } = request.params
      const found = await eventDocument(deps.db, account, eventCode)
      if (!found) throw noEvent(eventCode)
      void reply.header('etag', etag(found.version))
      return found.document
    },
  )

  app.put(
    '/accounts/:account/events/:eventCode',
    {
      ...requireRole('editor'),
      schema: {
        tags,
        summary: 'Save the event',
        description:
          'The same document twice changes nothing. What can be known without asking iMIS or Cvent is checked here; `POST …/check` asks them too.',
        params: EventParams,
        headers: Preconditions,
        body: Event.meta({ example: EVENT_EXAMPLE }),
        response: { 200: Event, 201: Event },
      },
    },
    async (request, reply) => {
      const { account, eventCode } = request.params
      refuseOtherKey('eventCode', request.body.eventCode.toLowerCase(), eventCode.toLowerCase())
      const saved = await saveEventDocument(deps, account, request.body, {
        by: changedBy(request),
        expectedVersion: expectedVersion(request),
      })
      void reply.header('etag', etag(saved.version))
      return reply.status(saved.isNew ? 201 : 200).send(saved.document)
    },
  )

  app.post(
    '/accounts/:account/events/:eventCode/preview',
    {
      ...requireRole('editor'),
      schema: {
        tags,
        summary: 'What saving the event would change in iMIS; saves nothing',
        description:
          'The meeting code and the functions decide what stands in iMIS. After they are saved the worker reads the registrations of the event again and rewrites what differs.',
        params: EventParams,
        body: Event.meta({ example: EVENT_EXAMPLE }),
        response: { 200: ChangePreview },
      },
    },
    async (request) => {
      const { account, eventCode } = request.params
      refuseOtherKey('eventCode', request.body.eventCode.toLowerCase(), eventCode.toLowerCase())
      return previewEventChange(deps, account, request.body)
    },
  )

  app.delete(
    '/accounts/:account/events/:eventCode',
    {
      ...requireRole('editor'),
      schema: {
        tags,
        summary: 'Remove the event',
        description: 'Its registrations and what was written for them stay.',
        params: EventParams,
        headers: Preconditions,
        response: { 204: z.null().describe('Removed') },
      },
    },
    async (request, reply) => {
      const { account, eventCode } = request.params
      await removeEventDocument(deps, account, eventCode, {
        by: changedBy(request),
        expectedVersion: expectedVersion(request),
      })
      return reply.status(204).send(null)
    },
  )
}

/** The answer for an event that is not configured. */
export function noEvent(eventCode: string): Fault {
  return new Fault('NOT_FOUND', `There is no event ${eventCode} in this account.`)
}
