import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import { listAudits } from '../../../db/audits.ts'
import { AccountParams, Audit, pageOf, Paging } from '../../../schemas/admin.ts'
import { roleOn } from '../../operator/access/actors.ts'
import { hiddenActions } from '../../operator/access/audit.ts'
import { actorOf, type AdminDeps, type RequireRole } from './require-role.ts'
import { moment, pageById } from './page.ts'

/** `/admin/accounts/:account/audits`: every change an admin made. */
export function registerAuditRoutes(
  scope: FastifyInstance,
  deps: AdminDeps,
  requireRole: RequireRole,
): void {
  scope.withTypeProvider<ZodTypeProvider>().get(
    '/accounts/:account/audits',
    {
      ...requireRole('viewer'),
      schema: {
        tags: ['Users'],
        summary: 'Every change an admin made, the newest first',
        description: 'Changes of keys and users are shown to owners only, as they are elsewhere.',
        params: AccountParams,
        querystring: Paging,
        response: { 200: pageOf(Audit) },
      },
    },
    async (request) => {
      const { cursor, limit } = request.query
      const { account } = request.params
      const page = { before: cursor, limit: limit + 1 }
      const role = roleOn(actorOf(request), account)
      const rows = await listAudits(deps.db, account, page, hiddenActions(role))
      return pageById(rows, limit, ({ account: _account, at, before, after, ...row }) => ({
        ...row,
        at: moment(at),
        before: readJson(before),
        after: readJson(after),
      }))
    },
  )
}

function readJson(text: string | null): z.infer<ReturnType<typeof z.json>> | null {
  // Written by recordChange as JSON.
  return text === null ? null : (JSON.parse(text) as z.infer<ReturnType<typeof z.json>>)
}
