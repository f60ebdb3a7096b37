import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { STATUS_NAMES } from '../../../db/attendee-status.ts'
import type { OrderItem } from '../../../server/cvent/cvent.ts'
import { ownPhase } from '../../../server/member/eligibility/eligibility.ts'
import { wantedActivities, type Facts } from '../../../server/sync/wanted/activities.ts'
import {
  activity,
  ATTENDEE_ID,
  attendee,
  contact,
  event,
  facts,
  item,
  tides,
  workshop,
  writtenLedger,
} from './facts.ts'

test('an accepted registration is one MEETING row with everything of the field table', () => {
  const [row, ...others] = wantedActivities(facts())

  expect(others).toEqual([])
  expect(row).toMatchObject({
    kind: 'meeting',
    partyId: '101',
    type: 'MEETING',
    productCode: 'AC2027',
    ledgerKey: `cvent:101:${ATTENDEE_ID}`,
    mayAdd: true,
    standing: 'current',
  })
  expect(row?.properties).toEqual({
    PRODUCT_CODE: 'AC2027',
    DESCRIPTION: 'Annual Conference 2027',
    TRANSACTION_DATE: '2027-02-03T13:22:40',
    EFFECTIVE_DATE: '2027-05-11T09:00:00',
    THRU_DATE: '2027-05-13T16:30:00',
    QUANTITY: 1,
    AMOUNT: '495.00',
    OTHER_CODE: 'WRN3DBTCMX9',
    SOURCE_SYSTEM: 'CVENT',
    SOURCE_CODE: 'Member',
    STATUS_CODE: 'A',
    UF_1: 'VQNB3XNFS5X',
    UF_2: `cvent:${ATTENDEE_ID}`,
    UF_3: 'Member Registration',
    UF_4: '0.00',
    UF_6: '2027-02-03T13:22:40',
  })
})

test('a session is a FUNCTION row with its own times and amounts', () => {
  const [, row] = wantedActivities(
    facts({ items: [item(), workshop], sessions: new Map([['ws', tides]]) }),
  )

  expect(row?.properties).toMatchObject({
    PRODUCT_CODE: 'AC2027/WS1',
    DESCRIPTION: 'Workshop on Tides',
    EFFECTIVE_DATE: '2027-05-12T10:00:00',
    THRU_DATE: '2027-05-12T12:00:00',
    AMOUNT: '100.00',
    UF_4: '50.05',
    SOURCE_CODE: 'Session',
    UF_2: `cvent:${ATTENDEE_ID}:ws`,
    STATUS_CODE: 'A',
  })
  expect(row?.properties).not.toHaveProperty('UF_3')
})

describe('each status of Cvent has its row', () => {
  const known = writtenLedger(wantedActivities(facts()))
  const cases: [status: string, first: string, later: string][] = [
    ['Accepted', 'A', 'A'],
    ['Waitlisted', 'W', 'W'],
    ['Pending Approval', 'P', 'P'],
    ['Cancelled', 'no row', 'C'],
    ['Declined', 'no row', 'C'],
    ['Denied Approval', 'no row', 'C'],
    ['No Response', 'no row', 'C'],
    ['Visited', 'A', 'A'],
    ['Teleported', 'no row', 'as it was'],
  ]
  test.for(cases)('%s: seen first %s, seen later %s', ([status, first, later]) => {
    const seen = { attendee: attendee({ status }) }

    const fresh = wantedActivities(facts(seen)).filter(({ mayAdd }) => mayAdd)
    const [again] = wantedActivities(facts({ ...seen, ledger: known }))

    expect(fresh[0]?.properties['STATUS_CODE'] ?? 'no row').toBe(first)
    expect(again?.properties['STATUS_CODE'] ?? 'as it was').toBe(later)
    if (later === 'C') expect(again?.properties['QUANTITY']).toBe(0)
  })
})

test('cancelled and registered again is the same row, current once more', () => {
  const first = writtenLedger(wantedActivities(facts()))
  const cancelled = writtenLedger(
    wantedActivities(facts({ attendee: attendee({ status: 'Cancelled' }), ledger: first })),
    first,
  )

  const again = wantedActivities(facts({ ledger: cancelled }))

  expect(again).toHaveLength(1)
  expect(again[0]).toMatchObject({ standing: 'current', ledgerKey: first[0]?.ledgerKey })
  expect(again[0]?.properties).toMatchObject({ STATUS_CODE: 'A', QUANTITY: 1 })
})

describe('substitution', () => {
  const before = writtenLedger(wantedActivities(facts({ items: [item(), workshop] })))
  const bo = facts({
    partyId: '102',
    attendee: attendee({ contact: contact('bo') }),
    items: [item(), workshop],
    ledger: before,
  })

  test('the old rows become S and the new person has rows of their own, each naming the other', () => {
    const rows = wantedActivities(bo)

    expect(
      rows.map(({ partyId, properties }) => [
        partyId,
        properties['STATUS_CODE'],
        properties['NOTE'],
      ]),
    ).toEqual([
      ['102', 'A', 'In place of iMIS ID 101'],
      ['102', 'A', 'In place of iMIS ID 101'],
      ['101', 'S', 'Substituted by iMIS ID 102'],
      ['101', 'S', 'Substituted by iMIS ID 102'],
    ])
  })

  test('once written, nothing more is wanted of the old rows, and the new ones say the same', () => {
    const after = writtenLedger(wantedActivities(bo), before)

    const again = wantedActivities({ ...bo, ledger: after })

    expect(again.every(({ partyId }) => partyId === '102')).toBe(true)
    expect(again[0]?.properties['NOTE']).toBe('In place of iMIS ID 101')
  })

  test('by somebody iMIS does not know: the old rows become S all the same', () => {
    const rows = wantedActivities({ ...bo, partyId: undefined })

    expect(rows.map(({ partyId, properties }) => [partyId, properties['STATUS_CODE']])).toEqual([
      ['101', 'S'],
      ['101', 'S'],
    ])
  })

  test('and back again: the first person is current, the second substituted', () => {
    const after = writtenLedger(wantedActivities(bo), before)

    const back = wantedActivities(facts({ items: [item(), workshop], ledger: after }))

    expect(back.map(({ partyId, properties }) => [partyId, properties['STATUS_CODE']])).toEqual([
      ['101', 'A'],
      ['101', 'A'],
      ['102', 'S'],
      ['102', 'S'],
    ])
  })
})

test('the same contact found to be another party: the wrong rows are cancelled, not substituted', () => {
  const ledger = writtenLedger(wantedActivities(facts()))

  const rows = wantedActivities(facts({ partyId: '109', ledger }))

  expect(
    rows.map(({ partyId, properties }) => [partyId, properties['STATUS_CODE'], properties['NOTE']]),
  ).toEqual([
    ['109', 'A', undefined],
    ['101', 'C', 'Moved to iMIS ID 109'],
  ])
})

test('a contact whom nobody matches any more keeps what stands', () => {
  const ledger = writtenLedger(wantedActivities(facts()))

  expect(wantedActivities(facts({ partyId: undefined, ledger }))).toEqual([])
})

test('an attendee who was purged at Cvent leaves cancelled rows', () => {
  const ledger = writtenLedger(wantedActivities(facts({ items: [item(), workshop] })))

  const rows = wantedActivities(facts({ attendee: undefined, items: [], ledger }))

  expect(rows.map(({ properties }) => properties['STATUS_CODE'])).toEqual(['C', 'C'])
  expect(rows.every(({ mayAdd }) => !mayAdd)).toBe(true)
})

test("a guest without a party is one row on the primary's record", () => {
  const guest = attendee({ isGuest: true, primaryId: 'p', contact: contact('cy') })
  const rows = wantedActivities(
    facts({ attendee: guest, isOnPrimary: true, items: [item(), workshop] }),
  )

  expect(rows).toHaveLength(1)
  expect(rows[0]).toMatchObject({ kind: 'guest', partyId: '101', productCode: 'AC2027/GUEST' })
  expect(rows[0]?.properties).toMatchObject({
    DESCRIPTION: 'Guest: cy Quill',
    AMOUNT: '595.00',
    UF_2: `cvent:${ATTENDEE_ID}`,
  })
})

test('a guest with a party of their own has a MEETING row there', () => {
  const guest = attendee({ isGuest: true, primaryId: 'p', contact: contact('cy') })

  expect(wantedActivities(facts({ attendee: guest }))[0]).toMatchObject({
    kind: 'meeting',
    productCode: 'AC2027',
  })
})

test('a guest taken off the registration is cancelled', () => {
  const guest = attendee({ isGuest: true, primaryId: 'p' })
  const ledger = writtenLedger(wantedActivities(facts({ attendee: guest, isOnPrimary: true })))

  const [row] = wantedActivities(
    facts({ attendee: { ...guest, isDeletedGuest: true }, isOnPrimary: true, ledger }),
  )

  expect(row?.properties).toMatchObject({ STATUS_CODE: 'C', QUANTITY: 0 })
})

describe('what becomes a FUNCTION row', () => {
  const items = [
    item(),
    workshop,
    item({ itemId: 'l3', productId: 'q', productType: 'QuantityItem', code: 'CAP', quantity: 3 }),
    item({ itemId: 'l4', productId: 'd', productType: 'DonationItem', code: 'FUND' }),
    item({ itemId: 'l5', productId: 't', productType: 'Tax', code: undefined }),
  ]
  const cases: [Facts['event']['functions'], string[]][] = [
    ['none', ['AC2027']],
    ['sessions', ['AC2027', 'AC2027/WS1']],
    ['items', ['AC2027', 'AC2027/CAP', 'AC2027/FUND', 'AC2027/WS1']],
  ]
  test.for(cases)('functions: %s', ([functions, codes]) => {
    const rows = wantedActivities(facts({ event: event({ functions }), items }))

    expect(rows.map(({ productCode }) => productCode).toSorted()).toEqual(codes)
  })

  test('without FUNCTION rows the MEETING row holds all amounts', () => {
    const [row] = wantedActivities(facts({ event: event({ functions: 'none' }), items }))

    expect(row?.properties['AMOUNT']).toBe('2080.00')
  })
})

test('who "visited" after registering still is registered, and who only visited is not', () => {
  const visited = attendee({ status: 'Visited' })
  const ledger = writtenLedger(wantedActivities(facts()))

  const [kept] = wantedActivities(facts({ attendee: visited, ledger }))
  const [never] = wantedActivities(
    facts({ attendee: { ...visited, registeredAt: undefined }, ledger }),
  )

  expect(kept?.properties).toMatchObject({ STATUS_CODE: 'A', QUANTITY: 1 })
  expect(never?.properties).toMatchObject({ STATUS_CODE: 'C', QUANTITY: 0 })
  expect(ownPhase({ status: 'Visited', registeredAt: visited.registeredAt })).toBe('registered')
  expect(ownPhase({ status: 'Visited', registeredAt: undefined })).toBeUndefined()
})

test.each(STATUS_NAMES)('the member’s page and the row in iMIS agree about "%s"', (status) => {
  for (const registeredAt of [undefined, 1]) {
    const phase = ownPhase({ status, registeredAt })
    const [row] = wantedActivities(facts({ attendee: attendee({ status, registeredAt }) }))

    const codes = { registered: 'A', waitlisted: 'W', 'pending-approval': 'P' }
    const known = Object.entries(codes).find(([name]) => name === phase)
    expect(row?.properties['STATUS_CODE'], status).toBe(known?.[1] ?? 'C')
    expect(row?.mayAdd).toBe(known !== undefined)
  }
})

describe('a registration that was modified', () => {
  const shirt = item({ itemId: 's1', orderId: 'o1', productId: 'q', productType: 'QuantityItem' })
  const cap = { ...shirt, name: 'Cap', code: 'CAP', quantity: 2 }
  const again = { amountOrderedCents: 0, amountPaidCents: 0, amountDueCents: 0 }
  const cases: [name: string, items: OrderItem[], quantity: number][] = [
    [
      'an order that repeats it without amounts',
      [cap, { ...cap, ...again, itemId: 's2', orderId: 'o2' }],
      2,
    ],
    [
      'two such orders',
      [
        cap,
        { ...cap, ...again, itemId: 's2', orderId: 'o2' },
        { ...cap, ...again, itemId: 's3', orderId: 'o3' },
      ],
      2,
    ],
    ['one more is bought', [cap, { ...cap, itemId: 's2', orderId: 'o2', quantity: 1 }], 3],
    [
      'a free item, repeated',
      [
        { ...cap, ...again },
        { ...cap, ...again, itemId: 's2', orderId: 'o2' },
      ],
      2,
    ],
    [
      'two lines of one free order',
      [
        { ...cap, ...again },
        { ...cap, ...again, itemId: 's2' },
      ],
      4,
    ],
    [
      'an order that was cancelled',
      [cap, { ...cap, itemId: 's2', orderId: 'o2', isActive: false }],
      2,
    ],
  ]
  test.for(cases)('%s', ([, items, quantity]) => {
    const rows = wantedActivities(facts({ items: [item(), ...items] }))

    expect(rows.find(({ kind }) => kind === 'function')?.properties).toMatchObject({
      QUANTITY: quantity,
    })
  })

  test('an item taken out of the catalogue keeps the code its row has, under a changed meeting code too', () => {
    const ledger = writtenLedger(wantedActivities(facts({ items: [item(), cap] })))
    const bare = { ...cap, code: undefined, name: 'Conference cap' }

    const kept = wantedActivities(facts({ items: [item(), bare], ledger }))
    const moved = wantedActivities(
      facts({ items: [item(), bare], ledger, event: event({ meetingCode: 'AC/27' }) }),
    )

    expect(kept.map(({ productCode }) => productCode)).toEqual(['AC2027', 'AC2027/CAP'])
    expect(moved.map(({ productCode }) => productCode)).toEqual(['AC/27', 'AC/27/CAP'])
  })
})

test('rows already withdrawn follow a changed meeting code, and say the same otherwise', () => {
  const first = writtenLedger(wantedActivities(facts({ items: [item(), workshop] })))
  const bo = { partyId: '102', attendee: attendee({ contact: contact('bo') }) }
  const ledger = writtenLedger(
    wantedActivities(facts({ ...bo, items: [item()], ledger: first })),
    first,
  )

  const same = wantedActivities(facts({ ...bo, items: [item()], ledger }))
  const rows = wantedActivities(
    facts({ ...bo, items: [item()], ledger, event: event({ meetingCode: 'NEW27' }) }),
  )

  expect(same.filter(({ partyId }) => partyId === '101')).toEqual([])
  expect(
    rows.map(({ partyId, productCode, standing, properties }) => [
      partyId,
      productCode,
      standing,
      properties['STATUS_CODE'],
      properties['PRODUCT_CODE'],
    ]),
  ).toEqual([
    ['102', 'NEW27', 'current', 'A', 'NEW27'],
    ['101', 'NEW27', 'substituted', 'S', 'NEW27'],
    ['101', 'NEW27/WS1', 'substituted', 'S', 'NEW27/WS1'],
  ])
})

describe('money', () => {
  test('a refund reduces the amount, down to the cent', () => {
    const refund = item({
      itemId: 'r',
      orderType: 'Online Refund',
      amountOrderedCents: -10_010,
      amountPaidCents: -10_010,
      isActive: true,
    })

    const [row] = wantedActivities(facts({ items: [item(), refund] }))

    expect(row?.properties).toMatchObject({ AMOUNT: '394.90', QUANTITY: 1, STATUS_CODE: 'A' })
  })

  test('a session given back is cancelled with nothing paid and nothing due', () => {
    const ledger = writtenLedger(wantedActivities(facts({ items: [item(), workshop] })))
    const back = { ...workshop, isActive: false }
    const refund = {
      ...workshop,
      itemId: 'r',
      orderType: 'Online Refund',
      amountPaidCents: -10_000,
      amountDueCents: 0,
      isActive: false,
    }

    const [, row] = wantedActivities(facts({ items: [item(), back, refund], ledger }))

    expect(row?.properties).toMatchObject({
      STATUS_CODE: 'C',
      QUANTITY: 0,
      AMOUNT: '0.00',
      UF_4: '0.00',
    })
  })
})

test('attendance is written where the account asks for it', () => {
  const seen = { attendee: attendee({ hasCheckedIn: true }) }

  expect(wantedActivities(facts(seen))[0]?.properties['STATUS_CODE']).toBe('A')
  expect(
    wantedActivities(facts({ ...seen, activity: activity({ attendance: true }) }))[0]?.properties[
      'STATUS_CODE'
    ],
  ).toBe('T')
})

test('dates follow the site through both changes of the clock', () => {
  const winter = attendee({ registeredAt: Date.parse('2027-01-15T12:00:00Z') })
  const summer = attendee({ registeredAt: Date.parse('2027-07-15T12:00:00Z') })

  const [inWinter] = wantedActivities(facts({ attendee: winter }))
  const [inSummer] = wantedActivities(facts({ attendee: summer }))

  expect(inWinter?.properties['TRANSACTION_DATE']).toBe('2027-01-15T07:00:00')
  expect(inSummer?.properties['TRANSACTION_DATE']).toBe('2027-07-15T08:00:00')
})

const statuses = ['Accepted', 'Waitlisted', 'Pending Approval', 'Cancelled', 'Declined', 'Odd']
const steps = fc.array(
  fc.record({
    status: fc.constantFrom(...statuses),
    name: fc.constantFrom('ada', 'bo', 'cy'),
    withWorkshop: fc.boolean(),
    functions: fc.constantFrom('none' as const, 'sessions' as const, 'items' as const),
  }),
  { minLength: 1, maxLength: 8 },
)
const PARTIES: Record<string, string> = { ada: '101', bo: '102', cy: '103' }

test('whatever happened before: at most one current row per key, and looking again changes nothing', () => {
  fc.assert(
    fc.property(steps, (history) => {
      let ledger: Facts['ledger'] = []
      let last = facts()
      for (const { status, name, withWorkshop, functions } of history) {
        last = facts({
          partyId: PARTIES[name],
          attendee: attendee({ status, contact: contact(name) }),
          items: withWorkshop ? [item(), workshop] : [item()],
          event: event({ functions }),
          ledger,
        })
        ledger = writtenLedger(wantedActivities(last), ledger)
      }

      const again = wantedActivities({ ...last, ledger })

      const keys = again.map(({ ledgerKey }) => ledgerKey)
      expect(new Set(keys).size).toBe(keys.length)
      for (const wanted of again) {
        const row = ledger.find(({ ledgerKey }) => ledgerKey === wanted.ledgerKey)
        if (row) expect(JSON.parse(row.properties ?? '{}')).toEqual(wanted.properties)
        else expect(wanted.mayAdd).toBe(false)
      }
      const current = ledger.filter(
        ({ standing, kind }) => standing === 'current' && kind === 'meeting',
      )
      expect(current.length).toBeLessThanOrEqual(1)
    }),
    { numRuns: 1000 },
  )
})
