import { asUtf8, readForm, readMultipart, withoutComment } from './body.ts'
import {
  elementsOf,
  endOfValue,
  membersOf,
  NotJson,
  OPEN_LIST,
  OPEN_OBJECT,
  skipSpace,
  textWithin,
  valueOf,
  type Range,
  type Steps,
} from './scan.ts'
import { readEntry, text, type Entry, type MessageItem } from './message-items.ts'
import { messageStubOf } from './message-stub.ts'

/**
 * One webhook POST, read. `problem` says why nothing could be read, or why not everything was: then `items` holds what came
 * before it. Otherwise every entry of the message is in `items`, or in `skipped` with the reason. `messageTime` is Cvent's text, ISO 8601 in UTC.
 * `isMailNotice`: the message tells of an e-mail (sent, opened, bounced), which changes nothing about a registration.
 */
export interface CventMessage {
  problem: string | undefined
  messageStub: string | undefined
  eventType: string | undefined
  messageTime: string | undefined
  isMailNotice: boolean
  items: MessageItem[]
  skipped: { index: number; reason: string }[]
}

/** Enough to look at by hand; a batch in which every entry is bad must not become a list as long as the batch. */
const MAX_SKIPPED = 1000

/** A manual sync of the largest event has some 20,000. */
const MAX_ENTRIES = 100_000
const MAX_WRAPPINGS = 8
/** The longest member that is read; ids, codes and titles are shorter. */
const MAX_VALUE = 4096
/** How long a message is read before others have their turn, in ms. */
const STEP_MS = 10

/**
 * Reads a webhook body as Cvent sends it, of any documented type or none we know. Never throws. An entry that names an
 * attendee is an attendee item even when its `eventType` is unknown. A list of messages, a message in a text, a form's
 * value, UTF-16 and a leading `//` are understood.
 *
 * @see https://developers.cvent.com/docs/webhooks/messages/
 */
export function readMessage(body: Uint8Array | string): CventMessage {
  const steps = readSteps(bytesOf(body))
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/** The same, giving way to other work between steps; forms of several parts are understood too. */
export async function readMessageInTurns(body: Buffer): Promise<CventMessage> {
  const form = await readMultipart(body)
  const steps = form ? readFields(form, fullRoom()) : readSteps(body)
  let startedAt = performance.now()
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    if (performance.now() - startedAt < STEP_MS) continue
    await new Promise((resolve) => setImmediate(resolve))
    startedAt = performance.now()
  }
}

function bytesOf(body: Uint8Array | string): Buffer {
  if (typeof body === 'string') return Buffer.from(body)
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength)
}

/** What is left of the bounds, shared by everything in one body. */
interface Room {
  /** Messages and entries. */
  entries: number
  /** JSON in a text, in a form or in a list, one in the other. */
  wrappings: number
}

const fullRoom = (): Room => ({ entries: MAX_ENTRIES, wrappings: MAX_WRAPPINGS })

function* readSteps(body: Buffer, room = fullRoom()): Steps<CventMessage> {
  const bytes = withoutComment(asUtf8(body))
  const at = skipSpace(bytes, 0)
  if (at >= bytes.length) return unreadable('the body is empty')
  const form = readForm(bytes)
  if (form) return yield* readFields(form, room)
  try {
    return yield* readJson(bytes, at, room)
  } catch (error) {
    if (error instanceof NotJson) return unreadable('the body is not JSON')
    throw error
  }
}

/** Reads the values of a form: one of them is the message, or they are its members. */
function* readFields(form: URLSearchParams, room: Room): Steps<CventMessage> {
  const found = unreadable('the form holds no message')
  for (const [name, value] of form) {
    if (name === 'message' || !/^\s*[[{"]/.test(value)) continue
    if (!mayUnwrap(room)) break
    const read = yield* readSteps(Buffer.from(value), room)
    // Another field may begin with a bracket too.
    if (read.items.length > 0 || read.skipped.length > 0) join(found, read)
  }
  if (found.items.length > 0 || found.skipped.length > 0) return found
  const members = Object.fromEntries(form)
  const envelope = 'message' in members ? members : { ...members, message: [members] }
  if (!mayUnwrap(room)) return found
  const read = yield* readSteps(Buffer.from(JSON.stringify(envelope)), room)
  return read.items.some(({ kind }) => kind !== 'other') ? read : found
}

function mayUnwrap(room: Room): boolean {
  room.wrappings -= 1
  return room.wrappings >= 0
}

/** Reads one or several messages that stand one after the other, or in a list. */
function* readJson(bytes: Buffer, from: number, room: Room): Steps<CventMessage> {
  const found = unreadable('the body is JSON, but not an object')
  let at = from
  while (at < bytes.length) {
    const first = bytes[at]
    let end: number | undefined
    if (first === OPEN_OBJECT) end = yield* readEnvelope(bytes, at, found, room)
    else if (first === OPEN_LIST)
      end = yield* elementsOf(bytes, at, (start) =>
        bytes[start] === OPEN_OBJECT
          ? readEnvelope(bytes, start, found, room)
          : endOfValue(bytes, start),
      )
    else {
      end = yield* endOfValue(bytes, at)
      const within = mayUnwrap(room) ? textWithin(bytes, { start: at, end }) : undefined
      if (within) join(found, yield* readSteps(within, room))
    }
    if (end === undefined) return found
    at = skipSpace(bytes, end)
  }
  return found
}

const OF_ENVELOPE = new Set(['eventType', 'messageTime', 'messageStub', 'message'])
const OF_ENTRY = new Set([
  'inviteeStub',
  'contactStub',
  'newContactStub',
  'oldContactStub',
  'eventStub',
  'sessionStub',
  'eventForInvitee',
  'eventCode',
  'eventTitle',
  'contactSourceId',
  'confirmationNumber',
  'registration_code',
  'inviteeStatus',
  'isGuest',
  'sessionName',
  'sessionStartDateTime',
  'sessionEndDateTime',
  'eventStatusName',
])
const OF_ANY = new Set([...OF_ENVELOPE, ...OF_ENTRY])

/** Adds what one message holds to what was found. @returns where it ends; undefined when there is no room for more */
function* readEnvelope(
  bytes: Buffer,
  at: number,
  found: CventMessage,
  room: Room,
): Steps<number | undefined> {
  if (room.entries <= 0) {
    found.problem = TOO_MANY
    return undefined
  }
  room.entries -= 1
  const { members, end } = yield* membersOf(bytes, at, OF_ANY)
  const eventType = text({ it: small(bytes, members.get('eventType')) }, 'it', 100)
  const own: CventMessage = {
    ...unreadable(undefined),
    messageStub: messageStubOf(small(bytes, members.get('messageStub'))),
    eventType,
    messageTime: text({ it: small(bytes, members.get('messageTime')) }, 'it', 40),
    isMailNotice: eventType !== undefined && MAIL_NOTICE.test(eventType),
  }
  const entries = members.get('message')
  // A list of entries without their envelope still names people.
  if (!entries && [...OF_ENTRY].some((name) => members.has(name)))
    addEntry(own, entryOf(bytes, members), 0)
  else if (!entries) own.problem = 'the body has no list "message"'
  else yield* readEntries(bytes, entries, own, room)
  join(found, own)
  return end
}

const TOO_MANY = `it has more than ${MAX_ENTRIES} entries; the first ${MAX_ENTRIES} were read`

/** Reads the entries of a message: a list of objects, one object, or a text that holds either. */
function* readEntries(
  bytes: Buffer,
  { start, end }: Range,
  own: CventMessage,
  room: Room,
): Steps<void> {
  const within = textWithin(bytes, { start, end })
  if (within && mayUnwrap(room)) {
    const range = { start: skipSpace(within, 0), end: within.length }
    try {
      return yield* readEntries(within, range, own, room)
    } catch (error) {
      if (!(error instanceof NotJson)) throw error
      own.problem = 'its text "message" is not JSON'
      return undefined
    }
  }
  let index = -1
  function* one(at: number): Steps<number | undefined> {
    if (room.entries <= 0) {
      own.problem = TOO_MANY
      return undefined
    }
    room.entries -= 1
    index += 1
    if (bytes[at] !== OPEN_OBJECT) {
      skip(own, index, 'not an object')
      return yield* endOfValue(bytes, at)
    }
    const read = yield* membersOf(bytes, at, OF_ENTRY)
    addEntry(own, entryOf(bytes, read.members), index)
    return read.end
  }
  if (bytes[start] === OPEN_LIST) yield* elementsOf(bytes, start, one)
  else if (bytes[start] === OPEN_OBJECT) yield* one(start)
  else own.problem = 'the body has no list "message"'
}

function entryOf(bytes: Buffer, members: Map<string, Range>): Entry {
  const entry: Entry = {}
  for (const [name, range] of members) entry[name] = small(bytes, range)
  return entry
}

const small = (bytes: Buffer, range: Range | undefined) => valueOf(bytes, range, MAX_VALUE)

function addEntry(to: CventMessage, entry: Entry, index: number) {
  const item = readEntry(entry, index, to.eventType)
  if (typeof item === 'string') skip(to, index, item)
  else to.items.push(item)
}

function skip(to: CventMessage, index: number, reason: string) {
  if (to.skipped.length < MAX_SKIPPED) to.skipped.push({ index, reason })
}

/** Adds one message of several; what is said of all of them is what the first says. */
function join(found: CventMessage, more: CventMessage) {
  const isFirst = found.items.length === 0 && found.skipped.length === 0
  found.messageStub ??= more.messageStub
  found.eventType ??= more.eventType
  found.messageTime ??= more.messageTime
  // An entry of another message beside a notice is looked at as well.
  found.isMailNotice = (isFirst || found.isMailNotice) && more.isMailNotice
  for (const item of more.items) found.items.push(item)
  for (const { index, reason } of more.skipped) skip(found, index, reason)
  found.problem = isFirst ? more.problem : (found.problem ?? more.problem)
}

const MAIL_NOTICE = /^Invitee(OrGuest)?(Email(Sent|Opened|Bounced)|Resubscribed)$/

function unreadable(problem: string | undefined): CventMessage {
  return {
    problem,
    messageStub: undefined,
    eventType: undefined,
    messageTime: undefined,
    isMailNotice: false,
    items: [],
    skipped: [],
  }
}
