import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { AccountParams, NewWebhookToken, WebhookTokens } from '../../../schemas/admin.ts'
import { addWebhookToken, retireWebhookTokens } from '../../operator/account/webhook-tokens.ts'
import { changedBy, type AdminDeps, type RequireRole } from './require-role.ts'
import { loadedAccount } from './loaded.ts'

/** `/admin/accounts/:account/webhook-tokens`: rotation without a gap. */
export function registerWebhookTokenRoutes(
  scope: FastifyInstance,
  deps: AdminDeps,
  requireRole: RequireRole,
): void {
  const app = scope.withTypeProvider<ZodTypeProvider>()
  const tags = ['Accounts']

  app.post(
    '/accounts/:account/webhook-tokens',
    {
      ...requireRole('owner', { isFresh: true }),
      schema: {
        tags,
        summary: 'Make a new webhook token; it is shown this once',
        description: 'The tokens before it stay valid, so that Cvent can be changed without a gap.',
        params: AccountParams,
        response: { 201: NewWebhookToken },
      },
    },
    async (request, reply) => {
      const loaded = await loadedAccount(deps, request.params.account)
      return reply.status(201).send(await addWebhookToken(deps, loaded, changedBy(request)))
    },
  )

  app.post(
    '/accounts/:account/webhook-tokens/retire',
    {
      ...requireRole('owner', { isFresh: true }),
      schema: {
        tags,
        summary: 'End all webhook tokens but the newest',
        params: AccountParams,
        response: { 200: WebhookTokens },
      },
    },
    async (request) => {
      const loaded = await loadedAccount(deps, request.params.account)
      return retireWebhookTokens(deps, loaded, changedBy(request))
    },
  )
}
