import { describe, expect, test } from 'vitest'
import { Event } from '../../../schemas/event.ts'
import { startServer, type TestServer } from '../../start-server.ts'
import { formOf, hrefFor, stateOf } from '../member-steps.ts'

/** Opens an address with exactly these headers, as a browser that comes from somewhere. */
const open = (href: string, headers: Record<string, string>) =>
  fetch(href, { redirect: 'manual', headers })

const press = (href: string, value: string | undefined, headers: Record<string, string>) =>
  fetch(href, {
    method: 'POST',
    redirect: 'manual',
    headers,
    body: new URLSearchParams(value === undefined ? {} : { press: value }),
  })

const pressOf = (page: string) => formOf(page).fields['press'] ?? ''
const handedOver = ({ cvent }: TestServer) =>
  [...cvent.state.contacts.values()].some(({ fields }) => fields.sourceId === '101')
const personalLink = () =>
  startServer({
    events: [
      Event.parse({
        eventCode: 'WRN3DBTCMX9',
        meetingCode: 'AC2027',
        registrantsQuery: '$/Cvent/Registrants',
        handOff: 'personal-link',
      }),
    ],
  })

describe('a link that the association’s own pages open goes on at once', () => {
  test.each<[name: string, headers: (origin: string) => Record<string, string>]>([
    ['a browser of today', (origin) => ({ referer: `${origin}/`, 'sec-fetch-site': 'cross-site' })],
    ['a page of the same site', (origin) => ({ referer: origin, 'sec-fetch-site': 'same-site' })],
    ['a browser that says only the Referer', (origin) => ({ referer: `${origin}/events` })],
  ])('%s', async (_name, headers) => {
    const server = await startServer()

    const page = await open(await hrefFor(server), headers(server.imis.url))

    expect(formOf(await page.text()).fields).toMatchObject({ source_id: '101' })
  })
})

describe('any other opening asks first, and changes nothing', () => {
  test.each<[name: string, headers: Record<string, string>]>([
    ['a foreign page', { referer: 'https://evil.example/', 'sec-fetch-site': 'cross-site' }],
    ['a foreign page that hides itself', { 'sec-fetch-site': 'cross-site' }],
    ['a link in an e-mail', { 'sec-fetch-site': 'none' }],
    ['an old browser that says nothing', {}],
    ['an address in the Referer that is none', { referer: 'not an address' }],
    ['a host that begins like ours', { referer: 'http://127.0.0.1.evil.example/' }],
  ])('%s', async (_name, headers) => {
    const server = await startServer()
    const href = await hrefFor(server)

    const response = await open(href, { ...headers, 'accept-language': 'fr' })
    const page = await response.text()

    expect(response.status).toBe(200)
    expect(page).toContain('<html lang="fr">')
    expect(page).toContain('<h1>Continuer en tant que Maren ?</h1>')
    expect(page).toContain('<button type="submit">Continuer</button>')
    expect(page).not.toContain('<script')
    expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(response.headers.get('set-cookie')).toBeNull()
    expect(handedOver(server)).toBe(false)
  })

  test('also when iMIS does not tell the name', async () => {
    const server = await startServer()
    const href = await hrefFor(server)
    server.imis.switchboard.set({ route: '/api/Party', kind: 'status', status: 500 })

    const page = await (await open(href, {})).text()

    expect(page).toContain('Continue as iMIS ID 101?')
  })

  test('a name cannot become markup', async () => {
    const server = await startServer()
    const href = await hrefFor(server)
    Object.assign(server.imis.state.parties.get('101') ?? {}, { firstName: '<b>$&' })

    const page = await (await open(href, {})).text()

    expect(page).toContain('Continue as &#60;b&#62;$&#38;?')
  })

  test('an anonymous event concerns nobody, and asks nobody', async () => {
    const server = await startServer()
    const { href } = await stateOf(server, { eventCode: 'ANON2027XYZ' })

    expect((await open(href ?? '', { 'sec-fetch-site': 'none' })).status).toBe(303)
  })
})

describe('the button', () => {
  test('leads on, once', async () => {
    const server = await personalLink()
    const href = await hrefFor(server)
    const value = pressOf(await (await open(href, {})).text())
    const ours = { origin: server.url, 'sec-fetch-site': 'same-origin' }

    const first = await press(href, value, ours)
    const again = await press(href, value, ours)

    expect(first.status).toBe(303)
    expect(first.headers.get('location')).toMatch(new RegExp(`^${server.cvent.url}/r/`))
    expect(again.status).toBe(200)
    expect(await again.text()).toContain('Continue as Maren?')
  })

  test('works in a browser that sends only Origin', async () => {
    const server = await personalLink()
    const href = await hrefFor(server)
    const value = pressOf(await (await open(href, {})).text())

    expect((await press(href, value, { origin: server.url })).status).toBe(303)
  })

  test.each<[name: string, headers: Record<string, string>]>([
    ['a foreign page', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['a page that hides itself', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['a sandboxed frame', { origin: 'null' }],
    ['nobody', {}],
  ])('is not pressed by %s that has read it', async (_name, headers) => {
    const server = await startServer()
    const href = await hrefFor(server)
    const value = pressOf(await (await open(href, {})).text())

    const response = await press(href, value, headers)

    expect(await response.text()).toContain('Continue as Maren?')
    expect(handedOver(server)).toBe(false)
  })

  test('of one link does not press another, and an invented or missing one none', async () => {
    const server = await startServer()
    const href = await hrefFor(server)
    const other = await hrefFor(server, { eventCode: 'MBRONLY2027' })
    const ours = { origin: server.url, 'sec-fetch-site': 'same-origin' }
    const value = pressOf(await (await open(other, {})).text())

    for (const given of [value, 'invented', '', undefined]) {
      const response = await press(href, given, ours)
      expect(await response.text()).toContain('Continue as Maren?')
    }
    expect(handedOver(server)).toBe(false)
  })
})

test('a page fetched ahead and HEAD ask nobody', async () => {
  const server = await startServer()
  const href = await hrefFor(server)
  server.imis.switchboard.calls.length = 0

  const ahead = await open(href, { 'sec-purpose': 'prefetch' })
  const head = await fetch(href, { method: 'HEAD' })

  expect([ahead.status, head.status]).toEqual([503, 200])
  expect(server.imis.switchboard.calls).toEqual([])
})
