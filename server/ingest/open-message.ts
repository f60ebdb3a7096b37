import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { MessageRow } from '../../db/database.ts'
import { asUtf8, decodeBody, type Decoded } from '../cvent/body.ts'
import { readMessage, readMessageInTurns, type CventMessage } from '../cvent/message.ts'

const unzip = promisify(gunzip)

type Stored = Pick<MessageRow, 'body' | 'encoding' | 'contentEncoding'>

/** The body of a stored message, out of our own storage's coding and the one it came in. */
export async function bodyOf({ body, encoding, contentEncoding }: Stored): Promise<Decoded> {
  try {
    const stored = encoding === 'gzip' ? await unzip(body) : Buffer.from(body)
    return await decodeBody(stored, contentEncoding)
  } catch {
    return { problem: 'the stored body cannot be unpacked' }
  }
}

/** Reads a stored message, within bounds and giving way to other work. Never rejects. */
export async function openMessage(row: Stored): Promise<CventMessage> {
  const decoded = await bodyOf(row)
  if ('body' in decoded) return readMessageInTurns(decoded.body)
  return { ...readMessage(''), problem: decoded.problem }
}

/** The body as a person reads it; what is no text shows as replacement characters. */
export async function textOf(row: Stored): Promise<string> {
  const decoded = await bodyOf(row)
  return new TextDecoder().decode('body' in decoded ? asUtf8(decoded.body) : row.body)
}
