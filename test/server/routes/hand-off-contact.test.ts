import { describe, expect, test } from 'vitest'
import { Event } from '../../../schemas/event.ts'
import { startServer, type StartOptions, type TestServer } from '../../start-server.ts'
import { formOf, hrefFor, openHandOff, signOnAs, stateOf } from '../member-steps.ts'

const CREATE = /^POST \/ea\/contacts$/

const event = (more: Partial<Event> = {}) =>
  Event.parse({
    eventCode: 'WRN3DBTCMX9',
    meetingCode: 'AC2027',
    registrantsQuery: '$/Cvent/Registrants',
    ...more,
  })

const contactOf = ({ cvent }: TestServer, sourceId: string) =>
  [...cvent.state.contacts.values()].find(({ fields }) => fields.sourceId === sourceId)

async function outcomeOf({ db, accountLog }: TestServer) {
  await accountLog.flush()
  const line = await db
    .selectFrom('log')
    .select(['code', 'level', 'detail'])
    .where('code', 'like', 'contact-%')
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow()
  // Written as JSON by the account log.
  const detail = JSON.parse(line.detail ?? '{}') as { sent?: string[]; refused?: string[] }
  return { code: line.code, level: line.level, ...detail }
}

test('a household’s one contact at Cvent is nobody’s to take, whoever comes first', async () => {
  const server = await startServer()
  const household = contactOf(server, '106')
  if (!household) throw new Error('the sandbox changed')
  delete household.fields.sourceId
  const before = structuredClone(household.fields)

  await openHandOff(await hrefFor(server, { userName: 'RLINDQVIST' }))

  expect(household.fields).toEqual(before)
  expect(contactOf(server, '107')?.fields).toMatchObject({ firstName: 'Rosa' })
})

test('an address is not taken while iMIS cannot say whose it is', async () => {
  const server = await startServer()
  const [anton] = [...server.cvent.state.contacts.values()].filter(
    ({ fields }) => fields.lastName === 'Vey',
  )
  const lena = server.imis.state.parties.get('110')
  if (!anton || !lena) throw new Error('the sandbox changed')
  lena.email = anton.fields.email ?? ''
  Object.assign(anton.fields, { firstName: lena.firstName, lastName: lena.lastName })
  const href = await hrefFor(server, { userName: 'LFJORD' })
  server.imis.switchboard.set({ route: 'GET .*/Party$', kind: 'status', status: 500 })

  await openHandOff(href)

  expect(anton.fields.sourceId).toBeUndefined()
})

describe('what Cvent will not take', () => {
  const dedupe: StartOptions = { cvent: { switches: { dedupeOnEmail: true } } }

  test('an address that another contact has: the rest is brought up to date, the link is still theirs', async () => {
    const server = await startServer({ ...dedupe, events: [event({ handOff: 'personal-link' })] })
    await openHandOff(await hrefFor(server))
    const before = contactOf(server, '101')?.fields.email
    const maren = server.imis.state.parties.get('101')
    if (!maren) throw new Error('the sandbox changed')
    Object.assign(maren, { email: 'household@example.org', company: 'Another Company' })
    server.advance(61_000)

    const response = await openHandOff(await hrefFor(server))

    expect(response.headers.get('location')).toMatch(new RegExp(`^${server.cvent.url}/r/`))
    expect(contactOf(server, '101')?.fields).toMatchObject({
      email: before,
      company: 'Another Company',
    })
    await expect(outcomeOf(server)).resolves.toMatchObject({
      code: 'contact-patched',
      level: 'warning',
      sent: ['company'],
      refused: ['email'],
    })
  })

  test('a value of a new contact: the person is made without it', async () => {
    const server = await startServer()
    const href = await hrefFor(server)
    server.cvent.switchboard.set({
      route: 'POST /ea/contacts$',
      kind: 'status',
      status: 400,
      times: 1,
    })

    await openHandOff(href)
    const outcome = await outcomeOf(server)

    expect(contactOf(server, '101')?.fields).toMatchObject({ firstName: 'Maren' })
    expect(outcome).toMatchObject({ code: 'contact-created', level: 'warning' })
    expect(outcome.sent?.toSorted()).toEqual(['email', 'firstName', 'lastName', 'sourceId'])
    expect(outcome.refused).toContain('company')
  })

  test('a custom field: the contact is made, the rest is set, the account log says which', async () => {
    const server = await startServer({
      account: (account) => ({
        ...account,
        cvent: {
          ...account.cvent,
          customFields: { Company: '11111111-1111-4111-8111-111111111111' },
        },
      }),
      events: [event({ handOff: 'personal-link' })],
    })
    const href = await hrefFor(server)
    server.cvent.switchboard.set({ route: 'PUT .*/custom-fields/', kind: 'status', status: 400 })

    const response = await openHandOff(href)

    expect(response.headers.get('location')).toMatch(new RegExp(`^${server.cvent.url}/r/`))
    await expect(outcomeOf(server)).resolves.toMatchObject({
      code: 'contact-created',
      refused: ['custom:11111111-1111-4111-8111-111111111111'],
    })
  })

  test('to tell its contact types: the contact is made without one, and the list is not asked for again', async () => {
    const server = await startServer()
    const href = await hrefFor(server)
    server.cvent.switchboard.set({ route: '/contact-types$', kind: 'status', status: 403 })

    await openHandOff(href)
    await openHandOff(href)

    expect(contactOf(server, '101')?.fields).toMatchObject({ firstName: 'Maren' })
    expect(server.cvent.switchboard.count(/contact-types$/)).toBe(1)
  })
})

test('two events pressed at the same moment make one contact, though their rows differ', async () => {
  const events = [
    event(),
    event({ eventCode: 'MBRONLY2027', meetingCode: 'MO', registrantsQuery: null }),
  ]
  const server = await startServer({ events })
  const hrefs = [await hrefFor(server), await hrefFor(server, { eventCode: 'MBRONLY2027' })]

  const pages = await Promise.all(hrefs.map(async (href) => (await openHandOff(href)).text()))

  for (const page of pages) expect(formOf(page).fields).toMatchObject({ source_id: '101' })
  expect(server.cvent.switchboard.count(CREATE)).toBe(1)
})

test('an answer that iMIS was asked for long before it came is asked for again at the door', async () => {
  const server = await startServer()
  const token = await signOnAs(server)
  await stateOf(server, { token: await signOnAs(server, 'LFJORD') })
  server.imis.switchboard.set({ route: '/api/query$', kind: 'hold', times: 1 })
  const asked = stateOf(server, { token })
  await server.imis.switchboard.held()
  server.advance(5000)
  server.imis.switchboard.release()
  const { href } = await asked
  const before = server.imis.switchboard.count(/\/api\/query$/)

  await openHandOff(href ?? '')

  expect(server.imis.switchboard.count(/\/api\/query$/)).toBe(before + 1)
})
