import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readMessage } from '../../../server/cvent/message.ts'
import { readMoment } from '../../../server/cvent/message-items.ts'
import { findMessageStub } from '../../../server/cvent/message-stub.ts'
import { hasSamples, sample, samplesNote } from './samples.ts'

const NIL = '00000000-0000-0000-0000-000000000000'
const attendeeId = 'c6d81f3e-7a20-4b95-9e4d-05f2a8b7c319'
const eventStub = '3f9d20b7-8c41-4e5a-a6d2-1b7e94c0f832'
const stub = (id: string) => id.toUpperCase()
const envelope = (message: unknown, eventType = 'InviteeOrGuestAccepted') =>
  JSON.stringify({
    eventType,
    messageTime: '2027-02-03T18:22:41.911Z',
    messageStub: 'a83d6f15-0b27-4c9e-8d41-e72b5f90c3d8',
    message,
  })

describe.skipIf(!hasSamples)(`Cvent's sample messages${samplesNote}`, () => {
  test.each([
    ['webhook-registered-accepted', 'attendee'],
    ['webhook-guest-accepted', 'attendee'],
    ['webhook-registration-modified', 'attendee'],
    ['webhook-registration-cancelled', 'attendee'],
    ['webhook-session-participant', 'attendee'],
    ['webhook-substituted', 'attendee'],
    ['webhook-attendees-manual-synced-batch', 'attendee'],
    ['webhook-abandoned', 'other'],
    ['webhook-event-cancelled', 'event'],
    ['webhook-event-manual-synced', 'event'],
    ['webhook-event-modified', 'event'],
    ['webhook-session-updated', 'session'],
    ['webhook-contact-created', 'contact'],
  ])('%s is read as %s items', (name, kind) => {
    const read = readMessage(Buffer.from(sample(name)))

    expect(read.problem).toBeUndefined()
    expect(read.skipped).toEqual([])
    expect(read.items.length).toBeGreaterThan(0)
    expect(new Set(read.items.map((item) => item.kind))).toEqual(new Set([kind]))
    expect(findMessageStub(sample(name))).toBe(read.messageStub)
  })

  test('the cancellation names attendee, contact, event, member and number', () => {
    const [item] = readMessage(sample('webhook-registration-cancelled')).items

    expect(item).toEqual({
      kind: 'attendee',
      index: 0,
      attendeeId,
      contactStub: '91c3e5a7-2b4d-4f60-8a1c-e37d95b0c426',
      oldContactStub: undefined,
      eventStub,
      sourceId: 'IMIS-10432',
      eventCode: 'T7NQ4WKXP2D',
      eventTitle: 'Harbourline Annual Summit 2027',
      confirmationNumber: 'HQN7T4KXWRD',
      status: 'Cancelled',
      isGuest: false,
    })
  })
})

test("the substitution's own names give the new contact, the old one and the number", () => {
  const body = envelope(
    [
      {
        inviteeStub: stub(attendeeId),
        oldContactStub: '91C3E5A7-2B4D-4F60-8A1C-E37D95B0C426',
        newContactStub: 'F2096D4B-83E5-4C17-B9A2-7E41D0C5386F',
        eventStub: stub(eventStub),
        first_name: 'Caspian',
        registration_code: 'HQN7T4KXWRD',
      },
    ],
    'InviteeSubstitutedInAnEvent',
  )

  expect(readMessage(body).items).toEqual([
    expect.objectContaining({
      kind: 'attendee',
      attendeeId,
      contactStub: 'f2096d4b-83e5-4c17-b9a2-7e41d0c5386f',
      oldContactStub: '91c3e5a7-2b4d-4f60-8a1c-e37d95b0c426',
      confirmationNumber: 'HQN7T4KXWRD',
      sourceId: undefined,
    }),
  ])
})

test('an abandoned registration of nobody is kept as other, one of somebody names the attendee', () => {
  const entry = {
    contactStub: NIL,
    eventStub: stub(eventStub),
    eventForInvitee: { eventTitle: 'S' },
  }
  const body = envelope(
    [
      { ...entry, inviteeStub: NIL },
      { ...entry, inviteeStub: stub(attendeeId) },
    ],
    'InviteeAbandonedRegistrationInAnEvent',
  )

  expect(readMessage(body).items).toMatchObject([
    { kind: 'other', eventStub, eventTitle: 'S' },
    { kind: 'attendee', attendeeId, contactStub: undefined },
  ])
})

test('a type nobody told us of still names its attendee or its event', () => {
  const body = envelope(
    [
      { inviteeStub: stub(attendeeId), eventStub: stub(eventStub) },
      { eventStub: stub(eventStub), eventTitle: 'Summit' },
      {},
    ],
    'SomethingNewIn2031',
  )

  expect(readMessage(body).items).toMatchObject([
    { kind: 'attendee', attendeeId, eventStub },
    { kind: 'event', eventStub, eventTitle: 'Summit' },
    { kind: 'other' },
  ])
})

test('a bad entry is set aside with its place and reason, and the rest of the batch goes on', () => {
  const good = { inviteeStub: stub(attendeeId), contactStub: 'not an id!', eventStub: '' }
  const body = envelope([null, good, { inviteeStub: 17 }, 'text', { eventStub: 'x y' }, [good]])

  const read = readMessage(body)

  expect(read.items).toMatchObject([
    { index: 1, attendeeId, contactStub: undefined, eventStub: undefined },
  ])
  expect(read.skipped).toEqual([
    { index: 0, reason: 'not an object' },
    { index: 2, reason: 'its inviteeStub is not an id' },
    { index: 3, reason: 'not an object' },
    { index: 4, reason: 'its eventStub is not an id' },
    { index: 5, reason: 'not an object' },
  ])
})

test('a single entry that is not in a list is read like a list of one', () => {
  expect(readMessage(envelope({ inviteeStub: stub(attendeeId) })).items).toHaveLength(1)
})

test.each([
  ['', 'the body is empty'],
  ['<html>', 'the body is not JSON'],
  ['{"message": [', 'the body is not JSON'],
  ['[]', 'the body is JSON, but not an object'],
  ['{}', 'the body has no list "message"'],
])('%j is answered with a reason that quotes nothing', (body, problem) => {
  expect(readMessage(body)).toMatchObject({ problem, items: [] })
})

test.each([
  ['InviteeOrGuestEmailSent', true],
  ['InviteeOrGuestEmailOpened', true],
  ['InviteeResubscribed', true],
  ['InviteeOrGuestAccepted', false],
  ['AttendeeManualSynced', false],
])('%s is news of an e-mail only: %s', (eventType, isMailNotice) => {
  expect(readMessage(envelope([], eventType)).isMailNotice).toBe(isMailNotice)
})

test.each([
  ['2027-02-03T18:20:07.000Z', Date.UTC(2027, 1, 3, 18, 20, 7)],
  ['2027-02-03T18:20:07+02:00', Date.UTC(2027, 1, 3, 16, 20, 7)],
  ['2027-02-03', undefined],
  ['2027-02-03 18:20:07.0', undefined],
  ['2027-03-09 15:46:06.413', undefined],
  ['2044-05-25T18:00:00.000', undefined],
  ['2024-07-03T09:00:00', undefined],
  ['2027-99-99T00:00:00Z', undefined],
  ['', undefined],
])('the date %j names a moment only when it says its offset', (text, moment) => {
  expect(readMoment(text)).toBe(moment)
})

describe('whatever comes', () => {
  const anything = fc.oneof(fc.json(), fc.string(), fc.uint8Array())
  const entry = fc.dictionary(
    fc.constantFrom(
      'inviteeStub',
      'contactStub',
      'eventStub',
      'sessionStub',
      'isGuest',
      '__proto__',
    ),
    fc.oneof(fc.uuid(), fc.uuid().map(stub), fc.constantFrom('', NIL), fc.jsonValue()),
  )

  test('reading does not throw, and neither does looking for the stub', () => {
    fc.assert(
      fc.property(anything, (body) => {
        readMessage(body)
        findMessageStub(body)
      }),
    )
  })

  test('every entry becomes one item or one reason, in order, with lower-case ids and no nil', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(entry, fc.jsonValue()), { maxLength: 20 }), (entries) => {
        const { items, skipped } = readMessage(envelope(entries))

        const places = [...items, ...skipped].map(({ index }) => index).sort((a, b) => a - b)
        expect(places).toEqual(entries.map((_, index) => index))
        for (const item of items)
          if (item.kind === 'attendee') {
            expect(item.attendeeId).toBe(item.attendeeId.toLowerCase())
            expect(item.attendeeId).not.toBe(NIL)
          }
      }),
    )
  })

  test('the stub found without parsing is the one the parser finds', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.jsonValue(), fc.boolean(), (messageStub, message, isLast) => {
        const value = isLast ? { message, messageStub } : { messageStub, message }
        const body = JSON.stringify(value, null, isLast ? 2 : 0)

        expect(findMessageStub(Buffer.from(body))).toBe(readMessage(body).messageStub)
      }),
    )
  })
})

test('"messageStub" as a value, or escaped inside a text, is not taken for the name', () => {
  const body = JSON.stringify({
    eventType: 'messageStub',
    note: '"messageStub": "no"',
    messageStub: attendeeId,
  })

  expect(findMessageStub(body)).toBe(attendeeId)
})

test('a body of 32 MB is read, and every entry of it is there', () => {
  const one = JSON.stringify({ inviteeStub: stub(attendeeId), note: 'x'.repeat(2000) })
  const count = Math.floor(32_000_000 / (one.length + 1))
  const body = Buffer.from(
    `{"messageStub":"${NIL}","message":[${`${one},`.repeat(count - 1)}${one}]}`,
  )

  const read = readMessage(body)

  expect(read.items).toHaveLength(count)
  expect(read.messageStub).toBeUndefined()
})
