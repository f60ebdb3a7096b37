import { describe, expect, onTestFinished, test } from 'vitest'
import { askForContact } from '../../../../db/party-contacts.ts'
import { Event } from '../../../../schemas/event.ts'
import { DIALECTS, type Dialect } from '../../../databases.ts'
import { seededEvents } from '../../../sandbox/cvent/seed.ts'
import { SERVICE_USER, SSO_CLIENT } from '../../../sandbox/imis/seed.ts'
import { startImis } from '../../../sandbox/imis/server.ts'
import { formOf, hrefFor, openHandOff, signOnAs, stateOf } from '../../member-steps.ts'
import { startAdmin } from './start-admin.ts'

const VERA = { firstName: 'Vera', lastName: 'Stone', email: 'vera@example.org', sourceId: '110' }
const MAREN = { firstName: 'Maren', lastName: 'Oakfield', email: 'm@example.org', sourceId: '101' }

/**
 * An account whose first iMIS knew Vera Stone as 110; it points to another one since, in which 110 is Lena Fjord. Maren
 * Oakfield is 101 in both. `isRegistered`: both have registered before.
 */
async function arrange(
  options: { dialect?: Dialect; handOff?: Event['handOff']; isRegistered?: boolean } = {},
) {
  const { dialect = 'sqlite', handOff = 'form-post', isRegistered = false } = options
  const event = Event.parse({
    eventCode: seededEvents.open,
    meetingCode: 'AC2027',
    registrantsQuery: '$/Cvent/Registrants',
    handOff,
  })
  const admin = await startAdmin({ dialect, events: [event] })
  const other = await startImis({ now: admin.now })
  onTestFinished(() => other.close())
  other.site.serverUrl = admin.url
  Object.assign(admin.imis.state.parties.get('110') ?? {}, VERA)
  for (const contact of [VERA, MAREN])
    if (isRegistered)
      await admin.cvent.register({ event: seededEvents.open, contact, planner: true })
    else await admin.cvent.createContact(contact)
  await admin.drain()
  await askForContact(admin.db, 'nasm', '102', seededEvents.open, admin.now())
  admin.advance(60_000)

  const { body: account } = await admin.get('/accounts/nasm')
  const imis = {
    ...account.imis,
    siteUrl: `${other.url}/`,
    password: SERVICE_USER.password,
    sso: { ...account.imis.sso, clientSecret: SSO_CLIENT.clientSecret },
  }
  const moved = { ...account, origins: [other.url], imis }
  const { status } = await admin.put('/accounts/nasm?imisChange=another', moved)
  expect(status).toBe(200)
  admin.advance(60_000)
  return { admin, server: { ...admin, imis: other } }
}

/** The contact that had an ID at Cvent before the account pointed elsewhere, as it is now. */
function contactOf({ cvent }: Awaited<ReturnType<typeof arrange>>['admin'], email: string) {
  return [...cvent.state.contacts.values()].find(({ fields }) => fields.email === email)?.fields
}

describe.for(DIALECTS)('after an account points to another iMIS (%s)', (dialect) => {
  test('a source ID of the one before gives nobody the registration of somebody else', async () => {
    const { admin, server } = await arrange({ dialect, isRegistered: true })

    await server.drain()

    const { body } = await admin.get('/accounts/nasm/registrations')
    const [maren, vera] = ['Oakfield', 'Stone'].map((name) =>
      body.items.find(({ lastName }: { lastName: string }) => lastName === name),
    )
    expect(maren).toMatchObject({ partyId: '101', matchedBy: 'sourceId', state: 'synced' })
    expect(vera).toMatchObject({
      partyId: null,
      state: 'unmatched',
      reason: expect.stringContaining('of the iMIS that the account pointed to before'),
    })
    expect(server.imis.activitiesOf('110')).toEqual([])
    const { body: detail } = await admin.get(`/accounts/nasm/registrations/${vera.id}`)
    expect(JSON.stringify(detail)).toContain('Fjord')
    const state = await stateOf(server, { token: await signOnAs(server, 'LFJORD') })
    expect(state).toMatchObject({ phase: 'eligible', registration: null })
  })

  test('nothing that waited for a party of the one before is done for whoever has the ID now', async () => {
    const { admin } = await arrange({ dialect })

    const waiting = await admin.db.selectFrom('partycontact').selectAll().execute()

    expect(waiting).toEqual([])
  })
})

describe('a hand-off after an account points to another iMIS', () => {
  test('by form changes no contact of somebody else, and sends no source ID that leads to it', async () => {
    const { admin, server } = await arrange()

    const lena = formOf(
      await (await openHandOff(await hrefFor(server, { userName: 'LFJORD' }))).text(),
    )
    const maren = formOf(await (await openHandOff(await hrefFor(server))).text())

    expect(lena.fields).toMatchObject({ source_id: '', first_name: 'Lena', last_name: 'Fjord' })
    expect(contactOf(admin, VERA.email)).toMatchObject(VERA)
    expect(maren.fields).toMatchObject({ source_id: '101', last_name: 'Oakfield' })
    const { body } = await admin.get('/accounts/nasm/logs?code=contact-refused')
    expect(body.items[0].text).toContain('Set another matching.sourceIdPrefix')
  })

  test('by form sends no source ID either while Cvent cannot be asked whose it is', async () => {
    const { admin, server } = await arrange()
    const href = await hrefFor(server, { userName: 'LFJORD' })
    await openHandOff(await hrefFor(server))
    admin.cvent.switchboard.set({ route: '/contacts', kind: 'dead' })

    const lena = formOf(await (await openHandOff(href)).text())

    expect(lena.fields).toMatchObject({ source_id: '', first_name: 'Lena', last_name: 'Fjord' })
  })

  test('by personal link leads to the event’s own page and not to the registration of somebody else', async () => {
    const { admin, server } = await arrange({ handOff: 'personal-link', isRegistered: true })

    const response = await openHandOff(await hrefFor(server, { userName: 'LFJORD' }))

    expect(response.status).toBe(303)
    const page = await (await fetch(response.headers.get('location') ?? '')).text()
    expect(page).not.toContain('Vera')
    expect(page).not.toContain('Modify')
    expect(contactOf(admin, VERA.email)).toMatchObject(VERA)
  })

  test('a contact that staff assigned to the member is brought up to date, whatever it is called', async () => {
    const { admin, server } = await arrange({ isRegistered: true })
    await server.drain()
    const { body } = await admin.get('/accounts/nasm/registrations?state=unmatched')
    await admin.post(`/accounts/nasm/registrations/${body.items[0].id}/party`, { partyId: '110' })
    // The registration itself would keep her from registering again.
    await admin.db.deleteFrom('registration').execute()

    const lena = formOf(
      await (await openHandOff(await hrefFor(server, { userName: 'LFJORD' }))).text(),
    )

    expect(lena.fields).toMatchObject({ source_id: '110', last_name: 'Fjord' })
  })
})
