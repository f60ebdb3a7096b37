import { afterEach, expect, test } from 'vitest'
import type { Account } from '../../../schemas/account.ts'
import { delayAfter, withinReason } from '../../../server/sync/worker/retry-policy.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { openRig, type MortalWorker, type Rig } from './rig.ts'

let rig: Rig
let worker: MortalWorker
afterEach(async () => {
  await worker.stop()
  await rig.close()
})

async function start(activity: Partial<Account['activity']> = {}) {
  rig = await openRig({
    account: (account) => ({ ...account, activity: { ...account.activity, ...activity } }),
  })
  worker = rig.worker()
  await worker.drain()
}

async function register() {
  rig.advance(1000)
  const attendee = await rig.cvent.register({
    event: seededEvents.open,
    contact: { firstName: 'Ada', lastName: 'Quill', email: 'a@example.org', sourceId: '101' },
    planner: true,
  })
  await work()
  return attendee.id
}

async function work() {
  for (const body of rig.posted()) await rig.deliver(body)
  await worker.drain()
}

function fields(name: keyof ReturnType<Rig['imis']['activitiesOf']>[number]) {
  return rig.imis.activitiesOf('101').map((row) => row[name])
}

async function registration(attendeeId: string) {
  return rig.db
    .selectFrom('registration')
    .selectAll()
    .where('attendeeId', '=', attendeeId)
    .executeTakeFirstOrThrow()
}

test('a change that had its effect without an answer is undone when Cvent says the old again', async () => {
  await start({ fields: { UF_6: 'none' } })
  await register()
  const event = rig.cvent.state.events.get(rig.eventStub)
  const title = event?.title ?? ''

  rig.imis.switchboard.set({ route: '^PUT /api/Activity/', kind: 'lost-answer', times: 1 })
  rig.advance(1000)
  await rig.cvent.updateEvent(seededEvents.open, { title: 'Another title' })
  await work()
  const between = fields('DESCRIPTION')
  rig.advance(1000)
  await rig.cvent.updateEvent(seededEvents.open, { title })
  await work()
  rig.advance(60_000)
  await work()

  expect(between).toEqual(['Another title'])
  expect(fields('DESCRIPTION')).toEqual([title])
})

test('a deletion of ours without an answer is not taken for one by staff: who registers again has a row again', async () => {
  await start({ onCancel: 'delete' })
  const id = await register()

  rig.imis.switchboard.set({ route: '^DELETE /api/Activity/', kind: 'lost-answer', times: 1 })
  rig.advance(1000)
  await rig.cvent.cancel(id)
  await work()
  const between = fields('STATUS_CODE')
  await register()
  rig.advance(60_000)
  await work()

  expect(between).toEqual([])
  expect(fields('STATUS_CODE')).toEqual(['A'])
})

test('a deletion that never reached iMIS leaves the row, which is current again with the next registration', async () => {
  await start({ onCancel: 'delete' })
  const id = await register()

  rig.imis.switchboard.set({ route: '^DELETE /api/Activity/', kind: 'dead', times: 1 })
  rig.advance(1000)
  await rig.cvent.cancel(id)
  await work()
  await register()
  rig.advance(60_000)
  await work()

  expect(fields('STATUS_CODE')).toEqual(['A'])
})

test('a deletion that iMIS refuses marks the row instead', async () => {
  await start({ onCancel: 'delete' })
  const id = await register()

  rig.imis.switchboard.set({ route: '^DELETE /api/Activity/', kind: 'status', status: 409 })
  rig.advance(1000)
  await rig.cvent.cancel(id)
  await work()

  expect(fields('STATUS_CODE')).toEqual(['C'])
  expect(await registration(id)).toMatchObject({ state: 'synced', status: 'Cancelled' })
})

test('a vendor that says "at once" is not asked without a pause, and one that says "next year" tomorrow', async () => {
  await start()
  rig.imis.switchboard.set({
    route: '^GET /api/Activity$',
    kind: 'throttled',
    retryAfter: '0',
    times: 50,
  })

  const id = await register()
  const asked = rig.imis.switchboard.count(/^GET \/api\/Activity$/)
  rig.imis.switchboard.clear()
  rig.advance(2000)
  await work()

  expect(asked).toBeLessThan(3)
  expect((await registration(id)).state).toBe('synced')
  expect(withinReason(365 * 86_400_000, 0)).toBe(25 * 3_600_000)
  expect(delayAfter(1, () => 0)).toBeGreaterThan(1000)
})

test('a database that fails for a moment parks nothing, whichever statement it meets', async () => {
  await start()
  const lost = () => Object.assign(new Error('missing'), { code: 'PROTOCOL_CONNECTION_LOST' })
  const states = []

  for (let statement = 0; statement < 30; statement += 1) {
    await rig.reset()
    await worker.drain()
    await rig.cvent.register({
      event: seededEvents.open,
      contact: { firstName: 'Ada', lastName: 'Quill', email: 'a@example.org', sourceId: '101' },
      planner: true,
    })
    worker.failAfter(statement, lost())
    await work().catch(() => undefined) // whether work is due could not be asked
    const [during] = await rig.db.selectFrom('registration').select('state').execute()
    states.push(during?.state)
    rig.advance(60_000)
    await worker.drain()
    expect(fields('STATUS_CODE'), `statement ${statement}`).toEqual(['A'])
  }

  expect(states).toContain('waiting')
  expect(states).not.toContain('dead')
})
