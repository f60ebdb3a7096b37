import { setImmediate } from 'node:timers/promises'
import type { Db, MessageRow } from '../../db/database.ts'
import { messagesOf } from '../../db/messages.ts'
import { messageIds } from '../../db/personal-data/people.ts'
import type { CventMessage } from '../cvent/message.ts'
import { openMessage, textOf } from '../ingest/open-message.ts'
import type { Person } from './find-person.ts'

/** Bodies in memory at once, unless one alone is larger. */
const BYTES_AT_ONCE = 4 * 1024 * 1024
/** How much of a text is searched before others have their turn; pieces overlap by the longest term and its escapes. */
const PIECE = 256 * 1024
const OVERLAP = 2048

/** A stored message that names the person, as it reads. */
export interface NamingMessage {
  row: MessageRow
  text: string
  message: CventMessage
}

/**
 * The messages of an account, after the id `from`, that name a person: by an id, the e-mail address or the confirmation
 * number. Each is read as the worker reads it, in bounded pieces.
 */
export async function* messagesNaming(
  db: Db,
  key: string,
  person: Person,
  from = '',
): AsyncGenerator<NamingMessage> {
  const terms = [...person.ids, ...person.emails, ...person.confirmationNumbers]
  if (terms.length === 0) return
  for await (const some of messageIds(db, key, from)) {
    let ids: string[] = []
    let bytes = 0
    for (const [at, one] of some.entries()) {
      if (one.state !== 'erased') ids.push(one.id)
      bytes += one.bytes
      if (bytes < BYTES_AT_ONCE && at + 1 < some.length) continue
      for (const row of await messagesOf(db, ids)) {
        const text = await textOf(row)
        const message = await openMessage(row)
        if (namesSourceId(message, person) || (await hasAny(text, terms)))
          yield { row, text, message }
      }
      ids = []
      bytes = 0
    }
  }
}

/** A source id may be as short as "7": it counts only where it stands as one. */
function namesSourceId({ items }: CventMessage, person: Person) {
  return items.some(
    (item) =>
      (item.kind === 'attendee' || item.kind === 'contact') &&
      item.sourceId !== undefined &&
      person.sourceIds.has(item.sourceId.toLowerCase()),
  )
}

async function hasAny(text: string, terms: string[]) {
  for (let at = 0; at < text.length; at += PIECE) {
    if (at > 0) await setImmediate()
    const piece = text.slice(at, at + PIECE + OVERLAP)
    for (const reading of readingsOf(piece)) {
      const lower = reading.toLowerCase()
      if (terms.some((term) => lower.includes(term))) return true
    }
  }
  return false
}

/** A piece as it stands, without the escapes of forms, and without those of JSON. */
function readingsOf(piece: string): string[] {
  const readings = [piece]
  if (/%[0-9a-f]{2}/i.test(piece))
    readings.push(
      piece.replaceAll(/(?:%[0-9a-f]{2})+/gi, (escaped) => {
        try {
          return decodeURIComponent(escaped)
        } catch {
          return escaped
        }
      }),
    )
  if (/\\u[0-9a-f]{4}/i.test(piece))
    readings.push(
      piece.replaceAll(/\\u([0-9a-f]{4})/gi, (_, code: string) =>
        String.fromCharCode(Number.parseInt(code, 16)),
      ),
    )
  return readings
}
