import { expect, test } from 'vitest'
import type { Misbehaviour } from '../../sandbox/switchboard.ts'
import { faultOf, startImisClient } from './start-imis-client.ts'

/** A fault, whether a write that meets it may have happened, and whether it did. */
const FAULTS: [Omit<Misbehaviour, 'route'>, mayHaveHappened: boolean, happened: boolean][] = [
  [{ kind: 'slow-answer', ms: 1000 }, true, true],
  [{ kind: 'slow-drip', ms: 400 }, true, true],
  [{ kind: 'hold' }, true, false],
  [{ kind: 'dead' }, true, false],
  [{ kind: 'lost-answer' }, true, true],
  [{ kind: 'half-written' }, true, true],
  [{ kind: 'status', status: 500 }, true, false],
  [{ kind: 'status', status: 503 }, true, false],
  [{ kind: 'status', status: 429 }, false, false],
  [{ kind: 'status-after', status: 500 }, true, true],
  [{ kind: 'html' }, true, false],
  [{ kind: 'garbage' }, true, false],
  [{ kind: 'huge' }, true, false],
  [{ kind: 'token-expired' }, false, false],
  [{ kind: 'throttled', retryAfter: '7' }, false, false],
]
const BROKEN = ['dead', 'lost-answer', 'half-written']
const ACTIVITY = { partyId: '101', type: 'CVENTREG', properties: { PRODUCT_CODE: 'AC2027' } }

function name([fault]: (typeof FAULTS)[number]) {
  return `${fault.kind} ${fault.status ?? ''}`.trim()
}

const CASES = FAULTS.map((fault) => [name(fault), ...fault] as const)

test.each(CASES)(
  '%s at the token endpoint: unavailable, and nothing was written',
  async (_name, fault) => {
    const { imis, site } = await startImisClient({ deadlineMs: 600 })
    site.switchboard.set({ route: 'POST /token', ...fault })

    const read = await faultOf(imis.activity('884213'))
    const write = await faultOf(imis.createActivity(ACTIVITY))

    for (const outcome of [read, write])
      expect(outcome).toMatchObject({ code: 'VENDOR_UNAVAILABLE', mayHaveHappened: false })
    expect(site.switchboard.count(/\/api\//)).toBe(0)
    expect(site.state.activities.size).toBe(0)
  },
)

test.each(CASES)(
  '%s to a read: unavailable; sent again only when the connection broke',
  async (_name, fault) => {
    const { imis, site, now } = await startImisClient()
    const { seqn } = await imis.createActivity(ACTIVITY)
    site.switchboard.set({ route: 'GET /api/Activity', ...fault })

    const outcome = await faultOf(imis.activity(seqn, { deadlineMs: 600 }))

    expect(outcome).toMatchObject({ code: 'VENDOR_UNAVAILABLE', mayHaveHappened: false })
    if (fault.retryAfter) expect(outcome.retryAt).toBe(now() + 7000)
    const twice = BROKEN.includes(fault.kind) || fault.kind === 'token-expired'
    expect(site.switchboard.count(/^GET \/api\/Activity/)).toBe(twice ? 2 : 1)
  },
)

test.each(CASES)(
  '%s to a write: never sent again, and it is told what may have happened',
  async (_name, fault, may, happened) => {
    const { imis, site } = await startImisClient()
    await imis.party('101')
    site.switchboard.set({ route: 'POST /api/Activity', ...fault })

    const outcome = await faultOf(imis.createActivity(ACTIVITY, { deadlineMs: 600 }))

    expect(outcome).toMatchObject({ code: 'VENDOR_UNAVAILABLE', mayHaveHappened: may })
    const calls = site.switchboard.count(/^POST \/api\/Activity$/)
    expect(calls).toBe(fault.kind === 'token-expired' ? 2 : 1)
    expect(site.state.activities.size).toBe(happened ? 1 : 0)
  },
)

test.each(CASES)(
  '%s to a change: what may have happened is told, and the old or the new stands',
  async (_name, fault, may, happened) => {
    const { imis, site } = await startImisClient()
    const { seqn } = await imis.createActivity(ACTIVITY)
    site.switchboard.set({ route: 'PUT /api/Activity', ...fault })

    const outcome = await faultOf(
      imis.updateActivity(seqn, { STATUS_CODE: 'C' }, () => true, { deadlineMs: 600 }),
    )

    expect(outcome).toMatchObject({ code: 'VENDOR_UNAVAILABLE', mayHaveHappened: may })
    expect(site.state.activities.get(Number(seqn))?.STATUS_CODE).toBe(happened ? 'C' : '')
  },
)

test('a write held back past its deadline may still be committed later', async () => {
  const { imis, site } = await startImisClient()
  await imis.party('101')
  site.switchboard.set({ route: 'POST /api/Activity', kind: 'hold', times: 1 })

  const write = faultOf(imis.createActivity(ACTIVITY, { deadlineMs: 100 }))
  await site.switchboard.held()
  const fault = await write
  const before = site.state.activities.size
  site.switchboard.release()

  expect(fault.mayHaveHappened).toBe(true)
  expect(before).toBe(0)
  await expect.poll(() => site.state.activities.size).toBe(1)
})

/** What may stand before an iMIS that is away. An empty answer to a call that answers nothing is told apart below. */
const AWAY = [
  'iis-404',
  'iis-503',
  'maintenance-page',
  'maintenance-text',
  'redirect',
  'sign-in',
] as const

test.each(AWAY)(
  '%s in iMIS’s place: every question is unavailable, none is answered',
  async (away) => {
    const { imis, site } = await startImisClient()
    await imis.party('101')
    site.state.settings.away = away

    const outcomes = await Promise.all(
      [
        imis.exchange('a-refresh-token'),
        imis.user('MOAKFIELD'),
        imis.hasRole('MOAKFIELD', 'SysAdmin'),
        imis.runQuery('$/Cvent/Registrants', ['101']),
        imis.queryDefinition('$/Cvent/Registrants'),
        imis.folder('$/'),
        imis.party('101'),
        imis.partiesByEmail('maren.oakfield@example.org'),
        imis.createParty({ firstName: 'A', lastName: 'B', email: undefined }),
        imis.activities({ partyId: '101', type: 'CVENTREG', productCode: 'X' }),
        imis.activity('1'),
        imis.createActivity(ACTIVITY),
        imis.updateActivity('1', {}, () => true),
        imis.deleteActivity('1', () => true),
        imis.activityTypes(),
        imis.meetings(''),
        imis.registerForMeeting('HLG26', '101'),
        imis.meetingRegistration('HLG26', '101'),
        imis.cancelMeetingRegistration('HLG26', '101'),
      ].map((question) => faultOf(question)),
    )

    expect(new Set(outcomes.map(({ code }) => code))).toEqual(new Set(['VENDOR_UNAVAILABLE']))
  },
)

test.each(['no-content', 'empty', ...AWAY] as const)(
  '%s: nothing counts as missing, deleted, changed, registered or cancelled',
  async (away) => {
    const { imis, site } = await startImisClient()
    const { seqn } = await imis.createActivity(ACTIVITY)
    await imis.registerForMeeting('HLG26', '101')
    site.state.settings.away = away

    const outcomes = await Promise.all(
      [
        imis.party('101'),
        imis.partiesByEmail('maren.oakfield@example.org'),
        imis.activities({ partyId: '101', type: 'CVENTREG', productCode: 'AC2027' }),
        imis.activity(seqn),
        imis.createActivity(ACTIVITY),
        imis.updateActivity(seqn, { STATUS_CODE: 'C' }, () => true),
        imis.deleteActivity(seqn, () => true),
        imis.meetingRegistration('HLG26', '101'),
        imis.registerForMeeting('HLG26', '102'),
        imis.cancelMeetingRegistration('HLG26', '101'),
      ].map((question) => faultOf(question)),
    )

    expect(new Set(outcomes.map(({ code }) => code))).toEqual(new Set(['VENDOR_UNAVAILABLE']))
    expect(site.state.activities.get(Number(seqn))?.STATUS_CODE).toBe('')
    expect(site.state.eventRegistrations).toMatchObject([{ partyId: '101', status: 1 }])
  },
)

test('a web server’s 404 in the moment of one call is not taken for a missing row', async () => {
  const { imis, site } = await startImisClient()
  const { seqn } = await imis.createActivity(ACTIVITY)
  for (const body of ['', 'default backend - 404']) {
    site.switchboard.set({
      route: `^GET /api/(Activity/${seqn}|Party/101)$`,
      kind: 'status',
      status: 404,
      body,
      times: 1,
    })
    expect((await imis.activity(seqn))?.seqn).toBe(seqn)
    site.switchboard.set({
      route: '^GET /api/Party/101$',
      kind: 'status',
      status: 404,
      body,
      times: 1,
    })
    expect((await imis.party('101'))?.partyId).toBe('101')
    site.switchboard.clear()
  }
})

test.each(['PUT', 'DELETE'] as const)(
  'an empty success to a %s that changed nothing is no success',
  async (method) => {
    const { imis, site } = await startImisClient()
    const { seqn } = await imis.createActivity(ACTIVITY)
    site.switchboard.set({
      route: `${method} /api/Activity`,
      kind: 'status',
      status: 200,
      body: '',
    })

    const done =
      method === 'PUT'
        ? (await faultOf(imis.updateActivity(seqn, { STATUS_CODE: 'C' }, () => true)))
            .mayHaveHappened
        : !(await imis.deleteActivity(seqn, () => true))

    expect(done).toBe(true)
  },
)

test('a search that promises rows and gives none is unavailable, not empty', async () => {
  const { imis, site } = await startImisClient()
  const body = JSON.stringify({ Items: { $values: [] }, Count: 0, TotalCount: 1 })
  site.switchboard.set({ route: 'GET /api/Activity$', kind: 'status', status: 200, body })

  const search = imis.activities({ partyId: '101', type: 'CVENTREG', productCode: 'AC2027' })

  expect((await faultOf(search)).code).toBe('VENDOR_UNAVAILABLE')
})

test('calls are noted by method and path, without what was asked', async () => {
  const { imis, notes } = await startImisClient()

  await imis.partiesByEmail('maren.oakfield@example.org')

  expect(notes.map(({ method, path, status }) => `${method} ${path} ${status}`)).toEqual([
    'POST /token 200',
    'GET /api/Party 200',
  ])
  expect(JSON.stringify(notes)).not.toMatch(/maren|sandbox-password/)
})
