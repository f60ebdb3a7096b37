import { describe, expect, test } from 'vitest'
import { listReader, type ListDeps } from '../../../server/cvent/list.ts'
import { WireId } from '../../../server/cvent/wire.ts'
import { oddKinds, type OddKind } from '../../sandbox/cvent/odd.ts'
import { hasSamples, sample, samplesNote } from './samples.ts'
import { faultOf, startClient } from './start-client.ts'

async function startWith(people: number, options: Parameters<typeof startClient>[0] = {}) {
  const waits: number[] = []
  const client = await startClient({
    ...options,
    client: {
      wait: async (ms) => {
        waits.push(ms)
        client.clock.now += ms
      },
    },
  })
  const ids: string[] = []
  for (let count = 0; count < people; count += 1) {
    const contact = { lastName: `L${count}` }
    ids.push((await client.sandbox.register({ event: client.eventStub, contact })).id)
  }
  client.sandbox.switchboard.calls.length = 0
  const pageCalls = () => client.sandbox.switchboard.count(/GET \/ea\/attendees$/)
  async function list(priority: 'member' | 'background' = 'background') {
    const found: string[] = []
    const odd: (string | undefined)[] = []
    const call = { priority, deadlineMs: 60_000 }
    for await (const page of client.cvent.attendeesOfEvent(client.eventStub, undefined, call)) {
      found.push(...page.items.map(({ attendeeId }) => attendeeId))
      odd.push(...page.setAside.map(({ attendeeId }) => attendeeId))
    }
    return { found, odd }
  }
  return { ...client, ids, list, pageCalls, waits }
}

describe('elements', () => {
  /** What an attendee may lack, and what makes it unreadable. */
  const ofAttendees: [OddKind, boolean][] = [
    ['no-event', false],
    ['no-contact', true],
    ['long-contact-id', false],
    ['long-primary-id', false],
    ['status-number', false],
    ['unknown-status', true],
  ]

  test.each(ofAttendees)('an attendee with %s costs no other', async (kind, isRead) => {
    const { cvent, sandbox, ids } = await startWith(3)
    const odd = ids[1] ?? ''
    sandbox.switches.oddElements = { [odd]: kind }

    const { items, setAside } = await cvent.attendees(ids)

    expect(items.map(({ attendeeId }) => attendeeId).toSorted()).toEqual(
      ids.filter((id) => isRead || id !== odd).toSorted(),
    )
    expect(setAside).toEqual(
      isRead
        ? []
        : [
            {
              id: odd,
              attendeeId: odd,
              reason: expect.stringMatching(/event|contact|primaryId|status/),
            },
          ],
    )
  })

  test('a contact that is missing is told from one that is there', async () => {
    const { cvent, sandbox, ids } = await startWith(2)
    sandbox.switches.oddElements = { [ids[1] ?? '']: 'no-contact' }

    const { items } = await cvent.attendees(ids)

    const missing = items.filter(({ contact }) => contact.isMissing)
    expect(missing.map(({ attendeeId }) => attendeeId)).toEqual([ids[1]])
    expect(items).toHaveLength(2)
  })

  test.each(['no-id', 'not-an-object'] as const)(
    'an attendee that is %s is set aside without a name',
    async (kind) => {
      const { cvent, sandbox, ids } = await startWith(2)
      sandbox.switches.oddElements = { [ids[1] ?? '']: kind }

      const { items, setAside } = await cvent.attendees(ids)

      expect(items).toHaveLength(1)
      expect(setAside).toMatchObject([{ id: undefined, attendeeId: undefined }])
    },
  )

  test.each([
    ['amount-null', 'amountDue: expected number, received null'],
    ['amount-text', 'amountPaid: expected number, received string'],
    ['amount-comma', 'amountPaid: expected number, received string'],
    ['amount-empty', 'amountPaid: expected number, received string'],
    ['quantity-text', 'quantity: expected number, received string'],
    ['no-product', 'product: expected object, received undefined'],
    ['no-product-id', 'product: a line without the id of its product'],
  ] as const)('an order item with %s is its attendee’s only', async (kind, reason) => {
    const { cvent, sandbox, ids, eventStub } = await startWith(4)
    const odd = ids[2] ?? ''
    sandbox.switches.oddElements = { [odd]: kind }

    for (const asked of ['all', ids] as const) {
      const { items, setAside } = await cvent.orderItems(eventStub, asked)

      expect(new Set(items.map(({ attendeeId }) => attendeeId))).toEqual(
        new Set(ids.filter((id) => id !== odd)),
      )
      expect(setAside).toEqual([{ id: expect.any(String), attendeeId: odd, reason }])
    }
  })

  test.each(['decimal-texts', 'flag-texts'] as const)(
    'an order item with %s is read like any other',
    async (kind) => {
      const { cvent, sandbox, ids, eventStub } = await startWith(2)
      const before = await cvent.orderItems(eventStub, 'all')
      sandbox.switches.oddElements = { [ids[0] ?? '']: kind }

      expect(await cvent.orderItems(eventStub, 'all')).toEqual(before)
    },
  )

  test('an attendee with flag-texts is read like any other', async () => {
    const { cvent, sandbox, ids } = await startWith(2)
    const before = await cvent.attendees(ids)
    sandbox.switches.oddElements = { [ids[0] ?? '']: 'flag-texts' }

    expect(await cvent.attendees(ids)).toEqual(before)
  })

  test('a line of nobody is set aside by its own id', async () => {
    const { cvent, sandbox, ids, eventStub } = await startWith(2)
    sandbox.switches.oddElements = { [ids[0] ?? '']: 'no-attendee' }

    const { items, setAside } = await cvent.orderItems(eventStub, 'all')

    expect(items).toHaveLength(1)
    expect(setAside).toMatchObject([{ id: expect.any(String), attendeeId: undefined }])
  })

  test('every kind the sandbox can play is one of these', () => {
    const tried = [
      ...ofAttendees.map(([kind]) => kind),
      'no-id',
      'not-an-object',
      'amount-null',
      'amount-text',
      'amount-comma',
      'amount-empty',
      'decimal-texts',
      'flag-texts',
      'quantity-text',
      'no-product',
      'no-product-id',
      'no-attendee',
    ]
    expect([...oddKinds].toSorted()).toEqual(tried.toSorted())
  })
})

describe('the end', () => {
  test.each(['token', 'relative-link', 'absolute-link'] as const)(
    'a list whose next page stands as %s is read whole, a call for each page',
    async (nextPage) => {
      const { sandbox, list, ids, pageCalls } = await startWith(7)
      Object.assign(sandbox.switches, { nextPage, largestPage: 3 })

      expect((await list()).found.toSorted()).toEqual(ids.toSorted())
      expect(pageCalls()).toBe(3)
    },
  )

  test('a link to another host is neither followed nor taken for the end', async () => {
    const { sandbox, list } = await startWith(4)
    Object.assign(sandbox.switches, { nextPage: 'foreign-link', largestPage: 3 })

    expect(await faultOf(list())).toMatchObject({
      code: 'VENDOR_UNAVAILABLE',
      message: expect.stringContaining('names a next page without a token we could use'),
    })
  })

  test('a list that ignores its token is given up after the second page', async () => {
    const { sandbox, list, pageCalls } = await startWith(9)
    Object.assign(sandbox.switches, { listToken: 'ignored', largestPage: 2 })

    const fault = await faultOf(list())

    expect(fault.message).toContain('does not end')
    expect(pageCalls()).toBe(2)
  })

  test('a list that ignores its token and is whole on its first page is read', async () => {
    const { sandbox, list, ids, pageCalls } = await startWith(2)
    sandbox.switches.listToken = 'ignored'

    expect((await list()).found.toSorted()).toEqual(ids.toSorted())
    expect(pageCalls()).toBe(1)
    // Without a count the second page shows it.
    sandbox.switches.blankTotalCount = true
    expect((await list()).found.toSorted()).toEqual(ids.toSorted())
    expect(pageCalls()).toBe(3)
  })

  test.each([0, 2, 3, 5])('a list that ends after %i of 9 is no whole list', async (endsAfter) => {
    const { sandbox, list } = await startWith(9)
    Object.assign(sandbox.switches, { endsAfter, largestPage: 3 })

    expect(await faultOf(list())).toMatchObject({
      code: 'VENDOR_UNAVAILABLE',
      message: `Cvent's list /attendees ended after ${endsAfter} of 9 elements.`,
    })
  })

  test('an odd element counts as received', async () => {
    const { sandbox, list, ids } = await startWith(9)
    const odd = ids[4] ?? ''
    Object.assign(sandbox.switches, { largestPage: 3, oddElements: { [odd]: 'no-event' } })

    expect(await list()).toEqual({ found: ids.filter((id) => id !== odd), odd: [odd] })
  })

  test('new ids for ever are not followed beyond the count', async () => {
    let calls = 0
    const { all } = listReader({
      ...deps,
      read: async () => {
        calls += 1
        const data = [{ id: `a${calls}` }, { id: `b${calls}` }]
        return { paging: { nextToken: `t${calls}`, totalCount: 9 }, data }
      },
    })

    expect((await all(WireId, { method: 'GET', path: '/events' })).items).toHaveLength(10)
    expect(calls).toBe(5)
  })
})

const deps: Omit<ListDeps, 'read'> = {
  apiUrl: 'https://api-platform.cvent.com/ea',
  deadlineMs: 5000,
  now: () => 0,
}

describe.skipIf(!hasSamples)(`Cvent's sample pages${samplesNote}`, () => {
  test.each([
    ['rest-page-currenttoken-no-nexttoken', [undefined]],
    ['rest-page-empty-currenttoken', [undefined]],
    ['rest-page-next-link-absolute', [undefined, '0b94e6a2-7d15-4c80-8f3b-61d9a25ec7f4']],
    ['rest-page-next-link-only', [undefined, '0b94e6a2-7d15-4c80-8f3b-61d9a25ec7f4']],
  ])('%s: the pages are asked for by these tokens', async (name, expected) => {
    const asked: unknown[] = []
    const { all } = listReader({
      ...deps,
      read: async (shape, { query }) => {
        asked.push(query?.['token'])
        const first = shape.parse(JSON.parse(sample(name)))
        return asked.length === 1 ? first : { paging: { totalCount: 2 }, data: [{ id: 'another' }] }
      },
    })

    await all(WireId, { method: 'GET', path: '/attendees' })

    expect(asked).toEqual(expected)
  })
})

describe('in the middle', () => {
  test('a throttle is waited for with the same token, longer each time, and nothing is read twice', async () => {
    const { sandbox, list, ids, pageCalls, waits } = await startWith(9)
    sandbox.switches.largestPage = 3
    const throttled = { route: 'GET /ea/attendees$', kind: 'throttled' as const, skip: 1 }
    sandbox.switchboard.set({ ...throttled, times: 2 })
    // Skips the first page and, the throttled ones not counted, the second.
    sandbox.switchboard.set({ ...throttled, skip: 2, times: 1, retryAfter: '7' })

    expect((await list()).found).toEqual(ids)
    expect(waits).toEqual([2000, 4000, 7000])
    expect(pageCalls()).toBe(3 + waits.length)
  })

  test.each([
    { kind: 'status', status: 503 },
    { kind: 'dead' },
    { kind: 'half-written' },
    { kind: 'html' },
  ] as const)('%j: the page is asked for again', async (fault) => {
    const { sandbox, list, ids, waits } = await startWith(5)
    sandbox.switches.largestPage = 3
    // A read whose connection breaks is sent again by itself, once.
    sandbox.switchboard.set({ route: 'GET /ea/attendees$', ...fault, skip: 1, times: 3 })

    expect((await list('member')).found).toEqual(ids)
    expect(waits.length).toBeGreaterThan(0)
  })

  test.each([
    [{ kind: 'quota' }, 2],
    [{ kind: 'throttled', retryAfter: '3600' }, 2],
    [{ kind: 'status', status: 403 }, 2],
    [{ kind: 'status', status: 503 }, 5],
  ] as const)('%j for good ends the list after %i calls', async (fault, calls) => {
    const { sandbox, list, pageCalls } = await startWith(5)
    sandbox.switches.largestPage = 3
    sandbox.switchboard.set({ route: 'GET /ea/attendees$', ...fault, skip: 1 })

    await faultOf(list())

    expect(pageCalls()).toBe(calls)
  })

  test('a throttle that lasts ends with the call’s time', async () => {
    const { sandbox, cvent, eventStub, waits } = await startWith(5)
    sandbox.switches.largestPage = 3
    sandbox.switchboard.set({ route: 'GET /ea/attendees$', kind: 'throttled', skip: 1 })

    const call = { deadlineMs: 20_000, priority: 'background' } as const
    const pages = cvent.attendeesOfEvent(eventStub, undefined, call)[Symbol.asyncIterator]()
    await pages.next()
    const fault = await faultOf(pages.next())

    expect(fault).toMatchObject({ status: 429, quotaGone: false })
    expect(waits).toEqual([2000, 4000, 8000])
  })

  test('a member is not kept waiting for a first page', async () => {
    const { sandbox, list, waits } = await startWith(1)
    sandbox.switchboard.set({ route: 'GET /ea/attendees$', kind: 'throttled', times: 1 })

    expect(await faultOf(list('member'))).toMatchObject({ status: 429 })
    expect(waits).toEqual([])
    sandbox.switchboard.set({ route: 'GET /ea/attendees$', kind: 'throttled', times: 1 })
    expect((await list('background')).found).toHaveLength(1)
  })

  test('who gives up does not wait', async () => {
    const { sandbox, cvent, eventStub } = await startClient()
    sandbox.switchboard.set({ route: 'GET /ea/attendees$', kind: 'throttled', retryAfter: '4' })
    const controller = new AbortController()
    const call = { priority: 'background', signal: controller.signal } as const

    const given = faultOf(
      cvent.attendeesOfEvent(eventStub, undefined, call)[Symbol.asyncIterator]().next(),
    )
    const { calls } = sandbox.switchboard
    while (calls.length < 2) await new Promise((resolve) => setImmediate(resolve))
    controller.abort()

    expect(await given).toBeDefined()
  })
})
