import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  WireAttendee,
  WireBulk,
  WireContact,
  WireEvent,
  WireOrderItem,
  WireTier,
  WireUsage,
} from '../../../server/cvent/wire.ts'
import { readRefusal } from '../../../server/cvent/refusal.ts'
import { hasSamples, sample, samplesNote } from './samples.ts'

const json = (name: string): unknown => JSON.parse(sample(name))
const elements = (name: string) => z.object({ data: z.array(z.unknown()) }).parse(json(name)).data

describe.skipIf(!hasSamples)(`Cvent's sample answers${samplesNote}`, () => {
  test('attendees: the primary and the guest', () => {
    const read = elements('rest-attendees-page').map((element) => WireAttendee.parse(element))

    expect(read).toMatchObject([
      {
        confirmationNumber: 'HQN7T4KXWRD',
        contact: { sourceId: 'IMIS-10432' },
        isGuest: false,
        registrationType: 'Member',
        admissionItem: { code: 'FULL-M' },
        modifiedAt: Date.parse('2027-02-03T18:22:41.000Z'),
        acceptUrl: 'https://cvent.example/4Xk9Qz?i=Zb3rKq0T7vNw2LxPf5HdAy',
      },
      { isGuest: true, primaryId: 'c6d81f3e-7a20-4b95-9e4d-05f2a8b7c319' },
    ])
    expect(WireAttendee.parse(json('rest-attendee-invited')).status).toBe('No Response')
  })

  test('contacts, events and order items', () => {
    const [contact] = elements('rest-contacts-page').map((one) => WireContact.parse(one))
    expect(contact).toMatchObject({
      sourceId: 'IMIS-10432',
      fields: { 'workAddress.regionCode': 'ME', primaryAddressType: 'Work' },
      customFields: { 'd1e7b0c4-62f3-4a98-8e15-70b9a3c6d248': ['10432'] },
    })
    const [event] = elements('rest-events-page').map((one) => WireEvent.parse(one))
    expect(event?.event).toMatchObject({
      eventCode: 'T7NQ4WKXP2D',
      capacity: 800,
      closesAt: Date.parse('2027-05-09T03:59:00.000Z'),
      place: 'Quayside Exhibition Hall, Portland',
    })
    const items = elements('rest-order-items-page').map((one) => WireOrderItem.parse(one))
    expect(items.map((item) => [item.attendeeId.slice(0, 8), item.amountPaidCents])).toEqual([
      ['c6d81f3e', 49_500],
      ['4e09b7d2', 15_000],
    ])
  })

  test('207s, usage and refusals', () => {
    for (const name of ['rest-attendees-invite-207', 'rest-contacts-create-207'])
      expect(WireBulk.parse(json(name)).map(({ status }) => status)[0]).toBe(201)
    expect(WireTier.parse(json('rest-usage-tier'))).toMatchObject({ quota: 1000, rateLimit: 2 })
    expect(WireUsage.parse(json('rest-usage')).data).toEqual([{ date: '2027-02-03', used: 212 }])
    expect(readRefusal(sample('rest-error-400-details'))).toEqual({
      code: '',
      message: 'Bad Request',
      errors: [{ field: 'contact.sourceId', message: 'The filter field is not supported.' }],
    })
  })
})

test('a link that is not http or https is left out', () => {
  const attendee = WireAttendee.parse({
    id: 'A',
    event: { id: 'B' },
    webLinks: { acceptRegistration: 'javascript:alert(1)' },
  })

  expect(attendee.acceptUrl).toBeUndefined()
})

test('members of another type than documented cost that member, not the attendee', () => {
  const value = fc.jsonValue()
  fc.assert(
    fc.property(
      fc.uuid(),
      fc.dictionary(
        fc.constantFrom('webLinks', 'registrationType', 'registeredAt', 'checkedIn'),
        value,
      ),
      (id, members) => {
        const read = WireAttendee.safeParse({ ...members, id, event: { id } })

        expect(read.success && read.data.attendeeId).toBe(id)
      },
    ),
  )
})

test('an amount that is no number is not taken for nothing', () => {
  const item = { id: 'a', attendee: { id: 'b' }, product: { id: 'c' } }

  expect(WireOrderItem.safeParse({ ...item, amountPaid: 'twelve' }).success).toBe(false)
  expect(WireOrderItem.safeParse({ ...item, amountPaid: 1e21 }).success).toBe(false)
  expect(WireOrderItem.parse(item).amountPaidCents).toBe(0)
})
