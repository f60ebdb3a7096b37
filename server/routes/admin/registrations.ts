import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { findRegistration, listRegistrations } from '../../../db/lists/registration-lists.ts'
import { AccountParams, RowId } from '../../../schemas/admin.ts'
import {
  AssignRequest,
  Candidate,
  CandidateRequest,
  RegistrationDetail,
  RegistrationExportQuery,
  RegistrationLine,
  RegistrationPage,
  RegistrationQuery,
  WritePreview,
} from '../../../schemas/admin-registrations.ts'
import { Fault } from '../../errors.ts'
import { assignParty, findCandidates } from '../../operator/registration/assign-party.ts'
import { recordChange } from '../../operator/access/audit.ts'
import { previewWrites } from '../../operator/registration/preview-writes.ts'
import { registrationDetail } from '../../operator/registration/registration-detail.ts'
import { registrationLine } from '../../operator/registration/registration-lines.ts'
import { retryOneRegistration } from '../../operator/registration/replay-one.ts'
import { changedBy, isStillLetIn, type AdminDeps, type RequireRole } from './require-role.ts'
import { countedRows, EXPORT_BATCH, exportHeaders, exportStream, Streamed } from './export.ts'
import { loadedAccount, withStoredCode } from './loaded.ts'
import { pageById } from './page.ts'

const RegistrationParams = AccountParams.extend({ id: RowId })
const Waiting = z.strictObject({ id: z.string(), state: z.literal('waiting') })

/** `…/registrations`: search, the whole story of one, and what a person can do about it. */
export function registerAdminRegistrationRoutes(
  scope: FastifyInstance,
  deps: AdminDeps,
  requireRole: RequireRole,
): void {
  const app = scope.withTypeProvider<ZodTypeProvider>()
  const { db } = deps
  const tags = ['Registrations']

  async function find(account: string, id: string) {
    const row = await findRegistration(db, account, id)
    if (!row) throw new Fault('NOT_FOUND', 'There is no such registration.')
    return row
  }

  app.get(
    '/accounts/:account/registrations',
    {
      ...requireRole('viewer'),
      schema: {
        tags,
        summary: 'The registrations, the newest first',
        params: AccountParams,
        querystring: RegistrationQuery,
        response: { 200: RegistrationPage },
      },
    },
    async (request) => {
      const { q, cursor, limit, ...given } = request.query
      const filter = await withStoredCode(deps, request.params.account, given)
      const { rows, searchedTo } = await listRegistrations(
        db,
        request.params.account,
        { ...filter, words: words(q) },
        { before: cursor, limit: limit + 1 },
      )
      const { items, nextCursor } = pageById(rows, limit, registrationLine)
      return {
        items,
        nextCursor: nextCursor ?? searchedTo ?? null,
        searchedAll: searchedTo === undefined,
      }
    },
  )

  app.get(
    '/accounts/:account/registrations/export',
    {
      ...requireRole('viewer'),
      schema: {
        tags,
        summary: 'The same as a file',
        params: AccountParams,
        querystring: RegistrationExportQuery,
        response: { 200: { content: { 'text/csv': { schema: Streamed } } } },
      },
    },
    async (request, reply) => {
      const { account } = request.params
      const { q, format, ...given } = request.query
      const filter = await withStoredCode(deps, account, given)
      async function* rows() {
        let before: string | undefined
        for (;;) {
          const page = { before, limit: EXPORT_BATCH }
          const found = await listRegistrations(db, account, { ...filter, words: words(q) }, page)
          yield* found.rows.map(registrationLine)
          before = found.searchedTo ?? found.rows.at(-1)?.id
          if (found.searchedTo === undefined && found.rows.length < EXPORT_BATCH) return
        }
      }
      const columns = Object.keys(RegistrationLine.shape)
      const sent = countedRows(rows(), {
        mayGoOn: () => isStillLetIn(deps, request, account, 'viewer'),
        ended: (count) =>
          recordChange(deps, changedBy(request), {
            account,
            action: 'registrations exported',
            target: format,
            after: { rows: count, filters: Object.keys(request.query).toSorted() },
          }),
      })
      return reply
        .headers(exportHeaders(format, `registrations-${account}`))
        .send(exportStream(format, columns, sent))
    },
  )

  app.get(
    '/accounts/:account/registrations/:id',
    {
      ...requireRole('viewer'),
      schema: {
        tags,
        summary: 'One registration with its activities and its timeline',
        params: RegistrationParams,
        response: { 200: RegistrationDetail },
      },
    },
    async (request) =>
      registrationDetail(db, await find(request.params.account, request.params.id)),
  )

  app.post(
    '/accounts/:account/registrations/:id/retry',
    {
      ...requireRole('editor'),
      schema: {
        tags,
        summary: 'Try again now',
        params: RegistrationParams,
        response: { 200: Waiting },
      },
    },
    async (request) => {
      const { account, id } = request.params
      await retryOneRegistration(deps, account, id, changedBy(request))
      return { id, state: 'waiting' as const }
    },
  )

  app.post(
    '/accounts/:account/registrations/:id/candidates',
    {
      ...requireRole('editor', { asksVendors: true }),
      schema: {
        tags,
        summary: 'Who in iMIS it might belong to, with reasons; asks iMIS',
        params: RegistrationParams,
        body: CandidateRequest,
        response: { 200: z.strictObject({ candidates: z.array(Candidate) }) },
      },
    },
    async (request) => {
      const { account, id } = request.params
      const row = await find(account, id)
      const loaded = await loadedAccount(deps, account)
      const imis = deps.vendors.imis(loaded)
      return { candidates: await findCandidates(imis, loaded, row, request.body.search) }
    },
  )

  app.post(
    '/accounts/:account/registrations/:id/party',
    {
      ...requireRole('editor'),
      schema: {
        tags,
        summary: 'Say who it is; holds for every registration of that Cvent contact',
        params: RegistrationParams,
        body: AssignRequest,
        response: { 200: Waiting.extend({ partyId: z.string() }) },
      },
    },
    async (request) => {
      const { account, id } = request.params
      const { partyId } = request.body
      const row = await find(account, id)
      const imis = deps.vendors.imis(await loadedAccount(deps, account))
      await assignParty(deps, imis, row, partyId, changedBy(request))
      return { id, state: 'waiting' as const, partyId }
    },
  )

  app.post(
    '/accounts/:account/registrations/:id/preview',
    {
      ...requireRole('viewer', { asksVendors: true }),
      schema: {
        tags,
        summary: 'What would be written to iMIS now; writes nothing',
        params: RegistrationParams,
        response: { 200: WritePreview },
      },
    },
    async (request) => {
      const { account, id } = request.params
      const row = await find(account, id)
      return previewWrites(deps, await loadedAccount(deps, account), row)
    },
  )
}

/** The words of a search, as the tables compare them. */
export function words(q: string | undefined): string[] {
  return (q ?? '').toLowerCase().split(/\s+/).filter(Boolean).slice(0, 5)
}
