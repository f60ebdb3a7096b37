import { connect } from 'node:net'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { ADMIN_TOKEN } from '../../../start-server.ts'
import { DIALECTS } from '../../../databases.ts'
import { seededEvents } from '../../../sandbox/cvent/seed.ts'
import { bearer, startAdmin } from './start-admin.ts'

/** A document with another part. */
const inside = (document: object, name: string, part: object) => {
  const before = document as Record<string, object>
  return { ...before, [name]: { ...before[name], ...part } }
}

const EVENT = `/accounts/nasm/events/${seededEvents.open}`
type Admin = Awaited<ReturnType<typeof startAdmin>>

async function keyOf(admin: Admin, role: string): Promise<{ id: string; key: string }> {
  const { body } = await admin.post('/accounts/nasm/api-keys', { name: `a ${role}`, role })
  return body
}

describe('a viewer', () => {
  test('cannot run a query; an editor can, past the deny-list, and each run is in the account log', async () => {
    const admin = await startAdmin()
    const viewer = await keyOf(admin, 'viewer')
    const editor = await keyOf(admin, 'editor')
    const body = { path: '$/Cvent/Registrants', imisId: '101' }
    const path = '/accounts/nasm/pickers/query/run'

    const refused = await admin.post(path, body, bearer(viewer.key))
    const run = await admin.post(path, body, bearer(editor.key))
    const { body: logs } = await admin.get('/accounts/nasm/logs?code=query-run')

    expect(refused.status).toBe(403)
    expect(run.body.verdict).toBe('allowed')
    expect(run.text).not.toMatch(/birth|gender|passport/i)
    expect(logs.items).toHaveLength(1)
    expect(logs.items[0]).toMatchObject({ partyId: '101' })
    expect(logs.items[0].text).toContain('key a editor checked iMIS ID 101')
  })

  test('checks a member for a configured event and sees the decision and what goes to Cvent, nothing else of the row', async () => {
    const admin = await startAdmin()
    const { key } = await keyOf(admin, 'viewer')

    const checked = await admin.post(`${EVENT}/simulate`, { imisId: '101' }, bearer(key))
    const unknown = await admin.post(
      '/accounts/nasm/events/NOSUCH/simulate',
      { imisId: '101' },
      bearer(key),
    )
    const { body: logs } = await admin.get('/accounts/nasm/logs?code=query-run')

    expect(checked.body.phase).toBe('eligible')
    const query = checked.body.steps.find(({ step }: { step: string }) => step === 'query')
    expect(query.facts).toEqual({ path: '$/Cvent/Registrants', rows: '1' })
    const shown = checked.body.contact.fields.map(({ field }: { field: string }) => field)
    expect(shown).toContain('firstName')
    expect(shown.join(' ')).not.toMatch(/birth|gender|passport/i)
    expect(unknown.status).toBe(404)
    expect(logs.items).toHaveLength(1)
  })

  test('makes at most thirty questions a minute; what a picker was asked a moment ago costs no call', async () => {
    const admin = await startAdmin()
    const { key } = await keyOf(admin, 'viewer')
    const pick = (search: string) =>
      admin.get(`/accounts/nasm/pickers/cvent-events?search=${search}`, bearer(key))
    const calls = () => admin.cvent.switchboard.calls.length
    await pick('Annual')
    const before = calls()

    for (let again = 0; again < 50; again += 1) expect((await pick('Annual')).status).toBe(200)
    const cached = calls() - before
    const statuses: number[] = []
    for (let n = 0; n < 40; n += 1) statuses.push((await pick(`other${n}`)).status)
    const limited = await admin.post(`${EVENT}/simulate`, { imisId: '101' }, bearer(key))
    const owner = await admin.post(`${EVENT}/simulate`, { imisId: '101' })
    admin.advance(61_000)
    const later = await admin.post(`${EVENT}/simulate`, { imisId: '101' }, bearer(key))

    expect(cached).toBe(0)
    expect(statuses.filter((status) => status === 200)).toHaveLength(29)
    expect(limited.status).toBe(429)
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0)
    expect([owner.status, later.status]).toEqual([200, 200])
  })

  test('however many there are, use at most a tenth of the free tier’s day, and nothing of what is kept for members', async () => {
    const admin = await startAdmin({
      cvent: { tier: 'free' },
      account: (account) => ({ ...account, cvent: { ...account.cvent, tier: 'free' } }),
    })
    await admin.drain()
    const calls = () => admin.cvent.switchboard.calls.length
    const before = calls()
    const statuses = new Map<number, number>()
    for (let viewer = 0; viewer < 6; viewer += 1) {
      const { body } = await admin.post('/accounts/nasm/api-keys', {
        name: `viewer ${viewer}`,
        role: 'viewer',
      })
      for (let n = 0; n < 25; n += 1) {
        const path = `/accounts/nasm/pickers/cvent-events?search=title${viewer}x${n}`
        const { status } = await admin.get(path, bearer(body.key))
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
    }
    const used = calls() - before
    const day = new Date(admin.now()).toISOString().slice(0, 10)
    await admin.db.updateTable('callquota').set({ used: 800 }).where('day', '=', day).execute()
    const asked = calls()
    const editor = await admin.get('/accounts/nasm/pickers/cvent-events?search=late')
    const dry = await admin.post(`${EVENT}/simulate`, { imisId: '101' })

    expect(Object.fromEntries(statuses)).toEqual({ 200: 100, 429: 50 })
    expect(used).toBeLessThanOrEqual(110)
    expect(editor.status).toBe(503)
    expect(dry.body.steps).toContainEqual(
      expect.objectContaining({ step: 'cvent-event', outcome: 'failed' }),
    )
    expect(calls()).toBe(asked)
  })

  test('does not read of keys and users in the audit log or the account log', async () => {
    const admin = await startAdmin()
    const viewer = await keyOf(admin, 'viewer')
    await admin.put('/accounts/nasm/staff/4711', { name: 'Ada Secretive', role: 'owner' })
    await admin.delete('/accounts/nasm/staff/4711')

    const own = await admin.get('/accounts/nasm/audits')
    const theirs = await admin.get('/accounts/nasm/audits', bearer(viewer.key))
    const log = await admin.get('/accounts/nasm/logs?kind=admin', bearer(viewer.key))

    expect(own.text).toContain('Ada Secretive')
    expect(own.text).toContain('API key added')
    for (const { text } of [theirs, log])
      for (const hidden of ['Ada Secretive', '4711', viewer.id]) expect(text).not.toContain(hidden)
    expect(theirs.text).not.toContain('API key')
    expect(theirs.body.items.length).toBeGreaterThan(0)
  })
})

describe.each(DIALECTS)('%s: an export', (dialect) => {
  test('is recorded with who and how many, its texts are quoted, and no formula comes through', async () => {
    const admin = await startAdmin({ dialect })
    const viewer = await keyOf(admin, 'viewer')
    const names = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '＝1', 'plain']
    for (const [at, firstName] of names.entries())
      await admin.db
        .insertInto('registration')
        .values({
          id: `0193a3c1-7b5e-7c3e-9a51-00000000000${at}`,
          account: 'nasm',
          attendeeId: `a${at}`,
          firstName,
          lastName: 'say "hi"',
          wantedVersion: 1,
          syncedVersion: 1,
          state: 'synced',
          dueAt: 1,
          createdAt: 1,
          updatedAt: 1,
        })
        .execute()

    const { text } = await admin.get(
      '/accounts/nasm/registrations/export?format=csv&q=hi',
      bearer(viewer.key),
    )
    const all = await admin.get(
      '/accounts/nasm/registrations/export?format=csv',
      bearer(viewer.key),
    )
    const audits = await admin.db
      .selectFrom('audit')
      .selectAll()
      .where('action', '=', 'registrations exported')
      .orderBy('id')
      .execute()

    expect(text).toBeTruthy()
    for (const name of names.slice(0, -1)) expect(all.text).toContain(`"'${name}"`)
    expect(all.text).toContain('"plain"')
    expect(all.text).toContain('"say ""hi"""')
    expect(audits.map(({ actor }) => actor)).toEqual(['key a viewer', 'key a viewer'])
    expect(JSON.parse(audits[1]?.after ?? '')).toEqual({ rows: names.length, filters: ['format'] })
    expect(audits[0]?.after).not.toContain('hi')
  })
})

test('a live log ends within seconds when its key is revoked', async () => {
  const admin = await startAdmin()
  const { id, key } = await keyOf(admin, 'viewer')
  const response = await fetch(`${admin.url}/admin/accounts/nasm/logs/live`, {
    headers: bearer(key),
  })
  const ended = response.text()
  await admin.delete(`/accounts/nasm/api-keys/${id}`)

  const text = await ended

  expect(response.status).toBe(200)
  expect(text).toContain('keep-alive')
})

test('an error body never repeats more than a few wrong keys of the sender', async () => {
  const admin = await startAdmin()
  const { body } = await admin.get('/accounts/nasm')
  const wrong = Object.fromEntries(
    Array.from({ length: 1500 }, (_one, n) => [`wrong-key-number-${n}-${'x'.repeat(60)}`, n]),
  )

  const top = await admin.put('/accounts/nasm', { ...body, ...wrong })
  const inside = await admin.put('/accounts/nasm', { ...body, imis: { ...body.imis, ...wrong } })

  for (const { status, text } of [top, inside]) {
    expect(status).toBe(400)
    expect(text.length).toBeLessThan(2000)
    expect(text.match(/wrong-key-number/g)?.length ?? 0).toBeLessThanOrEqual(8)
    expect(text).toContain('and 1497 more')
    expect(text).not.toContain('x'.repeat(41))
  }
})

test.each<[where: string, put: (account: object, wrong: object) => [path: string, body: object]]>([
  ['phrases', (account, phrases) => ['/accounts/nasm', { ...account, phrases }]],
  [
    'cvent.contactTypes',
    (account, contactTypes) => ['/accounts/nasm', inside(account, 'cvent', { contactTypes })],
  ],
  [
    'cvent.customFields',
    (account, customFields) => ['/accounts/nasm', inside(account, 'cvent', { customFields })],
  ],
  [
    'activity.fields',
    (account, fields) => ['/accounts/nasm', inside(account, 'activity', { fields })],
  ],
  ['events of a file', (_account, events) => ['/plan', { accounts: [], events }]],
  [
    'address changes of a file',
    (_account, addressChanges) => ['/plan', { accounts: [], addressChanges }],
  ],
])(
  'an error body repeats no more than a few names that the sender made up: %s',
  async (_where, put) => {
    const admin = await startAdmin()
    const { body: account } = await admin.get('/accounts/nasm')
    const wrong = Object.fromEntries(
      Array.from({ length: 60 }, (_one, n) => [`wrong-key-number-${n}-${'x'.repeat(150)}`, 'no']),
    )

    const [path, document] = put(account, wrong)
    const { status, text } = await (path === '/plan'
      ? admin.post(path, document)
      : admin.put(path, document))

    expect(status).toBe(400)
    expect(text.match(/wrong-key-number/g)?.length ?? 0).toBeLessThanOrEqual(8)
    expect(text).not.toContain('x'.repeat(41))
  },
)

test('a connection that is reset before its request was read is no bug', async () => {
  const lines: { level: number; msg: string; err?: { message: string; stack: string } }[] = []
  const logger = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) })
  const admin = await startAdmin({ logger })
  const { port } = new URL(admin.url)
  const paths = [
    'GET /admin/session',
    'GET /admin/accounts/nasm',
    `PUT /admin${EVENT}`,
    `GET /v1/nasm/events/${seededEvents.open}/registration`,
    'GET /hand-off/x',
    'POST /webhooks/cvent/nasm',
    'POST /sso/nasm',
    'GET /health/ready',
    'GET /dashboard/',
    'GET /nothing',
  ]
  /** Writes a request and resets at once: the server reads it from a connection that is no more. */
  const reset = (path: string) =>
    new Promise<void>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () =>
        socket.write(
          `${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${ADMIN_TOKEN}\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`,
          () => socket.resetAndDestroy(),
        ),
      )
      socket.on('error', () => undefined)
      socket.on('close', () => resolve())
    })

  for (let round = 0; round < 5; round += 1) await Promise.all(paths.map(reset))
  await fetch(`${admin.url}/health/live`)
  await admin.close()

  expect(lines.filter(({ level }) => level >= 50)).toEqual([])
})
