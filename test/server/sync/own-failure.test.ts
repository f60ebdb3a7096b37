import { sql } from 'kysely'
import { afterEach, describe, expect, test } from 'vitest'
import { touch } from '../../../db/touches.ts'
import { DIALECTS } from '../../databases.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { openPath, type Path } from './path.ts'

const ITEMS = '/orders/items$'

describe.for(DIALECTS)('a failure belongs to the registrations it concerns (%s)', (dialect) => {
  let path: Path
  afterEach(() => path.close())

  function amounts(partyId: string) {
    return path.rig.imis.activitiesOf(partyId).map(({ AMOUNT }) => AMOUNT)
  }

  test('what the database refuses is shown at its registration, and the others go on', async () => {
    path = await openPath(dialect)
    const refused = sql`refused`
    await (
      dialect === 'mariadb'
        ? sql`alter table registration add constraint ${refused} check (lastName <> 'Quill102')`
        : sql`create trigger ${refused} before update on registration when new.lastName = 'Quill102'
            begin select raise(abort, 'refused'); end`
    ).execute(path.rig.db)
    await path.register('101')
    const { id } = await path.register('102')
    await path.register('104')
    await path.work()

    expect([path.rows('101'), path.rows('104')]).toEqual([['AC2027 A'], ['AC2027 A']])
    expect(await path.registrationOf(id)).toMatchObject({ attempt: 1, lastName: null })
    expect((await path.registrationOf(id)).reason).toMatch(/error on our side/)
  })

  test('an id that Cvent fails on costs the account nothing, also when no event is named', async () => {
    path = await openPath(dialect)
    path.rig.cvent.switchboard.set({ route: 'attendees/odd', kind: 'status', status: 500 })
    await path.tell({ inviteeStub: 'odd:1' })
    await path.register('101')
    await path.work()
    await path.hours(3)

    expect(path.rows('101')).toEqual(['AC2027 A'])
    expect((await path.registrationOf('odd:1')).attempt).toBeGreaterThan(2)
    expect(path.rig.cvent.switchboard.count(/attendees\/odd/)).toBeLessThan(15)
  })

  test('without the right to read order items rows have no amount, and an amount that is known stays', async () => {
    path = await openPath(dialect)
    await path.register('101', { sessions: ['DRONE'] })
    await path.work()
    const before = path.rig.imis.activitiesOf('101').map(({ AMOUNT }) => AMOUNT)
    path.rig.cvent.switchboard.set({ route: ITEMS, kind: 'status', status: 403 })
    path.rig.advance(60_000)
    await path.rig.cvent.updateEvent(seededEvents.open, { title: 'Renamed' })
    const { id } = await path.register('102', { sessions: ['DRONE'] })
    await path.work()

    expect(path.rows('101')).toEqual(['AC2027 A', 'AC2027/DRONE A'])
    expect(amounts('101')).toEqual(before)
    expect(path.rows('102')).toEqual(['AC2027 A'])
    const { properties } = await path.rig.db
      .selectFrom('ledger')
      .select('properties')
      .where('partyId', '=', '102')
      .executeTakeFirstOrThrow()
    expect(JSON.parse(properties ?? '{}')).not.toHaveProperty('AMOUNT')
    expect((await path.registrationOf(id)).reason).toMatch(/order items/)

    path.rig.cvent.switchboard.clear()
    await path.hours(1)
    expect(path.rows('102')).toEqual(['AC2027 A', 'AC2027/DRONE A'])
    expect(new Set(amounts('102'))).toEqual(new Set(before))
  })

  test('300 due at once, and order items that may not be read: no call is repeated for each of them', async () => {
    path = await openPath(dialect)
    const ids: string[] = []
    for (let count = 0; count < 301; count += 1) {
      const contact = { firstName: 'P', lastName: `Q${count}` }
      const person = { event: seededEvents.open, contact, planner: true }
      ids.push((await path.rig.cvent.register(person)).id)
    }
    path.rig.posted()
    path.rig.cvent.switchboard.set({ route: ITEMS, kind: 'status', status: 403 })
    path.rig.cvent.switchboard.calls.length = 0
    const touches = ids.map((attendeeId) => ({ attendeeId, eventStub: path.rig.eventStub }))
    await touch(path.rig.db, 'nasm', touches, path.rig.now())
    await path.worker.drain()

    const states = await path.rig.db.selectFrom('registration').select('state').execute()
    expect(states).toEqual(ids.map(() => ({ state: 'unmatched' })))
    expect(path.rig.cvent.switchboard.count(new RegExp(ITEMS))).toBe(1)
  })

  test('without the right to read sessions people with sessions are written, without times', async () => {
    path = await openPath(dialect)
    path.rig.cvent.switchboard.set({ route: '^GET /ea/sessions$', kind: 'status', status: 403 })
    await path.register('101', { sessions: ['DRONE'] })
    await path.work()

    const rows = path.rig.imis.activitiesOf('101')
    expect(rows.map(({ STATUS_CODE }) => STATUS_CODE)).toEqual(['A', 'A'])
    const session = rows.find(({ PRODUCT_CODE }) => PRODUCT_CODE !== 'AC2027')
    expect(session?.['EFFECTIVE_DATE']).toBeFalsy()
  })
})
