import { describe, expect, test } from 'vitest'
import { faultOf, ignoreFilters, startImisClient } from './start-imis-client.ts'

test('meetings are found by the beginning of their code or name', async () => {
  const { imis } = await startImisClient()
  const found = [{ code: 'HLG26', title: 'Harbour Light Conference 2026' }]

  expect(await imis.meetings('hlg')).toEqual(found)
  expect(await imis.meetings('Harbour')).toEqual(found)
  expect(await imis.meetings('')).toEqual(found)
  expect(await imis.meetings('Light')).toEqual([])
  expect((await faultOf(imis.meetings('a|b'))).code).toBe('INVALID_REQUEST')
})

test('meetings that begin otherwise are left out, though iMIS sends them', async () => {
  const { imis, site } = await startImisClient()
  ignoreFilters(site, '/api/EventSummary', [
    { EventCode: 'AC27', Name: 'Annual Conference' },
    { EventId: 'HLG26', Name: 'Harbour Light' },
    { Name: 'Harbour without a code' },
  ])

  expect(await imis.meetings('h')).toEqual([{ code: 'HLG26', title: 'Harbour Light' }])
})

describe.each(['ems', '2017'] as const)('on %s', (edition) => {
  test('a party is registered once, and the registration can be cancelled', async () => {
    const { imis, site } = await startImisClient({ edition })

    const before = await imis.meetingRegistration('HLG26', '101')
    await imis.registerForMeeting('HLG26', '101')
    await imis.registerForMeeting('HLG26', '101')
    const after = await imis.meetingRegistration('HLG26', '101')
    await imis.cancelMeetingRegistration('HLG26', '101')
    const cancelled = await imis.meetingRegistration('HLG26', '101')

    expect([before, after, cancelled]).toEqual([undefined, 'registered', 'cancelled'])
    expect(site.state.eventRegistrations).toMatchObject([
      { partyId: '101', functionId: 'HLG26/MAIN' },
    ])
  })

  test('an unknown meeting is refused by its field', async () => {
    const { imis } = await startImisClient({ edition })

    const fault = await faultOf(imis.registerForMeeting('NOPE', '101'))

    expect(fault).toMatchObject({ code: 'VENDOR_REFUSED', errors: [{ field: 'EventId' }] })
    expect((await faultOf(imis.cancelMeetingRegistration('NOPE', '101'))).code).toBe('NOT_FOUND')
  })
})

test('a registration whose answer is lost may have happened', async () => {
  const { imis, site } = await startImisClient()
  site.switchboard.set({ route: 'POST /api/EventRegistration', kind: 'lost-answer' })

  const fault = await faultOf(imis.registerForMeeting('HLG26', '101'))

  expect(fault.mayHaveHappened).toBe(true)
  expect(await imis.meetingRegistration('HLG26', '101')).toBe('registered')
})
