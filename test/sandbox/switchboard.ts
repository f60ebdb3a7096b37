import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'

/**
 * One way in which a vendor misbehaves. `route` is matched against `METHOD /path` without the query (a regular
 * expression, so `POST /api/Activity$` or `.`); `times` is how many matching calls are hit (default: until cleared);
 * `skip` lets that many matching calls through first.
 *
 * | kind | what the caller sees | is the work done? |
 * | --- | --- | --- |
 * | `latency` | the answer `ms` later | yes, after the wait: a caller that gave up meanwhile has a late commit |
 * | `slow-answer` | the answer `ms` later | yes, before the wait |
 * | `slow-drip` | the answer in pieces of 64 bytes, each `ms` after the last | yes |
 * | `hold` | nothing until `release()` | yes, at the release: a late commit that a test decides the moment of |
 * | `dead` | the connection is cut | no |
 * | `lost-answer` | the connection is cut | yes |
 * | `half-written` | half the body, then the connection is cut | yes |
 * | `status` | `status` with `body` (default: an empty text), with `Retry-After: <retryAfter>` when given | no |
 * | `status-after` | the same | yes |
 * | `html` | 200 with an HTML page | no |
 * | `garbage` | 200 with a JSON content type and text that is not JSON | no |
 * | `huge` | 200 with `bytes` bytes of JSON text (default 1 GiB), streamed | no |
 * | `token-expired` | the vendor's 401 | no |
 * | `throttled`, `quota` | the vendor's two kinds of 429, with `Retry-After: <retryAfter>` when given | no |
 */
export const Misbehaviour = z.strictObject({
  route: z.string().min(1),
  kind: z.enum([
    'latency',
    'slow-answer',
    'slow-drip',
    'hold',
    'dead',
    'lost-answer',
    'half-written',
    'status',
    'status-after',
    'html',
    'garbage',
    'huge',
    'token-expired',
    'throttled',
    'quota',
  ]),
  ms: z.number().int().min(0).optional(),
  status: z.number().int().min(100).max(599).optional(),
  body: z.string().optional(),
  bytes: z.number().int().positive().optional(),
  retryAfter: z.string().optional(),
  times: z.number().int().positive().optional(),
  skip: z.number().int().min(0).optional(),
})
export type Misbehaviour = z.infer<typeof Misbehaviour>

/** One call a vendor received, in order of arrival. `status` is 0 until it is answered, and stays 0 when it was cut off. */
export interface Call {
  method: string
  path: string
  query: string
  at: number
  status: number
}

/** How a vendor words the answers that are its own; each sends the reply. */
export interface VendorWords {
  tokenExpired(reply: FastifyReply): unknown
  throttled(reply: FastifyReply): unknown
  quota(reply: FastifyReply): unknown
}

/** The switches of one vendor: set faults, look at its calls, let held calls go. */
export interface Switchboard {
  calls: Call[]
  /** How many calls matched, e.g. `count(/^POST \/api\/Activity$/)`. Token calls count too. */
  count(route: RegExp): number
  set(fault: Misbehaviour): void
  clear(): void
  faults(): Misbehaviour[]
  /** Lets every held call go on; resolves when none is held any more. */
  release(): void
  /** Resolves when at least `count` calls are being held. */
  held(count?: number): Promise<void>
}

interface Armed {
  fault: Misbehaviour
  pattern: RegExp
  left: number
  toSkip: number
}

/**
 * Gives a sandbox vendor its switches and their control endpoint, so that a person can press them too:
 * `GET|POST|DELETE /sandbox/faults` (list, set one by its JSON, clear all), `GET /sandbox/calls`,
 * `DELETE /sandbox/calls`, `POST /sandbox/release`. Calls below `/sandbox` and `exempt` are neither counted nor hit.
 */
export function wireSwitchboard(
  app: FastifyInstance,
  words: VendorWords,
  now: () => number,
  exempt: (path: string) => boolean = () => false,
): Switchboard {
  const calls: Call[] = []
  let armed: Armed[] = []
  const holding = new Set<() => void>()
  let watchers: { count: number; tell: () => void }[] = []
  const active = new WeakMap<FastifyRequest, { fault: Misbehaviour | undefined; call: Call }>()

  function take(line: string) {
    for (const item of armed) {
      if (!item.pattern.test(line)) continue
      if (item.toSkip > 0) {
        item.toSkip -= 1
        continue
      }
      if (item.left <= 0) continue
      item.left -= 1
      return item.fault
    }
    return undefined
  }

  app.addHook('onRequest', async (request, reply) => {
    const [path = '/', query = ''] = request.url.split('?', 2)
    if (path.startsWith('/sandbox') || exempt(path)) return undefined
    const call: Call = { method: request.method, path, query, at: now(), status: 0 }
    calls.push(call)
    const fault = take(`${request.method} ${path}`)
    active.set(request, { fault, call })
    switch (fault?.kind) {
      case 'dead':
        reply.hijack()
        request.raw.socket.destroy()
        return reply
      case 'status':
        if (fault.retryAfter) void reply.header('retry-after', fault.retryAfter)
        return reply
          .status(fault.status ?? 500)
          .type('text/plain')
          .send(fault.body ?? '')
      case 'html':
        return reply
          .status(200)
          .type('text/html')
          .send('<!DOCTYPE html><html><body><h1>This site is under maintenance</h1></body></html>')
      case 'garbage':
        return reply.status(200).type('application/json').send('{"Items": {"$values": [')
      case 'huge':
        return sendHuge(reply, fault.bytes ?? 2 ** 30)
      case 'token-expired':
        return words.tokenExpired(reply)
      case 'throttled':
        if (fault.retryAfter) void reply.header('retry-after', fault.retryAfter)
        return words.throttled(reply)
      case 'quota':
        if (fault.retryAfter) void reply.header('retry-after', fault.retryAfter)
        return words.quota(reply)
      default:
        return undefined
    }
  })

  app.addHook('preHandler', async (request) => {
    const fault = active.get(request)?.fault
    if (fault?.kind === 'latency') await delay(fault.ms ?? 1000)
    if (fault?.kind === 'hold')
      await new Promise<void>((resolve) => {
        holding.add(resolve)
        for (const { tell } of watchers.filter(({ count }) => holding.size >= count)) tell()
        watchers = watchers.filter(({ count }) => holding.size < count)
      })
  })

  app.addHook('onSend', async (request, reply, payload) => {
    const entry = active.get(request)
    if (!entry) return payload
    const { fault, call } = entry
    if (fault?.kind === 'slow-answer') await delay(fault.ms ?? 1000)
    if (fault?.kind === 'status-after') {
      void reply.status(fault.status ?? 500).type('text/plain')
      void reply.removeHeader('content-length')
      call.status = reply.statusCode
      return fault.body ?? ''
    }
    if (
      fault?.kind === 'lost-answer' ||
      fault?.kind === 'half-written' ||
      fault?.kind === 'slow-drip'
    ) {
      reply.hijack()
      const text = typeof payload === 'string' ? payload : ''
      const { raw } = reply
      if (fault.kind !== 'lost-answer') {
        raw.writeHead(reply.statusCode, {
          'content-type': String(reply.getHeader('content-type') ?? 'application/json'),
          'content-length': Buffer.byteLength(text),
        })
      }
      if (fault.kind === 'half-written')
        await new Promise((sent) => raw.write(text.slice(0, Math.floor(text.length / 2)), sent))
      if (fault.kind === 'slow-drip') {
        for (let at = 0; at < text.length && !raw.destroyed; at += 64) {
          raw.write(text.slice(at, at + 64))
          await delay(fault.ms ?? 100)
        }
        raw.end()
        return payload
      }
      request.raw.socket.destroy()
      return payload
    }
    call.status = reply.statusCode
    return payload
  })

  const board: Switchboard = {
    calls,
    count: (route) => calls.filter((call) => route.test(`${call.method} ${call.path}`)).length,
    set(fault) {
      armed.push({
        fault,
        pattern: new RegExp(fault.route),
        left: fault.times ?? Infinity,
        toSkip: fault.skip ?? 0,
      })
    },
    clear() {
      armed = []
      board.release()
    },
    faults: () => armed.map(({ fault }) => fault),
    release() {
      for (const go of holding) go()
      holding.clear()
    },
    held: (count = 1) =>
      new Promise((tell) => (holding.size >= count ? tell() : watchers.push({ count, tell }))),
  }

  app.get('/sandbox/faults', () => board.faults())
  app.post('/sandbox/faults', (request, reply) => {
    const read = Misbehaviour.safeParse(request.body)
    if (!read.success) return reply.status(400).send({ error: z.prettifyError(read.error) })
    board.set(read.data)
    return reply.status(201).send(read.data)
  })
  app.delete('/sandbox/faults', (_request, reply) => {
    board.clear()
    return reply.status(204).send()
  })
  app.get('/sandbox/calls', () => calls)
  app.delete('/sandbox/calls', (_request, reply) => {
    calls.length = 0
    return reply.status(204).send()
  })
  app.post('/sandbox/release', (_request, reply) => {
    board.release()
    return reply.status(204).send()
  })
  return board
}

function sendHuge(reply: FastifyReply, bytes: number) {
  reply.hijack()
  const { raw } = reply
  raw.writeHead(200, { 'content-type': 'application/json' })
  const piece = `"${'x'.repeat(65_534)}"`
  let sent = 0
  const pump = () => {
    while (sent < bytes && !raw.destroyed) {
      sent += piece.length
      if (!raw.write(piece)) {
        raw.once('drain', pump)
        return
      }
    }
    raw.end()
  }
  pump()
  return reply
}
