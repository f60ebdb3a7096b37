import type { FastifyInstance } from 'fastify'
import type { Readiness } from '../web/readiness.ts'

/** `GET /health/live`: the process runs. `GET /health/ready`: the database takes writes too, else 503 with the reason. */
export function registerHealthRoutes(app: FastifyInstance, deps: { readiness: Readiness }): void {
  app.get('/health/live', async () => ({ status: 'live' }))
  app.get('/health/ready', async (request, reply) => {
    const failure = await deps.readiness.check()
    if (!failure) return { status: 'ready' }
    request.log.warn({ err: failure.cause }, failure.reason)
    return reply.status(503).header('retry-after', '5').send({ status: failure.reason })
  })
}
