import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { ignoreUnknownEvent } from '../../../db/lists/event-lists.ts'
import { inTransaction } from '../../../db/engine/open.ts'
import { AccountParams } from '../../../schemas/admin.ts'
import {
  CheckAnswer,
  CheckRequest,
  CopyRequest,
  EventList,
  IgnoreRequest,
  ReconcileRequest,
  SimulateRequest,
  Simulation,
} from '../../../schemas/admin-events.ts'
import { Run } from '../../../schemas/admin-runs.ts'
import { Event } from '../../../schemas/event.ts'
import { Fault } from '../../errors.ts'
import { recordChange } from '../../operator/access/audit.ts'
import { checkEvent } from '../../operator/event/check-event.ts'
import { startDryRun } from '../../operator/run/dry-run.ts'
import { eventDocument, saveEventDocument } from '../../operator/event/event-documents.ts'
import { eventList } from '../../operator/event/list-events.ts'
import { startReconcile } from '../../operator/run/reconcile.ts'
import { noteQueryRun } from '../../operator/event/run-query.ts'
import { shownRun } from '../../operator/run/runs.ts'
import { simulate } from '../../operator/event/simulate.ts'
import { changedBy, type AdminDeps, type RequireRole } from './require-role.ts'
import { EventParams, noEvent } from './events.ts'
import { loadedAccount, loadedEvent } from './loaded.ts'
import { etag } from './preconditions.ts'

/** What can be done with events beside saving them: list, copy, check, compare, and ask why. */
export function registerEventToolRoutes(
  scope: FastifyInstance,
  deps: AdminDeps,
  requireRole: RequireRole,
): void {
  const app = scope.withTypeProvider<ZodTypeProvider>()
  const tags = ['Events']

  app.get(
    '/accounts/:account/events',
    {
      ...requireRole('viewer'),
      schema: {
        tags,
        summary: 'Every event with its registrations and warnings, and events nobody configured',
        params: AccountParams,
        response: { 200: EventList },
      },
    },
    async (request) => eventList(deps, request.params.account),
  )

  app.post(
    '/accounts/:account/events/:eventCode/copy',
    {
      ...requireRole('editor'),
      schema: {
        tags,
        summary: 'Add an event with the settings of this one',
        description: 'The times of opening and closing are not copied.',
        params: EventParams,
        body: CopyRequest,
        response: { 201: Event },
      },
    },
    async (request, reply) => {
      const { account, eventCode } = request.params
      const found = await eventDocument(deps.db, account, eventCode)
      if (!found) throw noEvent(eventCode)
      const copy = { ...found.document, ...request.body, opensAt: null, closesAt: null }
      const saved = await saveEventDocument(deps, account, copy, {
        by: changedBy(request),
        expectedVersion: 0,
      })
      void reply.header('etag', etag(saved.version))
      return reply.status(201).send(saved.document)
    },
  )

  app.post(
    '/accounts/:account/events/:eventCode/check',
    {
      ...requireRole('editor', { asksVendors: true }),
      schema: {
        tags,
        summary: 'Check an event with iMIS and Cvent before it is saved; saves nothing',
        params: EventParams,
        body: CheckRequest,
        response: { 200: CheckAnswer },
      },
    },
    async (request) => {
      const { account, eventCode } = request.params
      const { event, imisId } = request.body
      const loaded = await loadedAccount(deps, account)
      if (imisId !== undefined)
        noteQueryRun(deps.accountLog, changedBy(request), account, {
          path: event.registrantsQuery,
          partyId: imisId,
          verdict: 'an event is checked',
          eventCode,
        })
      return checkEvent(deps, loaded, event, imisId)
    },
  )

  app.post(
    '/accounts/:account/events/:eventCode/reconcile',
    {
      ...requireRole('editor'),
      schema: {
        tags,
        summary: 'Compare the event with Cvent and iMIS now',
        description:
          'The answer is a run to watch. A dry run goes through all attendees and lists what would be written, and writes nothing.',
        params: EventParams,
        body: ReconcileRequest,
        response: { 202: Run },
      },
    },
    async (request, reply) => {
      const { account } = request.params
      const { eventCode } = (await loadedEvent(deps, account, request.params.eventCode)).event
      const { mode, dryRun } = request.body
      const by = changedBy(request)
      const run = dryRun
        ? await startDryRun(deps, await loadedAccount(deps, account), eventCode, by)
        : await startReconcile(deps, account, eventCode, mode, by)
      return reply.status(202).send(shownRun(run))
    },
  )

  app.post(
    '/accounts/:account/events/:eventCode/simulate',
    {
      ...requireRole('viewer', { asksVendors: true }),
      schema: {
        tags,
        summary: 'Why does this member see what they see? Every step of the decision; no writes',
        params: EventParams,
        body: SimulateRequest,
        response: { 200: Simulation },
      },
    },
    async (request) => {
      const { account, eventCode } = request.params
      const loaded = await loadedAccount(deps, account)
      const event = await loadedEvent(deps, account, eventCode)
      const { imisId } = request.body
      const simulation = await simulate(deps, loaded, event, imisId)
      noteQueryRun(deps.accountLog, changedBy(request), account, {
        path: event.event.registrantsQuery,
        partyId: imisId,
        verdict: simulation.phase ?? 'no answer',
        eventCode,
      })
      return simulation
    },
  )

  app.put(
    '/accounts/:account/unknown-events/:eventStub',
    {
      ...requireRole('editor'),
      schema: {
        tags,
        summary: 'Take an event that nobody configured out of sight, or back',
        params: AccountParams.extend({
          eventStub: z.guid().meta({ example: '7a3c9f2e-5b1d-4e8a-9c6f-0d2b4a6c8e10' }),
        }),
        body: IgnoreRequest,
        response: { 200: z.strictObject({ eventStub: z.string(), isIgnored: z.boolean() }) },
      },
    },
    async (request) => {
      const { account, eventStub } = request.params
      const { isIgnored } = request.body
      await inTransaction(deps.db, async (tx) => {
        if (!(await ignoreUnknownEvent(tx, account, eventStub, isIgnored)))
          throw new Fault('NOT_FOUND', 'No event of that id has sent messages.')
        await recordChange({ db: tx, now: deps.now }, changedBy(request), {
          account,
          action: isIgnored ? 'unknown event ignored' : 'unknown event shown again',
          target: eventStub,
        })
      })
      return { eventStub, isIgnored }
    },
  )
}
