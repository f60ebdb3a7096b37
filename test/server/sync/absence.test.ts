import { afterEach, describe, expect, test } from 'vitest'
import { touch } from '../../../db/touches.ts'
import type { Account } from '../../../schemas/account.ts'
import { askForReconcile } from '../../../server/sync/reconcile/reconcile-event.ts'
import { DIALECTS } from '../../databases.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { openPath, type Path } from './path.ts'

const FILTER = '^POST /ea/attendees/filter$'
const ONE = '^GET /ea/attendees/[^/]+$'
const NOBODY = '{"paging":{"limit":200},"data":[]}'

const deleting = (account: Account): Account => ({
  ...account,
  activity: { ...account.activity, onCancel: 'delete' },
})

describe.for(DIALECTS)('what Cvent leaves out withdraws nothing (%s)', (dialect) => {
  let path: Path
  afterEach(() => path.close())

  async function fullLook() {
    path.rig.advance(60_000)
    await askForReconcile(path.rig.db, 'nasm', seededEvents.open, path.rig.now(), { all: true })
    await path.work()
  }

  test('a contact that is missing is no other contact', async () => {
    path = await openPath(dialect)
    const { id } = await path.register('101')
    await path.work()
    path.rig.cvent.switches.oddElements = { [id]: 'no-contact' }

    await fullLook()

    expect(path.rows('101')).toEqual(['AC2027 A'])
    expect(await path.registrationOf(id)).toMatchObject({ state: 'waiting', partyId: '101' })

    // For good: after a day of tries the contact that is known counts.
    await path.hours(36)
    expect(path.rows('101')).toEqual(['AC2027 A'])
    expect(await path.registrationOf(id)).toMatchObject({ state: 'synced', partyId: '101' })
  })

  test('a source ID that was corrected while the contact was missing arrives when it is shown', async () => {
    path = await openPath(dialect)
    const { id } = await path.register('101')
    await path.work()
    path.rig.advance(60_000)
    const attendee = path.rig.cvent.state.attendees.get(id)
    await path.rig.cvent.updateContact(attendee?.contactId ?? '', { sourceId: '102' })
    path.rig.cvent.switches.oddElements = { [id]: 'no-contact' }
    await path.work()
    await path.tell({ inviteeStub: id, eventStub: path.rig.eventStub })
    expect(path.rows('101')).toEqual(['AC2027 A'])

    path.rig.cvent.switches.oddElements = {}
    await path.hours(3)

    expect(path.rows('102')).toEqual(['AC2027 A'])
    expect(path.rows('101')).toEqual(['AC2027 C'])
  })

  test('a status we do not know leaves the row and the status that is known', async () => {
    path = await openPath(dialect)
    const { id } = await path.register('101')
    await path.work()
    path.rig.cvent.switches.oddElements = { [id]: 'unknown-status' }

    await fullLook()

    expect(path.rows('101')).toEqual(['AC2027 A'])
    expect(await path.registrationOf(id)).toMatchObject({ status: 'Accepted' })
  })

  test('a list that is empty for a while deletes nobody, and costs one more call', async () => {
    path = await openPath(dialect, { account: deleting })
    for (const party of ['101', '102', '104', '105']) await path.register(party)
    await path.work()
    const before = [...path.rig.imis.state.activities.keys()]
    path.rig.cvent.switchboard.set({ route: FILTER, kind: 'status', status: 200, body: NOBODY })

    await fullLook()

    expect([...path.rig.imis.state.activities.keys()]).toEqual(before)
    expect(path.rig.cvent.switchboard.count(new RegExp(ONE))).toBe(1)

    path.rig.cvent.switchboard.clear()
    await path.hours(1)
    const states = await path.rig.db.selectFrom('registration').select('state').execute()
    expect(states).toEqual(states.map(() => ({ state: 'synced' })))
  })

  test('somebody new whom the first answer leaves out is not forgotten', async () => {
    path = await openPath(dialect)
    await path.register('101')
    path.rig.cvent.switchboard.set({
      route: FILTER,
      kind: 'status',
      status: 200,
      body: NOBODY,
      times: 1,
    })

    await path.work()
    path.rig.cvent.switchboard.clear()
    await path.hours(1)

    expect(path.rows('101')).toEqual(['AC2027 A'])
  })

  test('somebody who registers again, and whom the first answer leaves out, is not forgotten', async () => {
    path = await openPath(dialect)
    const { id } = await path.register('101')
    // Heard of when it was cancelled already: nothing of it stands in iMIS.
    await path.rig.cvent.cancel(id)
    await path.work()
    path.rig.advance(60_000)
    const again = await path.register('101')
    // The webhook is lost, and the list of changes names them once.
    path.rig.posted()
    path.rig.cvent.switchboard.set({
      route: FILTER,
      kind: 'status',
      status: 200,
      body: NOBODY,
      times: 1,
    })
    await path.hours(3)

    expect(again.id).toBe(id)
    expect(path.rows('101')).toEqual(['AC2027 A'])
  })

  test('somebody who counted as deleted, and is listed again, is not forgotten', async () => {
    path = await openPath(dialect)
    const { id } = await path.register('101')
    await path.work()
    await path.rig.cvent.cancel(id)
    await path.work()
    path.rig.advance(1000)
    const { attendees } = path.rig.cvent.state
    const attendee = attendees.get(id)
    await path.rig.cvent.deleteAttendee(id)
    await path.tell({ inviteeStub: id })
    const during = await path.registrationOf(id)

    if (attendee) {
      attendee.status = 'Accepted'
      attendee.lastModified = new Date(path.rig.now()).toISOString()
      attendees.set(id, attendee)
    }
    path.rig.cvent.switchboard.set({
      route: FILTER,
      kind: 'status',
      status: 200,
      body: NOBODY,
      times: 1,
    })
    await path.hours(3)

    expect(during).toMatchObject({ status: 'Deleted' })
    expect(path.rows('101')).toEqual(['AC2027 A'])
  })

  test('somebody new whose first answer shows no contact, or a status we do not know, is read again', async () => {
    path = await openPath(dialect)
    const [one, other] = [await path.register('101'), await path.register('102')]
    path.rig.cvent.switches.oddElements = { [one.id]: 'no-contact', [other.id]: 'unknown-status' }
    await path.work()
    const before = await path.registrationOf(one.id)

    path.rig.cvent.switches.oddElements = {}
    await path.hours(2)

    expect(before).toMatchObject({ state: 'waiting' })
    expect(path.rows('101')).toEqual(['AC2027 A'])
    expect(path.rows('102')).toEqual(['AC2027 A'])
  })

  test("a web server's 404 page is not the word that an attendee is gone; Cvent's own 404 is", async () => {
    path = await openPath(dialect)
    const { id } = await path.register('101')
    await path.work()
    path.rig.advance(1000)
    await path.rig.cvent.deleteAttendee(id)
    path.rig.cvent.switchboard.set({
      route: ONE,
      kind: 'status',
      status: 404,
      body: '<!DOCTYPE html><title>404 - File or directory not found.</title>',
    })
    await path.tell({ inviteeStub: id })
    const during = path.rows('101')

    path.rig.cvent.switchboard.clear()
    await path.hours(1)

    expect(during).toEqual(['AC2027 A'])
    expect(path.rows('101')).toEqual(['AC2027 C'])
  })

  test('many attendees who are gone are asked for one by one, so many at a time', async () => {
    path = await openPath(dialect)
    const ids = []
    for (let count = 0; count < 30; count += 1) {
      const contact = { firstName: 'P', lastName: `Q${count}` }
      ids.push((await path.register('101', { contact })).id)
    }
    await path.work()
    path.rig.advance(1000)
    for (const id of ids) {
      await path.rig.cvent.deleteAttendee(id)
      await touch(path.rig.db, 'nasm', [{ attendeeId: id, eventStub: undefined }], path.rig.now())
    }
    await path.worker.drain()
    const first = path.rig.cvent.switchboard.count(new RegExp(ONE))
    await path.hours(1)

    expect(first).toBe(25)
    expect(path.rig.cvent.switchboard.count(new RegExp(ONE))).toBe(30)
    const states = await path.rig.db.selectFrom('registration').select('status').execute()
    expect(states).toEqual(ids.map(() => ({ status: 'Deleted' })))
  })
})
