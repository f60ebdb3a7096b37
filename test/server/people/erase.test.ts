import { expect, test, vi } from 'vitest'
import { erasePerson } from '../../../server/people/erase-person.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { DIALECTS } from '../../databases.ts'
import { bearer, startAdmin } from '../routes/admin/start-admin.ts'
import { CANARY, dumpOf, liveThrough, NEIGHBOUR, tablesHolding } from './canary.ts'

const PEOPLE = '/accounts/nasm/people'
/** Where nobody's name may be left: all tables but the log of who signed in to the dashboard. */
const valuesOf = (confirmationNumbers: string[]) => [
  CANARY.firstName,
  CANARY.lastName,
  CANARY.email,
  CANARY.mobilePhone,
  ...confirmationNumbers,
]

async function neighbours({ db }: Awaited<ReturnType<typeof startAdmin>>) {
  return db
    .selectFrom('registration')
    .select([
      'id',
      'partyId',
      'firstName',
      'lastName',
      'email',
      'confirmationNumber',
      'state',
      'snapshot',
    ])
    .where('email', 'like', '%neighbour%')
    .orderBy('id')
    .execute()
}

test.for(DIALECTS)(
  'a person who was in every path is in no table after they are erased, and nobody else is touched (%s)',
  { timeout: 120_000 },
  async (dialect) => {
    const admin = await startAdmin({ dialect })
    const { registered } = await liveThrough(admin, admin.post)
    const confirmation = registered.confirmationNumber ?? ''
    const values = valuesOf([confirmation])
    const before = await dumpOf(admin)
    const others = await neighbours(admin)
    const writtenBefore = admin.imis.activitiesOf('101').length
    expect(tablesHolding(before, values).toSorted()).toEqual(
      expect.arrayContaining(['assignment', 'ledger', 'message', 'registration', 'run']),
    )

    const exported = await admin.post(`${PEOPLE}/export`, { partyId: '101' })
    const preview = await admin.post(`${PEOPLE}/preview`, { partyId: '101' })
    const erased = await admin.post(`${PEOPLE}/erase`, { partyId: '101' })

    expect([exported.status, preview.status, erased.status]).toEqual([200, 200, 200])
    for (const value of values) expect(exported.text.toLowerCase()).toContain(value.toLowerCase())
    expect(exported.text).not.toContain(NEIGHBOUR.mobilePhone)
    await admin.accountLog.flush()
    expect(tablesHolding(await dumpOf(admin), values)).toEqual([])
    expect(await neighbours(admin)).toEqual(others)
    expect(erased.body.counts).toMatchObject({ registrations: preview.body.counts.registrations })
    expect(erased.body.counts.messages).toBeGreaterThan(2)

    // Whatever touches it, it stays erased, and nothing is written to iMIS.
    await admin.post(`/accounts/nasm/events/${seededEvents.open}/reconcile`, { mode: 'full' })
    await admin.cvent.syncAttendees(seededEvents.open)
    await admin.drain()
    await admin.accountLog.flush()
    expect(tablesHolding(await dumpOf(admin), values)).toEqual([])
    expect(admin.imis.activitiesOf('101')).toHaveLength(writtenBefore)
    const list = await admin.get('/accounts/nasm/registrations')
    expect(list.body.items.map((one: { state: string }) => one.state)).not.toContain('erased')
  },
)

test.for(DIALECTS)(
  'a contact that Cvent purged is erased by the worker, and the account log says so (%s)',
  { timeout: 120_000 },
  async (dialect) => {
    const admin = await startAdmin({ dialect })
    const registered = await admin.cvent.register({ event: seededEvents.open, contact: CANARY })
    await admin.cvent.register({ event: seededEvents.open, contact: NEIGHBOUR })
    await admin.drain()
    const others = await neighbours(admin)

    await admin.cvent.purgeContact(registered.contactId)
    await admin.post(`/accounts/nasm/events/${seededEvents.open}/reconcile`, { mode: 'full' })
    await admin.drain()
    await admin.accountLog.flush()

    const values = valuesOf([registered.confirmationNumber ?? ''])
    expect(tablesHolding(await dumpOf(admin), values)).toEqual([])
    expect(await neighbours(admin)).toEqual(others)
    const lines = await admin.get('/accounts/nasm/logs?code=contact-purged')
    expect(lines.body.items).toHaveLength(1)
  },
)

test('a purged contact of which the attendee shows nothing any more is erased too; one that is only left out is not', async () => {
  const admin = await startAdmin()
  const purged = await admin.cvent.register({ event: seededEvents.open, contact: CANARY })
  const leftOut = await admin.cvent.register({ event: seededEvents.open, contact: NEIGHBOUR })
  await admin.drain()

  await admin.cvent.purgeContact(purged.contactId)
  admin.cvent.switches.oddElements = { [purged.id]: 'no-contact', [leftOut.id]: 'no-contact' }
  await admin.post(`/accounts/nasm/events/${seededEvents.open}/reconcile`, { mode: 'full' })
  await admin.drain()

  expect(tablesHolding(await dumpOf(admin), valuesOf([]))).toEqual([])
  const { body } = await admin.get('/accounts/nasm/registrations')
  expect(body.items).toMatchObject([{ lastName: NEIGHBOUR.lastName, state: 'waiting' }])
})

test('an erasure that was cut short is simply repeated', async () => {
  const admin = await startAdmin()
  const { registered } = await liveThrough(admin, admin.post)
  let left = 0
  const mortal = admin.db.withPlugin({
    transformQuery({ node }) {
      left -= 1
      if (left < 0) throw new Error('the process is dead')
      return node
    },
    transformResult: async ({ result }) => result,
  })
  const values = valuesOf([registered.confirmationNumber ?? ''])

  // It dies ever later, until one goes through.
  let tries = 0
  for (let steps = 5; ; steps += 15) {
    left = steps
    tries += 1
    const done = await erasePerson({ db: mortal, now: admin.now }, 'nasm', { partyId: '101' }).then(
      () => true,
      () => false,
    )
    if (done) break
  }

  expect(tries).toBeGreaterThan(3)
  expect(tablesHolding(await dumpOf(admin), values)).toEqual([])
}, 120_000)

test('a contact that was deleted at Cvent and not purged is not erased', async () => {
  const admin = await startAdmin()
  const registered = await admin.cvent.register({ event: seededEvents.open, contact: CANARY })
  await admin.drain()

  await admin.cvent.deleteContact(registered.contactId)
  await admin.post(`/accounts/nasm/events/${seededEvents.open}/reconcile`, { mode: 'full' })
  await admin.drain()

  const { body } = await admin.get('/accounts/nasm/registrations?partyId=101')
  expect(body.items).toMatchObject([{ lastName: CANARY.lastName, state: 'synced' }])
})

test('an e-mail address is found whatever the case of its letters, and its person is read again only when staff ask', async () => {
  const admin = await startAdmin()
  await admin.cvent.register({ event: seededEvents.open, contact: CANARY })
  await admin.drain()
  const { body: list } = await admin.get('/accounts/nasm/registrations')
  const { id } = list.items[0]

  const { body } = await admin.post(`${PEOPLE}/erase`, { email: CANARY.email.toUpperCase() })
  const replay = await admin.post('/accounts/nasm/replays', { what: 'registrations' })
  await admin.post(`/accounts/nasm/runs/${replay.body.id}/start`)
  await vi.waitFor(async () =>
    expect((await admin.get(`/accounts/nasm/runs/${replay.body.id}`)).body.state).toBe('done'),
  )
  const assigned = await admin.post(`/accounts/nasm/registrations/${id}/party`, { partyId: '101' })

  expect(body.counts).toMatchObject({ registrations: 1, ledger: 1 })
  expect(assigned.status).toBe(409)
  expect((await admin.get('/accounts/nasm/registrations')).body.items).toEqual([])
  const shown = await admin.get('/accounts/nasm/registrations?state=erased')
  expect(shown.body.items).toMatchObject([
    { id, email: null, reason: expect.stringMatching(/^Erased on request/) },
  ])

  await admin.post(`/accounts/nasm/registrations/${id}/retry`)
  await admin.drain()
  const again = await admin.get('/accounts/nasm/registrations')
  expect(again.body.items).toMatchObject([{ id, lastName: CANARY.lastName, state: 'synced' }])
  expect(admin.imis.activitiesOf('101')).toHaveLength(1)
})

test('a guest on the person’s record keeps their own registration', async () => {
  const admin = await startAdmin()
  const registered = await admin.cvent.register({ event: seededEvents.open, contact: CANARY })
  const guest = { firstName: 'Guestina', lastName: 'Visitor', email: 'guestina@example.org' }
  await admin.cvent.addGuest(registered.id, guest)
  await admin.drain()

  await admin.post(`${PEOPLE}/erase`, { partyId: '101' })

  const { body } = await admin.get('/accounts/nasm/registrations')
  expect(body.items).toMatchObject([{ lastName: 'Visitor', matchedBy: 'primary' }])
})

test('viewers may do none of it, editors may export, and only an owner who signed in just now may erase', async () => {
  const admin = await startAdmin()
  const keyOf = async (role: string) => {
    const { body } = await admin.post('/accounts/nasm/api-keys', { name: role, role })
    return bearer(body.key)
  }
  const ask = async (what: string, role: string) =>
    (await admin.post(`${PEOPLE}/${what}`, { partyId: '101' }, await keyOf(role))).status

  expect([await ask('export', 'viewer'), await ask('preview', 'viewer')]).toEqual([403, 403])
  expect([await ask('export', 'editor'), await ask('preview', 'editor')]).toEqual([200, 200])
  // The key of an account counts like an old session.
  expect([await ask('erase', 'editor'), await ask('erase', 'owner')]).toEqual([403, 401])
  expect((await admin.post(`${PEOPLE}/erase`, {})).status).toBe(400)
  const { body } = await admin.get('/accounts/nasm/audits')
  const told = body.items.filter(({ action }: { action: string }) => action === 'person exported')
  expect(told).toMatchObject([{ actor: 'key editor', target: 'a person' }])
})
