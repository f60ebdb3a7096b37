import { createSign, generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { callerOf } from './calling.ts'
import type { CventSandbox } from './server.ts'
import { startCvent } from './server.ts'
import { seededEvents } from './seed.ts'
import { eventBy } from './state.ts'

const at = Date.parse('2027-02-03T18:20:00.000Z')
const closers: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function start() {
  const cvent = await startCvent({ now: () => at })
  closers.push(() => cvent.close())
  return cvent
}

const post = (url: string, fields: Record<string, string> | [string, string][]) =>
  fetch(url, { method: 'POST', redirect: 'manual', body: new URLSearchParams(fields) })

const identity = (cvent: CventSandbox) => ({
  ecode: eventBy(cvent.state, seededEvents.open).id,
  first_name: 'Maren',
  last_name: 'Oakfield',
  email_address: 'maren.oakfield@example.org',
  source_id: '101',
  target: 'Registration',
})

test('the form post finds or creates the contact and opens the form filled in', async () => {
  const cvent = await start()

  const redirect = await post(cvent.formPostUrl, { ...identity(cvent), company: 'Slipway Works' })

  expect(redirect.status).toBe(302)
  const form = await (await fetch(redirect.headers.get('location') ?? '')).text()
  expect(form).toContain('value="maren.oakfield@example.org"')
  expect(form).toContain('value="Slipway Works"')
  const made = [...cvent.state.contacts.values()].filter(({ fields }) => fields.sourceId === '101')
  expect(made).toHaveLength(1)
  expect(cvent.state.formPosts).toMatchObject([{ contactId: made[0]?.id, refused: null }])
})

test('the form post refuses what is missing, unknown or too long, and keeps it for the test to see', async () => {
  const cvent = await start()
  const { source_id: _absent, ...withoutSource } = identity(cvent)

  for (const fields of [
    withoutSource,
    { ...identity(cvent), email_address: '' },
    { ...identity(cvent), favourite_colour: 'red' },
    { ...identity(cvent), first_name: 'M'.repeat(31) },
    { ...identity(cvent), ecode: seededEvents.open },
    { ...identity(cvent), target: 'Elsewhere' },
  ])
    expect((await post(cvent.formPostUrl, fields)).status).toBe(400)
  expect(cvent.state.formPosts.every(({ refused }) => refused !== null)).toBe(true)
})

test('with a public key only a form signed for this e-mail and time gets through', async () => {
  const cvent = await start()
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
  cvent.state.formPostPublicKey = String(keys.publicKey.export({ type: 'spki', format: 'pem' }))
  const fields = { ...identity(cvent), timestamp: '02/03/2027 18:19:59' }
  const signature = createSign('RSA-SHA1')
    .update(`email=${fields.email_address};timestamp=${fields.timestamp};`, 'ascii')
    .sign(keys.privateKey, 'base64')
  const status = async (change: Record<string, string>) =>
    (await post(cvent.formPostUrl, { ...fields, reg_signature: signature, ...change })).status

  expect(await status({})).toBe(302)
  expect(await status({ email_address: 'someone.else@example.org' })).toBe(400)
  expect(await status({ timestamp: '02/03/2027 18:19:58' })).toBe(400)
  expect(await status({ reg_signature: '' })).toBe(400)
})

test('a submitted form is a registration with its items, which its owner changes and cancels', async () => {
  const cvent = await start()
  const redirect = await post(cvent.formPostUrl, identity(cvent))
  const form = redirect.headers.get('location') ?? ''

  const submitted = await post(form, [
    ['firstName', 'Maren'],
    ['lastName', 'Oakfield'],
    ['email', 'maren.oakfield@example.org'],
    ['registrationType', 'MEM'],
    ['admissionItem', 'FULL-M'],
    ['session', 'DRONE'],
    ['session', 'LAW'],
    ['quantity-SHIRT', '2'],
    ['guest1FirstName', 'Gus'],
    ['guest1LastName', 'Oakfield'],
    ['payment', 'card'],
  ])

  expect(submitted.status).toBe(303)
  const own = cvent.url + (submitted.headers.get('location') ?? '')
  const confirmation = await (await fetch(own)).text()
  expect(confirmation).toContain('Registration complete')
  expect(confirmation).toContain('Total: USD 895.00, due: USD 0.00')
  const again = await fetch(form, { redirect: 'manual' })
  expect(again.headers.get('location')).toContain('/registration/')

  const base = own.split('?')[0] ?? ''
  await post(`${base}/modify`, [
    ['session', 'LAW'],
    ['quantity-SHIRT', '2'],
  ])
  expect(await (await fetch(base)).text()).toContain('Total: USD 775.00')
  await post(`${base}/cancel`, {})
  expect(await (await fetch(base)).text()).toContain('Cancelled')
})

test('a personal link opens the form of the invited person', async () => {
  const cvent = await start()
  const call = await callerOf(cvent)
  const selma = [...cvent.state.contacts.values()].find(({ fields }) => fields.sourceId === '108')
  const made = await call('POST', '/attendees', [
    {
      event: { id: eventBy(cvent.state, seededEvents.open).id },
      contact: { id: selma?.id },
      status: 'No Response',
    },
  ])
  const attendee = await call('GET', `/attendees/${made.rows[0]?.data?.id}`)

  const form = await fetch(attendee.body.webLinks?.acceptRegistration ?? '')

  expect(await form.text()).toContain('value="selma.dorn@example.org"')
})

test('closed and full events say so instead of a form', async () => {
  const cvent = await start()
  const text = async (code: string) => (await fetch(`${cvent.url}/event/${code}/register`)).text()

  expect(await text(seededEvents.closed)).toContain('Registration is closed')
  expect(await text(seededEvents.full)).toContain('This event is full')
  await post(`${cvent.url}/planner/${seededEvents.open}/event/close`, {})
  expect(await text(seededEvents.open)).toContain('Registration is closed')
})

test('a contact hook is asked who an e-mail is, and its answer fills the form', async () => {
  const cvent = await start()
  const call = await callerOf(cvent)
  const asked: unknown[] = []
  const hook = createServer((request, response) => {
    asked.push(request.headers['x-api-key'])
    request
      .resume()
      .on('end', () =>
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ data: [{ name: 'Source ID', value: ['101'] }] })),
      )
  })
  await new Promise<void>((listening) => hook.listen(0, '127.0.0.1', listening))
  closers.push(async () => {
    hook.closeAllConnections()
    return new Promise((closed) => hook.close(closed))
  })
  // A listening TCP server has an address with a port.
  const { port } = hook.address() as AddressInfo
  const made = await call('POST', '/contacts/hooks', {
    name: 'Members',
    callback: `http://127.0.0.1:${port}/contact-hook/nasm`,
    security: { type: 'apiKey', secret: 'shh', authHeaderKey: 'x-api-key', apiKeyPrefix: false },
  })
  const event = eventBy(cvent.state, seededEvents.open)
  event.hookId = made.body.id ?? null

  const first = await fetch(`${cvent.url}/event/${event.code}/register`)
  expect(await first.text()).toContain('Identity confirmation')
  await post(`${cvent.url}/event/${event.code}/identify`, {
    firstName: 'Maren',
    lastName: 'Oakfield',
    email: 'maren.oakfield@example.org',
  })

  expect(asked).toEqual(['shh'])
  expect([...cvent.state.contacts.values()].some(({ fields }) => fields.sourceId === '101')).toBe(
    true,
  )
})

test('every switch, action and fault can be pressed from outside', async () => {
  const cvent = await start()
  const send = (method: string, path: string, body: unknown) =>
    fetch(cvent.url + path, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })

  expect((await send('PATCH', '/sandbox/switches', { holdWebhooks: true })).status).toBe(200)
  expect(cvent.switches.holdWebhooks).toBe(true)
  expect((await send('PATCH', '/sandbox/switches', { nonsense: 1 })).status).toBe(400)
  const made = await send('POST', '/sandbox/actions/register', [
    { event: seededEvents.open, contact: { firstName: 'Ada', lastName: 'Neil' } },
  ])
  expect(made.status).toBe(200)
  expect(cvent.state.attendees.size).toBe(1)
  await send('POST', '/sandbox/faults', { route: '/ea/', kind: 'quota' })
  expect((await fetch(`${cvent.apiUrl}/events`)).status).toBe(429)
  const page = await (await fetch(`${cvent.url}/sandbox`)).text()
  expect(page).toContain('holdWebhooks')
})
