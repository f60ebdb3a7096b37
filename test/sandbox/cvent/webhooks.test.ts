import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { CventOptions } from './server.ts'
import { sandboxWebhookToken, startCvent } from './server.ts'
import { seededEvents } from './seed.ts'

const at = Date.parse('2027-02-03T18:20:00.000Z')
const closers: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

interface Received {
  method: string
  path: string
  headers: Record<string, unknown>
  body: Record<string, unknown>
}

/** A receiver that keeps every request and answers `status.now`. */
async function receiver() {
  const received: Received[] = []
  const status = { now: 200 }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      received.push({
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: text ? JSON.parse(text) : {},
      })
      response.writeHead(status.now).end('kept')
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  closers.push(async () => {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  })
  // A listening TCP server has an address with a port.
  const { port } = server.address() as AddressInfo
  return { received, status, url: `http://127.0.0.1:${port}/webhooks/cvent/nasm` }
}

async function start(switches: CventOptions['switches'] = {}) {
  const sink = await receiver()
  const cvent = await startCvent({
    now: () => at,
    switches,
    webhook: { url: sink.url, token: sandboxWebhookToken },
  })
  closers.push(() => cvent.close())
  return { sink, cvent }
}

const ada = { firstName: 'Ada', lastName: 'Neil', email: 'ada@example.org', sourceId: '101' }
const types = (received: Received[]) => received.map(({ body }) => body['eventType'])

test('a registration is posted with the raw token, one message for the invitee and one for each guest', async () => {
  const { sink, cvent } = await start()

  const attendee = await cvent.register({
    event: seededEvents.open,
    contact: ada,
    guests: [{ firstName: 'Gus', lastName: 'Neil' }],
  })

  expect(types(sink.received)).toEqual(['InviteeOrGuestAccepted', 'InviteeOrGuestAccepted'])
  expect(sink.received[0]).toMatchObject({
    method: 'POST',
    path: '/webhooks/cvent/nasm',
    headers: { authorization: sandboxWebhookToken, 'user-agent': 'Cvent-Webhooks' },
    body: {
      messageTime: '2027-02-03T18:20:00.000Z',
      message: [
        {
          inviteeStub: attendee.id.toUpperCase(),
          contactSourceId: '101',
          isGuest: false,
          registrationDate: '2027-02-03',
          unsubscribed: 'no',
          eventForInvitee: { eventTimeZoneName: 'Eastern Time' },
          orders: [{ orderDetails: [{ orderFee: '495.00', orderType: 'charge' }] }],
        },
      ],
    },
  })
  expect(sink.received[1]?.body).toMatchObject({ message: [{ isGuest: true }] })
})

test('activation asks the endpoint with GET and says what it answered', async () => {
  const { sink, cvent } = await start()

  expect(await cvent.setWebhook({ url: sink.url, token: 'other' })).toBe(200)
  expect(sink.received[0]).toMatchObject({ method: 'GET', headers: { authorization: 'other' } })
  sink.status.now = 401
  expect(await cvent.setWebhook({ url: sink.url, token: 'other' })).toBe(401)
})

test('messages are duplicated, dropped, held, reordered and addressed as the switches say', async () => {
  const { sink, cvent } = await start({ holdWebhooks: true, reorderWebhooks: true })
  const attendee = await cvent.register({ event: seededEvents.open, contact: ada })
  await cvent.cancel(attendee.id)
  expect(sink.received).toEqual([])

  await cvent.flushWebhooks()
  expect(types(sink.received)).toEqual(['InviteeOrGuestCancelled', 'InviteeOrGuestAccepted'])

  Object.assign(cvent.switches, {
    holdWebhooks: false,
    duplicateWebhooks: 1,
    webhookPath: 'typed',
  })
  await cvent.register({ event: seededEvents.open, contact: ada })
  const [, , one, again] = sink.received
  expect(again?.body).toEqual(one?.body)
  expect(one?.path).toBe(
    `/webhooks/cvent/nasm/InviteeOrGuestAccepted/${String(one?.body['messageStub'])}`,
  )

  cvent.switches.dropWebhooks = true
  await cvent.modify(attendee.id, { addSessions: ['LAW'] })
  expect(sink.received).toHaveLength(4)
  expect(cvent.deliveries.at(-1)).toMatchObject({ status: null })
})

test('what was not answered 2xx is tried again on a flush, and only then when it says so', async () => {
  const { sink, cvent } = await start({ retryWebhooks: true, retryAfterMs: 3_600_000 })
  sink.status.now = 503
  await cvent.register({ event: seededEvents.open, contact: ada })
  expect(cvent.deliveries).toMatchObject([{ status: 503, attempt: 1 }])

  sink.status.now = 200
  await cvent.flushWebhooks()

  expect(cvent.deliveries).toMatchObject([
    { status: 503, attempt: 1 },
    { status: 200, attempt: 2, answer: 'kept' },
  ])
  await cvent.flushWebhooks()
  expect(sink.received).toHaveLength(2)
})

test('a manual sync puts everybody into one body', async () => {
  const { sink, cvent } = await start({ dropWebhooks: true })
  for (let index = 0; index < 500; index += 1)
    await cvent.register({
      event: seededEvents.open,
      contact: { firstName: 'No', lastName: `Guest${index}` },
    })
  cvent.switches.dropWebhooks = false

  expect(await cvent.syncAttendees(seededEvents.open)).toBe(500)

  expect(sink.received).toHaveLength(1)
  expect(sink.received[0]?.body['message']).toHaveLength(500)
})

test('waiting, pending and denied people make no message; an approval is an acceptance', async () => {
  const { sink, cvent } = await start()
  const pending = await cvent.register({ event: seededEvents.approval, contact: ada })
  const waiting = await cvent.register({ event: seededEvents.waitlist, contact: ada })

  expect([pending.status, waiting.status]).toEqual(['Pending Approval', 'Waitlisted'])
  expect(sink.received).toEqual([])
  await expect(cvent.register({ event: seededEvents.full, contact: ada })).rejects.toThrow('full')
  await expect(cvent.register({ event: seededEvents.closed, contact: ada })).rejects.toThrow(
    'closed',
  )
  await cvent.approve(pending.id)
  expect(types(sink.received)).toEqual(['InviteeOrGuestAccepted'])
})

test('a substitution keeps the attendee, or makes a new one, by switch', async () => {
  const { sink, cvent } = await start()
  const attendee = await cvent.register({ event: seededEvents.open, contact: ada })
  const bo = { firstName: 'Bo', lastName: 'Quill', email: 'bo@example.org' }

  const same = await cvent.substitute(attendee.id, bo)
  cvent.switches.substitution = 'new-attendee'
  const other = await cvent.substitute(attendee.id, ada)

  expect(same.id).toBe(attendee.id)
  expect(other.id).not.toBe(attendee.id)
  expect(attendee.status).toBe('Cancelled')
  expect(sink.received[1]?.body).toMatchObject({
    eventType: 'InviteeSubstitutedInAnEvent',
    message: [{ first_name: 'Bo', registration_code: other.confirmationNumber }],
  })
})

const samples = join(
  process.env['SHARED_DIR'] ?? join(import.meta.dirname, '../../../../shared'),
  'samples/cvent',
)

test.runIf(existsSync(samples))(
  'every message has exactly the members of its known sample',
  async () => {
    const { sink, cvent } = await start({ extraMessages: true })
    const contact = await cvent.createContact(ada)
    const attendee = await cvent.register({
      event: seededEvents.open,
      contact: contact.id,
      guests: [{ firstName: 'Gus', lastName: 'Neil' }],
    })
    await cvent.modify(attendee.id, { addSessions: ['LAW'] })
    await cvent.markSessionParticipant(attendee.id, 'LAW')
    await cvent.syncAttendees(seededEvents.open)
    await cvent.syncEvent(seededEvents.open)
    await cvent.updateEvent(seededEvents.open, { title: 'Annual Conference' })
    await cvent.updateSession(seededEvents.open, 'LAW', { name: 'Law' })
    await cvent.abandon(seededEvents.open, { firstName: 'A', lastName: 'B', email: 'a@b.org' })
    await cvent.cancel(attendee.id)
    await cvent.substitute(attendee.id, { firstName: 'Bo', lastName: 'Q', email: 'bo@q.org' })
    await cvent.cancelEvent(seededEvents.open)

    const named: Record<string, string> = {
      ContactCreated: 'contact-created',
      InviteeOrGuestAccepted: 'registered-accepted',
      InviteeOrGuestModified: 'registration-modified',
      InviteeOrGuestCancelled: 'registration-cancelled',
      InviteeAttendsCventSession: 'session-participant',
      AttendeeManualSynced: 'attendees-manual-synced-batch',
      EventManualSynced: 'event-manual-synced',
      EventUpdated: 'event-modified',
      EventCancelled: 'event-cancelled',
      SessionUpdated: 'session-updated',
      InviteeAbandonedRegistrationInAnEvent: 'abandoned',
      InviteeSubstitutedInAnEvent: 'substituted',
    }
    for (const [type, name] of Object.entries(named)) {
      const sent = sink.received.find(({ body }) => body['eventType'] === type)?.body
      const sample: unknown = JSON.parse(
        readFileSync(join(samples, `webhook-${name}.json`), 'utf8'),
      )
      expect([type, shape(sent)]).toEqual([type, shape(sample)])
    }
  },
)

/** Member names with the kinds of their values; lists by their first item, empty lists as such are skipped. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return 'list'
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, member]) => [
        name,
        name === 'message' && Array.isArray(member) ? shape(member[0]) : shape(member),
      ]),
  )
}
