import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { v7 as uuid } from 'uuid'
import type { MessageWriter } from '../../db/engine/message-writer.ts'
import type { ArrivingMessage } from '../../db/messages.ts'
import { isDown, isRetryable } from '../../db/engine/errors.ts'
import { findMessageStub } from '../cvent/message-stub.ts'
import { Fault } from '../errors.ts'

const compress = promisify(gzip)
/** Below this size compressing costs more than it saves. */
const COMPRESS_FROM = 64 * 1024

/** A webhook POST as it came. */
export interface Arrived {
  account: string
  /** What stood after the account in the address. */
  path: string
  contentType: string | null
  /** The `Content-Encoding` the body came in. */
  contentEncoding?: string | null
  requestId: string
  body: Buffer
}

/** Keeps messages durably, many in one commit. */
export interface MessageBatcher {
  /**
   * Resolves when the message is on disk; one that is there already counts as kept.
   *
   * @throws Fault `STORE_UNAVAILABLE` when the database is down, full, too slow or has too much waiting before it; the
   *   message may be kept all the same, which does no harm
   */
  keep(arrived: Arrived): Promise<void>
  /** By the monotonic clock: when a message was last stored, and since when the one that waits longest does. */
  progress(): { storedAt: number | undefined; waitingSince: number | undefined }
}

interface Waiting {
  message: ArrivingMessage
  since: number
  kept: () => void
  failed: (error: unknown) => void
}

/** One commit's worth: rows, and bytes of bodies. */
const ROWS_A_COMMIT = 400
const BYTES_A_COMMIT = 4 * 1024 * 1024
/** More than this waiting means that the database does not keep up. */
const MOST_WAITING = 5000
/** How long a sender is left without an answer; Cvent's own limit is not known. */
const PATIENCE_MS = 10_000
const RETRY_AFTER_MS = 30_000

/**
 * Opens the batcher. What arrives while one commit runs goes into the next, so that many senders share one sync of the disk
 * and a single one waits for nobody.
 */
export function openMessageBatcher(deps: {
  writer: MessageWriter
  now: () => number
  onTrouble: (error: unknown, messages: number) => void
}): MessageBatcher {
  let waiting: Waiting[] = []
  let inHand: Waiting[] = []
  let isCommitting = false
  let storedAt: number | undefined

  async function commitAll() {
    // A turn of the event loop: requests that have arrived already share the first commit too.
    await new Promise((resolve) => setImmediate(resolve))
    while (waiting.length > 0) {
      const batch = take()
      inHand = batch
      try {
        await commit(batch)
      } catch (error) {
        deps.onTrouble(error, batch.length)
        for (const { failed } of batch) failed(error)
      }
    }
    inHand = []
    isCommitting = false
  }

  function take(): Waiting[] {
    let bytes = 0
    let count = 0
    for (const { message } of waiting) {
      bytes += message.body.length
      if (count > 0 && (bytes > BYTES_A_COMMIT || count >= ROWS_A_COMMIT)) break
      count += 1
    }
    return waiting.splice(0, count)
  }

  async function commit(batch: Waiting[]): Promise<void> {
    try {
      await deps.writer.keep(batch.map(({ message }) => message))
    } catch (error) {
      // One message the database cannot take must not cost the others theirs; a lost race may be run again.
      if (batch.length === 1 ? !isRetryable(error) : isDown(error)) throw error
      if (batch.length === 1) return commit(batch)
      for (const one of batch) {
        try {
          await commit([one])
        } catch (alone) {
          deps.onTrouble(alone, 1)
          one.failed(alone)
        }
      }
      return
    }
    storedAt = performance.now()
    for (const { kept } of batch) kept()
  }

  return {
    async keep(arrived) {
      if (waiting.length >= MOST_WAITING) throw unavailable(deps.now())
      const message = await rowOf(arrived, deps.now())
      return new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(unavailable(deps.now())), PATIENCE_MS)
        waiting.push({
          message,
          since: performance.now(),
          kept() {
            clearTimeout(timer)
            resolve()
          },
          failed(error) {
            clearTimeout(timer)
            reject(unavailable(deps.now(), error))
          },
        })
        if (isCommitting) return
        isCommitting = true
        void commitAll()
      })
    },
    progress: () => ({ storedAt, waitingSince: (inHand[0] ?? waiting[0])?.since }),
  }
}

/** The row of a message. The stub and the body together tell a repeated delivery. */
async function rowOf(arrived: Arrived, now: number): Promise<ArrivingMessage> {
  const { account, path, contentType, contentEncoding = null, requestId, body } = arrived
  const messageStub = findMessageStub(body) ?? null
  const isLarge = body.length >= COMPRESS_FROM
  return {
    id: uuid(),
    account,
    dedupeKey: createHash('sha256')
      .update(`${messageStub ?? ''}\n`)
      .update(body)
      .digest('base64url'),
    messageStub,
    path: path.slice(0, 500),
    contentType: contentType?.slice(0, 200) ?? null,
    contentEncoding: contentEncoding?.slice(0, 100) ?? null,
    encoding: isLarge ? 'gzip' : 'identity',
    body: isLarge ? await compress(body, { level: 1 }) : body,
    bytes: body.length,
    requestId,
    receivedAt: now,
    state: 'waiting',
    dueAt: now,
  }
}

function unavailable(now: number, cause?: unknown) {
  return new Fault('STORE_UNAVAILABLE', 'The database does not take messages at the moment.', {
    retryAt: now + RETRY_AFTER_MS,
    ...(cause === undefined ? {} : { cause }),
  })
}
