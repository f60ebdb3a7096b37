import { promisify } from 'node:util'
import zlib from 'node:zlib'

/** The largest inflated body, in bytes: as large as one that comes as it is. */
export const INFLATED_LIMIT = 32 * 1024 * 1024
/** How much larger a body may become: what JSON never reaches is made to fill a memory. */
const RATIO_LIMIT = 500
const RATIO_FROM = 1024 * 1024
/** More codings than this, one in the other, are nobody's habit. */
const MOST_CODINGS = 4

type Inflate = (body: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>

const inflate: Inflate = promisify(zlib.inflate)
const inflateRaw: Inflate = promisify(zlib.inflateRaw)
const gunzip: Inflate = promisify(zlib.gunzip)

const CODINGS: Record<string, Inflate> = {
  gzip: gunzip,
  'x-gzip': gunzip,
  br: promisify(zlib.brotliDecompress),
  zstd: promisify(zlib.zstdDecompress),
  // Both forms are sent under this name: with zlib's header, as the standard says, and without.
  deflate: (body, options) =>
    inflate(body, options).catch((error: unknown) => {
      if (isTooLarge(error)) throw error
      return inflateRaw(body, options)
    }),
}

/** A body without its codings, or why that is not possible. */
export type Decoded = { body: Buffer } | { problem: string }

/**
 * Takes a webhook body out of its codings. The header lists them in the order they were applied. A body that is not coded
 * as it says, but is JSON, is taken as it is: some proxies decode and leave the header.
 */
export async function decodeBody(body: Buffer, contentEncoding: string | null): Promise<Decoded> {
  const codings = (contentEncoding ?? '')
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity')
  // A coding that no header names, told by its first bytes.
  if (codings.length === 0 && body[0] === 0x1f && body[1] === 0x8b) codings.push('gzip')
  if (codings.length === 0) return { body }
  if (codings.length > MOST_CODINGS) return { problem: `it is coded ${codings.length} times over` }
  let decoded = body
  for (const coding of codings.toReversed()) {
    const how = Object.hasOwn(CODINGS, coding) ? CODINGS[coding] : undefined
    if (!how) return asItIs(body, `its Content-Encoding names "${coding}", which is not known here`)
    try {
      decoded = await how(decoded, { maxOutputLength: INFLATED_LIMIT })
    } catch (error) {
      if (isTooLarge(error))
        return { problem: `it is larger than ${INFLATED_LIMIT} bytes inflated` }
      return asItIs(body, `it is not ${coding}, as its Content-Encoding says`)
    }
    if (decoded.length > RATIO_FROM && decoded.length > body.length * RATIO_LIMIT)
      return { problem: `it becomes more than ${RATIO_LIMIT} times larger inflated` }
  }
  return { body: decoded }
}

function asItIs(body: Buffer, problem: string): Decoded {
  return /^\s*[[{]/.test(body.toString('latin1', 0, 64)) ? { body } : { problem }
}

const isTooLarge = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'

/**
 * The body's text as UTF-8 bytes without a byte order mark. UTF-16 is told by its mark, or by the zero byte beside its first
 * letter: JSON begins with an ASCII letter.
 */
export function asUtf8(body: Buffer): Buffer {
  const [one, two, three] = body
  if (one === 0xef && two === 0xbb && three === 0xbf) return body.subarray(3)
  if (one === 0xff && two === 0xfe) return Buffer.from(body.toString('utf16le', 2))
  if (one !== 0 && two === 0) return Buffer.from(body.toString('utf16le'))
  const isBigEndian =
    (one === 0xfe && two === 0xff) || (one === 0 && two !== 0 && two !== undefined)
  if (!isBigEndian) return body
  const swapped = Buffer.from(body.subarray(0, body.length - (body.length % 2))).swap16()
  return Buffer.from(swapped.toString('utf16le', one === 0 ? 0 : 2))
}

/** More fields than this are no message in a form. */
const MOST_FIELDS = 1000

/** The values of a form; undefined when the body is none, or has too many fields. */
export function readForm(body: Buffer): URLSearchParams | undefined {
  const start = body.toString('latin1', 0, 200).trimStart()
  if (!/^[\w.%+-][\w.[\]%+-]{0,100}=/.test(start) || hasMore(body, '&', MOST_FIELDS))
    return undefined
  return new URLSearchParams(body.toString('utf8').trim())
}

function hasMore(body: Buffer, what: string, most: number): boolean {
  let at = -1
  for (let count = 0; count <= most; count += 1) {
    at = body.indexOf(what, at + 1)
    if (at < 0) return false
  }
  return true
}

/** The parts of a multipart form by their names; undefined when the body is none. */
export async function readMultipart(body: Buffer): Promise<URLSearchParams | undefined> {
  const [, boundary] =
    /^(?:\r\n)?--([\w'()+,./:=?-]{1,70})\r\n/.exec(body.toString('latin1', 0, 80)) ?? []
  if (boundary === undefined || hasMore(body, `--${boundary}`, MOST_FIELDS)) return undefined
  const headers = { 'content-type': `multipart/form-data; boundary="${boundary}"` }
  try {
    const form = await new Response(new Uint8Array(body), { headers }).formData()
    const fields = new URLSearchParams()
    for (const [name, value] of form)
      fields.append(name, typeof value === 'string' ? value : await value.text())
    return fields
  } catch {
    return undefined
  }
}

/** Some senders put `//` before the JSON, so that no page can run it as a script. */
export function withoutComment(body: Buffer): Buffer {
  const start = body.toString('latin1', 0, 200)
  const [lead = '', rest = ''] = /^(\s*\/\/[ \t]*)([^\r\n]?)/.exec(start)?.slice(1) ?? []
  if (lead === '') return body
  if (/^[[{"]/.test(rest)) return body.subarray(lead.length)
  const lineEnd = body.indexOf(0x0a)
  return lineEnd < 0 ? body : body.subarray(lineEnd + 1)
}
