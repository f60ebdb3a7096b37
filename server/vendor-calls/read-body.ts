import type { Dispatcher } from 'undici'

/** A vendor's answer went over the limit; what was not read yet never will be. */
export class BodyTooLarge extends Error {}

/** Reads a body as text, but never more than `maxBytes` of it. @throws BodyTooLarge */
export async function readBody(body: Dispatcher.ResponseData['body'], maxBytes: number) {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of body) {
    // undici's body yields buffers as long as no encoding was set on it.
    const buffer = piece as Uint8Array
    bytes += buffer.length
    // Leaving the loop destroys the body, and with it the connection: nothing more is taken in.
    if (bytes > maxBytes) throw new BodyTooLarge(`over ${maxBytes} bytes`)
    pieces.push(buffer)
  }
  return new TextDecoder().decode(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces, bytes))
}
