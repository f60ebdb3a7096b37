import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { inTransaction } from '../../../db/engine/open.ts'
import { assignStaff, findStaff, listStaff, removeStaff } from '../../../db/users.ts'
import {
  AccountParams,
  AdminRole,
  PartyId,
  StaffMember,
  StaffRequest,
} from '../../../schemas/admin.ts'
import { Fault } from '../../errors.ts'
import { recordChange } from '../../operator/access/audit.ts'
import { actorOf, changedBy, type AdminDeps, type RequireRole } from './require-role.ts'
import { moment } from './page.ts'

const StaffParams = AccountParams.extend({ partyId: PartyId })

/** Staff assignments: which parties of the account's iMIS may use the dashboard. */
export function registerStaffRoutes(
  scope: FastifyInstance,
  deps: AdminDeps,
  requireRole: RequireRole,
): void {
  const app = scope.withTypeProvider<ZodTypeProvider>()
  const { db, now } = deps
  const tags = ['Users']

  app.get(
    '/accounts/:account/staff',
    {
      ...requireRole('owner'),
      schema: {
        tags,
        summary: 'The members of iMIS staff who may use the dashboard',
        params: AccountParams,
        response: { 200: z.strictObject({ items: z.array(StaffMember) }) },
      },
    },
    async (request) => ({
      items: (await listStaff(db, request.params.account)).map(
        ({ partyId, name, role, createdAt }) => ({
          partyId,
          name,
          role: AdminRole.parse(role),
          createdAt: moment(createdAt),
        }),
      ),
    }),
  )

  app.put(
    '/accounts/:account/staff/:partyId',
    {
      ...requireRole('owner', { isFresh: true }),
      schema: {
        tags,
        summary: 'Assign a party of iMIS, or change its role',
        params: StaffParams,
        body: StaffRequest,
        response: { 200: StaffMember },
      },
    },
    async (request) => {
      const { account, partyId } = request.params
      const { name, role } = request.body
      const known = await findStaff(db, account, partyId)
      const createdAt = known?.createdAt ?? now()
      if (known?.name !== name || known.role !== role) {
        await inTransaction(db, async (tx) => {
          await assignStaff(tx, { account, partyId, name, role, createdAt })
          await recordChange({ db: tx, now }, changedBy(request), {
            account,
            action: 'user assigned',
            target: partyId,
            before: known && { name: known.name, role: known.role },
            after: { name, role },
          })
        })
      }
      return { partyId, name, role, createdAt: moment(createdAt) }
    },
  )

  app.delete(
    '/accounts/:account/staff/:partyId',
    {
      ...requireRole('owner', { isFresh: true }),
      schema: {
        tags,
        summary: 'Take a party off the account; its sessions end at once',
        params: StaffParams,
        response: { 204: z.null().describe('Removed') },
      },
    },
    async (request, reply) => {
      const { account, partyId } = request.params
      const isOwn = actorOf(request).name === `party ${partyId}`
      if (isOwn) throw new Fault('CONFLICT', 'Nobody can remove themselves; ask another owner.')
      await inTransaction(db, async (tx) => {
        if (!(await removeStaff(tx, account, partyId)))
          throw new Fault('NOT_FOUND', `Party ${partyId} is not assigned.`)
        await recordChange({ db: tx, now }, changedBy(request), {
          account,
          action: 'user removed',
          target: partyId,
        })
      })
      return reply.status(204).send(null)
    },
  )
}
