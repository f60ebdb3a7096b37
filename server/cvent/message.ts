/**
 * One webhook POST, read. `problem` says why nothing could be read (then `items` is empty); otherwise every entry of
 * the message is in `items`, or in `skipped` with the reason. `messageTime` is Cvent's text, ISO 8601 in UTC.
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

type Entry = Record<string, unknown>

/**
 * Reads a webhook body as Cvent sends it, of any documented type or none we know. Never throws. An entry that names an
 * attendee is an attendee item even when its `eventType` is unknown.
 *
 * @see https://developers.cvent.com/docs/webhooks/messages/
 */
export function readMessage(body: Uint8Array | string): CventMessage {
  const envelope = parse(body)
  if (typeof envelope === 'string') return unreadable(envelope)
  const eventType = text(envelope, 'eventType', 100)
  const read: CventMessage = {
    problem: undefined,
    messageStub: messageStubOf(envelope['messageStub']),
    eventType,
    messageTime: text(envelope, 'messageTime', 40),
    isMailNotice: eventType !== undefined && MAIL_NOTICE.test(eventType),
    items: [],
    skipped: [],
  }
  const { message } = envelope
  const entries = Array.isArray(message) ? message : isEntry(message) ? [message] : undefined
  if (!entries) return { ...read, problem: 'the body has no list "message"' }
  for (const [index, entry] of entries.entries()) {
    const item = isEntry(entry) ? readEntry(entry, index, eventType) : 'not an object'
    if (typeof item !== 'string') read.items.push(item)
    else if (read.skipped.length < MAX_SKIPPED) read.skipped.push({ index, reason: item })
  }
  return read
}

const MAIL_NOTICE = /^Invitee(OrGuest)?(Email(Sent|Opened|Bounced)|Resubscribed)$/

function unreadable(problem: string): CventMessage {
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

/** The envelope, or a sentence why there is none. Bytes that are not UTF-8 become U+FFFD: the ids are ASCII anyway. */
function parse(body: Uint8Array | string): Entry | string {
  const source = typeof body === 'string' ? body.replace(/^\uFEFF/, '') : decoder.decode(body)
  if (source.trim() === '') return 'the body is empty'
  try {
    const value: unknown = JSON.parse(source)
    return isEntry(value) ? value : 'the body is JSON, but not an object'
  } catch {
    // The parser's own words quote the body, which holds names and addresses.
    return 'the body is not JSON'
  }
}

const decoder = new TextDecoder()

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
  return typeof value === 'string' && ID.test(value) ? value.toLowerCase() : null
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
