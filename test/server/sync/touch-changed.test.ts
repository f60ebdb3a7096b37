import { afterEach, describe, expect, test } from 'vitest'
import { touch } from '../../../db/touches.ts'
import { DIALECTS } from '../../databases.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { openPath, type Path } from './path.ts'

const DAY = 86_400_000

describe.for(DIALECTS)('every change arrives (%s)', (dialect) => {
  let path: Path
  afterEach(() => path.close())

  function amounts(partyId: string) {
    return path.rig.imis.activitiesOf(partyId).map(({ AMOUNT, UF_4 }) => [AMOUNT, UF_4])
  }

  test('a source ID that was corrected, though nothing of the registration changed', async () => {
    path = await openPath(dialect)
    const { id } = await path.register('102')
    await path.work()
    const attendee = path.rig.cvent.state.attendees.get(id)
    path.rig.advance(60_000)
    await path.rig.cvent.updateContact(attendee?.contactId ?? '', { sourceId: '103' })
    if (attendee) attendee.lastModified = new Date(path.rig.now()).toISOString()
    path.rig.posted()
    await path.hours(2)

    expect(path.rows('103')).toEqual(['AC2027 A'])
    expect(path.rows('102')).toEqual(['AC2027 C'])
  })

  test('a payment no message tells of, by one call for the event', async () => {
    path = await openPath(dialect)
    const { id } = await path.register('101', { paid: false })
    await path.work()
    await path.hours(2)
    const before = amounts('101')
    await path.rig.cvent.pay(id)
    path.rig.posted()
    await path.hours(2)
    path.rig.cvent.switchboard.calls.length = 0
    await path.hours(1)

    expect([before, amounts('101')]).toEqual([[[0, 495]], [[495, 0]]])
    expect(path.rig.cvent.switchboard.count(/orders\/items$/)).toBe(1)
    expect(path.rig.cvent.switchboard.count(/attendees\/filter$/)).toBe(0)
  })

  test('a session that moved, though its message names no event', async () => {
    path = await openPath(dialect)
    await path.register('101', { sessions: ['DRONE'] })
    await path.register('102')
    await path.work()
    path.rig.advance(60_000)
    await path.rig.cvent.updateSession(seededEvents.open, 'DRONE', {
      start: '2027-05-13T20:00:00.000Z',
      end: '2027-05-13T21:00:00.000Z',
    })
    path.rig.cvent.switchboard.calls.length = 0
    await path.work()

    const row = path.rig.imis
      .activitiesOf('101')
      .find(({ PRODUCT_CODE }) => PRODUCT_CODE === 'AC2027/DRONE')
    expect(row?.['EFFECTIVE_DATE']).toBe('2027-05-13T16:00:00')
    const versions = await path.rig.db.selectFrom('registration').select('wantedVersion').execute()
    expect(versions.map(({ wantedVersion }) => String(wantedVersion)).toSorted()).toEqual([
      '1',
      '2',
    ])
  })

  describe('a session that moved, or has another name, though its message was lost', () => {
    const moved = {
      start: '2027-05-13T20:00:00.000Z',
      end: '2027-05-13T21:00:00.000Z',
      name: 'Moved workshop',
    }
    const sessionRow = () => {
      const rows = path.rig.imis.activitiesOf('101')
      const row = rows.find(({ PRODUCT_CODE }) => PRODUCT_CODE === 'AC2027/DRONE')
      return [row?.['EFFECTIVE_DATE'], row?.DESCRIPTION]
    }
    const listed = () =>
      path.rig.cvent.switchboard.calls.filter(
        (call) => call.path === '/ea/sessions' && call.query.includes('after='),
      ).length

    async function start() {
      path = await openPath(dialect)
      const inIt = await path.register('101', { sessions: ['DRONE'] })
      const other = await path.register('102')
      await path.work()
      await path.hours(2)
      return { inIt, other }
    }

    async function move(change: Parameters<typeof path.rig.cvent.updateSession>[2] = moved) {
      await path.rig.cvent.updateSession(seededEvents.open, 'DRONE', change)
      path.rig.posted()
    }

    test('is found by one call for the event, and only its people are read again', async () => {
      const { inIt, other } = await start()
      const before = sessionRow()
      const versions = async () => [
        (await path.registrationOf(inIt.id)).wantedVersion,
        (await path.registrationOf(other.id)).wantedVersion,
      ]
      const [own, others] = await versions()
      await move()
      path.rig.cvent.switchboard.calls.length = 0
      await path.hours(1)
      expect(listed()).toBe(1)
      expect(before).toEqual(['2027-05-12T09:00:00', 'Workshop: Drone Photogrammetry'])
      expect(sessionRow()).toEqual(['2027-05-13T16:00:00', 'Moved workshop'])
      expect(await versions()).toEqual([(own ?? 0) + 1, others])

      path.rig.cvent.switchboard.calls.length = 0
      await path.hours(3)
      expect(listed()).toBe(3)
      expect(await versions()).toEqual([(own ?? 0) + 1, others])
    })

    test('is found again when it moves back', async () => {
      await start()
      const [startsAt] = sessionRow()
      await move()
      await path.hours(1)
      const { start: first, end } = { start: '2027-05-12T13:00:00.000Z', end: moved.end }
      await move({ start: first, end })
      await path.hours(1)

      expect(sessionRow()[0]).toBe(startsAt)
    })

    test('is not asked for where the token does not list the scope, and nothing fails', async () => {
      await start()
      const { clients, tokens } = path.rig.cvent.state
      path.rig.cvent.switches.tokenClaims = true
      for (const client of clients.values())
        client.scopes = client.scopes.filter((scope) => scope !== 'event/sessions:read')
      tokens.clear()
      await move()
      await path.hours(1)
      path.rig.cvent.switchboard.calls.length = 0
      await path.hours(2)

      expect(listed()).toBe(0)
      const { reconcileReason } = await path.rig.db
        .selectFrom('event')
        .select('reconcileReason')
        .executeTakeFirstOrThrow()
      expect(reconcileReason).toBeNull()
    })

    test('where Cvent refuses the list nothing fails', async () => {
      await start()
      path.rig.cvent.switchboard.set({ route: '^GET /ea/sessions$', kind: 'status', status: 403 })
      await path.rig.cvent.updateEvent(seededEvents.open, { title: 'Another title' })
      path.rig.posted()
      await path.hours(25)

      const titles = path.rig.imis.activitiesOf('102').map(({ DESCRIPTION }) => DESCRIPTION)
      expect(titles).toEqual(['Another title'])
    })
  })

  test('parties of unmatched people are looked for again daily, until a month after the event', async () => {
    path = await openPath(dialect)
    const contact = { firstName: 'No', lastName: 'Body', email: 'nobody@example.org' }
    const { id } = await path.register('', { contact })
    await path.work()
    await path.hours(25)
    const during = (await path.registrationOf(id)).wantedVersion
    path.rig.advance(370 * DAY)
    await path.worker.drain()
    const after = (await path.registrationOf(id)).wantedVersion
    await path.hours(49)

    expect(during).toBe(2)
    expect((await path.registrationOf(id)).wantedVersion).toBe(after)
  })

  test('a list that is interrupted lets the registrations have their turn, and goes on where it was', async () => {
    path = await openPath(dialect)
    for (let count = 0; count < 230; count += 1) {
      const contact = { firstName: 'P', lastName: `Q${count}` }
      await path.rig.cvent.register({ event: seededEvents.open, contact, planner: true })
    }
    path.rig.posted()
    path.rig.cvent.switchboard.calls.length = 0
    path.rig.cvent.switchboard.set({
      route: '^GET /ea/attendees$',
      kind: 'quota',
      skip: 1,
      times: 1,
    })
    await path.hours(1)
    const during = await path.rig.db.selectFrom('registration').select('state').execute()
    path.rig.advance(DAY)
    await path.worker.drain()

    expect(during).toHaveLength(200)
    const all = await path.rig.db
      .selectFrom('registration')
      .select('wantedVersion')
      .where('state', '=', 'unmatched')
      .execute()
    expect(all).toHaveLength(230)
    const lists = path.rig.cvent.switchboard.calls.filter(({ path: to }) => to === '/ea/attendees')
    const fromTheStart = lists.filter(({ query }) => !query.includes('token='))
    // The interrupted one, and the next day's own.
    expect(fromTheStart.length).toBeLessThanOrEqual(2)
    expect(lists.filter(({ query }) => query.includes('token='))).toHaveLength(2)
  })

  test('order items in hand for a whole event are read anew for who changed meanwhile', async () => {
    path = await openPath(dialect)
    const ids: string[] = []
    for (let count = 0; count < 301; count += 1) {
      const contact = { firstName: 'P', lastName: `Q${count}` }
      const { id } = await path.rig.cvent.register({
        event: seededEvents.open,
        contact: count === 300 ? { ...contact, sourceId: '101' } : contact,
        planner: true,
      })
      ids.push(id)
    }
    path.rig.posted()
    const last = ids[300] ?? ''
    await touch(
      path.rig.db,
      'nasm',
      ids.map((attendeeId) => ({ attendeeId, eventStub: path.rig.eventStub })),
      path.rig.now(),
    )
    path.rig.cvent.switchboard.set({
      route: '^POST /ea/attendees/filter$',
      kind: 'hold',
      skip: 1,
      times: 1,
    })
    const working = path.worker.drain()
    await path.rig.cvent.switchboard.held()
    path.rig.advance(1000)
    await path.rig.cvent.modify(last, { addSessions: ['DRONE'] })
    path.rig.posted()
    path.rig.cvent.switchboard.release()
    await working

    expect(path.rows('101')).toEqual(['AC2027 A', 'AC2027/DRONE A'])
  })
})
