import { afterEach, beforeEach, expect, test } from 'vitest'
import { timelineLogs } from '../../../db/lists/timeline.ts'
import { askForReconcile } from '../../../server/sync/reconcile/reconcile-event.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { openRig, type MortalWorker, type Rig } from './rig.ts'

const DAY_MS = 24 * 3_600_000

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

async function register() {
  const attendee = await rig.cvent.register({
    event: seededEvents.open,
    contact: { firstName: 'Ada', lastName: 'Quill', email: 'a@example.org', sourceId: '101' },
  })
  for (const body of rig.posted()) await rig.deliver(body)
  return attendee.id
}

/** A POST that iMIS finishes after another worker has looked for it, not found it, and written it again. */
async function writeLate(meanwhile: () => Promise<unknown> = async () => undefined) {
  const id = await register()
  rig.imis.switchboard.set({ route: '^POST /api/Activity$', kind: 'hold', times: 1 })
  const frozen = worker.drain()
  await rig.imis.switchboard.held()
  rig.advance(61_000)
  await meanwhile()
  const other = rig.worker()
  await other.drain()
  rig.imis.switchboard.release()
  await frozen
  await other.stop()
  return id
}

async function lookAgain() {
  rig.advance(DAY_MS)
  await worker.drain()
}

function told() {
  return rig.db
    .selectFrom('log')
    .select(['level', 'code', 'text', 'registrationId', 'partyId'])
    .where('code', 'in', ['activity-twice', 'activity-unknown', 'orphan-check-rescheduled'])
    .execute()
}

test('a second row in iMIS with the same key is told within a day, in the timeline of its registration', async () => {
  const attendeeId = await writeLate()

  await lookAgain()

  const row = await rig.db
    .selectFrom('registration')
    .selectAll()
    .where('attendeeId', '=', attendeeId)
    .executeTakeFirstOrThrow()
  const [kept, second] = rig.imis.activitiesOf('101').map(({ SEQN }) => String(SEQN))
  const timeline = await timelineLogs(rig.db, row)
  expect(timeline.filter(({ code }) => code === 'activity-twice')).toEqual([
    expect.objectContaining({
      level: 'warning',
      partyId: '101',
      text: `iMIS ID 101 has more than one row for AC2027 with the same key: ${kept} is kept up to date; delete activity ${second} in iMIS`,
    }),
  ])
})

test('it is told no more when somebody has deleted it', async () => {
  await writeLate()
  const [, second] = rig.imis.activitiesOf('101')
  rig.imis.state.activities.delete(second?.SEQN ?? 0)

  await lookAgain()

  expect(await told()).toEqual([])
})

test('a late row of somebody who had cancelled meanwhile is told too: nobody keeps it up to date', async () => {
  await writeLate(async () => {
    const [attendee] = rig.cvent.state.attendees.values()
    await rig.cvent.cancel(attendee?.id ?? '')
    for (const body of rig.posted()) await rig.deliver(body)
  })
  // The event's list is asked for where the ledger knows of rows.
  await rig.cvent.register({
    event: seededEvents.open,
    contact: { firstName: 'B', lastName: 'Q', email: 'b@example.org', sourceId: '110' },
  })

  await lookAgain()
  await lookAgain()

  expect(await told()).toMatchObject([{ code: 'activity-unknown', partyId: '101' }])
})

test('a full reconcile that somebody asks for compares at once, and rows of others are left out of it', async () => {
  await writeLate()
  const [row] = rig.imis.activitiesOf('101')
  if (row) rig.imis.state.activities.set(9999, { ...row, SEQN: 9999, UF_2: 'cvent:somebody-else' })
  if (row) rig.imis.state.activities.set(9998, { ...row, SEQN: 9998, UF_2: '' })

  await askForReconcile(rig.db, 'nasm', seededEvents.open, rig.now(), { all: true })
  await worker.drain()

  expect((await told()).map(({ code }) => code)).toEqual(['activity-twice'])
})

test('an iMIS that does not answer the list costs the reconcile nothing; it is asked again at the next one', async () => {
  await writeLate()
  const sweeps = { route: 'GET /api/Activity$', kind: 'status', status: 503 } as const

  rig.imis.switchboard.set(sweeps)
  await lookAgain()
  const during = await told()
  rig.imis.switchboard.clear()
  rig.advance(3_600_000)
  await worker.drain()

  expect(during.map(({ code }) => code)).toEqual(['orphan-check-rescheduled'])
  expect((await told()).map(({ code }) => code)).toEqual([
    'orphan-check-rescheduled',
    'activity-twice',
  ])
})

test('an event with more rows than fit into twenty pages is compared whole', async () => {
  await register()
  await worker.drain()
  const [template] = rig.imis.state.activities.values()
  if (!template) throw new Error('there is no activity to copy')
  const first = 100_000
  for (let seqn = first; seqn <= first + 10_000; seqn += 1)
    rig.imis.state.activities.set(seqn, {
      ...template,
      SEQN: seqn,
      PartyId: '103',
      // Every row is somebody else's but the last one.
      UF_2: seqn < first + 10_000 ? 'another program' : template['UF_2'],
    })

  await askForReconcile(rig.db, 'nasm', seededEvents.open, rig.now(), { all: true })
  await worker.drain()

  const lines = await told()
  expect(lines.map(({ code }) => code)).toEqual(['activity-unknown'])
  expect(lines[0]?.text).toContain('110000')
})
