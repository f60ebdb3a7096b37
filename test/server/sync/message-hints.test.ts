import { afterEach, describe, expect, test } from 'vitest'
import { DIALECTS } from '../../databases.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { openPath, type Path } from './path.ts'

describe.for(DIALECTS)("which event a registration belongs to is Cvent's word (%s)", (dialect) => {
  let path: Path
  afterEach(() => path.close())

  test('a message that names another event, configured or not, moves no row', async () => {
    path = await openPath(dialect)
    await path.addEvent(seededEvents.membersOnly, 'MO2027')
    const { id } = await path.register('101', { sessions: ['DRONE'] })
    await path.work()
    const before = path.rows('101')

    for (const code of [seededEvents.membersOnly, seededEvents.notConfigured])
      await path.tell({ inviteeStub: id, eventStub: path.stubOf(code) })

    expect(path.rows('101')).toEqual(before)
    expect(await path.registrationOf(id)).toMatchObject({
      state: 'synced',
      eventCode: seededEvents.open,
      eventStub: path.rig.eventStub,
    })
  })

  test('an attendee of a configured event arrives, whichever event the first message names', async () => {
    path = await openPath(dialect)
    await path.addEvent(seededEvents.membersOnly, 'MO2027')
    const first = await path.register('101')
    const second = await path.register('102')
    path.rig.posted()

    await path.tell({ inviteeStub: first.id, eventStub: path.stubOf(seededEvents.membersOnly) })
    await path.tell({ inviteeStub: second.id, eventStub: path.stubOf(seededEvents.notConfigured) })

    expect([path.rows('101'), path.rows('102')]).toEqual([['AC2027 A'], ['AC2027 A']])
  })

  test('an attendee of an event nobody configured gets no row, whichever event a message names', async () => {
    path = await openPath(dialect)
    const { id } = await path.register('101', { event: seededEvents.notConfigured })
    path.rig.posted()

    await path.tell({ inviteeStub: id, eventStub: path.rig.eventStub })
    await path.tell({ inviteeStub: id, eventStub: path.rig.eventStub })

    expect(path.rows('101')).toEqual([])
    expect(await path.registrationOf(id)).toMatchObject({
      state: 'unconfigured',
      eventStub: path.stubOf(seededEvents.notConfigured),
    })
  })

  test('an attendee whom Cvent has in another event now takes the row along, or loses it', async () => {
    path = await openPath(dialect)
    await path.addEvent(seededEvents.membersOnly, 'MO2027')
    const { id } = await path.register('101')
    await path.work()
    const attendee = path.rig.cvent.state.attendees.get(id)

    if (attendee) attendee.eventId = path.stubOf(seededEvents.membersOnly)
    await path.tell({ inviteeStub: id })
    const moved = path.rows('101')
    if (attendee) attendee.eventId = path.stubOf(seededEvents.notConfigured)
    await path.tell({ inviteeStub: id })

    expect(moved).toEqual(['MO2027 A'])
    expect(path.rows('101')).toEqual(['MO2027 C'])
    expect(await path.registrationOf(id)).toMatchObject({ state: 'unconfigured', eventCode: null })
  })

  test.for([
    ['the old one is on', true],
    ['the old one is off', false],
  ] as const)(
    'an event whose code was changed at Cvent, added once more: %s',
    async ([, enabled]) => {
      path = await openPath(dialect)
      await path.register('101')
      await path.work()
      const event = path.rig.cvent.state.events.get(path.rig.eventStub)
      if (event) event.code = 'RENAMED27'
      await path.addEvent(seededEvents.open, 'AC2027', { enabled })
      await path.addEvent('RENAMED27', 'NEW2027')
      await path.register('102', { event: path.rig.eventStub })
      await path.work()
      await path.hours(3)

      expect([path.rows('101'), path.rows('102')]).toEqual([['NEW2027 A'], ['NEW2027 A']])
      const old = await path.rig.db
        .selectFrom('event')
        .select('reconcileReason')
        .where('eventCode', '=', seededEvents.open)
        .executeTakeFirstOrThrow()
      if (enabled) expect(old.reconcileReason).toMatch(/RENAMED27/)
    },
  )

  test('an event that Cvent cancelled leaves nobody registered, and everybody when it is on again', async () => {
    path = await openPath(dialect)
    await path.register('101', { sessions: ['DRONE'] })
    await path.work()
    path.rig.advance(60_000)
    await path.rig.cvent.cancelEvent(seededEvents.open)
    await path.work()
    const during = path.rows('101')
    path.rig.advance(60_000)
    await path.rig.cvent.updateEvent(seededEvents.open, {
      status: 'Active',
      eventStatus: 'Active',
    } as never)
    await path.work()

    expect(during).toEqual(['AC2027 C', 'AC2027/DRONE C'])
    expect(path.rows('101')).toEqual(['AC2027 A', 'AC2027/DRONE A'])
  })
})
