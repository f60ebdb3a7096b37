import { generateKeyPairSync, verify } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Event } from '../../../schemas/event.ts'
import { startServer, type StartOptions, type TestServer } from '../../start-server.ts'
import { formOf, hrefFor, openHandOff, signOnAs, stateOf } from '../member-steps.ts'

const event = (more: Partial<Event> = {}) =>
  Event.parse({
    eventCode: 'WRN3DBTCMX9',
    meetingCode: 'AC2027',
    registrantsQuery: '$/Cvent/Registrants',
    ...more,
  })

/** A server with one event handed off in that way. */
const startWith = (handOff: Event['handOff'], more: StartOptions = {}) =>
  startServer({ events: [event({ handOff })], ...more })

const contactOf = ({ cvent }: TestServer, sourceId: string) =>
  [...cvent.state.contacts.values()].filter(({ fields }) => fields.sourceId === sourceId)

async function trailCodes({ db, accountLog }: TestServer) {
  await accountLog.flush()
  const lines = await db.selectFrom('log').select(['code', 'text', 'detail']).execute()
  return lines
}

/** Follows a hand-off page as a browser does, up to Cvent's registration page. */
async function arrive(page: string) {
  const { action, fields } = formOf(page)
  const body = new URLSearchParams(fields)
  const response = await fetch(action, { method: 'POST', body, redirect: 'manual' })
  return { status: response.status, location: response.headers.get('location') ?? '' }
}

describe('by form', () => {
  test('a member who may register arrives at Cvent’s registration with who they are', async () => {
    const server = await startWith('form-post')

    const page = await openHandOff(await hrefFor(server))
    const html = await page.text()
    const form = formOf(html)

    expect(page.status).toBe(200)
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(html).toContain('<button type="submit">Continue</button>')
    expect(form.action).toBe(server.cvent.formPostUrl)
    expect(form.fields).toMatchObject({
      source_id: '101',
      first_name: 'Maren',
      last_name: 'Oakfield',
      target: 'Registration',
    })
    await expect(arrive(html)).resolves.toMatchObject({
      status: 302,
      location: expect.stringContaining('/event/WRN3DBTCMX9/register'),
    })
  })

  test('the page runs one script of its own, and its form leads to Cvent only', async () => {
    const server = await startWith('form-post')

    const policy =
      (await openHandOff(await hrefFor(server))).headers.get('content-security-policy') ?? ''

    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain(`form-action ${server.cvent.url}`)
    expect(policy).toMatch(/script-src 'nonce-[\w+/=]{20,}'/)
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
  })

  test('with a key the post is signed, and Cvent takes it', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const server = await startWith('form-post', {
      account: (account) => ({ ...account, cvent: { ...account.cvent, formPostKey: pem } }),
    })
    server.cvent.state.formPostPublicKey = publicKey
      .export({ type: 'spki', format: 'pem' })
      .toString()

    const html = await (await openHandOff(await hrefFor(server))).text()
    const { fields } = formOf(html)
    const signed = `email=${fields['email_address']};timestamp=${fields['timestamp']};`

    expect(
      verify(
        'RSA-SHA1',
        Buffer.from(signed),
        publicKey,
        Buffer.from(fields['reg_signature'] ?? '', 'base64'),
      ),
    ).toBe(true)
    await expect(arrive(html)).resolves.toMatchObject({ status: 302 })
  })

  test.each(['dead', 'quota', 'throttled', 'html', 'garbage'] as const)(
    'the member still arrives when Cvent’s REST is: %s',
    async (kind) => {
      const server = await startWith('form-post')
      await hrefFor(server) // the event is known from before
      await expect
        .poll(async () => (await server.accounts.event('nasm', 'WRN3DBTCMX9'))?.eventStub)
        .toBeTruthy()
      const href = await hrefFor(server)
      server.cvent.switchboard.set({ route: '/ea/', kind })

      const html = await (await openHandOff(href)).text()

      expect(formOf(html).fields).toMatchObject({ source_id: '101', last_name: 'Oakfield' })
      await expect(arrive(html)).resolves.toMatchObject({ status: 302 })
    },
  )

  test('campaign parameters of the page arrive as Cvent’s link tag', async () => {
    const server = await startWith('form-post')

    const href = await hrefFor(server, { query: '?utm_source=news&refid=spring27&partyId=102' })
    const { fields } = formOf(await (await openHandOff(href)).text())

    expect(fields['ref_id']).toBe('spring27')
    expect(fields['source_id']).toBe('101')
  })
})

describe('by personal link', () => {
  test('the member is invited once and led to their own link, with the campaign', async () => {
    const server = await startWith('personal-link')
    const href = await hrefFor(server, { query: '?utm_source=news' })

    const first = await openHandOff(href)
    const second = await openHandOff(href)
    const attendees = [...server.cvent.state.attendees.values()].filter(
      ({ contactId }) => contactId === contactOf(server, '101')[0]?.id,
    )

    expect(first.status).toBe(303)
    expect(first.headers.get('location')).toMatch(
      new RegExp(`^${server.cvent.url}/r/.+[?&]utm_source=news$`),
    )
    expect(second.headers.get('location')).toBe(first.headers.get('location'))
    expect(attendees).toHaveLength(1)
  })

  test.each(['conflict', 'EntityAlreadyExists', 'ServerError'] as const)(
    'who is registered while being invited is led to the link of that registration (%s)',
    async (inviteConflict) => {
      const server = await startWith('personal-link')
      server.cvent.switches.inviteConflict = inviteConflict
      server.cvent.switchboard.set({ route: 'POST /ea/attendees$', kind: 'hold', times: 1 })

      const following = hrefFor(server).then((href) => openHandOff(href))
      await server.cvent.switchboard.held()
      const { id } = await server.cvent.register({
        event: 'WRN3DBTCMX9',
        contact: contactOf(server, '101')[0]?.id ?? '',
      })
      server.cvent.switchboard.release()

      const link = server.cvent.state.attendees.get(id)?.linkToken ?? 'none'
      expect((await following).headers.get('location')).toContain(`/r/${link}`)
    },
  )

  test('when Cvent gives no link yet, the event’s own registration link is used', async () => {
    const server = await startWith('personal-link')
    server.cvent.switches.linksAfterMs = 60_000

    const response = await openHandOff(await hrefFor(server))

    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toContain('/event/WRN3DBTCMX9/register')
    expect((await trailCodes(server)).map(({ code }) => code)).toContain('no-personal-link')
  })

  test('when Cvent is dead the member reads so, with a retry and the event’s own page', async () => {
    const server = await startWith('personal-link')
    await hrefFor(server)
    await expect
      .poll(async () => (await server.accounts.event('nasm', 'WRN3DBTCMX9'))?.eventStub)
      .toBeTruthy()
    const href = await hrefFor(server)
    server.cvent.switchboard.set({ route: '/ea/', kind: 'dead' })

    const response = await openHandOff(href)
    const html = await response.text()

    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('10')
    expect(html).toContain('The registration does not answer just now')
    expect(html).toContain(`href="${new URL(href).pathname}"`)
    expect(html).toContain('/event/WRN3DBTCMX9/register')
    server.cvent.switchboard.clear()
    await expect(openHandOff(href)).resolves.toMatchObject({ status: 303 })
  })
})

test('by event link the contact is brought up to date and the event’s link opened', async () => {
  const server = await startWith('event-link')

  const response = await openHandOff(await hrefFor(server, { query: '?refid=x' }))

  expect(response.status).toBe(303)
  expect(response.headers.get('location')).toMatch(/\/event\/WRN3DBTCMX9\/register\?refid=x$/)
  expect(contactOf(server, '101')).toHaveLength(1)
})

test('an anonymous event leads to its own link, whoever comes', async () => {
  const server = await startServer()
  const { href } = await stateOf(server, { eventCode: 'ANON2027XYZ' })

  const response = await openHandOff(href ?? '')

  expect(response.status).toBe(303)
  expect(response.headers.get('location')).toContain('/event/ANON2027XYZ/register')
  expect(server.imis.switchboard.calls).toHaveLength(0)
})

describe('the contact', () => {
  test('is created with the query’s columns; an unchanged one costs nothing for minutes, then one call', async () => {
    const server = await startServer()
    const href = await hrefFor(server)

    await openHandOff(href)
    const [created] = contactOf(server, '101')
    server.cvent.switchboard.calls.length = 0
    await openHandOff(href)
    const atOnce = server.cvent.switchboard.calls.length
    server.advance(11 * 60_000)
    await openHandOff(await hrefFor(server))

    expect(atOnce).toBe(0)
    expect(created?.fields).toMatchObject({
      firstName: 'Maren',
      lastName: 'Oakfield',
      workAddress: expect.objectContaining({ countryCode: expect.any(String) }),
    })
    const calls = server.cvent.switchboard.calls.map(({ method, path }) => `${method} ${path}`)
    expect(calls.filter((call) => call.includes('/contacts'))).toEqual(['GET /ea/contacts'])
    expect(server.cvent.state.violations).toEqual([])
  })

  test('is patched with what differs only', async () => {
    const server = await startServer()
    const href = await hrefFor(server)
    await openHandOff(href)
    const maren = server.imis.state.parties.get('101')
    if (maren) maren.company = 'Another Company'
    server.advance(61_000)

    await openHandOff(href)
    const [line] = (await trailCodes(server)).filter(({ code }) => code === 'contact-patched')

    expect(contactOf(server, '101')[0]?.fields.company).toBe('Another Company')
    expect(JSON.parse(line?.detail ?? '{}')).toMatchObject({ sent: ['company'] })
    expect(server.cvent.state.violations).toEqual([])
  })

  test('is taken over by e-mail when the name fits and nobody owns it, and gets the source id', async () => {
    const server = await startServer()
    const anton = [...server.cvent.state.contacts.values()].find(
      ({ fields }) => fields.lastName === 'Vey',
    )
    const lena = server.imis.state.parties.get('110')
    if (!anton || !lena) throw new Error('the sandbox changed')
    Object.assign(anton.fields, { email: lena.email, firstName: 'Léna', lastName: 'FJORD' })
    const count = server.cvent.state.contacts.size

    await openHandOff(await hrefFor(server, { userName: 'LFJORD' }))

    expect(contactOf(server, '110').map(({ id }) => id)).toEqual([anton.id])
    expect(server.cvent.state.contacts.size).toBe(count)
  })

  test.each([true, false])(
    'that another member owns is never touched (Cvent refuses a known e-mail: %s)',
    async (dedupeOnEmail) => {
      const server = await startServer({ cvent: { switches: { dedupeOnEmail } } })
      const [piet] = contactOf(server, '106')
      const before = structuredClone(piet?.fields)

      const page = await openHandOff(await hrefFor(server, { userName: 'RLINDQVIST' }))
      const html = await page.text()

      expect(formOf(html).fields).toMatchObject({ source_id: '107' })
      expect(contactOf(server, '106')[0]?.fields).toEqual(before)
      expect(contactOf(server, '107')).toHaveLength(dedupeOnEmail ? 0 : 1)
      // Where the account's contacts are told apart by e-mail alone, Cvent refuses the second person itself.
      await expect(arrive(html)).resolves.toMatchObject({ status: dedupeOnEmail ? 400 : 302 })
    },
  )

  test('bears the account’s prefix', async () => {
    const server = await startServer({
      account: (account) => ({
        ...account,
        matching: { ...account.matching, sourceIdPrefix: 'IMIS-' },
      }),
    })

    const html = await (await openHandOff(await hrefFor(server))).text()

    expect(formOf(html).fields['source_id']).toBe('IMIS-101')
    expect(contactOf(server, 'IMIS-101')).toHaveLength(1)
  })

  test('comes from the iMIS party when the event has no query', async () => {
    const server = await startServer({ events: [event({ registrantsQuery: null })] })

    const html = await (await openHandOff(await hrefFor(server))).text()

    expect(formOf(html).fields).toMatchObject({
      source_id: '101',
      first_name: 'Maren',
      last_name: 'Oakfield',
      email_address: expect.stringContaining('@'),
    })
  })

  test('is made once, however often and on however many instances the link is opened', async () => {
    const first = await startServer()
    const vendors = { imis: first.imis, cvent: first.cvent }
    const second = await startServer({ vendors, databaseUrl: first.databaseUrl, seed: false })
    const href = await hrefFor(first)
    const elsewhere = href.replace(first.url, second.url)

    const pages = await Promise.all(
      Array.from({ length: 20 }, (_, index) => openHandOff(index % 2 ? href : elsewhere)),
    )

    expect(pages.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
    expect(contactOf(first, '101')).toHaveLength(1)
  })

  test('leaves an account log of field names, never of what is in them', async () => {
    const server = await startServer()

    await openHandOff(await hrefFor(server))
    const lines = JSON.stringify(await trailCodes(server))

    expect(lines).toContain('firstName')
    expect(lines).not.toMatch(/Oakfield|Maren|@/)
  })
})

describe('a ticket', () => {
  test('is asked again at the door: who may no longer register is told so', async () => {
    const server = await startServer()
    const href = await hrefFor(server)
    const maren = server.imis.state.parties.get('101')
    if (maren) maren.mayRegister = false
    server.advance(5000)

    const response = await openHandOff(href)
    const html = await response.text()

    expect(html).toContain('Could not confirm registration information for iMIS ID: 101')
    expect(html).not.toContain('<form')
    expect(contactOf(server, '101')).toHaveLength(0)
  })

  test('that has expired, was altered or is none leads back in the member’s language', async () => {
    const server = await startServer()
    const href = await hrefFor(server)
    const altered = `${href.slice(0, -10)}AAAAAAAAAA`
    const elsewhere = `${server.url}/hand-off/none`
    server.advance(5 * 60_000 + 6000)

    const pages = await Promise.all(
      [href, altered, elsewhere].map(async (address) => {
        const response = await openHandOff(address, { 'accept-language': 'es' })
        return { status: response.status, html: await response.text() }
      }),
    )

    for (const { status, html } of pages) {
      expect(status).toBe(403)
      expect(html).toContain('Este enlace ya no es válido')
      expect(html).toContain('history.back()')
    }
    expect(server.cvent.switchboard.count(/contacts/)).toBe(0)
  })

  test('of an event that was switched off meanwhile leads nowhere', async () => {
    const server = await startServer()
    const href = await hrefFor(server)
    await server.db
      .updateTable('event')
      .set({ document: JSON.stringify(event({ enabled: false })) })
      .where('eventCode', '=', 'WRN3DBTCMX9')
      .execute()
    server.accounts.forget('nasm')

    const response = await openHandOff(href)

    expect(response.status).toBe(404)
    expect(await response.text()).toContain('not open for registration here')
  })

  test.each(['sec-purpose', 'purpose', 'x-moz'])(
    'fetched ahead by a browser (%s) does nothing, and works when the member comes',
    async (name) => {
      const server = await startServer()
      const href = await hrefFor(server)
      server.imis.switchboard.calls.length = 0

      const ahead = await openHandOff(href, { [name]: 'prefetch;prerender' })
      const head = await fetch(href, { method: 'HEAD' })
      const calls =
        server.imis.switchboard.calls.length + server.cvent.switchboard.count(/contacts/)
      const real = await openHandOff(href)

      expect(ahead.status).toBe(503)
      expect(ahead.headers.get('cache-control')).toBe('no-store')
      expect(head.status).toBe(200)
      expect(calls).toBe(0)
      expect(real.status).toBe(200)
    },
  )

  test('never leads to an address that is not Cvent’s, whatever the page’s address says', async () => {
    const server = await startWith('event-link')
    const query =
      '?next=https://evil.example&url=//evil.example&redirect=javascript:1&refid=https://evil.example'

    const location = (await openHandOff(await hrefFor(server, { query }))).headers.get('location')

    expect(new URL(location ?? '').origin).toBe(server.cvent.url)
  })

  test.each(['javascript:alert(1)', '//evil.example/x', 'http://user@evil.example/x'])(
    'does not follow %s, even when Cvent itself should say it',
    async (registrationUrl) => {
      const server = await startWith('event-link')
      const href = await hrefFor(server)
      await expect
        .poll(async () => (await server.accounts.event('nasm', 'WRN3DBTCMX9'))?.snapshot)
        .toBeTruthy()
      const known = await server.accounts.event('nasm', 'WRN3DBTCMX9')
      const snapshot: unknown = JSON.parse(known?.snapshot ?? '{}')
      await server.db
        .updateTable('event')
        .set({ snapshot: JSON.stringify({ ...(snapshot as object), registrationUrl }) })
        .where('eventCode', '=', 'WRN3DBTCMX9')
        .execute()
      server.accounts.forget('nasm')

      const response = await openHandOff(href)

      expect(response.status).toBe(503)
      expect(response.headers.get('location')).toBeNull()
      expect(await response.text()).not.toContain('evil.example')
    },
  )
})

test('staff acting for a member hand that member over, and the account log names both', async () => {
  const server = await startServer({
    account: (account) => ({
      ...account,
      imis: { ...account.imis, sso: { ...account.imis.sso, staffRole: 'Staff' } },
    }),
  })
  const token = await signOnAs(server, 'IQUIST')
  const { href } = await stateOf(server, { token, query: '?selectedPartyId=101' })

  const { fields } = formOf(await (await openHandOff(href ?? '')).text())
  const lines = await trailCodes(server)

  expect(fields['source_id']).toBe('101')
  expect(lines.find(({ code }) => code === 'hand-off-form')?.text).toContain('staff 104')
})
