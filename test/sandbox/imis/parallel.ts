import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { bearerToken, isStaff, userByName } from './caller.ts'
import type { World } from './world.ts'

/**
 * Records how many calls with a service token were open at once (the vendor forbids parallel pulls) in
 * `state.parallelPeak` and `state.parallelWritePeak`, and waits the site's latency before each answer.
 */
export function watchParallelCalls(rest: FastifyInstance, world: World) {
  const { state } = world
  let open = 0
  let writing = 0

  rest.addHook('onRequest', async (request, reply) => {
    const grant = state.accessTokens.get(bearerToken(request) ?? '')
    const user = grant && userByName(world, grant.userName)
    if (!user || !isStaff(user)) return
    const writes = request.method !== 'GET' && !request.url.includes('/_execute') ? 1 : 0
    open += 1
    writing += writes
    state.parallelPeak = Math.max(state.parallelPeak, open)
    state.parallelWritePeak = Math.max(state.parallelWritePeak, writing)
    reply.raw.once('close', () => {
      open -= 1
      writing -= writes
    })
  })

  rest.addHook('preHandler', async () => {
    if (state.settings.latencyMs > 0) await delay(state.settings.latencyMs)
  })
}
