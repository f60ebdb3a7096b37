import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openRig, type MortalWorker, type Rig } from './rig.ts'

const A = 'AAAAAAAA-0000-4000-8000-000000000001'
const B = 'AAAAAAAA-0000-4000-8000-000000000002'
const NIL = '00000000-0000-0000-0000-000000000000'

let rig: Rig
let worker: MortalWorker
beforeEach(async () => {
  rig = await openRig()
  worker = rig.worker()
  await worker.drain()
})
afterEach(async () => {
  await worker.stop()
  await rig.close()
})

async function unpack(body: unknown) {
  await rig.deliver(typeof body === 'string' ? body : JSON.stringify(body))
  await worker.drain()
  const [message] = await rig.db.selectFrom('message').selectAll().execute()
  const touched = await rig.db
    .selectFrom('registration')
    .select('attendeeId')
    .orderBy('attendeeId')
    .execute()
  return { message, touched: touched.map(({ attendeeId }) => attendeeId) }
}

const message = (eventType: string, entries: unknown[]) => ({
  eventType,
  messageTime: '2026-12-02T15:00:00.000Z',
  messageStub: 'bbbbbbbb-0000-4000-8000-000000000001',
  message: entries,
})

test('a batch with entries nobody can read touches the others and counts what was set aside', async () => {
  const { message: row, touched } = await unpack(
    message('AttendeeManualSynced', [
      { inviteeStub: A, eventStub: rig.eventStub.toUpperCase() },
      'nonsense',
      { inviteeStub: { not: 'an id' } },
      null,
      { inviteeStub: B, eventStub: rig.eventStub },
    ]),
  )

  expect(touched).toEqual([A.toLowerCase(), B.toLowerCase()])
  expect(row).toMatchObject({
    state: 'unpacked',
    itemCount: 5,
    skippedCount: 3,
    eventType: 'AttendeeManualSynced',
    messageTime: '2026-12-02T15:00:00.000Z',
  })
})

test('a type nobody knows touches the attendee it names', async () => {
  const { touched } = await unpack(message('InviteeOrderReimagined', [{ inviteeStub: A }]))

  expect(touched).toEqual([A.toLowerCase()])
})

test('the substitution message, with field names of its own, touches its attendee', async () => {
  const { touched } = await unpack(
    message('InviteeSubstitutedInAnEvent', [
      {
        inviteeStub: A,
        oldContactStub: B,
        newContactStub: B,
        eventStub: rig.eventStub,
        first_name: 'C',
      },
    ]),
  )

  expect(touched).toEqual([A.toLowerCase()])
})

test.for([
  ['an e-mail that was opened', 'InviteeOrGuestEmailOpened', { inviteeStub: A }],
  [
    'a registration given up before Cvent knew who',
    'InviteeAbandonedRegistrationInAnEvent',
    { inviteeStub: NIL },
  ],
  ['a contact', 'ContactCreated', { contactStub: A }],
  ['a speaker', 'SpeakerCreated', { speakerStub: A }],
] as const)('%s touches nobody', async ([, eventType, entry]) => {
  const { message: row, touched } = await unpack(message(eventType, [entry]))

  expect(touched).toEqual([])
  expect(row?.state).toBe('unpacked')
})

test('a message about the event alone makes the event be read again', async () => {
  rig.cvent.switchboard.calls.length = 0

  await unpack(message('EventUpdated', [{ eventStub: rig.eventStub, eventTitle: 'X' }]))

  expect(rig.cvent.switchboard.count(/^GET \/ea\/events\/[^/]+$/)).toBe(1)
})

test('a sync of every event of a large account is unpacked', async () => {
  const events = Array.from({ length: 40_000 }, (_, at) => ({
    eventStub: `cccccccc-0000-4000-8000-${String(at).padStart(12, '0')}`,
  }))

  const { message: row } = await unpack(message('EventManualSynced', events))

  expect(row).toMatchObject({ state: 'unpacked', itemCount: 40_000 })
})

test('a message that the database cannot take is dead by itself and holds up nobody', async () => {
  await sql`create trigger poison before insert on registration when new.attendeeId = ${sql.lit(A.toLowerCase())}
    begin select raise(abort, 'poison'); end`.execute(rig.db)
  const touching = (inviteeStub: string) =>
    JSON.stringify(message('InviteeOrGuestAccepted', [{ inviteeStub, eventStub: rig.eventStub }]))

  await rig.deliver(touching(A))
  await rig.deliver(touching(B))
  await worker.drain()

  const states = await rig.db.selectFrom('message').select('state').orderBy('id').execute()
  const touched = await rig.db.selectFrom('registration').select('attendeeId').execute()
  expect(states).toEqual([{ state: 'dead' }, { state: 'unpacked' }])
  expect(touched).toEqual([{ attendeeId: B.toLowerCase() }])
})

test.for([
  ['no JSON', 'the body is not JSON', '{"message": ['],
  ['an empty body', 'the body is empty', ''],
  ['no list', 'the body has no list "message"', '{}'],
] as const)('%s is dead with the reason and kept', async ([, reason, body]) => {
  const { message: row } = await unpack(body)

  expect(row).toMatchObject({ state: 'dead', reason })
  expect(Buffer.from(row?.body ?? []).toString()).toBe(body)
})
