import { afterEach, describe, expect, test } from 'vitest'
import { assign } from '../../../db/assignments.ts'
import { registrationOfParty } from '../../../db/registrations.ts'
import { retryRegistration } from '../../../db/touches.ts'
import type { Account } from '../../../schemas/account.ts'
import type { Event } from '../../../schemas/event.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { openRig, type MortalWorker, type Rig } from './rig.ts'

let rig: Rig
let worker: MortalWorker
afterEach(async () => {
  await worker.stop()
  await rig.close()
})

async function start(
  options: { account?: (account: Account) => Account; event?: Partial<Event> } = {},
) {
  rig = await openRig(options)
  worker = rig.worker()
  await worker.drain()
}

async function register(
  fields: { sourceId?: string; email?: string; firstName?: string },
  options: { testRecord?: boolean } = {},
) {
  rig.advance(1000)
  return rig.cvent.register({
    event: seededEvents.open,
    contact: { firstName: 'Ada', lastName: 'Quill', email: 'ada.quill@example.org', ...fields },
    planner: true,
    ...options,
  })
}

async function work() {
  for (const body of rig.posted()) await rig.deliver(body)
  await worker.drain()
}

async function again(attendeeId: string) {
  await retryRegistration(rig.db, 'nasm', (await registrationOf(attendeeId)).id, rig.now())
  await work()
}

function rows(partyId: string) {
  return rig.imis
    .activitiesOf(partyId)
    .map(({ PRODUCT_CODE, STATUS_CODE }) => `${PRODUCT_CODE} ${STATUS_CODE}`)
    .toSorted()
}

async function registrationOf(attendeeId: string) {
  return rig.db
    .selectFrom('registration')
    .selectAll()
    .where('attendeeId', '=', attendeeId)
    .executeTakeFirstOrThrow()
}

function memberState(partyId: string) {
  return registrationOfParty(rig.db, 'nasm', seededEvents.open, partyId)
}

/** Makes these parties Ada Quill, who registers in these tests, with that address. */
function becomeAda(email: string, ...partyIds: string[]) {
  for (const partyId of partyIds) {
    const party = rig.imis.state.parties.get(partyId)
    if (party) Object.assign(party, { email, firstName: 'Ada', lastName: 'Quill' })
  }
}

describe('guests', () => {
  test("a guest on the primary's record is never taken for the primary's own registration", async () => {
    await start()
    const { id } = await register({ sourceId: '101' })
    rig.advance(60_000)
    await rig.cvent.addGuest(id, { firstName: 'Cy', lastName: 'Tern' })
    await work()
    const both = await rig.db.selectFrom('registration').select('partyId').execute()

    expect(both.map(({ partyId }) => partyId)).toEqual(['101', '101'])
    expect((await memberState('101'))?.attendeeId).toBe(id)
  })

  test("a guest with the primary's address is the primary's guest, not the primary once more", async () => {
    await start()
    becomeAda('ada.quill@example.org', '109')
    const { id } = await register({})
    await work()
    rig.advance(60_000)
    await rig.cvent.addGuest(id, {
      firstName: 'Cy',
      lastName: 'Quill',
      email: 'ada.quill@example.org',
    })
    await work()

    expect(rows('109')).toEqual(['AC2027 A', 'AC2027/GUEST A'])
    expect((await memberState('109'))?.attendeeId).toBe(id)
  })

  test("no guest takes another guest's row, also after our key moved to another field", async () => {
    await start()
    const { id } = await register({ sourceId: '101' })
    await rig.cvent.addGuest(id, { firstName: 'Cy', lastName: 'Tern' })
    await work()

    rig.account.activity.fields = { UF_2: 'none', UF_3: 'ledgerKey' }
    rig.advance(1000)
    const later = await rig.cvent.addGuest(id, { firstName: 'Di', lastName: 'Tern' })
    const bodies = rig.posted().filter((body) => body.includes(later.id.toUpperCase()))
    for (const body of bodies) await rig.deliver(body)
    await worker.drain()

    expect(rows('101')).toEqual(['AC2027 A', 'AC2027/GUEST A', 'AC2027/GUEST A'])
  })
})

describe('who it was', () => {
  test('somebody assigned to another party leaves cancelled rows behind, and is registered there only', async () => {
    await start()
    const { id } = await register({ sourceId: '101' })
    await work()

    await assign(rig.db, {
      account: 'nasm',
      contactStub: (await registrationOf(id)).contactStub ?? '',
      partyId: '102',
      assignedBy: 'kim',
      assignedAt: rig.now(),
    })
    await again(id)

    expect([rows('101'), rows('102')]).toEqual([['AC2027 C'], ['AC2027 A']])
    expect(await memberState('101')).toBeUndefined()
    expect((await memberState('102'))?.attendeeId).toBe(id)
  })

  test('an address that a second party got later: what stands stays, and the member is still registered', async () => {
    await start()
    becomeAda('ada.quill@example.org', '109')
    const { id } = await register({})
    await work()

    becomeAda('ada.quill@example.org', '109', '110')
    await again(id)

    expect([rows('109'), rows('110')]).toEqual([['AC2027 A'], []])
    expect((await registrationOf(id)).state).toBe('unmatched')
    expect((await memberState('109'))?.attendeeId).toBe(id)
  })

  test('a cancellation reaches iMIS also when nobody matches any more', async () => {
    await start()
    becomeAda('ada.quill@example.org', '109')
    const { id } = await register({})
    await work()

    becomeAda('ada.quill@example.org', '109', '110')
    rig.advance(1000)
    await rig.cvent.cancel(id)
    await work()

    expect([rows('109'), rows('110')]).toEqual([['AC2027 C'], []])
  })

  test('a party that left iMIS is asked for again when the registration is tried again', async () => {
    await start()
    const { id } = await register({ sourceId: '102', email: 'moved@example.org' })
    await work()
    const party = rig.imis.state.parties.get('102')
    rig.imis.state.parties.delete('102')
    rig.imis.state.activities.clear()
    await rig.db.deleteFrom('ledger').execute()
    await again(id)
    const refused = (await registrationOf(id)).state
    becomeAda('moved@example.org', '110')
    await again(id)

    expect(party).toBeDefined()
    expect(refused).toBe('dead')
    expect(rows('110')).toEqual(['AC2027 A'])
  })
})

test('what Cvent said is known to the member and the admin also while iMIS refuses the row', async () => {
  await start({
    account: (account) => ({ ...account, activity: { ...account.activity, type: 'NOTYPE' } }),
  })
  const { id } = await register({ sourceId: '101' })
  await work()

  expect(await registrationOf(id)).toMatchObject({
    state: 'dead',
    status: 'Accepted',
    lastName: 'Quill',
  })
  expect(await memberState('101')).toMatchObject({ attendeeId: id, status: 'Accepted' })
})

test("a party's second attendee keeps iMIS's own registration when the first is cancelled after it", async () => {
  await start({ event: { meetingCode: 'HLG26', imisRegistration: true } })
  const first = await register({ sourceId: '101' })
  await work()
  const second = await register({ email: 'second@example.org' })
  await work()
  await assign(rig.db, {
    account: 'nasm',
    contactStub: (await registrationOf(second.id)).contactStub ?? '',
    partyId: '101',
    assignedBy: 'kim',
    assignedAt: rig.now(),
  })
  await again(second.id)
  rig.advance(1000)
  await rig.cvent.cancel(first.id)
  await work()

  const held = rig.imis.state.eventRegistrations.filter(({ partyId }) => partyId === '101')
  expect(second.id).not.toBe(first.id)
  expect(held.map(({ status }) => status)).toEqual([1])
})

test('an item whose code iMIS cannot search for does not stop the registration', async () => {
  await start()
  const event = rig.cvent.state.events.get(rig.eventStub)
  const session = event?.sessions.find(({ code }) => code === 'DRONE')
  if (session) session.code = 'A|B'
  rig.advance(1000)
  await rig.cvent.register({
    event: seededEvents.open,
    contact: { firstName: 'Ada', lastName: 'Quill', email: 'a@example.org', sourceId: '101' },
    sessions: ['A|B'],
    planner: true,
  })
  await work()

  expect(rows('101')).toContain('AC2027/A-B A')
})

test.for([
  ['left out', 'leave-out', [], 'left-out'],
  ['written where the account wants them', 'write', ['AC2027 A'], 'synced'],
] as const)(
  'registrations of an event in test mode are %s',
  async ([, testRegistrations, wanted, state]) => {
    await start({
      account: (account) => ({ ...account, activity: { ...account.activity, testRegistrations } }),
    })
    await rig.cvent.updateEvent(seededEvents.open, { testMode: true })
    await work()
    const { id } = await register({ sourceId: '101' })
    await work()

    expect(rows('101')).toEqual(wanted)
    expect((await registrationOf(id)).state).toBe(state)
  },
)

test.for([
  ['left out', 'leave-out', [], 'left-out'],
  ['written where the account wants them', 'write', ['AC2027 A'], 'synced'],
] as const)(
  'a registration that Cvent marks as a test is %s, and those beside it are written',
  async ([, testRegistrations, wanted, state]) => {
    await start({
      account: (account) => ({ ...account, activity: { ...account.activity, testRegistrations } }),
    })
    const tried = await register({ sourceId: '101' }, { testRecord: true })
    await register({ sourceId: '102', email: 'real@example.org', firstName: 'Bo' })
    await work()

    expect([rows('101'), rows('102')]).toEqual([wanted, ['AC2027 A']])
    expect(await registrationOf(tried.id)).toMatchObject({ state, isTest: 1 })
  },
)

describe('an event that keeps copies of its contacts', () => {
  test.for(['parent', 'copy'] as const)(
    'the source id counts when it stands on the %s',
    async (snapshotSourceId) => {
      await start()
      keepCopies(snapshotSourceId)
      const { id } = await register({ sourceId: '102', email: 'somebody@example.org' })
      await work()

      const copy = rig.cvent.state.contacts.get((await registrationOf(id)).contactStub ?? '')
      expect(copy?.parentId).toBeDefined()
      expect(copy?.fields.sourceId).toBe(snapshotSourceId === 'copy' ? '102' : undefined)
      expect(rows('102')).toEqual(['AC2027 A'])
      expect(await registrationOf(id)).toMatchObject({ partyId: '102', matchedBy: 'sourceId' })
    },
  )

  test('what was assigned to the contact holds for the copy that a later event makes', async () => {
    await start()
    const contact = { firstName: 'Ada', lastName: 'Quill', email: 'ada.quill@example.org' }
    const { id: contactStub } = await rig.cvent.createContact(contact)
    await assign(rig.db, {
      account: 'nasm',
      contactStub,
      partyId: '104',
      assignedBy: 'kim',
      assignedAt: rig.now(),
    })
    keepCopies('parent')
    await register({})
    await work()

    expect(rows('104')).toEqual(['AC2027 A'])
  })

  test('a whole batch costs two calls: one for the copies, one for their parents', async () => {
    await start()
    keepCopies('parent')
    for (const partyId of ['101', '102', '104', '105', '106', '107'])
      await register({ sourceId: partyId, email: `p${partyId}@example.org`, firstName: partyId })
    rig.posted()
    await rig.cvent.syncAttendees(seededEvents.open)
    rig.cvent.switchboard.calls.length = 0
    await work()

    expect([...rig.imis.state.activities.values()]).toHaveLength(6)
    expect(rig.cvent.switchboard.count(/^(GET|POST) \/ea\/contacts/)).toBe(2)
  })
})

function keepCopies(snapshotSourceId: 'copy' | 'parent') {
  const event = rig.cvent.state.events.get(rig.eventStub)
  if (event) event.snapshots = true
  rig.cvent.state.switches.snapshotSourceId = snapshotSourceId
}

describe('a party that iMIS deleted, or merged into another', () => {
  function remove(partyId: string, how: 'deleted' | 'merged') {
    const party = rig.imis.state.parties.get(partyId)
    if (how === 'deleted') rig.imis.state.parties.delete(partyId)
    else if (party) party.status = 'D'
  }

  test.for([
    ['deleted', 'iMIS knows no party of that source id, and none by e-mail'],
    [
      'merged',
      'iMIS ID 102 of the source id was deleted or merged in iMIS, and no active party was found by e-mail',
    ],
  ] as const)(
    'nothing is written to one that was %s; the reason says so',
    async ([how, reason]) => {
      await start()
      remove('102', how)
      const { id } = await register({ sourceId: '102' })
      await work()

      expect([...rig.imis.state.activities.values()]).toEqual([])
      expect(await registrationOf(id)).toMatchObject({
        state: 'unmatched',
        reason,
        candidates: '[]',
      })
    },
  )

  test.for(['deleted', 'merged'] as const)(
    'the one active party of that address stands in for a party that was %s',
    async (how) => {
      await start()
      remove('102', how)
      becomeAda('ada.quill@example.org', '102', '110')
      const { id } = await register({ sourceId: '102' })
      await work()

      expect([rows('102'), rows('110')]).toEqual([[], ['AC2027 A']])
      expect((await registrationOf(id)).matchedBy).toBe('email')
    },
  )

  test('several of that address are offered, without the one that is gone, and the word of an admin holds', async () => {
    await start()
    remove('102', 'merged')
    becomeAda('ada.quill@example.org', '102', '109', '110')
    const { id } = await register({ sourceId: '102' })
    await work()
    const before = await registrationOf(id)

    await assign(rig.db, {
      account: 'nasm',
      contactStub: before.contactStub ?? '',
      partyId: '109',
      assignedBy: 'kim',
      assignedAt: rig.now(),
    })
    await again(id)

    expect(before).toMatchObject({
      state: 'unmatched',
      reason:
        'iMIS ID 102 of the source id was deleted or merged in iMIS, and iMIS ID 109 has the e-mail address, but another active party in iMIS has it too',
    })
    expect(JSON.parse(before.candidates ?? '[]')).toMatchObject([
      { partyId: '109' },
      { partyId: '110' },
    ])
    expect(rows('109')).toEqual(['AC2027 A'])
  })

  test('no second party is made for it where the account lets parties be created', async () => {
    await start({
      account: (account) => ({ ...account, matching: { ...account.matching, createParty: true } }),
    })
    remove('102', 'merged')
    const before = rig.imis.state.parties.size
    const { id } = await register({ sourceId: '102' })
    await work()

    expect(rig.imis.state.parties.size).toBe(before)
    expect((await registrationOf(id)).state).toBe('unmatched')
  })

  test('one that is only inactive keeps its registration, with a warning in the account log', async () => {
    await start()
    const party = rig.imis.state.parties.get('102')
    if (party) party.status = 'I'
    await register({ sourceId: '102' })
    await work()

    const warnings = await rig.db
      .selectFrom('log')
      .select('text')
      .where('code', '=', 'party-warning')
      .execute()
    expect(rows('102')).toEqual(['AC2027 A'])
    expect(warnings).toEqual([{ text: 'iMIS ID 102 is not active' }])
  })
})
