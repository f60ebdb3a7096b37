import { afterEach, expect, test } from 'vitest'
import { touch } from '../../../db/touches.ts'
import { Event } from '../../../schemas/event.ts'
import { askForReconcile } from '../../../server/sync/reconcile/reconcile-event.ts'
import {
  removeEventDocument,
  saveEventDocument,
} from '../../../server/operator/event/event-documents.ts'
import { openKeyRing } from '../../../server/secrets/key-ring.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { openRig, type MortalWorker, type Rig } from './rig.ts'

let rig: Rig
let worker: MortalWorker
afterEach(async () => {
  await worker.stop()
  await rig.close()
})

const BY = { actor: 'kim', requestId: 'r' }

async function registered() {
  rig = await openRig()
  worker = rig.worker()
  await worker.drain()
  const attendee = await rig.cvent.register({
    event: seededEvents.open,
    contact: { firstName: 'Ada', lastName: 'Quill', email: 'a@example.org', sourceId: '101' },
    sessions: ['DRONE'],
    planner: true,
  })
  await work()
  return attendee
}

async function work() {
  for (const body of rig.posted()) await rig.deliver(body)
  await worker.drain()
}

function deps() {
  return {
    db: rig.db,
    ring: openKeyRing(['a key of at least thirty-two characters']),
    accounts: {
      forget: () => undefined,
      get: async () => undefined,
      event: async () => undefined,
      keys: async () => [],
    },
    settings: { allowLocalVendors: true },
    now: rig.now,
    wake: () => undefined,
  }
}

async function save(changes: Partial<Event>) {
  rig.advance(1000)
  const event = Event.parse({ eventCode: seededEvents.open, meetingCode: 'AC2027', ...changes })
  await saveEventDocument(deps(), 'nasm', event, { by: BY })
  await work()
}

function rows() {
  return rig.imis
    .activitiesOf('101')
    .map(({ PRODUCT_CODE, STATUS_CODE }) => `${PRODUCT_CODE} ${STATUS_CODE}`)
    .toSorted()
}

test('a meeting code that was changed reaches the rows that stand', async () => {
  await registered()
  expect(rows()).toContain('AC2027 A')

  await save({ meetingCode: 'AC27' })

  expect(rows().filter((row) => row.endsWith('A'))).toEqual(['AC27 A', 'AC27/DRONE A'])
})

test('rows of functions are withdrawn when the event asks for none any more', async () => {
  await registered()

  await save({ functions: 'none' })

  expect(rows()).toEqual(['AC2027 A', 'AC2027/DRONE C'])
})

test("iMIS's own registration follows the meeting code", async () => {
  await registered()
  await save({ meetingCode: 'HLG26', imisRegistration: true })
  const before = rig.imis.state.eventRegistrations.map(({ status }) => status)

  const [meeting] = rig.imis.state.events
  if (meeting) rig.imis.state.events.push({ ...meeting, eventId: 'HLG27' })
  await save({ meetingCode: 'HLG27', imisRegistration: true })

  const after = rig.imis.state.eventRegistrations.map(({ eventId, status }) => [eventId, status])
  expect(before).toEqual([1])
  expect(after).toEqual([
    ['HLG26', 4],
    ['HLG27', 1],
  ])
})

test('an event removed and configured again with another meeting code takes its rows along', async () => {
  await registered()

  await removeEventDocument(deps(), 'nasm', seededEvents.open, { by: BY })
  await save({ meetingCode: 'AC27' })

  expect(rows().filter((row) => row.endsWith('A'))).toEqual(['AC27 A', 'AC27/DRONE A'])
})

test('what was touched while the event was switched off is followed when it is on again', async () => {
  const { id } = await registered()
  rig.advance(2 * 3_600_000)
  await worker.drain()
  await save({ enabled: false })

  // A change that does not move the attendee's own moment at Cvent, so that no list names it.
  await touch(rig.db, 'nasm', [{ attendeeId: id, eventStub: rig.eventStub }], rig.now())
  await work()
  const off = await rig.db.selectFrom('registration').select('state').execute()
  await save({ enabled: true })

  expect(off).toEqual([{ state: 'unconfigured' }])
  expect(await rig.db.selectFrom('registration').select('state').execute()).toEqual([
    { state: 'synced' },
  ])
})

test('a full reconcile reads everybody again, changed or not', async () => {
  const { id } = await registered()
  const before = await version(id)
  rig.advance(3_600_000)

  await askForReconcile(rig.db, 'nasm', seededEvents.open, rig.now(), { all: true })
  await worker.drain()

  expect(await version(id)).toBe(before + 1)
})

test('a full reconcile asked for while another is under way still comes', async () => {
  const { id } = await registered()
  const before = await version(id)
  rig.advance(3_600_000)
  rig.cvent.switchboard.set({ route: 'GET /ea/attendees$', kind: 'hold', times: 1 })

  const looking = worker.drain()
  await rig.cvent.switchboard.held()
  await askForReconcile(rig.db, 'nasm', seededEvents.open, rig.now(), { all: true })
  rig.cvent.switchboard.release()
  await looking
  await worker.drain()

  expect(await version(id)).toBe(before + 1)
})

async function version(attendeeId: string) {
  const { syncedVersion } = await rig.db
    .selectFrom('registration')
    .select('syncedVersion')
    .where('attendeeId', '=', attendeeId)
    .executeTakeFirstOrThrow()
  return syncedVersion
}
