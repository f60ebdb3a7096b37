import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { AccountParams } from '../../../schemas/admin.ts'
import {
  ErasureReport,
  PersonExport,
  PersonPreview,
  PersonRequest,
} from '../../../schemas/admin-people.ts'
import { exportPerson } from '../../operator/registration/export-person.ts'
import { eraseOnRequest, previewErasure } from '../../operator/registration/people.ts'
import { changedBy, type AdminDeps, type RequireRole } from './require-role.ts'

/** `…/people`: what is held of one person, and its end. Who is meant travels in the body. */
export function registerPeopleRoutes(
  scope: FastifyInstance,
  deps: AdminDeps,
  requireRole: RequireRole,
): void {
  const app = scope.withTypeProvider<ZodTypeProvider>()
  const tags = ['People']

  app.post(
    '/accounts/:account/people/preview',
    {
      ...requireRole('editor'),
      schema: {
        tags,
        summary: 'What an erasure would concern; changes nothing',
        params: AccountParams,
        body: PersonRequest,
        response: { 200: PersonPreview },
      },
    },
    async (request) => previewErasure(deps, request.params.account, request.body),
  )

  app.post(
    '/accounts/:account/people/export',
    {
      ...requireRole('editor'),
      schema: {
        tags,
        summary: 'Everything held of a person, a section for each table',
        description: 'The audit log says that it was done and how much was given, not of whom.',
        params: AccountParams,
        body: PersonRequest,
        response: { 200: PersonExport },
      },
    },
    async (request) => exportPerson(deps, request.params.account, request.body, changedBy(request)),
  )

  app.post(
    '/accounts/:account/people/erase',
    {
      ...requireRole('owner', { isFresh: true }),
      schema: {
        tags,
        summary: 'Erase everything held of a person',
        description:
          'Registrations are left as ids that nothing reads again, ledger rows as ids, messages empty. What stands in iMIS and at Cvent is not touched. It cannot be taken back.',
        params: AccountParams,
        body: PersonRequest,
        response: { 200: ErasureReport },
      },
    },
    async (request) =>
      eraseOnRequest(deps, request.params.account, request.body, changedBy(request)),
  )
}
