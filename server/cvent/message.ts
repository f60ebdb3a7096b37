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

/** One entry of a message by what it names. Ids are lower case; what Cvent left empty is undefined. */
export type MessageItem = AttendeeItem | EventItem | SessionItem | ContactItem | OtherItem

/**
 * Names an attendee, whatever the message is about. A hint only: read the attendee again. `oldContactStub` is set when
 * `contactStub` took another person's place. Substitution, abandoned and manual sync messages lack many members.
 */
export interface AttendeeItem {
  kind: 'attendee'
  index: number
  attendeeId: string
  contactStub: string | undefined
  oldContactStub: string | undefined
  eventStub: string | undefined
  sourceId: string | undefined
  eventCode: string | undefined
  eventTitle: string | undefined
  confirmationNumber: string | undefined
  status: string | undefined
  isGuest: boolean | undefined
}

/** Names an event and nobody in it. `status` is Cvent's word, such as "Cancelled". */
export interface EventItem {
  kind: 'event'
  index: number
  eventStub: string
  eventCode: string | undefined
  eventTitle: string | undefined
  status: string | undefined
}

/** Names a session; its event is missing in the messages that were seen. Local times without a zone: undefined. */
export interface SessionItem {
  kind: 'session'
  index: number
  sessionStub: string
  eventStub: string | undefined
  name: string | undefined
  startsAt: number | undefined
  endsAt: number | undefined
}

/** Names a contact outside any event. */
export interface ContactItem {
  kind: 'contact'
  index: number
  contactStub: string
  sourceId: string | undefined
}

/** Names nobody we could look up: a speaker, or a registration that was given up before Cvent knew the person. */
export interface OtherItem {
  kind: 'other'
  index: number
  eventStub: string | undefined
  eventCode: string | undefined
  eventTitle: string | undefined
}

const NIL = '00000000-0000-0000-0000-000000000000'
/** Cvent's ids are UUIDs, but it asks clients to expect other formats; our columns hold 40 characters. */
const ID = /^[\w:-]{1,40}$/
/** Enough to look at by hand; a batch in which every entry is bad must not become a list as long as the batch. */
const MAX_SKIPPED = 1000

/** A manual sync of the largest event has some 20,000. */
const MAX_ENTRIES = 100_000
const MAX_WRAPPINGS = 8
/** The longest member that is read; ids, codes and titles are shorter. */
const MAX_VALUE = 4096
/** How long a message is read before others have their turn, in ms. */
const STEP_MS = 10

type Entry = Record<string, unknown>

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

/** The item, or a sentence why the entry cannot be one. */
function readEntry(entry: Entry, index: number, eventType: string | undefined) {
  const attendeeId = id(entry['inviteeStub'])
  // Only the substitution message says newContactStub and oldContactStub.
  const contactStub = id(entry['contactStub']) ?? id(entry['newContactStub'])
  const eventStub = id(entry['eventStub'])
  const sessionStub = id(entry['sessionStub'])
  if (attendeeId === null) return 'its inviteeStub is not an id'
  const ofEvent = entry['eventForInvitee']
  const event = isEntry(ofEvent) ? ofEvent : entry
  const eventCode = text(event, 'eventCode', 40)
  const eventTitle = text(event, 'eventTitle', 300)
  if (attendeeId)
    return {
      kind: 'attendee',
      index,
      attendeeId,
      contactStub: contactStub ?? undefined,
      oldContactStub: id(entry['oldContactStub']) ?? undefined,
      eventStub: eventStub ?? undefined,
      sourceId: text(entry, 'contactSourceId', 120),
      eventCode,
      eventTitle,
      // Only the substitution message says registration_code.
      confirmationNumber:
        text(entry, 'confirmationNumber', 40) ?? text(entry, 'registration_code', 40),
      status: text(entry, 'inviteeStatus', 60),
      isGuest: flag(entry['isGuest']),
    } satisfies AttendeeItem
  if (sessionStub === null) return 'its sessionStub is not an id'
  if (sessionStub)
    return {
      kind: 'session',
      index,
      sessionStub,
      eventStub: eventStub ?? undefined,
      name: text(entry, 'sessionName', 500),
      startsAt: readMoment(entry['sessionStartDateTime']),
      endsAt: readMoment(entry['sessionEndDateTime']),
    } satisfies SessionItem
  if (eventStub === null) return 'its eventStub is not an id'
  if (eventStub && !NOT_ABOUT_THE_EVENT.test(eventType ?? ''))
    return {
      kind: 'event',
      index,
      eventStub,
      eventCode,
      eventTitle,
      status: text(entry, 'eventStatusName', 60),
    } satisfies EventItem
  if (contactStub === null) return 'its contactStub is not an id'
  if (contactStub)
    return {
      kind: 'contact',
      index,
      contactStub,
      sourceId: text(entry, 'contactSourceId', 120),
    } satisfies ContactItem
  return { kind: 'other', index, eventStub, eventCode, eventTitle } satisfies OtherItem
}

/** Entries of these types name an event without saying anything about it. */
const NOT_ABOUT_THE_EVENT = /^(InviteeAbandoned|Speaker)/

/** The id in lower case; undefined when Cvent left it empty or nil; null when it is not an id. */
function id(value: unknown): string | undefined | null {
  if (value === undefined || value === null || value === '' || value === NIL) return undefined
  if (typeof value !== 'string') return null
  const bare = value.replace(/^\{(.*)\}$/, '$1')
  if (bare === '' || bare === NIL) return undefined
  return ID.test(bare) ? bare.toLowerCase() : null
}

function text(entry: Entry, name: string, maxLength: number): string | undefined {
  const value = entry[name]
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string') return undefined
  return value.trim().slice(0, maxLength) || undefined
}

/** Cvent writes flags as JSON booleans, 1 and 0, and "yes" and "no". */
function flag(value: unknown): boolean | undefined {
  if (value === true || value === 1 || value === 'yes' || value === 'true') return true
  if (value === false || value === 0 || value === 'no' || value === 'false') return false
  return undefined
}

const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * A webhook's moment in ms since 1970. Cvent writes five formats, and only the one with an offset or `Z` names a moment:
 * local times come with a zone name of Cvent's own ("Eastern Time"), so that they are undefined here. REST has them in UTC.
 */
export function readMoment(value: unknown): number | undefined {
  if (typeof value !== 'string' || !MOMENT.test(value)) return undefined
  const at = Date.parse(value)
  return Number.isFinite(at) ? at : undefined
}

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/

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

function messageStubOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^[\w:-]{1,100}$/.test(value) || value === NIL) return undefined
  return value.toLowerCase()
}
