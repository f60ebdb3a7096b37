import { expect, test } from 'vitest'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { startClient } from './start-client.ts'

const nobody = '00000000-0000-4000-8000-000000000000'

test('an event is found by its code and by its stub', async () => {
  const { cvent, eventStub } = await startClient()

  const event = await cvent.eventByCode(seededEvents.open)

  expect(event).toMatchObject({
    eventStub,
    eventCode: seededEvents.open,
    title: 'Annual Conference 2027',
    status: 'Active',
    timeZone: 'America/New_York',
    place: 'Austin Convention Center, Austin',
    capacity: undefined,
    currency: 'USD',
    isTest: false,
    registrationUrl: expect.stringMatching(/^http/),
  })
  expect(await cvent.event(eventStub)).toEqual(event)
  expect(await cvent.event(nobody)).toBeUndefined()
  expect(await cvent.eventByCode('NOSUCHCODE')).toBeUndefined()
})

test('an event without a place left has capacity 0, not undefined', async () => {
  const { cvent } = await startClient()

  expect((await cvent.eventByCode(seededEvents.full))?.capacity).toBe(0)
})

test('a deleted event is as good as none', async () => {
  const { cvent, sandbox, eventStub } = await startClient()
  const event = sandbox.state.events.get(eventStub)
  if (event) event.status = 'Deleted'

  expect(await cvent.event(eventStub)).toBeUndefined()
  expect(await cvent.eventByCode(seededEvents.open)).toBeUndefined()
})

test.each([
  ['conference', false, ['Annual Conference 2027']],
  ['conference', true, ['Annual Conference 2027', 'Annual Conference 2026']],
  ['annual conference 2026', true, ['Annual Conference 2026']],
  ['zz', true, []],
  ["it's", true, []],
  [seededEvents.open, false, ['Annual Conference 2027']],
])('searching %j (inactive ones: %s) finds %j', async (search, includeInactive, titles) => {
  const { cvent } = await startClient()

  const found = await cvent.searchEvents(search, { includeInactive })

  expect(found.map(({ title }) => title)).toEqual(titles)
})

test('an empty search lists what is active', async () => {
  const { cvent } = await startClient()

  const found = await cvent.searchEvents('')

  expect(found).toHaveLength(7)
})

test.each([
  ['London', 'GB', {}, 'Europe/London'],
  ['a place nobody named', undefined, {}, 'Europe/London'],
  ['Reykjavik', 'IS', {}, 'Atlantic/Reykjavik'],
  ['London', 'GB', { londonTimeZone: false }, 'Atlantic/Reykjavik'],
])(
  'the zone Cvent gives for London is read by the venue: %s (%s, %j) is in %s',
  async (city, countryCode, client, timeZone) => {
    const { cvent, sandbox, eventStub } = await startClient({ client })
    const event = sandbox.state.events.get(eventStub)
    if (!event) throw new Error('the seed has no open event')
    event.timezone = 'Atlantic/Reykjavik'
    event.venue = {
      ...event.venue,
      address: { ...event.venue.address, city, ...(countryCode ? { countryCode } : {}) },
    }
    if (countryCode === undefined) delete event.venue.address.countryCode

    const found = [
      await cvent.event(eventStub),
      await cvent.eventByCode(event.code),
      ...(await cvent.searchEvents(event.code)),
    ]
    expect(found.map((one) => one?.timeZone)).toEqual([timeZone, timeZone, timeZone])
  },
)
