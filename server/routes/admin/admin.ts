import type { FastifyInstance } from 'fastify'
import type { AppDeps } from '../deps.ts'
import type { Attempts } from '../../operator/access/attempts.ts'
import { openRuns } from '../../operator/run/runs.ts'
import { openVendorAsks } from '../../operator/access/vendor-asks.ts'
import { openTokens } from '../../secrets/tokens.ts'
import { registerAccountToolRoutes } from './account-tools.ts'
import { registerAccountRoutes } from './accounts.ts'
import { openRequireRole, type AdminDeps } from './require-role.ts'
import { registerKeyRoutes } from './api-keys.ts'
import { registerAuditRoutes } from './audits.ts'
import { registerEventToolRoutes } from './event-tools.ts'
import { registerEventRoutes } from './events.ts'
import { registerLogRoutes } from './logs.ts'
import { registerMessageRoutes } from './messages.ts'
import { describeAdminRoutes } from './openapi.ts'
import { registerPeopleRoutes } from './people.ts'
import { registerPickerRoutes } from './pickers.ts'
import { registerAdminRegistrationRoutes } from './registrations.ts'
import { registerRunRoutes } from './runs.ts'
import { registerSessionRoutes } from './session.ts'
import { registerStaffRoutes } from './staff.ts'
import { registerWebhookTokenRoutes } from './webhook-tokens.ts'

/** Routes of the documentation itself, which hold no data. */
const UNGUARDED = /^\/admin\/(openapi\.json|docs(\/.*)?)$/

/** `/admin`: the JSON API that the dashboard and scripts use. Registering a route without a guard, or one that the document does not show, is refused. */
export async function registerAdminRoutes(
  app: FastifyInstance,
  server: AppDeps,
  attempts: Attempts,
): Promise<void> {
  const deps: AdminDeps = {
    ...server,
    tokens: openTokens(server),
    attempts,
    asks: openVendorAsks(server.now),
    runs: openRuns(server),
  }
  const requireRole = openRequireRole(deps)
  await app.register(
    async (scope) => {
      scope.addHook('onRoute', (route) => {
        // A guard puts `access` there, see require-role.ts.
        const { access } = (route.config ?? {}) as { access?: string }
        if (UNGUARDED.test(route.url)) return
        if (access === undefined) throw new Error(`${route.url} has no guard`)
        if (!route.schema || route.schema.hide) throw new Error(`${route.url} is not described`)
      })
      scope.addHook('onSend', async (_request, reply) => {
        if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store')
        void reply.header('x-content-type-options', 'nosniff')
      })
      scope.addHook('onClose', () => deps.runs.settled())
      await describeAdminRoutes(scope)
      const routes = [
        registerSessionRoutes,
        registerAccountRoutes,
        registerAccountToolRoutes,
        registerWebhookTokenRoutes,
        registerEventRoutes,
        registerEventToolRoutes,
        registerPickerRoutes,
        registerAdminRegistrationRoutes,
        registerPeopleRoutes,
        registerLogRoutes,
        registerMessageRoutes,
        registerRunRoutes,
        registerKeyRoutes,
        registerStaffRoutes,
        registerAuditRoutes,
      ]
      for (const register of routes) register(scope, deps, requireRole)
    },
    { prefix: '/admin' },
  )
}
