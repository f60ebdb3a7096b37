import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { openMessageWriter } from '../../db/message-writer.ts'
import type { AppDeps } from '../app.ts'
import { Fault } from '../errors.ts'
import { openKeeper } from '../message/keep.ts'
import { openSightings } from '../message/sightings.ts'

/** A manual sync sends all registrations of an event in one body. */
const BODY_LIMIT = 32 * 1024 * 1024
/** Bodies in hand at the same time, all requests together: beyond it a sender is asked to come again. */
const IN_HAND_LIMIT = 96 * 1024 * 1024
/** Smaller bodies are taken whatever is in hand: they are the live messages. */
const SMALL = 256 * 1024
const REFUSED_LINE_EVERY_MS = 60_000

type Params = { Params: { account: string; '*'?: string } }

/**
 * Cvent's door: `GET` is its validation request, `POST` a message. A POST with the right token is kept as it came and then
 * answered 200, whatever it holds; nothing else happens in the request. Both stand on the bare path and on every path below
 * it, because public sources disagree which one Cvent uses.
 */
export function registerWebhookRoutes(app: FastifyInstance, deps: AppDeps): void {
  const { accounts, db, now, logger } = deps
  const writer = openMessageWriter(db, deps.settings.databaseUrl)
  const keeper = openKeeper({
    writer,
    now,
    onTrouble: (error, messages) =>
      logger.error(
        { err: error, messages },
        'webhook messages were not kept; Cvent is asked to come again',
      ),
  })
  const sightings = openSightings({ db, now })
  const refusedAt = new Map<string, number>()
  let inHand = 0

  void app.register(async (door) => {
    door.removeAllContentTypeParsers()
    door.addContentTypeParser(
      '*',
      async (request: FastifyRequest, payload: AsyncIterable<Buffer>) => collect(request, payload),
    )
    door.decorateRequest('sentType', null)
    door.decorateRequest('bodySize', 0)
    door.addHook('onRequest', async (request) => {
      await authenticate(request as FastifyRequest<Params>)
      // The framework refuses content types it cannot parse; ours takes them all and keeps what was sent.
      const { headers } = request.raw
      request.setDecorator('sentType', headers['content-type'] ?? null)
      headers['content-type'] = 'application/octet-stream'
    })
    door.addHook('onClose', async () => {
      await sightings.flush()
      await writer.close()
    })
    for (const path of ['/webhooks/cvent/:account', '/webhooks/cvent/:account/*']) {
      door.get<Params>(path, async (request, reply) => {
        sightings.see(request.params.account, 'webhook-get')
        return reply.header('cache-control', 'no-store').type('text/plain').send('ok')
      })
      door.post<Params>(path, { bodyLimit: BODY_LIMIT }, async (request, reply) => {
        try {
          await keeper.keep({
            account: request.params.account,
            path: `/${request.params['*'] ?? ''}`,
            contentType: request.getDecorator<string | null>('sentType'),
            requestId: request.id,
            body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
          })
        } finally {
          inHand -= request.getDecorator<number>('bodySize')
        }
        sightings.see(request.params.account, 'webhook-post')
        deps.wake(request.params.account)
        return reply.header('cache-control', 'no-store').type('text/plain').send('ok')
      })
    }
  })

  async function authenticate(request: FastifyRequest<Params>) {
    const { account } = request.params
    const loaded = await accounts.get(account).catch((error: unknown) => {
      if (error instanceof Fault) throw error
      throw new Fault('STORE_UNAVAILABLE', 'The database does not answer.', {
        retryAt: now() + 30_000,
        cause: error,
      })
    })
    const tokens = loaded?.account.cvent.webhookTokens ?? []
    if (isOneOf(request.headers.authorization ?? '', tokens)) return
    if (loaded) {
      sightings.see(account, 'webhook-refused')
      if (now() - (refusedAt.get(account) ?? -Infinity) >= REFUSED_LINE_EVERY_MS) {
        refusedAt.set(account, now())
        logger.warn({ account }, 'a webhook came with a wrong token, or none')
      }
    }
    throw new Fault('NOT_SIGNED_IN', 'The webhook token is missing or wrong.')
  }

  /** Reads the body, and takes one that did not come whole out of the count: no response may follow it. */
  async function collect(request: FastifyRequest, payload: AsyncIterable<Buffer>) {
    try {
      return await read(request, payload)
    } catch (error) {
      inHand -= request.getDecorator<number>('bodySize')
      throw error
    }
  }

  /** Reads the body into memory, counted with all others that are in hand. */
  async function read(request: FastifyRequest, payload: AsyncIterable<Buffer>) {
    const announced = Number(request.headers['content-length'] ?? 0)
    if (announced > BODY_LIMIT) throw tooLarge()
    if (announced > SMALL && inHand + announced > IN_HAND_LIMIT) throw tooBusy()
    const pieces: Buffer[] = []
    let size = 0
    for await (const piece of payload) {
      size += piece.length
      inHand += piece.length
      request.setDecorator('bodySize', size)
      if (size > BODY_LIMIT) throw tooLarge()
      if (size > SMALL && inHand > IN_HAND_LIMIT) throw tooBusy()
      pieces.push(piece)
    }
    return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces, size)
  }

  function tooLarge() {
    return new Fault('TOO_LARGE', `The body is larger than ${BODY_LIMIT} bytes.`)
  }

  function tooBusy() {
    return new Fault('STORE_UNAVAILABLE', 'Too many large messages at once; send it again.', {
      retryAt: now() + 10_000,
    })
  }
}

/** Compares digests, so that neither content nor length of a token shows in the time; every token is looked at. */
function isOneOf(given: string, tokens: string[]): boolean {
  const digest = createHash('sha256').update(given).digest()
  let isKnown = false
  for (const token of tokens)
    if (timingSafeEqual(digest, createHash('sha256').update(token).digest()) && token !== '')
      isKnown = true
  return isKnown
}
