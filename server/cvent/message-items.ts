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

/** Cvent's stub for nobody. */
export const NIL = '00000000-0000-0000-0000-000000000000'
/** Cvent's ids are UUIDs, but it asks clients to expect other formats; our columns hold 40 characters. */
const ID = /^[\w:-]{1,40}$/

/** An entry of a message as it came. */
export type Entry = Record<string, unknown>

/** Reads an entry of a message. @returns the item, or a sentence why the entry cannot be one */
export function readEntry(entry: Entry, index: number, eventType: string | undefined) {
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

/** The text of a member, cut to a length; undefined when it is empty or no text. */
export function text(entry: Entry, name: string, maxLength: number): string | undefined {
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
