import { afterEach, describe, expect, test } from 'vitest'
import { assign } from '../../../db/assignments.ts'
import { registrationOfParty } from '../../../db/registrations.ts'
import { retryRegistration } from '../../../db/touches.ts'
import type { Account } from '../../../schemas/account.ts'
import { assignParty } from '../../../server/operator/registration/assign-party.ts'
import { DIALECTS, freshDatabase, type FreshDatabase } from '../../databases.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { openRig, type MortalWorker, type Rig } from './rig.ts'

const ADDRESS = 'events@company.example'

describe.each(DIALECTS)('an e-mail address is no proof (%s)', (dialect) => {
  let fresh: FreshDatabase
  let rig: Rig
  let worker: MortalWorker
  afterEach(async () => {
    await worker.stop()
    await rig.close()
    await fresh.close()
  })

  async function start(matching: Partial<Account['matching']> = {}) {
    fresh = await freshDatabase(dialect)
    rig = await openRig({
      databaseUrl: fresh.url,
      account: (account) => ({ ...account, matching: { ...account.matching, ...matching } }),
    })
    worker = rig.worker()
    await worker.drain()
  }

  type Contact = Parameters<Rig['cvent']['register']>[0]['contact']
  async function register(contact: Partial<Extract<Contact, object>>) {
    rig.advance(1000)
    const { id } = await rig.cvent.register({
      event: seededEvents.open,
      contact: { firstName: 'Ada', lastName: 'Quill', email: ADDRESS, ...contact },
      planner: true,
    })
    await work()
    return id
  }

  async function work() {
    for (const body of rig.posted()) await rig.deliver(body)
    await worker.drain()
  }

  async function registrationOf(attendeeId: string) {
    return rig.db
      .selectFrom('registration')
      .selectAll()
      .where('attendeeId', '=', attendeeId)
      .executeTakeFirstOrThrow()
  }

  async function again(attendeeId: string) {
    await retryRegistration(rig.db, 'nasm', (await registrationOf(attendeeId)).id, rig.now())
    await work()
  }

  function isCalled(partyId: string, firstName: string, lastName: string, email = ADDRESS) {
    const party = rig.imis.state.parties.get(partyId)
    if (party) Object.assign(party, { firstName, lastName, email })
  }

  const rows = (partyId: string) =>
    rig.imis
      .activitiesOf(partyId)
      .map(({ PRODUCT_CODE, STATUS_CODE }) => `${PRODUCT_CODE} ${STATUS_CODE}`)

  test('a member who gives somebody else’s address gets neither their registration nor their number', async () => {
    await start()
    isCalled('102', 'Tomas', 'Reyl')
    const id = await register({})

    expect(rows('102')).toEqual([])
    expect(await registrationOfParty(rig.db, 'nasm', seededEvents.open, '102')).toBeUndefined()
    expect(await registrationOf(id)).toMatchObject({
      state: 'unmatched',
      partyId: null,
      reason: 'iMIS ID 102 has the e-mail address, but the last name is another one',
    })
    expect(JSON.parse((await registrationOf(id)).candidates ?? '')).toMatchObject([
      { partyId: '102', lastName: 'Reyl' },
    ])
  })

  test('two people with one address never share a record, also where parties are created', async () => {
    await start({ createParty: true })
    const ada = await registrationOf(await register({}))
    const robert = await registrationOf(await register({ firstName: 'Robert', lastName: 'Zimmer' }))

    expect(ada).toMatchObject({ state: 'synced', matchedBy: 'created' })
    expect(robert).toMatchObject({ state: 'unmatched', partyId: null })
    expect(rows(ada.partyId ?? '')).toEqual(['AC2027 A'])
  })

  test.each([
    ['Robert', 'Hale', 'Bob', 'HALE'],
    ['José', 'Núñez', 'Jose', 'Nunez'],
    ['Ada', 'Smith-Jones', 'Ada', 'Smith Jones'],
  ])('%s %s is found as %s %s', async (firstName, lastName, known, knownLast) => {
    await start()
    isCalled('109', known, knownLast)
    const id = await register({ firstName, lastName })

    expect(rows('109')).toEqual(['AC2027 A'])
    expect(await registrationOf(id)).toMatchObject({ partyId: '109', matchedBy: 'email' })
  })

  test('a family member with the same last name is not them', async () => {
    await start()
    isCalled('109', 'Ada', 'Quill')
    const id = await register({ firstName: 'Robert' })

    expect(rows('109')).toEqual([])
    expect((await registrationOf(id)).reason).toContain('the first name is another one')
  })

  test('a second contact of the event does not join a party that has one, though the name fits', async () => {
    await start()
    isCalled('109', 'Ada', 'Quill', 'ada@company.example')
    const first = await register({ sourceId: '109', email: 'ada@home.example' })
    const second = await register({ email: 'ada@company.example' })
    await again(first)

    expect(await registrationOf(first)).toMatchObject({ partyId: '109', matchedBy: 'sourceId' })
    expect(await registrationOf(second)).toMatchObject({ state: 'unmatched', partyId: null })
    expect(rows('109')).toEqual(['AC2027 A'])
  })

  test.each([[['sourceId', 'email']], [['email', 'sourceId']], [['email']]] as const)(
    'the source ID of somebody else speaks against an address (%j)',
    async (order) => {
      await start({ order: [...order] })
      isCalled('109', 'Ada', 'Quill')
      await register({ sourceId: '102' })

      expect(rows('109')).toEqual([])
      expect(rows('102')).toEqual(order.some((way) => way === 'sourceId') ? ['AC2027 A'] : [])
    },
  )

  test('a guest with the address and the name of the primary is never the primary, whoever is read first', async () => {
    await start()
    isCalled('109', 'Ada', 'Quill')
    const id = await register({})
    rig.advance(60_000)
    const guest = await rig.cvent.addGuest(id, {
      firstName: 'Ada',
      lastName: 'Quill',
      email: ADDRESS,
    })
    await rig.db.deleteFrom('registration').execute()
    await rig.db.deleteFrom('ledger').execute()
    rig.imis.state.activities.clear()
    const bodies = rig.posted()
    for (const body of bodies.filter((body) => body.includes(guest.id.toUpperCase())))
      await rig.deliver(body)
    await worker.drain()

    expect(await registrationOf(id)).toMatchObject({ partyId: '109', matchedBy: 'email' })
    expect(await registrationOf(guest.id)).toMatchObject({ partyId: '109', matchedBy: 'primary' })
    expect(rows('109').toSorted()).toEqual(['AC2027 A', 'AC2027/GUEST A'])
  })

  test('with the source ID alone in the account’s order, no address ever counts', async () => {
    await start({ order: ['sourceId'], createParty: true })
    isCalled('109', 'Ada', 'Quill')
    const id = await register({})

    expect(rows('109')).toEqual([])
    expect((await registrationOf(id)).state).toBe('unmatched')
  })

  test('staff confirm a match by e-mail by assigning the same party', async () => {
    await start()
    isCalled('109', 'Ada', 'Quill')
    const id = await register({})
    const before = await registrationOf(id)
    const deps = { db: rig.db, now: rig.now, wake: () => undefined }
    const party = { ...rig.imis.state.parties.get('109'), partyId: '109' }
    const imis = { party: async () => party } as unknown as Parameters<typeof assignParty>[1]
    await assignParty(deps, imis, before, '109', { actor: 'kim', requestId: 'r' })
    await work()

    expect([before.matchedBy, (await registrationOf(id)).matchedBy]).toEqual(['email', 'assigned'])
    expect(rows('109')).toEqual(['AC2027 A'])
  })

  test('what staff assigned does not hold for another person who takes over the contact', async () => {
    await start()
    const id = await register({ email: 'ada@nowhere.example' })
    const { contactStub } = await registrationOf(id)
    const said = { account: 'nasm', partyId: '104', assignedBy: 'kim', assignedAt: rig.now() }
    await assign(rig.db, { ...said, contactStub: contactStub ?? '', lastName: 'Quill' })
    await again(id)
    const assigned = await registrationOf(id)

    const contact = rig.cvent.state.contacts.get(contactStub ?? '')
    Object.assign(contact?.fields ?? {}, { firstName: 'Robert', lastName: 'Zimmer' })
    await again(id)

    expect(assigned).toMatchObject({ partyId: '104', matchedBy: 'assigned' })
    expect(await registrationOf(id)).toMatchObject({
      state: 'unmatched',
      matchedBy: null,
      reason:
        'staff assigned the contact to iMIS ID 104 while it had another last name; assign it again',
    })
  })
})
