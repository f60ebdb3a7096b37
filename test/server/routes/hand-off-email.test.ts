import { describe, expect, test } from 'vitest'
import { assign } from '../../../db/assignments.ts'
import { Event } from '../../../schemas/event.ts'
import { startServer, type StartOptions, type TestServer } from '../../start-server.ts'
import { formOf, hrefFor, openHandOff } from '../member-steps.ts'

const VICTIM = { firstName: 'Vera', lastName: 'Stone', email: 'vera@example.org' }

const event = (handOff: Event['handOff']) =>
  Event.parse({
    eventCode: 'WRN3DBTCMX9',
    meetingCode: 'AC2027',
    registrantsQuery: '$/Cvent/Registrants',
    handOff,
  })

/** A server where Lena Fjord (110) has given Vera Stone's address as her own, and perhaps her name. */
async function startAttack(
  options: StartOptions & {
    handOff?: Event['handOff']
    lenaIs?: object
    isRegistered?: boolean
  } = {},
) {
  const { handOff = 'personal-link', lenaIs = {}, isRegistered = true, ...more } = options
  const server = await startServer({ events: [event(handOff)], ...more })
  const attendee = isRegistered
    ? await server.cvent.register({ event: 'WRN3DBTCMX9', contact: VICTIM, planner: true })
    : undefined
  if (!isRegistered) await server.cvent.createContact(VICTIM)
  const lena = server.imis.state.parties.get('110')
  Object.assign(lena ?? {}, { email: VICTIM.email, ...lenaIs })
  return { server, attendee, href: () => hrefFor(server, { userName: 'LFJORD' }) }
}

function contactOfVera({ cvent }: TestServer) {
  const found = [...cvent.state.contacts.values()].filter(
    ({ fields }) => fields.email === VICTIM.email && fields.sourceId !== '110',
  )
  expect(found).toHaveLength(1)
  return { id: found[0]?.id, ...found[0]?.fields }
}

async function logged({ db, accountLog }: TestServer) {
  await accountLog.flush()
  const lines = await db
    .selectFrom('log')
    .select('text')
    .where('code', 'like', 'contact-%')
    .execute()
  return lines.map(({ text }) => text).join('\n')
}

describe('a member who gives somebody else’s address as their own', () => {
  test.each([true, false])(
    'is not led to the other’s registration, whose contact stays theirs (Cvent refuses a known e-mail: %s)',
    async (dedupeOnEmail) => {
      const { server, attendee, href } = await startAttack({
        cvent: { switches: { dedupeOnEmail } },
      })
      const before = contactOfVera(server)

      const response = await openHandOff(await href())
      const location = response.headers.get('location') ?? ''
      const page = await (await fetch(location)).text()

      expect(response.status).toBe(303)
      expect(page).not.toContain('Vera')
      expect(page).not.toContain(attendee?.confirmationNumber)
      expect(contactOfVera(server)).toEqual(before)
      expect(await logged(server)).toContain('was left as it is: the last name is another one')
    },
  )

  test('and their name too: a contact with a registration is not taken over', async () => {
    const { server, href } = await startAttack({
      lenaIs: { firstName: VICTIM.firstName, lastName: VICTIM.lastName },
    })
    const before = contactOfVera(server)

    const response = await openHandOff(await href())

    const page = await (await fetch(response.headers.get('location') ?? '')).text()
    expect(page).not.toContain('Modify')
    expect(contactOfVera(server)).toEqual(before)
    expect(await logged(server)).toContain(
      'has a registration at Cvent that was not made from here',
    )
  })

  test('also when the registration is for an event that is not configured here', async () => {
    const { server, href } = await startAttack({
      isRegistered: false,
      lenaIs: { firstName: VICTIM.firstName, lastName: VICTIM.lastName },
    })
    const { id } = contactOfVera(server)
    const [contact] = [...server.cvent.state.contacts.values()].filter((one) => one.id === id)
    if (!contact) throw new Error('there is no such contact')
    await server.cvent.register({ event: 'NOTCONFIG27', contact: VICTIM, planner: true })
    const before = contactOfVera(server)

    await openHandOff(await href())

    expect(contactOfVera(server)).toEqual(before)
  })

  test('sends their own identity in the form where Cvent refuses the contact', async () => {
    const { server, href } = await startAttack({
      handOff: 'form-post',
      cvent: { switches: { dedupeOnEmail: true } },
    })
    const before = contactOfVera(server)

    const { fields } = formOf(await (await openHandOff(await href())).text())

    expect(fields).toMatchObject({ source_id: '110', first_name: 'Lena', last_name: 'Fjord' })
    expect(contactOfVera(server)).toEqual(before)
  })
})

test('a contact that staff assigned to somebody else is nobody else’s, though name and address fit', async () => {
  const { server, href } = await startAttack({
    isRegistered: false,
    lenaIs: { firstName: VICTIM.firstName, lastName: VICTIM.lastName },
  })
  const before = contactOfVera(server)
  await assign(server.db, {
    account: 'nasm',
    contactStub: before.id ?? '',
    partyId: '101',
    assignedBy: 'kim',
    assignedAt: server.now(),
  })

  await openHandOff(await href())

  expect(contactOfVera(server)).toEqual(before)
  expect(await logged(server)).toContain('staff assigned the contact to iMIS ID 101')
})

test('a contact that staff assigned to the member is theirs, whatever it is called', async () => {
  const { server, attendee, href } = await startAttack()
  const { id = '' } = contactOfVera(server)
  await assign(server.db, {
    account: 'nasm',
    contactStub: id,
    partyId: '110',
    assignedBy: 'kim',
    assignedAt: server.now(),
  })

  const response = await openHandOff(await href())

  expect(server.cvent.state.contacts.get(id)?.fields.sourceId).toBe('110')
  expect(attendee?.contactId).toBe(id)
  expect(response.status).toBe(303)
})

test('the address of an event’s copy counts for the contact it was made of', async () => {
  const { server, href } = await startAttack({
    isRegistered: false,
    lenaIs: { firstName: VICTIM.firstName, lastName: VICTIM.lastName },
  })
  for (const one of server.cvent.state.events.values())
    if (one.code === 'NOTCONFIG27') one.snapshots = true
  await server.cvent.register({ event: 'NOTCONFIG27', contact: VICTIM, planner: true })
  const parents = () =>
    [...server.cvent.state.contacts.values()]
      .filter(({ fields, parentId }) => fields.email === VICTIM.email && parentId === undefined)
      .map(({ fields }) => fields.sourceId)

  await openHandOff(await href())

  expect(new Set(parents())).toEqual(new Set(['110', undefined]))
})

test('with the source ID alone in the account’s order no contact is looked for by its address', async () => {
  const { server, href } = await startAttack({
    isRegistered: false,
    lenaIs: { firstName: VICTIM.firstName, lastName: VICTIM.lastName },
    account: (account) => ({
      ...account,
      matching: { ...account.matching, order: ['sourceId'] },
    }),
  })
  const before = contactOfVera(server)

  await openHandOff(await href())

  expect(contactOfVera(server)).toEqual(before)
})
