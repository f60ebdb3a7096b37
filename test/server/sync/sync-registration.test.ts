import { afterEach, describe, expect, test } from 'vitest'
import { assign } from '../../../db/assignments.ts'
import { retryRegistration, touch } from '../../../db/touches.ts'
import { listUnknownEvents } from '../../../db/unknown-events.ts'
import type { Account } from '../../../schemas/account.ts'
import type { Event } from '../../../schemas/event.ts'
import { askForReconcile } from '../../../server/sync/reconcile/reconcile-event.ts'
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

function matching(changes: Partial<Account['matching']>) {
  return (account: Account): Account => ({
    ...account,
    matching: { ...account.matching, ...changes },
  })
}

function activity(changes: Partial<Account['activity']>) {
  return (account: Account): Account => ({
    ...account,
    activity: { ...account.activity, ...changes },
  })
}

async function register(
  fields: { sourceId?: string; email?: string; firstName?: string },
  event: string = seededEvents.open,
) {
  rig.advance(1000)
  return rig.cvent.register({
    event,
    contact: { firstName: 'Ada', lastName: 'Quill', email: 'ada.quill@example.org', ...fields },
    planner: true,
  })
}

async function work() {
  for (const body of rig.posted()) await rig.deliver(body)
  await worker.drain()
}

function rows(partyId: string) {
  return rig.imis
    .activitiesOf(partyId)
    .map(({ PRODUCT_CODE, STATUS_CODE }) => `${PRODUCT_CODE} ${STATUS_CODE}`)
}

async function registrationOf(attendeeId: string) {
  return rig.db
    .selectFrom('registration')
    .selectAll()
    .where('attendeeId', '=', attendeeId)
    .executeTakeFirstOrThrow()
}

/** Gives parties of the sandbox an e-mail address. */
function setName(firstName: string, lastName: string, partyId: string) {
  Object.assign(rig.imis.state.parties.get(partyId) ?? {}, { firstName, lastName })
}

function setEmail(email: string, ...partyIds: string[]) {
  for (const partyId of partyIds) {
    const party = rig.imis.state.parties.get(partyId)
    if (party) party.email = email
  }
}

describe('who somebody is', () => {
  test('the source id decides, whatever the e-mail says', async () => {
    await start()
    setEmail('ada.quill@example.org', '103')
    setName('Ada', 'Quill', '103')

    const { id } = await register({ sourceId: '102' })
    await work()

    expect([rows('102'), rows('103')]).toEqual([['AC2027 A'], []])
    expect(await registrationOf(id)).toMatchObject({ partyId: '102', matchedBy: 'sourceId' })
  })

  test("the account's prefix is taken off, and a source id without it is not ours", async () => {
    await start({ account: matching({ sourceIdPrefix: 'IMIS-' }) })

    await register({ sourceId: 'IMIS-102', email: 'a@example.org' })
    const other = await register({ sourceId: '103', email: 'b@example.org', firstName: 'Bo' })
    await work()

    expect([rows('102'), rows('103')]).toEqual([['AC2027 A'], []])
    expect((await registrationOf(other.id)).state).toBe('unmatched')
  })

  test('without a source id exactly one active party with that address is the one', async () => {
    await start()
    setEmail('ada.quill@example.org', '103')
    setName('Ada', 'Quill', '103')

    const { id } = await register({})
    await work()

    expect(rows('103')).toEqual(['AC2027 A'])
    expect((await registrationOf(id)).matchedBy).toBe('email')
  })

  test('two parties with that address: nobody is guessed, both are offered, and the word of an admin holds', async () => {
    await start()
    setEmail('ada.quill@example.org', '103', '104')
    const { id } = await register({})
    await work()
    const before = await registrationOf(id)

    await assign(rig.db, {
      account: 'nasm',
      contactStub: before.contactStub ?? '',
      partyId: '104',
      assignedBy: 'kim',
      assignedAt: rig.now(),
    })
    await retryRegistration(rig.db, 'nasm', before.id, rig.now())
    await work()

    expect(before.state).toBe('unmatched')
    expect(JSON.parse(before.candidates ?? '[]')).toMatchObject([
      { partyId: '103' },
      { partyId: '104' },
    ])
    expect(rows('104')).toEqual(['AC2027 A'])
    expect(await registrationOf(id)).toMatchObject({ state: 'synced', matchedBy: 'assigned' })
  })

  test('a source id that iMIS does not know falls back to the address, else nobody', async () => {
    await start()
    const { id } = await register({ sourceId: '99999' })
    await work()

    expect(await registrationOf(id)).toMatchObject({ state: 'unmatched', partyId: null })
    expect((await registrationOf(id)).reason).toContain('source id')
  })

  test('a party is created only where the account allows it, and once', async () => {
    await start({ account: matching({ createParty: true }) })
    const before = rig.imis.state.parties.size
    rig.imis.switchboard.set({ route: '^POST /api/(Party|Person)', kind: 'lost-answer', times: 1 })

    await register({ email: 'new.person@example.org' })
    await work()
    rig.advance(20_000)
    await work()

    expect(rig.imis.state.parties.size).toBe(before + 1)
    expect([...rig.imis.state.activities.values()]).toHaveLength(1)
  })
})

describe('people together', () => {
  test('a substitution marks the old row and gives the new person one, each naming the other', async () => {
    await start()
    const { id } = await register({ sourceId: '101' })
    await work()
    rig.advance(1000)
    await rig.cvent.substitute(id, {
      firstName: 'Bo',
      lastName: 'Marsh',
      email: 'bo@example.org',
      sourceId: '102',
    })
    await work()

    expect(rig.imis.activitiesOf('101')).toMatchObject([
      { STATUS_CODE: 'S', QUANTITY: 0, NOTE: 'Substituted by iMIS ID 102' },
    ])
    expect(rig.imis.activitiesOf('102')).toMatchObject([
      { STATUS_CODE: 'A', QUANTITY: 1, NOTE: 'In place of iMIS ID 101' },
    ])
  })

  test("a guest nobody knows stands on the primary's record, also when seen before the primary", async () => {
    await start()
    const { id } = await register({ sourceId: '101' })
    const guest = await rig.cvent.addGuest(id, { firstName: 'Cy', lastName: 'Tern' })
    const bodies = rig.posted().filter((body) => body.includes(guest.id.toUpperCase()))
    for (const body of bodies) await rig.deliver(body)
    await worker.drain()

    expect(rows('101').toSorted()).toEqual(['AC2027 A', 'AC2027/GUEST A'])
  })

  test('a guest who is matched later moves to their own record', async () => {
    await start()
    const { id } = await register({ sourceId: '101' })
    const guest = await rig.cvent.addGuest(id, {
      firstName: 'Cy',
      lastName: 'Tern',
      email: 'cy@example.org',
    })
    await work()
    setEmail('cy@example.org', '109')
    setName('Cy', 'Tern', '109')
    await retryRegistration(rig.db, 'nasm', (await registrationOf(guest.id)).id, rig.now())
    await work()

    expect(rows('101').toSorted()).toEqual(['AC2027 A', 'AC2027/GUEST C'])
    expect(rows('109')).toEqual(['AC2027 A'])
  })
})

describe('events', () => {
  test('an event nobody configured is remembered, and its people are asked for once', async () => {
    await start()
    rig.cvent.switchboard.calls.length = 0
    const { id } = await register({ sourceId: '101' }, seededEvents.notConfigured)
    await work()

    for (let minute = 0; minute < 60; minute += 1) {
      rig.advance(60_000)
      const at = { attendeeId: id, eventStub: undefined }
      await touch(rig.db, 'nasm', [at], rig.now())
      await worker.drain()
    }

    expect(await registrationOf(id)).toMatchObject({ state: 'unconfigured', isEventRead: 1 })
    expect(rig.cvent.switchboard.count(/attendees\/filter/)).toBe(1)
    const { eventStub } = await registrationOf(id)
    const ofEvent = rig.cvent.switchboard.calls.filter(({ path }) => path.includes(`${eventStub}`))
    expect(ofEvent).toEqual([])
    expect(await listUnknownEvents(rig.db, 'nasm')).toMatchObject([
      { eventCode: seededEvents.notConfigured, messageCount: 1 },
    ])
  })

  test('a new title or time of the event reaches every row', async () => {
    await start()
    await register({ sourceId: '101' })
    await work()

    rig.advance(1000)
    await rig.cvent.updateEvent(seededEvents.open, { title: 'Renamed Conference' })
    await work()

    expect(rig.imis.activitiesOf('101')).toMatchObject([{ DESCRIPTION: 'Renamed Conference' }])
  })

  test('a reconcile on demand finds what no message told', async () => {
    await start()
    await register({ sourceId: '101' })
    rig.posted()

    await askForReconcile(rig.db, 'nasm', seededEvents.open, rig.now())
    await worker.drain()

    expect(rows('101')).toEqual(['AC2027 A'])
  })

  test('invited people who never answered get no row of ours', async () => {
    await start()
    const { id } = await register({ sourceId: '101' })
    const attendee = rig.cvent.state.attendees.get(id)
    if (attendee) attendee.status = 'No Response'
    rig.posted()

    await askForReconcile(rig.db, 'nasm', seededEvents.open, rig.now(), { all: true })
    await worker.drain()

    expect(await rig.db.selectFrom('registration').selectAll().execute()).toEqual([])
  })
})

test('cancelled rows are deleted where the account wants it, and marked where iMIS offers no delete', async () => {
  await start({ account: activity({ onCancel: 'delete' }) })
  const first = await register({ sourceId: '101' })
  const second = await register({ sourceId: '102', email: 'b@example.org', firstName: 'Bo' })
  await work()
  rig.advance(1000)
  await rig.cvent.cancel(first.id)
  await work()
  rig.imis.state.settings.deleteOffered = false
  rig.advance(1000)
  await rig.cvent.cancel(second.id)
  await work()

  expect([rows('101'), rows('102')]).toEqual([[], ['AC2027 C']])

  rig.imis.state.settings.deleteOffered = true
  await register({ sourceId: '101' })
  await work()
  expect(rows('101')).toEqual(['AC2027 A'])
})

test('a purged attendee is cancelled in iMIS', async () => {
  await start()
  const { id } = await register({ sourceId: '101' })
  await work()
  rig.advance(1000)
  await rig.cvent.deleteAttendee(id)
  await retryRegistration(rig.db, 'nasm', (await registrationOf(id)).id, rig.now())
  await work()

  expect(rows('101')).toEqual(['AC2027 C'])
})

test("iMIS's own registration is kept beside the activity where the event asks for it, once", async () => {
  await start({ event: { meetingCode: 'HLG26', imisRegistration: true } })
  const { id } = await register({ sourceId: '101' })
  rig.imis.switchboard.set({
    route: '^POST /api/EventRegistration/_execute$',
    kind: 'lost-answer',
    times: 1,
  })
  await work()
  rig.advance(20_000)
  await work()
  const registered = rig.imis.state.eventRegistrations.length

  rig.advance(1000)
  await rig.cvent.cancel(id)
  await work()

  expect(registered).toBe(1)
  expect(rig.imis.switchboard.count(/^POST \/api\/EventRegistration\/_execute$/)).toBe(2)
  expect(
    await rig.db
      .selectFrom('ledger')
      .select('state')
      .where('kind', '=', 'imis-registration')
      .execute(),
  ).toEqual([{ state: 'deleted' }])
})
