import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Contract } from './contract.ts'
import { errorBody, nested, sendError, type ErrorBody } from './errors.ts'
import { FilterError } from './filter.ts'
import type { Limits } from './limits.ts'
import { isOddAnswer } from './odd.ts'
import { newNumber, Refused } from './state.ts'
import type { World } from './world.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope Cvent asks of this operation; null = any valid token. */
    scope?: string | null
  }
}

const prefix = '/ea'
/** What Cvent's gateway takes. */
const mostHeaderBytes = 10_240

/** The contract's way of writing a route: `/ea/contacts/:id` is `/contacts/{id}`. */
const templateOf = (request: FastifyRequest) =>
  (request.routeOptions.url ?? '').slice(prefix.length).replaceAll(/:(\w+)/g, '{$1}')

const tokenPath = `${prefix}/oauth2/token`

/**
 * Everything the REST operations share: limits, token and scope, the official contract both ways, Cvent's error bodies.
 * `routes` are written below `/ea` with `config: { scope }`.
 */
export function wireRest(
  app: FastifyInstance,
  world: World,
  limits: Limits,
  contract: Contract | null,
  routes: (rest: FastifyInstance) => void,
) {
  app.register(
    async (rest) => {
      rest.addHook('onRequest', async (request, reply) => {
        const isToken = request.url.split('?')[0] === tokenPath
        const headerBytes = request.raw.rawHeaders.reduce((sum, text) => sum + text.length + 2, 0)
        if (headerBytes > mostHeaderBytes)
          return reply.status(413).send({ message: 'Request header too long' })
        if (!isToken || world.state.switches.countTokenCalls) {
          const { verdict, remaining, resetsIn } = limits.take()
          void reply.headers({
            'x-ratelimit-limit': limits.tier().quota,
            'x-ratelimit-remaining': remaining,
            'x-ratelimit-reset': resetsIn,
          })
          if (verdict !== 'ok') return sendThrottled(reply, verdict)
        }
        if (isToken) return undefined
        const header = request.headers.authorization ?? ''
        const token = world.state.tokens.get(header.replace(/^Bearer /, ''))
        if (!header.startsWith('Bearer ') || !token || token.expiresAt <= world.now())
          return sendError(reply, 401)
        const scope = request.routeOptions.config.scope
        if (scope && !token.scopes.includes(scope)) return sendError(reply, 403)
        return undefined
      })
      rest.addHook('preHandler', async (request, reply) => {
        if (!contract || request.is404) return undefined
        const problems = contract.request(
          request.method,
          templateOf(request),
          // A parsed query string is an object of texts.
          request.query as Record<string, unknown>,
          request.body,
        )
        if (problems.length === 0) return undefined
        world.state.violations.push({
          direction: 'request',
          operation: `${request.method} ${templateOf(request)}`,
          status: null,
          problems,
        })
        return sendError(reply, 400, problems)
      })
      rest.addHook('preSerialization', async (request, reply, payload) => {
        if (world.state.switches.refusalForm === 'nested' && reply.statusCode === 400)
          return nested(payload as ErrorBody)
        if (!contract || request.is404 || isOddAnswer(reply)) return payload
        const problems = contract.response(
          request.method,
          templateOf(request),
          reply.statusCode,
          payload,
        )
        if (problems.length > 0)
          world.state.violations.push({
            direction: 'response',
            operation: `${request.method} ${templateOf(request)}`,
            status: reply.statusCode,
            problems,
          })
        return payload
      })
      rest.setNotFoundHandler((_request, reply) => sendError(reply, 404))
      rest.setErrorHandler((error, _request, reply) => {
        if (error instanceof FilterError)
          return sendError(reply, 400, [error.message], error.target)
        if (error instanceof Refused) return sendError(reply, error.status, [error.message])
        const status =
          error instanceof Error && 'statusCode' in error && error.statusCode === 413 ? 413 : 400
        return sendError(reply, status, [error instanceof Error ? error.message : String(error)])
      })
      wireToken(rest, world)
      routes(rest)
    },
    { prefix },
  )
}

/** Cvent's two kinds of 429, told apart by the text only. */
export function sendThrottled(reply: FastifyReply, kind: 'throttled' | 'quota') {
  return reply
    .status(429)
    .send({ code: 429, message: kind === 'quota' ? 'Limit Exceeded' : 'Too Many Requests' })
}

function wireToken(rest: FastifyInstance, world: World) {
  const hour = 3600
  rest.post<{ Body: Record<string, string> | undefined }>('/oauth2/token', (request, reply) => {
    const refuse = (error: string, description: string) =>
      reply.status(400).send({ error, error_description: description })
    const body = request.body ?? {}
    const [id = '', secret = ''] = Buffer.from(
      (request.headers.authorization ?? '').replace(/^Basic /, ''),
      'base64',
    )
      .toString()
      .split(':')
    const client = world.state.clients.get(id)
    if (!client || client.secret !== secret) return refuse('invalid_client', 'Unknown client.')
    if (body['client_id'] !== id) return refuse('invalid_request', 'client_id is missing.')
    if (body['grant_type'] !== 'client_credentials')
      return refuse('unsupported_grant_type', 'Only client_credentials.')
    const { switches } = world.state
    const asked = body['scope']?.split(/\s+/).filter(Boolean) ?? []
    if (asked.length > 0 && switches.scopeParameter === 'refused')
      return refuse('invalid_request', 'The scope is not taken.')
    const scopes =
      asked.length > 0 && switches.scopeParameter === 'narrows'
        ? asked.filter((scope) => client.scopes.includes(scope))
        : client.scopes
    const claims = { iss: 'https://issuer.example', sub: id, jti: newNumber(32), scp: scopes }
    const middle = switches.tokenClaims
      ? Buffer.from(JSON.stringify(claims)).toString('base64url')
      : newNumber(32)
    const token = `eyJraWQiOiJzYW5kYm94In0.${middle}.${newNumber(43)}`
    world.state.tokens.set(token, {
      clientId: id,
      scopes: [...scopes],
      expiresAt: world.now() + hour * 1000,
    })
    return { access_token: token, expires_in: hour, token_type: 'Bearer' }
  })
}

/** What a bulk call says of one item (207). */
export function bulkError(status: number, message: string, target?: string) {
  const body = errorBody(status, [message], target)
  return { status, message: body.message, data: body }
}
