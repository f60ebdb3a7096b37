import { NIL } from './message-items.ts'

const STUB_KEY = '"messageStub"'
const STUB_VALUE = /^"messageStub"\s*:\s*"([\w:-]{1,100})"/
const MAX_LOOKS = 8

/**
 * The message stub without parsing the body, for telling a repeated delivery: the first `"messageStub"` that stands as a
 * member's name. The same body always gives the same answer; undefined when there is none, or the nil stub.
 */
export function findMessageStub(body: Uint8Array | string): string | undefined {
  const bytes =
    typeof body === 'string'
      ? Buffer.from(body)
      : Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  let at = bytes.indexOf(STUB_KEY)
  for (let looks = 0; at >= 0 && looks < MAX_LOOKS; looks += 1) {
    const found = STUB_VALUE.exec(bytes.toString('latin1', at, at + 160))
    if (found) return messageStubOf(found[1])
    at = bytes.indexOf(STUB_KEY, at + STUB_KEY.length)
  }
  return undefined
}

/** Returns a message stub in lower case; undefined for what is none, and for the nil stub. */
export function messageStubOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^[\w:-]{1,100}$/.test(value) || value === NIL) return undefined
  return value.toLowerCase()
}
