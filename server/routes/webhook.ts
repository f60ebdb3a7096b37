import { hash, timingSafeEqual } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { LoadedAccount } from '../accounts.ts'
import type { AppDeps } from './deps.ts'
import { Fault } from '../errors.ts'
import { BODY_LIMIT, openIntake } from '../ingest/read-body.ts'
import type { MessageBatcher } from '../ingest/message-batcher.ts'
import { openLastSeen } from '../ingest/last-seen.ts'

const REFUSED_LINE_EVERY_MS = 60_000

const PLAIN = {
  'cache-control': 'no-store',
  'content-type': 'text/plain; charset=utf-8',
  'x-content-type-options': 'nosniff',
}

type Params = { Params: { account: string; '*'?: string } }

/**
 * Cvent's door: `GET` is its validation request, `POST` a message. A POST with the right token is kept as it came and then
 * answered 200, whatever it holds; nothing else happens in the request. Both stand on the bare path and on every path below
 * it, because public sources disagree which one Cvent uses.
 */
export function registerWebhookRoutes(
  app: FastifyInstance,
  deps: AppDeps & { batcher: MessageBatcher },
): void {
  const { accounts, db, batcher, now, logger } = deps
  const lastSeen = openLastSeen({ db, now })
  const intake = openIntake({ now })
  const refusedAt = new Map<string, number>()

  void app.register(async (door) => {
    door.removeAllContentTypeParsers()
    door.addContentTypeParser('*', (request: FastifyRequest, payload: Readable) =>
      intake.read(payload, Number(request.headers['content-length'] ?? 0)),
    )
    door.decorateRequest('sentType', null)
    door.addHook('onRequest', async (request) => {
      await authenticate(request as FastifyRequest<Params>)
      // The framework refuses content types it cannot parse; ours takes them all and keeps what was sent.
      const { headers } = request.raw
      request.setDecorator('sentType', headers['content-type'] ?? null)
      headers['content-type'] = 'application/octet-stream'
    })
    door.addHook('onClose', () => lastSeen.flush())
    for (const path of ['/webhooks/cvent/:account', '/webhooks/cvent/:account/*']) {
      door.get<Params>(path, async (request, reply) => {
        lastSeen.see(request.params.account, 'webhook-get')
        return reply.headers(PLAIN).send('ok')
      })
      door.post<Params>(path, { bodyLimit: BODY_LIMIT }, async (request, reply) => {
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
        try {
          await batcher.keep({
            account: request.params.account,
            path: `/${request.params['*'] ?? ''}`,
            contentType: request.getDecorator<string | null>('sentType'),
            contentEncoding: request.headers['content-encoding'] ?? null,
            requestId: request.id,
            body,
          })
        } finally {
          intake.letGo(body)
        }
        lastSeen.see(request.params.account, 'webhook-post')
        deps.wake(request.params.account)
        return reply.headers(PLAIN).send('ok')
      })
    }
  })

  async function authenticate(request: FastifyRequest<Params>) {
    const { account } = request.params
    const loaded = await accounts.get(account)
    const digests = loaded ? tokenDigests(loaded) : []
    if (isOneOf(request.headers.authorization ?? '', digests)) return
    if (loaded) {
      lastSeen.see(account, 'webhook-refused')
      if (now() - (refusedAt.get(account) ?? -Infinity) >= REFUSED_LINE_EVERY_MS) {
        refusedAt.set(account, now())
        logger.warn({ account }, 'a webhook came with a wrong token, or none')
      }
    }
    throw new Fault('NOT_SIGNED_IN', 'The webhook token is missing or wrong.')
  }
}

/** The digests of an account's tokens: a busy event would make them again for each of its messages. */
const digestsOf = new WeakMap<LoadedAccount, Buffer[]>()

function tokenDigests(loaded: LoadedAccount): Buffer[] {
  const known = digestsOf.get(loaded)
  if (known) return known
  const digests = loaded.account.cvent.webhookTokens.filter((token) => token !== '').map(sha256)
  digestsOf.set(loaded, digests)
  return digests
}

/** Compares digests, so that neither content nor length of a token shows in the time; every token is looked at. */
function isOneOf(given: string, digests: Buffer[]): boolean {
  const digest = sha256(given)
  let isKnown = false
  for (const known of digests) if (timingSafeEqual(digest, known)) isKnown = true
  return isKnown
}

function sha256(text: string) {
  return hash('sha256', text, 'buffer')
}
