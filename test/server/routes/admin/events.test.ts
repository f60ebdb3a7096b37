import { describe, expect, test } from 'vitest'
import { seededEvents } from '../../../sandbox/cvent/seed.ts'
import { signOnAs, stateOf } from '../../member-steps.ts'
import { DIALECTS } from '../../../databases.ts'
import { startAdmin } from './start-admin.ts'

const OPEN = '/accounts/nasm/events/WRN3DBTCMX9'
const ada = {
  firstName: 'Ada',
  lastName: 'Quill',
  email: 'ada.quill@example.org',
  sourceId: '101',
}

describe('the list of events', () => {
  test.for(DIALECTS)(
    'counts registrations and warns of an event that has never sent a message (%s)',
    async (dialect) => {
      const admin = await startAdmin({ dialect })
      await admin.drain()
      const before = lineOf(await admin.get('/accounts/nasm/events'), seededEvents.open)

      await admin.cvent.register({ event: seededEvents.open, contact: ada })
      await admin.drain()

      const after = lineOf(await admin.get('/accounts/nasm/events'), seededEvents.open)
      expect(codes(before)).toContain('NO_WEBHOOK_YET')
      expect(before).toMatchObject({ title: 'Annual Conference 2027', registrations: { total: 0 } })
      expect(codes(after)).not.toContain('NO_WEBHOOK_YET')
      expect(after.registrations).toMatchObject({ total: 1, synced: 1 })
      expect(after.lastWebhookAt).not.toBeNull()
      expect(after.registrationUrl).toMatch(/^https?:/)
    },
  )

  test('shows an event that nobody configured until it is ignored or added', async () => {
    const admin = await startAdmin()
    await admin.cvent.register({ event: seededEvents.notConfigured, contact: ada })
    await admin.drain()
    const first = await admin.get('/accounts/nasm/events')
    const [unknown] = first.body.unknown

    await admin.put(`/accounts/nasm/unknown-events/${unknown.eventStub}`, { isIgnored: true })
    const ignored = await admin.get('/accounts/nasm/events')
    await admin.put(`/accounts/nasm/events/${seededEvents.notConfigured}`, {
      eventCode: seededEvents.notConfigured,
      meetingCode: 'NEW2027',
    })
    await admin.drain()
    const added = await admin.get('/accounts/nasm/events')

    expect(unknown).toMatchObject({ eventCode: seededEvents.notConfigured, isIgnored: false })
    expect(ignored.body.unknown[0].isIgnored).toBe(true)
    expect(added.body.unknown).toEqual([])
    expect(lineOf(added, seededEvents.notConfigured).registrations.total).toBe(1)
  })
})

describe('checking an event before it is saved', () => {
  test('tells errors from warnings, and saves nothing', async () => {
    const admin = await startAdmin()
    const event = {
      eventCode: 'NOT-AT-CVENT',
      meetingCode: 'AC2027',
      registrantsQuery: '$/Cvent/NoSuchQuery',
      opensAt: '2027-02-01T00:00:00Z',
      closesAt: '2027-01-01T00:00:00Z',
    }

    const { body } = await admin.post('/accounts/nasm/events/NOT-AT-CVENT/check', { event })

    const fields = body.errors.map((error: { field: string }) => error.field)
    expect(fields.toSorted()).toEqual(['closesAt', 'meetingCode', 'registrantsQuery'])
    expect(codes(body)).toContain('NOT_AT_CVENT')
    expect((await admin.get('/accounts/nasm/events/NOT-AT-CVENT')).status).toBe(404)
  })

  test('goes on when a vendor does not answer, and says what could not be checked', async () => {
    const admin = await startAdmin()
    admin.imis.state.queries.length = 0
    await admin.imis.close()

    const { status, body } = await admin.post(`${OPEN}/check`, {
      event: {
        eventCode: seededEvents.open,
        meetingCode: 'AC2027',
        registrantsQuery: '$/Cvent/Registrants',
      },
    })

    expect(status).toBe(200)
    expect(codes(body)).toContain('QUERY_NOT_ASKED')
    expect(body.cvent.title).toBe('Annual Conference 2027')
  })
})

describe('the simulation', () => {
  test('says for every event what the member is told, and writes nothing', async () => {
    const admin = await startAdmin()
    await admin.drain()
    const token = await signOnAs(admin)
    const before = await rows(admin)
    const said: Record<string, string> = {}
    const told: Record<string, string> = {}

    for (const { eventCode } of (await admin.get('/accounts/nasm/events')).body.items) {
      const { body } = await admin.post(`/accounts/nasm/events/${eventCode}/simulate`, {
        imisId: '101',
      })
      said[eventCode] = body.phase
    }
    const after = await rows(admin)
    for (const eventCode of Object.keys(said))
      told[eventCode] = (await stateOf(admin, { token, eventCode })).phase

    expect(said).toEqual(told)
    expect(new Set(Object.values(said)).size).toBeGreaterThan(2)
    expect(after).toEqual(before)
    expect(admin.imis.activitiesOf('101')).toEqual([])
  })

  test('stops at what Cvent needs and the record lacks', async () => {
    const admin = await startAdmin()
    const { body } = await admin.post('/accounts/nasm/events/wrn3dbtcmx9/simulate', {
      imisId: '105',
    })
    const step = body.steps.find((one: { step: string }) => one.step === 'details')

    expect(body).toMatchObject({
      phase: 'details-missing',
      message: 'We need an e-mail address on your record before you can register.',
      handOff: null,
    })
    expect(step).toMatchObject({ outcome: 'stopped', facts: { missing: ['email'] } })
  })

  test('shows each step, the row, and the contact as Cvent would get it', async () => {
    const admin = await startAdmin()

    const { body } = await admin.post(`${OPEN}/simulate`, { imisId: '101' })
    const stranger = await admin.post(`${OPEN}/simulate`, { imisId: '999999' })

    const steps = body.steps.map((step: { step: string }) => step.step)
    expect(steps).toEqual([
      'configured',
      'cvent-event',
      'member',
      'own-registration',
      'window',
      'capacity',
      'query',
      'details',
    ])
    expect(body.contact.sourceId).toBe('101')
    expect(body.contact.fields).toContainEqual(
      expect.objectContaining({ field: 'firstName', column: 'First Name' }),
    )
    expect(stranger.body).toMatchObject({ phase: null, contact: null })
  })
})

test('warnings name their event, and many silent events are told of in one', async () => {
  const admin = await startAdmin()
  await admin.drain()
  const { body: all } = await admin.get('/accounts/nasm/events')
  const enabled = all.items.filter(({ enabled }: { enabled: boolean }) => enabled)
  const told = async () =>
    (await admin.get('/accounts/nasm/overview')).body.warnings.filter(
      ({ code }: { code: string }) => code === 'NO_WEBHOOK_YET',
    )

  const many = await told()
  await admin.db
    .updateTable('event')
    .set({ lastMessageAt: admin.now() })
    .where('eventCode', '!=', seededEvents.open)
    .execute()
  const one = await told()

  expect(enabled.length).toBeGreaterThan(2)
  expect(many).toHaveLength(1)
  expect(many[0]).toMatchObject({ page: 'events' })
  expect(many[0].text).toContain(`these ${enabled.length} events have never sent a message`)
  expect(one).toHaveLength(1)
  expect(one[0].text).toMatch(/^Annual Conference 2027: this event has never sent a message/)
})

test('on iMIS 2017, which cannot be browsed, the folder says so and a typed path is run all the same', async () => {
  const admin = await startAdmin({ imis: { edition: '2017' } })

  const folder = await admin.get('/accounts/nasm/pickers/folder?path=$/')
  const run = await admin.post('/accounts/nasm/pickers/query/run', {
    path: '$/Cvent/Registrants',
    imisId: '101',
  })
  const tested = await admin.post('/accounts/nasm/test', { parts: ['imis', 'single-sign-on'] })

  expect(folder.body).toMatchObject({ canBrowse: false, entries: [] })
  expect(run.body.verdict).toBe('allowed')
  expect(tested.body.checks.filter((one: { state: string }) => one.state === 'failed')).toEqual([])
})

test('a dry run lists the writes of every attendee and makes none of them', async () => {
  const admin = await startAdmin()
  await admin.drain()
  await admin.cvent.setWebhook({ url: 'http://127.0.0.1:9/nowhere', token: 'none' })
  await admin.cvent.register({ event: seededEvents.open, contact: ada })
  // Nobody in iMIS is known for these two; who has cancelled needs nobody.
  const unknown = { firstName: 'Uma', lastName: 'Nowhere' }
  const left = await admin.cvent.register({
    event: seededEvents.open,
    contact: { ...unknown, email: 'left@example.org' },
  })
  await admin.cvent.cancel(left.id)
  await admin.cvent.register({
    event: seededEvents.open,
    contact: { ...unknown, email: 'here@example.org' },
  })
  const before = await rows(admin)

  const asked = await admin.post(`${OPEN}/reconcile`, { dryRun: true })
  const read = async () => (await admin.get(`/accounts/nasm/runs/${asked.body.id}`)).body
  await expect.poll(async () => (await read()).state).toBe('done')
  const { result } = await read()
  const during = admin.imis.activitiesOf('101')
  const after = await rows(admin)
  await admin.post(`${OPEN}/reconcile`, { mode: 'full' })
  await admin.drain()

  const [activity] = admin.imis.activitiesOf('101')
  expect(result.counts).toEqual({ create: 1, update: 0, delete: 0, unmatched: 1, unreadable: 0 })
  const { body } = await admin.get('/accounts/nasm/registrations?state=unmatched')
  expect(body.items).toHaveLength(1)
  expect(result.writes[0]).toMatchObject({ action: 'create', partyId: '101' })
  expect(result.writes[0].productCode).toBe(activity?.PRODUCT_CODE)
  expect(during).toEqual([])
  expect(after).toEqual(before)
})

test('a copy takes the settings but not the times, and needs a code of its own', async () => {
  const admin = await startAdmin()
  const copy = { eventCode: 'COPY1', meetingCode: 'COPY1' }

  const copied = await admin.post(`${OPEN}/copy`, copy)
  const again = await admin.post(`${OPEN}/copy`, copy)

  expect(copied.status).toBe(201)
  expect(copied.body).toMatchObject({ ...copy, registrantsQuery: '$/Cvent/Registrants' })
  expect(again.status).toBe(412)
})

type Admin = Awaited<ReturnType<typeof startAdmin>>

/** How many rows each table holds that a decision could have written to. */
async function rows({ db }: Admin) {
  const counts: Record<string, number> = {}
  for (const table of ['registration', 'ledger', 'message', 'assignment', 'event'] as const)
    counts[table] = (await db.selectFrom(table).select('account').execute()).length
  return counts
}

interface Line {
  eventCode: string
  lastWebhookAt: string | null
  registrationUrl: string | null
  registrations: { total: number }
  warnings: { code: string }[]
}

function lineOf({ body }: { body: { items: Line[] } }, eventCode: string): Line {
  const line = body.items.find((one) => one.eventCode === eventCode)
  if (!line) throw new Error(`${eventCode} is not in the list`)
  return line
}

function codes({ warnings }: { warnings: { code: string }[] }) {
  return warnings.map(({ code }) => code)
}
