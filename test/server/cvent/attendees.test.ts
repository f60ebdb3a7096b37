import { expect, test } from 'vitest'
import type { Attendee, Listed } from '../../../server/cvent/cvent.ts'
import { faultOf, startClient } from './start-client.ts'

const reads = /\/ea\/attendees/
const nobody = '00000000-0000-4000-8000-000000000000'

async function collect(pages: AsyncIterable<Listed<Attendee>>) {
  const found: Attendee[] = []
  for await (const page of pages) found.push(...page.items)
  return found
}

test('250 attendees are read with three calls, in any case, once each, and unknown ones are missing', async () => {
  const { cvent, sandbox, eventStub } = await startClient()
  const ids: string[] = []
  for (let count = 0; count < 250; count += 1) {
    const { id } = await sandbox.register({ event: eventStub, contact: { lastName: `L${count}` } })
    ids.push(id)
  }
  sandbox.switchboard.calls.length = 0

  const asked = [...ids.map((id) => id.toUpperCase()), ids[0] ?? '', nobody]
  const { items: found } = await cvent.attendees(asked)

  expect(found.map(({ attendeeId }) => attendeeId).toSorted()).toEqual(ids.toSorted())
  expect(sandbox.switchboard.count(reads)).toBe(3)
  expect(await cvent.attendees([])).toEqual({ items: [], setAside: [] })
})

test('an id of a form Cvent refuses does not take the others with it', async () => {
  const { cvent, sandbox, eventStub } = await startClient()
  const { id } = await sandbox.register({ event: eventStub, contact: { lastName: 'Quill' } })

  const { items: found } = await cvent.attendees(['some:other_form', id])

  expect(found.map(({ attendeeId }) => attendeeId)).toEqual([id])
})

test('a registration is read whole', async () => {
  const { cvent, sandbox, clock, eventStub } = await startClient()
  const { id, confirmationNumber } = await sandbox.register({
    event: eventStub,
    contact: { firstName: 'Ada', lastName: 'Quill', email: 'ada@example.org', sourceId: '42' },
    referenceId: 'imis-sso',
  })
  const registeredAt = clock.now

  const [attendee] = (await cvent.attendees([id])).items

  expect(attendee).toMatchObject({
    attendeeId: id,
    eventStub,
    contact: { sourceId: '42', firstName: 'Ada', email: 'ada@example.org', isDeleted: false },
    status: 'Accepted',
    confirmationNumber,
    isGuest: false,
    isDeletedGuest: false,
    registeredAt,
    registrationModifiedAt: registeredAt,
    registrationType: 'Member',
    registrationPath: 'Member Registration',
    admissionItem: { code: 'FULL-M', name: 'Full Conference - Member' },
    referenceId: 'imis-sso',
    hasCheckedIn: false,
    isTest: false,
  })
  expect(attendee).toEqual(await cvent.attendee(id))
  expect(await cvent.attendee(nobody)).toBeUndefined()
})

test('only what changed since a moment is listed, deleted guests included', async () => {
  const { cvent, sandbox, clock, eventStub } = await startClient()
  const event = eventStub
  const early = await sandbox.register({ event, contact: { lastName: 'Early' } })
  const guest = await sandbox.addGuest(early.id, { firstName: 'G', lastName: 'Uest' })
  clock.now += 60_000
  const since = clock.now
  clock.now += 60_000
  await sandbox.removeGuest(guest.id)
  const late = await sandbox.register({ event, contact: { lastName: 'Late' } })

  const all = await collect(cvent.attendeesOfEvent(event, undefined))
  const changed = await collect(cvent.attendeesOfEvent(event, since))

  expect(all).toHaveLength(3)
  const ids = changed.map(({ attendeeId }) => attendeeId)
  expect(ids).toContain(late.id)
  expect(changed.find(({ attendeeId }) => attendeeId === guest.id)).toMatchObject({
    isGuest: true,
    isDeletedGuest: true,
    primaryId: early.id,
  })
})

test('an invitation gives the personal link, and the contact’s attendee is found', async () => {
  const { cvent, eventStub } = await startClient()
  const contact = await cvent.contactBySourceId('108')
  const stub = contact?.contactStub ?? ''
  expect(await cvent.attendeeOfContact(eventStub, stub)).toBeUndefined()

  const { attendeeId } = await cvent.invite(eventStub, stub)

  expect(await cvent.attendeeOfContact(eventStub, stub)).toMatchObject({
    attendeeId,
    status: 'No Response',
    acceptUrl: expect.stringMatching(/^http/),
  })
  expect(await faultOf(cvent.invite(eventStub, stub))).toMatchObject({ code: 'CONFLICT' })
  expect(await faultOf(cvent.invite(eventStub, nobody))).toMatchObject({ code: 'VENDOR_REFUSED' })
})

test('a link that Cvent has not filled in yet is undefined', async () => {
  const { cvent, clock, eventStub } = await startClient({
    sandbox: { switches: { linksAfterMs: 5000 } },
  })
  const contact = await cvent.contactBySourceId('108')
  const { attendeeId } = await cvent.invite(eventStub, contact?.contactStub ?? '')

  expect((await cvent.attendee(attendeeId))?.acceptUrl).toBeUndefined()
  clock.now += 5000
  expect((await cvent.attendee(attendeeId))?.acceptUrl).toBeDefined()
})

test('a snapshot event’s attendee names its contact, which names the parent and, read with others, has its source id', async () => {
  const { cvent, sandbox, eventStub } = await startClient()
  const event = sandbox.state.events.get(eventStub)
  if (event) event.snapshots = true
  const contact = await cvent.contactBySourceId('108')

  const { id } = await sandbox.register({ event: eventStub, contact: contact?.contactStub ?? '' })

  const attendee = await cvent.attendee(id)
  expect(attendee?.contact.contactStub).not.toBe(contact?.contactStub)
  const copy = await cvent.contact(attendee?.contact.contactStub ?? '')
  expect(copy?.parentId).toBe(contact?.contactStub)
  expect(attendee?.contact.sourceId).toBeUndefined()
  expect((await cvent.attendees([id])).items[0]?.contact).toMatchObject({
    contactStub: copy?.contactStub,
    parentId: contact?.contactStub,
    sourceId: '108',
  })
})
