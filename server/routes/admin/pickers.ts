import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { listEvents } from '../../../db/events.ts'
import { AccountParams } from '../../../schemas/admin.ts'
import {
  Folder,
  PickedCventEvent,
  PickedMeeting,
  QueryAnswer,
  QueryRun,
  QueryRunRequest,
} from '../../../schemas/admin-events.ts'
import type { LoadedAccount } from '../../accounts.ts'
import { Fault } from '../../errors.ts'
import { columnFields } from '../../operator/event/contact-preview.ts'
import { noteQueryRun, runQueryFor } from '../../operator/event/run-query.ts'
import { changedBy, countAsk, type AdminDeps, type RequireRole } from './require-role.ts'
import { loadedAccount } from './loaded.ts'
import { momentOrNull } from './page.ts'
import { ADMIN_PRIORITY } from '../../operator/access/vendor-asks.ts'

const search = z.string().max(100).default('').meta({ example: '' })
const documentPath = z.string().max(500).regex(/^\$\//, { message: 'a path begins with $/' })

/** `…/pickers`: what iMIS and Cvent offer to choose from, for the form of an event. */
export function registerPickerRoutes(
  scope: FastifyInstance,
  deps: AdminDeps,
  requireRole: RequireRole,
): void {
  const app = scope.withTypeProvider<ZodTypeProvider>()
  const tags = ['Pickers']

  /** What a vendor offers, kept for a minute; only what is asked anew counts against the asker. */
  async function offered<T extends object>(
    request: FastifyRequest<{ Params: { account: string } }>,
    what: unknown[],
    ask: (loaded: LoadedAccount) => Promise<T>,
  ): Promise<T> {
    const { account } = request.params
    const loaded = await loadedAccount(deps, account)
    const key = JSON.stringify([account, loaded.createdAt, loaded.version, ...what])
    return deps.asks.offer(
      key,
      () => countAsk(deps, request, loaded),
      () => ask(loaded),
    )
  }

  app.get(
    '/accounts/:account/pickers/cvent-events',
    {
      ...requireRole('viewer'),
      schema: {
        tags,
        summary: 'Cvent’s events by title or code',
        params: AccountParams,
        querystring: z.strictObject({
          search,
          includeInactive: z
            .enum(['true', 'false'])
            .default('false')
            .describe('pending and past ones too'),
        }),
        response: { 200: z.strictObject({ items: z.array(PickedCventEvent) }) },
      },
    },
    async (request) => {
      const { account } = request.params
      const { search } = request.query
      const includeInactive = request.query.includeInactive === 'true'
      const found = await offered(request, ['events', search, includeInactive], (loaded) =>
        deps.vendors
          .cvent(loaded)
          .searchEvents(search, { includeInactive, priority: ADMIN_PRIORITY }),
      )
      const configured = new Set(
        (await listEvents(deps.db, account)).map(({ eventCode }) => eventCode.toLowerCase()),
      )
      return {
        items: found.map((event) => ({
          eventCode: event.eventCode ?? null,
          title: event.title,
          status: event.status,
          startsAt: momentOrNull(event.startsAt),
          endsAt: momentOrNull(event.endsAt),
          timeZone: event.timeZone ?? null,
          place: event.place ?? null,
          isTest: event.isTest,
          isConfigured:
            event.eventCode !== undefined && configured.has(event.eventCode.toLowerCase()),
        })),
      }
    },
  )

  app.get(
    '/accounts/:account/pickers/imis-meetings',
    {
      ...requireRole('viewer'),
      schema: {
        tags,
        summary: 'iMIS’s own events by code or name',
        params: AccountParams,
        querystring: z.strictObject({ search }),
        response: { 200: z.strictObject({ items: z.array(PickedMeeting) }) },
      },
    },
    async (request) => {
      const { account } = request.params
      const { search } = request.query
      const found = await offered(request, ['meetings', search], (loaded) =>
        deps.vendors.imis(loaded).meetings(search),
      )
      const taken = new Set((await listEvents(deps.db, account)).map((row) => row.meetingCode))
      return { items: found.map(({ code, title }) => ({ code, title, isTaken: taken.has(code) })) }
    },
  )

  app.get(
    '/accounts/:account/pickers/folder',
    {
      ...requireRole('viewer'),
      schema: {
        tags,
        summary: 'What stands in a folder of iMIS’s document system',
        params: AccountParams,
        querystring: z.strictObject({ path: documentPath.default('$/').meta({ example: '$/' }) }),
        response: { 200: Folder },
      },
    },
    async (request) => {
      const { path } = request.query
      return offered(request, ['folder', path], async (loaded) => {
        const canBrowse = loaded.account.imis.edition !== '2017'
        const entries = canBrowse ? await deps.vendors.imis(loaded).folder(path) : []
        return { path, parent: parentOf(path), canBrowse, entries }
      })
    },
  )

  app.get(
    '/accounts/:account/pickers/query',
    {
      ...requireRole('viewer'),
      schema: {
        tags,
        summary: 'A query’s prompts and columns, and which contact field each column fills',
        params: AccountParams,
        querystring: z.strictObject({
          path: documentPath.meta({ example: '$/Cvent/Registrants' }),
        }),
        response: { 200: QueryAnswer },
      },
    },
    async (request) => {
      const { path } = request.query
      return offered(request, ['query', path], async (loaded) => {
        const found = await deps.vendors.imis(loaded).queryDefinition(path)
        if (!found)
          throw new Fault('NOT_FOUND', `iMIS has no query ${path}, or it is not open to REST.`)
        return {
          path: found.path,
          isAvailableToRest: found.isAvailableToRest ?? null,
          prompts: found.prompts,
          columns: columnFields(loaded.account, found.columns),
        }
      })
    },
  )

  app.post(
    '/accounts/:account/pickers/query/run',
    {
      ...requireRole('editor', { asksVendors: true }),
      schema: {
        tags,
        summary: 'Run a query for a member: the row, and how it would fill the Cvent contact',
        description:
          'Each run leaves a line in the account log. `simulate` checks a member for a configured event.',
        params: AccountParams,
        body: QueryRunRequest,
        response: { 200: QueryRun },
      },
    },
    async (request) => {
      const { path, imisId } = request.body
      const loaded = await loadedAccount(deps, request.params.account)
      const run = await runQueryFor(deps.vendors.imis(loaded), loaded, path, imisId)
      noteQueryRun(deps.accountLog, changedBy(request), loaded.account.key, {
        path,
        partyId: imisId,
        verdict: run.verdict,
      })
      return run
    },
  )
}

function parentOf(path: string) {
  const steps = path.replace(/\/+$/, '').split('/')
  return steps.length <= 1 ? null : `${steps.slice(0, -1).join('/')}/`
}
