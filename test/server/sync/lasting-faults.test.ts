import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { retryRegistration } from '../../../db/touches.ts'
import { DIALECTS, freshDatabase, type FreshDatabase } from '../../databases.ts'
import type { OddKind } from '../../sandbox/cvent/odd.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { openRig, type MortalWorker, type Rig } from './rig.ts'

const HOUR = 3_600_000
const ODD = 1

describe.for(DIALECTS)('a failure that time alone does not mend (%s)', (dialect) => {
  let fresh: FreshDatabase
  let rig: Rig
  let worker: MortalWorker
  let ids: string[]
  beforeEach(async () => {
    fresh = await freshDatabase(dialect)
    rig = await openRig({ databaseUrl: fresh.url })
    worker = rig.worker()
    await worker.drain()
    ids = []
  })
  afterEach(async () => {
    await worker.stop()
    await rig.close()
    await fresh.close()
  })

  async function register(sourceId: string) {
    const contact = { firstName: 'Ada', lastName: 'Quill', email: `a${sourceId}@example.org` }
    const attendee = await rig.cvent.register({
      event: seededEvents.open,
      contact: { ...contact, sourceId },
    })
    ids.push(attendee.id)
  }

  async function work() {
    for (const body of rig.posted()) await rig.deliver(body)
    await worker.drain()
  }

  /** Lets a day pass: what failed is tried again as soon as it may be. */
  async function aDay() {
    for (let waited = 5000, passed = 0; passed < 24 * HOUR; waited = Math.min(waited * 2, HOUR)) {
      passed += waited
      rig.advance(waited)
      await work()
    }
  }

  async function hours(count: number) {
    for (let hour = 0; hour < count; hour += 1) {
      rig.advance(HOUR)
      await work()
    }
  }

  async function registrationOf(at: number) {
    return rig.db
      .selectFrom('registration')
      .selectAll()
      .where('attendeeId', '=', ids[at] ?? '')
      .executeTakeFirstOrThrow()
  }

  test.for([
    ['amount-null', /order item .*amountDue/],
    ['no-product', /order item .*product/],
    ['no-event', /event/],
    ['status-number', /status/],
    ['long-contact-id', /contact\.id/],
    ['long-primary-id', /primaryId/],
  ] as [OddKind, RegExp][])(
    'an answer with %s needs attention after a day with its reason, and a retry syncs what was mended',
    async ([kind, reason]) => {
      for (const sourceId of ['101', '102', '103']) await register(sourceId)
      rig.cvent.switches.oddElements = { [ids[ODD] ?? '']: kind }
      await work()
      await hours(8)
      const before = await registrationOf(ODD)
      await aDay()

      const after = await registrationOf(ODD)
      expect(before.state).toBe('waiting')
      expect(after).toMatchObject({ state: 'dead' })
      expect(after.reason).toMatch(reason)
      for (const at of [0, 2]) expect((await registrationOf(at)).state).toBe('synced')

      rig.cvent.switches.oddElements = {}
      await retryRegistration(rig.db, 'nasm', after.id, rig.now())
      await work()
      expect((await registrationOf(ODD)).state).toBe('synced')
    },
  )

  test('an id for which Cvent answers 500 while it answers everybody else needs attention after a day', async () => {
    await register('101')
    rig.cvent.switchboard.set({ route: 'GET /ea/attendees/odd', kind: 'status', status: 500 })
    const message = [{ inviteeStub: 'odd:1' }]
    await rig.deliver(JSON.stringify({ eventType: 'X', messageStub: 's1', message }))
    ids.push('odd:1')
    await work()
    await aDay()

    expect(await registrationOf(ODD)).toMatchObject({
      state: 'dead',
      reason: expect.stringContaining('answered 500'),
    })
    expect((await registrationOf(0)).state).toBe('synced')
  })

  test('an iMIS record that iMIS fails to read needs attention after a day', async () => {
    rig.imis.switchboard.set({ route: 'GET /api/Party/102', kind: 'status', status: 500 })
    for (const sourceId of ['101', '102']) await register(sourceId)
    await work()
    await aDay()

    expect(await registrationOf(ODD)).toMatchObject({
      state: 'dead',
      reason: expect.stringContaining('answered 500'),
    })
  })

  test.each([
    ['NUL characters', (text: string) => `${text}\0x`],
    ['4-byte characters', () => '\u{1F389}'.repeat(200)],
    ['half of a 4-byte character', (text: string) => `${text}\uD83C`],
    ['10,000 letters', (text: string) => text + 'y'.repeat(10_000)],
  ])(
    '%s in every text of Cvent stop neither the registration nor its neighbour',
    async (_what, odd) => {
      const event = [...rig.cvent.state.events.values()].find(({ id }) => id === rig.eventStub)
      if (!event) throw new Error('no event')
      event.title = odd(event.title)
      for (const session of event.sessions)
        Object.assign(session, { name: odd('s'), code: odd('S') })
      for (const type of event.registrationTypes) type.name = odd('t')
      for (const item of event.admissionItems) item.name = odd('a')
      rig.advance(25 * HOUR)
      await register('101')
      const contact = {
        firstName: odd('Ada'),
        lastName: odd('Quill'),
        email: `${odd('ada')}@example.org`,
        sourceId: '102',
      }
      const sessions = event.sessions.slice(0, 1).map(({ id }) => id)
      const { id } = await rig.cvent.register({
        event: rig.eventStub,
        contact,
        sessions,
        planner: true,
      })
      ids.push(id)
      await work()
      await hours(2)

      for (const at of [0, ODD]) expect(await registrationOf(at)).toMatchObject({ state: 'synced' })
      expect(rig.imis.activitiesOf('102')).toHaveLength(2)
    },
  )

  test.each([
    ['sourceId', (text: string) => text.repeat(200), 'unmatched'],
    ['sourceId', (text: string) => `${text}\0`, 'unmatched'],
    ['sourceId', () => '\u{1F389}', 'unmatched'],
  ] as const)('a contact whose %s no iMIS ID can be is unmatched', async (name, odd, state) => {
    await register('101')
    const { id, contactId } = await rig.cvent.register({
      event: seededEvents.open,
      contact: { firstName: 'Bo', lastName: 'Long', email: 'bo@example.org', sourceId: '9' },
    })
    ids.push(id)
    const contact = rig.cvent.state.contacts.get(contactId)
    Object.assign(contact ?? {}, { [name]: odd('9') })
    await work()
    await hours(2)

    expect(await registrationOf(ODD)).toMatchObject({ state })
    expect((await registrationOf(0)).state).toBe('synced')
  })

  test('a message whose texts are longer than the database holds touches whom it names', async () => {
    const long = '\u{1F389}'.repeat(3000)
    const { id } = await rig.cvent.register({
      event: seededEvents.open,
      contact: { firstName: 'Ada', lastName: 'Quill', email: 'ada@example.org', sourceId: '101' },
    })
    ids.push(id)
    rig.posted()
    const message = [
      {
        inviteeStub: id,
        eventStub: 'e'.repeat(3000),
        eventForInvitee: { eventCode: long, eventTitle: long },
        eventCode: long,
        eventTitle: long,
      },
      { inviteeStub: 'i'.repeat(3000), eventStub: rig.eventStub },
    ]
    const body = { eventType: long, messageTime: long, messageStub: long, message }
    await rig.deliver(JSON.stringify(body))
    await work()

    expect((await registrationOf(0)).state).toBe('synced')
    const { state, skippedCount } = await rig.db
      .selectFrom('message')
      .select(['state', 'skippedCount'])
      .executeTakeFirstOrThrow()
    expect({ state, skippedCount }).toEqual({ state: 'unpacked', skippedCount: 1 })
  })
})
