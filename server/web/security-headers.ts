import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { accountNamed, type Accounts } from '../accounts.ts'
import { customerOf } from './client-address.ts'
import { Fault } from '../errors.ts'

/** How many requests a minute one member, one address or one link may make. Failures are counted for all instances together, the rest by each for itself. */
export interface RateLimits {
  /** Registration states of one member token's holder. */
  member: number
  /** Any of the member's routes from one address; a meeting's whole audience may share one. */
  address: number
  /** Openings of one hand-off ticket, and of all tickets of one party. */
  ticket: number
  /** Sign-ons that fail, from one address; four times as many from one network. */
  failedSignOn: number
  /** Calls of the contact hook, for each account. */
  contactHook: number
  /** Calls of a contact hook with wrong credentials from one address, four times as many from one network; the right ones are always let through. */
  contactHookFailures: number
}

/** The limits unless others are handed in. */
export const RATE_LIMITS: RateLimits = {
  member: 240,
  address: 1200,
  ticket: 30,
  failedSignOn: 20,
  contactHook: 600,
  contactHookFailures: 20,
}

const WINDOW_MS = 60_000
/** Answers that are not pages: nothing may be loaded, nobody may frame them. */
const STRICT = "default-src 'none'; frame-ancestors 'none'"
/** Pages that say nothing of their own: their own files, nobody may frame them. */
const OWN_FILES =
  "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

/**
 * What every request passes first: safe headers, cross-origin reading for exactly the origins of the account in the address
 * and only below `/v1`, the widget's files for everybody, and the counters behind `limitTo`.
 */
export async function registerSecurityHeaders(
  app: FastifyInstance,
  { accounts }: { accounts: Accounts },
): Promise<void> {
  // A client that reset the connection left a request without an address: nobody is there to be counted or answered.
  app.addHook('onRequest', async (request, reply) => {
    if (hasPeer(request)) return undefined
    request.raw.socket.destroy()
    return reply.hijack()
  })
  await app.register(helmet, {
    // Each page brings its own policy; what has none gets one below.
    contentSecurityPolicy: false,
    // The sign-on page speaks to the window that opened it, and framing is ruled by frame-ancestors.
    crossOriginOpenerPolicy: false,
    crossOriginResourcePolicy: false,
    xFrameOptions: false,
    // For Flash, for Internet Explorer, and for hints that our pages do not give.
    xPermittedCrossDomainPolicies: false,
    xDownloadOptions: false,
    xXssProtection: false,
    xDnsPrefetchControl: false,
    originAgentCluster: false,
  })
  await app.register(cors, () => (request: FastifyRequest) => corsOf(accounts, request))
  await app.register(rateLimit, { global: false })
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (!reply.hasHeader('content-security-policy')) {
      const isPage = String(reply.getHeader('content-type') ?? '').startsWith('text/html')
      void reply.header('content-security-policy', isPage ? OWN_FILES : STRICT)
    }
    done(null, payload)
  })
}

/** `registration.js` is public; a state is readable only from the pages of the account's own site. */
async function corsOf(accounts: Accounts, request: FastifyRequest) {
  const [path = ''] = request.url.split('?', 1)
  if (path.startsWith('/widget/')) return { origin: '*', methods: ['GET', 'HEAD'] }
  // No page of another origin asks.
  if (request.headers.origin === undefined) return { origin: false as const }
  const given = /^\/v1\/([^/]+)\//.exec(path)?.[1]
  const account = given === undefined ? undefined : await accountNamed(accounts, given)
  const loaded = account === undefined ? undefined : await accounts.get(account)
  if (!loaded) return { origin: false as const }
  return {
    origin: loaded.account.origins,
    methods: ['GET', 'HEAD'],
    allowedHeaders: ['authorization'],
    exposedHeaders: ['retry-after'],
    maxAge: 600,
  }
}

/** Counts a request, and answers 429 when it was one too many. */
export type Limit = (request: FastifyRequest, reply: FastifyReply) => Promise<void>

/**
 * A limit of `max` requests a minute for each `key`, told in the usual headers. Without `key` the address is counted, as
 * `TRUST_PROXY` lets it be known, an IPv6 customer's network of 64 bits as one. Each limit has its own counters, in this
 * instance's memory: N instances let N times as many through.
 */
export function limitTo(
  app: FastifyInstance,
  max: number,
  now: () => number,
  key?: (request: FastifyRequest) => string,
): Limit {
  const count = app.createRateLimit({
    max,
    timeWindow: WINDOW_MS,
    keyGenerator: key ?? ((request) => customerOf(request.ip)),
  })
  return async (request, reply) => {
    const counted = await count(request)
    if (counted.isAllowed) return
    void reply.headers({
      'x-ratelimit-limit': counted.max,
      'x-ratelimit-remaining': counted.remaining,
      'x-ratelimit-reset': counted.ttlInSeconds,
    })
    if (counted.isExceeded)
      throw new Fault('TOO_MANY', 'Too many requests; wait a moment and try again.', {
        retryAt: now() + counted.ttl,
      })
  }
}

/** Whether the other end of the connection is still known; after a reset the system no longer tells its address. */
function hasPeer({ raw }: FastifyRequest) {
  return raw.socket.remoteAddress !== undefined
}
