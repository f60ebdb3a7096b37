import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { backlog } from '../../db/lists/backlog.ts'
import type { AppDeps } from './deps.ts'
import { Fault } from '../errors.ts'
import { quotaForecast } from '../sync/reconcile/reconcile-forecast.ts'
import { authenticate, ownsEverything } from '../operator/access/actors.ts'
import type { Attempts } from '../operator/access/attempts.ts'
import type { Tokens } from '../secrets/tokens.ts'
import { noteGuess, refuseGuesses } from './admin/require-role.ts'

/** From a cached state to a vendor's deadline, in seconds. */
const BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Measures every request of `app` and of what is registered below it from now on. @returns where it is counted */
export function measureRequests(app: FastifyInstance): Registry {
  const register = new Registry()
  collectDefaultMetrics({ register })
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS,
    registers: [register],
  })
  app.addHook('onResponse', async (request, reply) => {
    duration.observe(
      {
        method: request.method,
        route: request.routeOptions.url ?? '(none)',
        status: reply.statusCode,
      },
      reply.elapsedTime / 1000,
    )
  })
  return register
}

/**
 * `GET /metrics` in Prometheus's text form, for whom ADMIN_TOKEN (or a key for all accounts) lets in: durations by route,
 * the process, and the work that waits by account, kind and state. It names accounts and routes, nothing personal.
 */
export function registerMetricsRoute(
  app: FastifyInstance,
  deps: AppDeps & { register: Registry; tokens: Tokens; attempts: Attempts },
): void {
  const { register } = deps
  const labels = ['account', 'kind', 'state']
  const waiting = new Gauge({
    name: 'registration_backlog',
    help: 'Messages and registrations that wait, or wait for a person',
    labelNames: labels,
    registers: [register],
  })
  const age = new Gauge({
    name: 'registration_backlog_overdue_seconds',
    help: 'How long the oldest of them has been due',
    labelNames: labels,
    registers: [register],
  })

  const quota = new Gauge({
    name: 'cvent_quota_calls',
    help: 'Calls of a day to Cvent: the limit, those used today, those planned for reconciles, those kept for members and for changes',
    labelNames: ['account', 'what'],
    registers: [register],
  })
  const interval = new Gauge({
    name: 'registration_reconcile_interval_seconds',
    help: 'How often an event is reconciled, as Cvent’s quota allows',
    labelNames: ['account'],
    registers: [register],
  })

  async function measureQuota() {
    quota.reset()
    interval.reset()
    for (const account of await deps.accounts.keys()) {
      const loaded = await deps.accounts.get(account).catch(() => undefined)
      if (!loaded) continue
      const forecast = await quotaForecast(deps.db, loaded.account, deps.now())
      const { perDay, usedToday, keptForMembers, keptForChanges, reconcile } = forecast
      quota.set({ account, what: 'limit' }, perDay)
      quota.set({ account, what: 'used' }, usedToday)
      quota.set({ account, what: 'reconcile-planned' }, reconcile.callsPerDay)
      quota.set({ account, what: 'kept-for-members' }, keptForMembers)
      quota.set({ account, what: 'kept-for-changes' }, keptForChanges)
      interval.set({ account }, reconcile.everyMs / 1000)
    }
  }

  app.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
    const actor = await authenticate(deps, request.headers.authorization)
    if (!actor) {
      await refuseGuesses(deps, request.ip)
      if (request.headers.authorization) await noteGuess(deps, request)
    }
    if (!actor || !ownsEverything(actor))
      throw new Fault(
        'NOT_SIGNED_IN',
        'Send ADMIN_TOKEN, or a key for all accounts, as a Bearer token.',
      )
    await measureQuota()
    waiting.reset()
    age.reset()
    for (const { account, kind, state, count, oldestAt } of await backlog(deps.db)) {
      waiting.set({ account, kind, state }, count)
      if (oldestAt !== undefined)
        age.set({ account, kind, state }, Math.max(0, (deps.now() - oldestAt) / 1000))
    }
    return reply.type(register.contentType).send(await register.metrics())
  })
}
