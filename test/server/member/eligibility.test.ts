import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decide,
  isLedOn,
  readListing,
  type Facts,
} from '../../../server/member/eligibility/eligibility.ts'

const NOW = Date.parse('2027-02-03T10:00:00Z')

const facts: Facts = {
  now: NOW,
  allowAnonymous: false,
  partyId: '101',
  registration: undefined,
  opensAt: undefined,
  closesAt: undefined,
  cventStatus: 'Active',
  capacity: undefined,
  taken: 0,
  hasWaitingList: undefined,
  missing: [],
  listing: 'listed',
}
const held = (status: string, registeredAt?: number) => ({ status, registeredAt })

describe('the phase of a member', () => {
  test.each<[name: string, given: Partial<Facts>, phase: string]>([
    ['listed by the query', {}, 'eligible'],
    ['not listed', { listing: 'not-listed' }, 'not-eligible'],
    ['the query is wrong', { listing: 'fault' }, 'not-eligible'],
    ['the query was not asked yet', { listing: undefined }, 'ask-the-query'],
    ['nobody signed in', { partyId: undefined }, 'signed-out'],
    ['nobody is told that it is closed', { partyId: undefined, closesAt: NOW }, 'closed'],
    ['nobody is told that it is full', { partyId: undefined, capacity: 0 }, 'full'],
    ['nobody is told that it is not open', { partyId: undefined, opensAt: NOW + 1 }, 'not-open'],
    ['an e-mail address is missing', { missing: ['email'] }, 'details-missing'],
    [
      'not listed comes before missing',
      { missing: ['email'], listing: 'not-listed' },
      'not-eligible',
    ],
    [
      'registered comes before missing',
      { missing: ['email'], registration: held('Accepted') },
      'registered',
    ],
    ['full with a waiting list, listed', { capacity: 0, hasWaitingList: true }, 'full'],
    [
      'full with a waiting list, not asked',
      { capacity: 0, hasWaitingList: true, listing: undefined },
      'ask-the-query',
    ],
    [
      'full with a waiting list, not listed',
      { capacity: 0, hasWaitingList: true, listing: 'not-listed' },
      'not-eligible',
    ],
    [
      'full with a waiting list, a name missing',
      { capacity: 0, hasWaitingList: true, missing: ['lastName'] },
      'details-missing',
    ],
    [
      'full with a waiting list, nobody',
      { capacity: 0, hasWaitingList: true, partyId: undefined },
      'full',
    ],
    [
      'closed at Cvent because it is full',
      { capacity: 1, taken: 1, cventStatus: 'Closed' },
      'full',
    ],
    ['over, and full', { capacity: 1, taken: 1, cventStatus: 'Completed' }, 'closed'],
    ['anonymous event, nobody', { allowAnonymous: true, partyId: undefined }, 'eligible'],
    ['anonymous event, not listed', { allowAnonymous: true, listing: 'not-listed' }, 'eligible'],
    [
      'anonymous event, closed',
      { allowAnonymous: true, partyId: undefined, closesAt: NOW },
      'closed',
    ],
    ['registered', { registration: held('Accepted') }, 'registered'],
    ['registered, and closed since', { registration: held('Accepted'), closesAt: 1 }, 'registered'],
    [
      'registered, and full since',
      { registration: held('Accepted'), capacity: 1, taken: 1 },
      'registered',
    ],
    [
      'registered, no longer listed',
      { registration: held('Accepted'), listing: 'not-listed' },
      'registered',
    ],
    ['attended', { registration: held('Visited', NOW - 1) }, 'registered'],
    ['looked at the site only', { registration: held('Visited') }, 'eligible'],
    ['waitlisted', { registration: held('Waitlisted') }, 'waitlisted'],
    ['pending', { registration: held('Pending Approval') }, 'pending-approval'],
    ['cancelled may register again', { registration: held('Cancelled', NOW - 1) }, 'eligible'],
    ['declined may register', { registration: held('Declined') }, 'eligible'],
    ['denied is asked again by Cvent', { registration: held('Denied Approval') }, 'eligible'],
    ['only invited', { registration: held('No Response') }, 'eligible'],
    ['a status Cvent invents later', { registration: held('Teleported') }, 'eligible'],
    ['full, which Cvent calls closed', { cventStatus: 'Closed', capacity: 1, taken: 1 }, 'full'],
    [
      'closed at Cvent with places left',
      { cventStatus: 'Closed', capacity: 2, taken: 1 },
      'closed',
    ],
    ['closed at Cvent, no capacity known', { cventStatus: 'Closed' }, 'closed'],
    [
      'full, and its time is over',
      { cventStatus: 'Closed', capacity: 1, taken: 1, closesAt: NOW },
      'closed',
    ],
    ['full, and cancelled', { cventStatus: 'Cancelled', capacity: 1, taken: 1 }, 'closed'],
    ['one millisecond before opening', { opensAt: NOW + 1 }, 'not-open'],
    ['at the moment of opening', { opensAt: NOW }, 'eligible'],
    ['one millisecond before closing', { closesAt: NOW + 1 }, 'eligible'],
    ['at the moment of closing', { closesAt: NOW }, 'closed'],
    ['not yet launched at Cvent', { cventStatus: 'Pending' }, 'not-open'],
    ['closed by its planner', { cventStatus: 'Closed' }, 'closed'],
    ['cancelled by its planner', { cventStatus: 'Cancelled' }, 'closed'],
    ['Cvent unknown', { cventStatus: undefined }, 'eligible'],
    ['a status of an event unknown to us', { cventStatus: 'Processing' }, 'eligible'],
    ['the last place', { capacity: 10, taken: 9 }, 'eligible'],
    ['no place', { capacity: 10, taken: 10 }, 'full'],
    ['closed comes before full', { capacity: 0, closesAt: NOW }, 'closed'],
    ['not open comes before full', { capacity: 0, opensAt: NOW + 1 }, 'not-open'],
    ['full comes before the query', { capacity: 0, listing: undefined }, 'full'],
  ])('%s', (_name, given, phase) => {
    expect(decide({ ...facts, ...given })).toBe(phase)
  })

  test('nobody who is not listed is ever eligible, unless the event is anonymous', () => {
    const any = fc.record({
      now: fc.constant(NOW),
      allowAnonymous: fc.boolean(),
      partyId: fc.option(fc.constant('101'), { nil: undefined }),
      registration: fc.option(
        fc.record({ status: fc.string(), registeredAt: fc.constant(undefined) }),
        {
          nil: undefined,
        },
      ),
      opensAt: fc.option(fc.integer(), { nil: undefined }),
      closesAt: fc.option(fc.integer(), { nil: undefined }),
      cventStatus: fc.option(fc.string(), { nil: undefined }),
      capacity: fc.option(fc.nat(), { nil: undefined }),
      taken: fc.nat(),
      hasWaitingList: fc.constantFrom(true, false, undefined),
      missing: fc.subarray(['email', 'firstName', 'lastName'] as const),
      listing: fc.constantFrom('listed', 'not-listed', 'fault', undefined),
    })

    fc.assert(
      fc.property(any, (given) => {
        const phase = decide(given)
        const mayBe =
          given.allowAnonymous ||
          (given.partyId !== undefined && given.listing === 'listed' && given.missing.length === 0)
        expect(isLedOn(phase, given) && !mayBe).toBe(false)
      }),
    )
  })
})

describe('what a query’s answer says of party 101', () => {
  const row = { ID: '101', Email: 'maren@example.org' }

  test.each<[name: string, rows: Record<string, string>[], hasMore: boolean, said: object]>([
    ['its own row', [row], false, { answer: 'listed', row }],
    ['no row', [], false, { answer: 'not-listed' }],
    ['two rows', [row, row], false, { answer: 'fault', fault: 'QUERY_SEVERAL_ROWS' }],
    ['one of many', [row], true, { answer: 'fault', fault: 'QUERY_SEVERAL_ROWS' }],
    [
      'another’s row',
      [{ ...row, ID: '110' }],
      false,
      { answer: 'fault', fault: 'QUERY_OTHER_PARTY' },
    ],
    ['no ID', [{ Email: 'a@b.org' }], false, { answer: 'fault', fault: 'QUERY_NO_SUCH_COLUMN' }],
    [
      'two IDs that differ',
      [{ ...row, 'iMIS ID': '102' }],
      false,
      { answer: 'fault', fault: 'QUERY_OTHER_PARTY' },
    ],
    [
      'an ID as a number would be equal',
      [{ ID: '0101' }],
      false,
      { answer: 'fault', fault: 'QUERY_OTHER_PARTY' },
    ],
    [
      'a member number of another kind beside the ID',
      [{ ID: '101', 'Member ID': 'M-7' }],
      false,
      { answer: 'listed', row: { ID: '101', 'Member ID': 'M-7' } },
    ],
    [
      'nothing but another one’s source ID',
      [{ source_id: '102' }],
      false,
      { answer: 'fault', fault: 'QUERY_OTHER_PARTY' },
    ],
    [
      'an ID by another name',
      [{ imis_id: ' 101 ' }],
      false,
      { answer: 'listed', row: { imis_id: ' 101 ' } },
    ],
  ])('%s', (_name, rows, hasMore, said) => {
    expect(readListing({ rows, hasMore }, '101')).toEqual(said)
  })
})
