import { describe, expect, test } from 'vitest'
import { flagOf, idOf, numberOf } from '../../../server/cvent/scalars.ts'
import {
  WireAttendee,
  WireBulk,
  WireEvent,
  WireNamed,
  WireOrderItem,
  WireSession,
  WireTier,
} from '../../../server/cvent/wire.ts'

describe('numbers in texts', () => {
  test.each([
    ['0.00', 0],
    ['495', 495],
    [' 495.50 ', 495.5],
    ['-120.00', -120],
    ['0.005', 0.005],
    ['007', 7],
    ['99999999999999', 99_999_999_999_999],
  ])('%j is a number', (value, number) => {
    expect(numberOf(value)).toBe(number)
  })

  test.each([
    ['', ' ', '0,00', '1,000.00', '1 000', '.5', '5.', '+5', '--5', '1e3', '0x10', 'NaN', 'free'],
    ['$5', '5.00 USD', '1.2.3', 'Infinity', '12345678901234567890', null, undefined, true, {}],
  ])('what is no plain decimal stays as it came', (...values: unknown[]) => {
    for (const value of values) expect(numberOf(value)).toBe(value)
  })

  test('a quantity, amounts, a capacity, a quota and a status are read from them', () => {
    const item = WireOrderItem.parse({
      id: 'i',
      attendee: { id: 'a' },
      product: { id: 'p', type: 'Session' },
      quantity: '2',
      amountOrdered: '120.00',
      amountPaid: '0.00',
      amountDue: '120.005',
    })
    expect(item).toMatchObject({
      quantity: 2,
      amountOrderedCents: 12_000,
      amountPaidCents: 0,
      amountDueCents: 12_001,
    })
    expect(WireEvent.parse({ id: 'e', capacity: '250' }).event.capacity).toBe(250)
    expect(WireEvent.parse({ id: 'e', capacity: '-1' }).event.capacity).toBeUndefined()
    expect(WireTier.parse({ name: 'x', quota: '15000', rateLimit: '10' })).toMatchObject({
      quota: 15_000,
      rateLimit: 10,
    })
    expect(WireBulk.parse([{ status: '201', data: {} }])).toMatchObject([{ status: 201 }])
  })

  test('amounts and a quantity that are missing are none, and one', () => {
    const item = { id: 'i', attendee: { id: 'a' }, product: { id: 'p', type: 'Session' } }
    expect(WireOrderItem.parse(item)).toMatchObject({ quantity: 1, amountPaidCents: 0 })
  })
})

describe('flags in texts', () => {
  test.each([
    ['true', true],
    ['False', false],
    ['yes', 'yes'],
    ['', ''],
    [1, 1],
  ])('%j is %j', (value, flag) => {
    expect(flagOf(value)).toBe(flag)
  })

  test('a test event is one, a line that was deleted too, and another word is refused where it decides', () => {
    expect(WireEvent.parse({ id: 'e', testMode: 'true' }).event.isTest).toBe(true)
    const item = { id: 'i', attendee: { id: 'a' }, product: { id: 'p', type: 'Session' } }
    expect(WireOrderItem.parse({ ...item, deleted: 'true' }).isDeleted).toBe(true)
    expect(WireOrderItem.safeParse({ ...item, deleted: 'gone' }).success).toBe(false)
  })
})

describe('ids as numbers', () => {
  test('are the same as texts', () => {
    expect(idOf(7)).toBe('7')
    expect(idOf(2 ** 53)).toBe(2 ** 53)
    expect(idOf(0.5)).toBe(0.5)
    const attendee = { id: 1, event: { id: 2 }, contact: { id: 3, sourceId: 101 }, primaryId: 4 }
    expect(WireAttendee.parse(attendee)).toMatchObject({
      attendeeId: '1',
      eventStub: '2',
      contact: { contactStub: '3', sourceId: '101' },
      primaryId: '4',
    })
    expect(WireNamed.parse({ id: 5, code: 2027 })).toEqual({ id: '5', code: '2027', name: '2027' })
    expect(WireSession.parse({ id: 6 }).sessionId).toBe('6')
  })
})
