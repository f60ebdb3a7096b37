import type { Readable } from 'node:stream'
import { Fault } from '../errors.ts'

/** The largest body, in bytes: a manual sync sends all registrations of an event in one. */
export const BODY_LIMIT = 32 * 1024 * 1024
/** Bodies in hand at the same time, all requests together: beyond it a sender is asked to come again. */
const IN_HAND_LIMIT = 96 * 1024 * 1024
/** Smaller bodies are taken whatever is in hand: they are the live messages. */
const SMALL = 256 * 1024
const RETRY_AFTER_MS = 10_000

/** Reads bodies into memory, and counts those in hand together. */
export interface Intake {
  /**
   * Reads one whole body; it is in hand until it is let go. `announced`: its `Content-Length`, 0 when that is not known.
   *
   * @throws Fault `TOO_LARGE`, or `STORE_UNAVAILABLE` when too much is in hand already; the stream's error when the sender
   *   breaks off. Nothing of it is in hand then.
   */
  read(payload: Readable, announced: number): Promise<Buffer>
  letGo(body: Buffer): void
}

/** Opens an intake with nothing in hand. */
export function openIntake({ now }: { now: () => number }): Intake {
  let inHand = 0

  /** Why a body of that size, or what has come of it, is not taken. */
  function refusal(size: number, withOthers: number) {
    if (size > BODY_LIMIT)
      return new Fault('TOO_LARGE', `The body is larger than ${BODY_LIMIT} bytes.`)
    if (size > SMALL && withOthers > IN_HAND_LIMIT)
      return new Fault('STORE_UNAVAILABLE', 'Too many large messages at once; send it again.', {
        retryAt: now() + RETRY_AFTER_MS,
      })
    return undefined
  }

  return {
    read(payload, announced) {
      // Listeners, not `for await`: an iterator for each small body costs as much as the rest of reading it.
      return new Promise((resolve, reject) => {
        const pieces: Buffer[] = []
        let size = 0
        function refuse(error: unknown) {
          payload.off('data', take).off('end', finish).off('error', refuse)
          inHand -= size
          reject(error)
        }
        function take(piece: Buffer) {
          size += piece.length
          inHand += piece.length
          pieces.push(piece)
          const refused = refusal(size, inHand)
          if (refused) refuse(refused)
        }
        function finish() {
          const [only] = pieces
          resolve(pieces.length === 1 && only ? only : Buffer.concat(pieces, size))
        }
        const refused = refusal(announced, inHand + announced)
        if (refused) return reject(refused)
        payload.on('data', take).once('end', finish).once('error', refuse)
      })
    },
    letGo(body) {
      inHand -= body.length
    },
  }
}
