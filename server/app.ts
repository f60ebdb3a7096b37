import { randomUUID } from 'node:crypto'
import formbody from '@fastify/formbody'
import Fastify, { LogController, type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { RATE_LIMITS, registerSecurityHeaders } from './web/security-headers.ts'
import { openMemberServices } from './member/services.ts'
import { openMessageBatcher } from './ingest/message-batcher.ts'
import { watchForwardedFor } from './web/forwarded-for.ts'
import { openAttempts } from './operator/access/attempts.ts'
import { answerBadAddress, answerNotFound, answerWithProblems } from './web/problems.ts'
import { openReadiness } from './web/readiness.ts'
import { registerAdminRoutes } from './routes/admin/admin.ts'
import { registerContactHookRoutes } from './routes/contact-hook.ts'
import { registerDashboardRoutes } from './routes/dashboard.ts'
import { registerHandOffRoutes } from './routes/hand-off.ts'
import { registerHealthRoutes } from './routes/health.ts'
import { measureRequests, registerMetricsRoute } from './routes/metrics.ts'
import { registerRegistrationRoutes } from './routes/registration.ts'
import { registerSsoRoutes } from './routes/sso.ts'
import { registerWebhookRoutes } from './routes/webhook.ts'
import { registerWidgetRoutes } from './routes/widget.ts'
import type { AppDeps, Timeouts } from './routes/deps.ts'
import { openTokens } from './secrets/tokens.ts'
import { withTrace } from './trace.ts'

const TIMEOUTS: Timeouts = {
  headersMs: 15_000,
  requestMs: 60_000,
  silentMs: 120_000,
  checkMs: 5_000,
}

const TROUBLE_LINE_EVERY_MS = 10_000

/**
 * Assembles the server: rate limits, error answers, then the routes, one file each. It listens to nothing yet.
 */
export async function buildApp(deps: AppDeps): Promise<FastifyInstance> {
  const timeouts = { ...TIMEOUTS, ...deps.timeouts }
  const app = Fastify({
    loggerInstance: deps.logger,
    // Tickets and tokens stand in addresses and headers: a request is logged by its route's pattern, in the hook below.
    logController: new LogController({ disableRequestLogging: true }),
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    trustProxy: trust(deps.settings.trustProxy),
    bodyLimit: 256 * 1024,
    connectionTimeout: timeouts.silentMs,
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: 10_000,
    http: {
      headersTimeout: timeouts.headersMs,
      connectionsCheckingInterval: timeouts.checkMs,
      maxHeaderSize: 16_384,
    },
    // Some senders put `//` where an address has one slash.
    routerOptions: { maxParamLength: 4096, ignoreDuplicateSlashes: true },
    return503OnClosing: true,
    frameworkErrors: answerBadAddress,
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  answerWithProblems(app, deps.now)
  app.addHook('onResponse', async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        route: request.routeOptions.url ?? '(none)',
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'answered',
    )
  })
  const register = measureRequests(app)
  const batcher = openMessageBatcher({ ...deps, onTrouble: tellTrouble(deps) })
  const readiness = openReadiness({ ...deps, batcher })
  // Cvent's door stands before those of browsers: it is the busiest, and their headers say nothing to it.
  registerWebhookRoutes(app, { ...deps, batcher })
  await app.register(async (pages) => {
    // What a request asks of the vendors is logged under the request's id.
    pages.addHook('onRequest', (request, _reply, done) => withTrace(request.id, done))
    await registerSecurityHeaders(pages, deps)
    answerNotFound(pages)
    await pages.register(formbody)
    registerHealthRoutes(pages, { readiness })
    watchForwardedFor(pages, deps)
    const attempts = openAttempts(deps)
    pages.addHook('onClose', async () => attempts.flush())
    registerMetricsRoute(pages, { ...deps, register, attempts, tokens: openTokens(deps) })
    const limits = { ...RATE_LIMITS, ...deps.limits }
    const member = { ...deps, services: openMemberServices(deps), limits }
    registerSsoRoutes(pages, member)
    registerRegistrationRoutes(pages, member)
    registerHandOffRoutes(pages, member)
    registerContactHookRoutes(pages, member)
    await registerWidgetRoutes(pages)
    await registerDashboardRoutes(pages)
    await registerAdminRoutes(pages, deps, attempts)
  })
  return app
}

/** A line for each refused message would fill the disk that is full already: they are counted, and told together. */
function tellTrouble({ logger, now }: Pick<AppDeps, 'logger' | 'now'>) {
  let notKept = 0
  let toldAt = -Infinity
  return (error: unknown, messages: number) => {
    notKept += messages
    if (now() - toldAt < TROUBLE_LINE_EVERY_MS) return
    const line = 'webhook messages were not kept; Cvent is asked to come again'
    logger.error({ err: error, messages: notKept }, line)
    toldAt = now()
    notKept = 0
  }
}

/** A number of proxies in front counts the hops; a list of addresses is Fastify's own affair. */
function trust(proxies: number | string | false) {
  return typeof proxies === 'number' ? (_address: string, hop: number) => hop < proxies : proxies
}
