import type { FastifyInstance } from 'fastify'
import { sendError } from './errors.ts'
import type { Limits } from './limits.ts'
import type { Cursors } from './paging.ts'
import { sendPage } from './paging.ts'
import { presentHook } from './present.ts'
import type { ContactHook } from './state.ts'
import { newId } from './state.ts'
import type { World } from './world.ts'
import { audit, touch } from './world.ts'

const bot = 'REST API'

/** Token check, usage and plan, contact hooks. */
export function wireAccount(rest: FastifyInstance, world: World, cursors: Cursors, limits: Limits) {
  rest.get('/token-validation', () => ({ tokenValid: true, statusCode: 200 }))
  rest.get('/usage/tier', () => limits.tier())
  rest.get('/usage', () => {
    const total = limits.tier().quota
    const days = [...world.state.usage].toSorted(([one], [other]) => (one < other ? 1 : -1))
    return {
      data: days.slice(0, 7).map(([date, { used }]) => ({
        used,
        remaining: Math.max(0, total - used),
        total,
        date,
      })),
    }
  })

  const scope = (right: string) => ({ config: { scope: `account/hooks:${right}` } })
  type HookBody = Pick<ContactHook, 'name' | 'callback' | 'security'>
  rest.get('/contacts/hooks', scope('read'), (request, reply) =>
    sendPage(world, cursors, request, reply, {
      items: world.state.hooks.values(),
      fields: { name: { ops: ['eq', 'ne'], get: (hook) => hook.name } },
      changedAt: (hook) => hook.lastModified,
      present: presentHook,
    }),
  )
  rest.post<{ Body: HookBody | null }>('/contacts/hooks', scope('write'), (request, reply) => {
    const { body } = request
    if (!body?.name || !body.callback || !body.security.secret) return sendError(reply, 400)
    const { name, callback, security } = body
    const hook: ContactHook = { id: newId(), ...audit(world, bot), name, callback, security }
    world.state.hooks.set(hook.id, hook)
    return reply.status(201).send(presentHook(hook))
  })
  rest.put<{ Params: { id: string }; Body: HookBody | null }>(
    '/contacts/hooks/:id',
    scope('write'),
    ({ params, body }, reply) => {
      const hook = world.state.hooks.get(params.id.toLowerCase())
      if (!hook) return sendError(reply, 404)
      if (!body) return sendError(reply, 400)
      Object.assign(hook, { name: body.name, callback: body.callback, security: body.security })
      touch(world, hook, bot)
      return presentHook(hook)
    },
  )
  rest.delete<{ Params: { id: string } }>(
    '/contacts/hooks/:id',
    scope('delete'),
    ({ params }, reply) =>
      world.state.hooks.delete(params.id.toLowerCase())
        ? reply.status(204).send()
        : sendError(reply, 404),
  )
}
