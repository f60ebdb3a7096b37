import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { listAccountLines } from '../../../db/lists/account-lists.ts'
import { listRemovedAccounts } from '../../../db/personal-data/removed-accounts.ts'
import { Account } from '../../../schemas/account.ts'
import { AccountLine, AccountParams } from '../../../schemas/admin.ts'
import { AddressChange, ChangePreview, RemovedAccounts } from '../../../schemas/admin-account.ts'
import {
  accountDocument,
  refuseOtherKey,
  removeAccountDocument,
  saveAccountDocument,
} from '../../operator/account/account-documents.ts'
import { roleOn } from '../../operator/access/actors.ts'
import { previewAccountChange } from '../../operator/run/preview-change.ts'
import { ACCOUNT_EXAMPLE } from './examples.ts'
import {
  actorOf,
  askForFreshness,
  changedBy,
  expectedVersion,
  noAccount,
  type AdminDeps,
  type RequireRole,
} from './require-role.ts'
import { etag, Preconditions } from './preconditions.ts'

/** `/admin/accounts`: the list, and the document of one. */
export function registerAccountRoutes(
  scope: FastifyInstance,
  deps: AdminDeps,
  requireRole: RequireRole,
): void {
  const app = scope.withTypeProvider<ZodTypeProvider>()
  const tags = ['Accounts']

  app.get(
    '/accounts',
    {
      ...requireRole('signed-in'),
      schema: {
        tags,
        summary: 'The accounts one may see, with what waits in each',
        response: { 200: z.strictObject({ items: z.array(AccountLine) }) },
      },
    },
    async (request) => {
      const actor = actorOf(request)
      const lines = await listAccountLines(
        deps.db,
        actor.account === '*' ? undefined : actor.account,
      )
      return {
        items: lines.flatMap(({ document, ...line }) => {
          const role = roleOn(actor, line.account)
          // Saved by saveAccount: a document of the schema, without its secrets.
          const { name, mark } = Account.parse(JSON.parse(document))
          return role ? [{ ...line, name, mark, role }] : []
        }),
      }
    },
  )

  app.get(
    '/removed-accounts',
    {
      ...requireRole('everything'),
      schema: {
        tags,
        summary: 'Accounts that were removed, and when their data is erased',
        response: { 200: RemovedAccounts },
      },
    },
    async () => ({
      items: (await listRemovedAccounts(deps.db)).map((row) => ({
        account: row.account,
        name: row.name,
        removedBy: row.removedBy,
        removedAt: new Date(row.removedAt).toISOString(),
        eraseAt: new Date(row.eraseAt).toISOString(),
        erasedAt: row.erasedAt === null ? null : new Date(row.erasedAt).toISOString(),
      })),
    }),
  )

  app.get(
    '/accounts/:account',
    {
      ...requireRole('viewer'),
      schema: {
        tags,
        summary: 'The account, secrets as `…`',
        params: AccountParams,
        response: { 200: Account },
      },
    },
    async (request, reply) => {
      const found = await accountDocument(deps.db, request.params.account)
      if (!found) throw noAccount()
      void reply.header('etag', etag(found.version))
      return found.document
    },
  )

  app.put(
    '/accounts/:account',
    {
      ...requireRole('owner', { mayBeNew: true }),
      schema: {
        tags,
        summary: 'Save the account',
        description:
          'The same document twice changes nothing. Secrets given as `…` are kept, but for those that are sent to an address that changes: they must be entered again. Secrets, addresses, origins, single sign-on, matching, the contact hook and alerts decide who gets tokens, secrets or data: changing one needs a recent sign-on or the admin token. When an address of iMIS or Cvent changes, `imisChange` or `cventChange` must say what that means; without it the answer is 409 and names the one to send. Only an owner of all accounts may add an account.',
        params: AccountParams,
        querystring: AddressChange,
        headers: Preconditions,
        body: Account.meta({ example: ACCOUNT_EXAMPLE }),
        response: { 200: Account, 201: Account },
      },
    },
    async (request, reply) => {
      refuseOtherKey('key', request.body.key, request.params.account)
      const saved = await saveAccountDocument(deps, request.body, {
        by: changedBy(request),
        expectedVersion: expectedVersion(request),
        mayChangeGuarded: () => askForFreshness(actorOf(request), reply),
        meaning: { imis: request.query.imisChange, cvent: request.query.cventChange },
      })
      void reply.header('etag', etag(saved.version))
      return reply.status(saved.isNew ? 201 : 200).send(saved.document)
    },
  )

  app.post(
    '/accounts/:account/preview',
    {
      ...requireRole('owner'),
      schema: {
        tags,
        summary: 'What saving the account would change in iMIS; saves nothing',
        description:
          'Time zone, activities and matching decide what stands in iMIS. After they are saved the worker reads the registrations of every enabled event again and rewrites what differs.',
        params: AccountParams,
        body: Account.meta({ example: ACCOUNT_EXAMPLE }),
        response: { 200: ChangePreview },
      },
    },
    async (request) => {
      refuseOtherKey('key', request.body.key, request.params.account)
      return previewAccountChange(deps, request.body)
    },
  )

  app.delete(
    '/accounts/:account',
    {
      ...requireRole('owner', { isFresh: true }),
      schema: {
        tags,
        summary: 'Remove the account with its events, keys and staff',
        description:
          'What it received and wrote is erased after `retention.removedAccountDays`; saved again under the same key before that, the account has its data again.',
        params: AccountParams,
        headers: Preconditions,
        response: { 204: z.null().describe('Removed') },
      },
    },
    async (request, reply) => {
      await removeAccountDocument(deps, request.params.account, {
        by: changedBy(request),
        expectedVersion: expectedVersion(request),
      })
      return reply.status(204).send(null)
    },
  )
}
