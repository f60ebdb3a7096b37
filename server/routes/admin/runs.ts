import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { listRuns } from '../../../db/runs.ts'
import { AccountParams, pageOf, Paging, RowId } from '../../../schemas/admin.ts'
import { ReplayFilter, Run } from '../../../schemas/admin-runs.ts'
import { Fault } from '../../errors.ts'
import { readRun, withProgress } from '../../operator/run/reconcile.ts'
import { shownRun } from '../../operator/run/runs.ts'
import { changedBy, type AdminDeps, type RequireRole } from './require-role.ts'
import { pageById } from './page.ts'

const RunParams = AccountParams.extend({ id: RowId })

/** `…/replays`, `…/runs`: long work, planned first. */
export function registerRunRoutes(
  scope: FastifyInstance,
  deps: AdminDeps,
  requireRole: RequireRole,
): void {
  const app = scope.withTypeProvider<ZodTypeProvider>()
  const { runs } = deps
  const tags = ['Runs']

  app.post(
    '/accounts/:account/replays',
    {
      ...requireRole('editor'),
      schema: {
        tags,
        summary: 'Plan a replay of many; nothing happens until it is started',
        params: AccountParams,
        body: ReplayFilter,
        response: { 201: Run },
      },
    },
    async (request, reply) => {
      const { account } = request.params
      const run = await runs.planReplay(account, request.body, changedBy(request))
      return reply.status(201).send(shownRun(run))
    },
  )

  app.get(
    '/accounts/:account/runs',
    {
      ...requireRole('viewer'),
      schema: {
        tags,
        summary: 'The runs, the newest first',
        params: AccountParams,
        querystring: Paging,
        response: { 200: pageOf(Run) },
      },
    },
    async (request) => {
      const { cursor, limit } = request.query
      const page = { before: cursor, limit: limit + 1 }
      const rows = await listRuns(deps.db, request.params.account, page)
      const followed = await Promise.all(rows.map((row) => withProgress(deps.db, row)))
      return pageById(followed, limit, shownRun)
    },
  )

  app.get(
    '/accounts/:account/runs/:id',
    {
      ...requireRole('viewer'),
      schema: { tags, summary: 'One run', params: RunParams, response: { 200: Run } },
    },
    async (request) => {
      const row = await readRun(deps.db, request.params.account, request.params.id)
      if (!row) throw new Fault('NOT_FOUND', 'There is no such run.')
      return shownRun(row)
    },
  )

  app.post(
    '/accounts/:account/runs/:id/start',
    {
      ...requireRole('editor'),
      schema: {
        tags,
        summary: 'Start a planned run, or go on with one that failed',
        params: RunParams,
        response: { 202: Run },
      },
    },
    async (request, reply) => {
      const { account, id } = request.params
      const run = await runs.start(account, id, changedBy(request))
      return reply.status(202).send(shownRun(run))
    },
  )

  app.post(
    '/accounts/:account/runs/:id/cancel',
    {
      ...requireRole('editor'),
      schema: {
        tags,
        summary: 'Cancel a run; what was put back already is worked on all the same',
        params: RunParams,
        response: { 200: Run },
      },
    },
    async (request) => {
      const { account, id } = request.params
      return shownRun(await runs.cancel(account, id, changedBy(request)))
    },
  )
}
