import { describe, expect, test } from 'vitest'
import { DIALECTS } from '../../../databases.ts'
import { seededEvents } from '../../../sandbox/cvent/seed.ts'
import { startAdmin } from './start-admin.ts'

const EVENT = `/accounts/nasm/events/${seededEvents.open}`
type Admin = Awaited<ReturnType<typeof startAdmin>>
type Method = 'PUT' | 'POST' | 'DELETE'

/** What an admin can change, on a server where one member's registration was written. */
async function changesOf(admin: Admin): Promise<[Method, string, object?][]> {
  const { body: account } = await admin.get('/accounts/nasm')
  const { body: event } = await admin.get(EVENT)
  const { body: key } = await admin.post('/accounts/nasm/api-keys', { name: 'k', role: 'viewer' })
  await admin.put('/accounts/nasm/staff/7', { name: 'Ada', role: 'viewer' })
  await admin.post('/accounts/nasm/webhook-tokens')
  const message = await admin.db.selectFrom('message').select('id').executeTakeFirstOrThrow()
  const log = await admin.db
    .selectFrom('log')
    .select(['id', 'registrationId'])
    .where('registrationId', 'is not', null)
    .executeTakeFirstOrThrow()
  const id = log.registrationId ?? ''
  const { eventStub } = await admin.db
    .selectFrom('unknownevent')
    .select('eventStub')
    .executeTakeFirstOrThrow()
  const { body: plan } = await admin.post('/accounts/nasm/replays', { what: 'registrations' })
  const { body: other } = await admin.post('/accounts/nasm/replays', { what: 'registrations' })
  const at = '/accounts/nasm'
  return [
    ['PUT', at, { ...account, name: 'Another' }],
    ['PUT', EVENT, { ...event, priceNote: 'From $1' }],
    ['POST', `${EVENT}/copy`, { eventCode: 'COPY1', meetingCode: 'COPY' }],
    ['POST', `${EVENT}/reconcile`, { mode: 'full' }],
    ['POST', `${EVENT}/reconcile`, { dryRun: true }],
    ['PUT', `${at}/unknown-events/${eventStub}`, { isIgnored: true }],
    ['POST', `${at}/registrations/${id}/retry`],
    ['POST', `${at}/registrations/${id}/party`, { partyId: '107' }],
    ['POST', `${at}/messages/${message.id}/replay`],
    ['POST', `${at}/messages/${message.id}/dismiss`, { isDismissed: true }],
    ['POST', `${at}/logs/${log.id}/replay`],
    ['POST', `${at}/logs/${log.id}/dismiss`, { isDismissed: true }],
    ['POST', `${at}/replays`, { what: 'registrations' }],
    ['POST', `${at}/runs/${plan.id}/start`],
    ['POST', `${at}/runs/${other.id}/cancel`],
    ['POST', `${at}/api-keys`, { name: 'another', role: 'viewer' }],
    ['DELETE', `${at}/api-keys/${key.id}`],
    ['PUT', `${at}/staff/8`, { name: 'Bob', role: 'viewer' }],
    ['DELETE', `${at}/staff/7`],
    ['POST', `${at}/webhook-tokens`],
    ['POST', `${at}/webhook-tokens/retire`],
    ['DELETE', EVENT],
    ['DELETE', at],
  ]
}

async function arrange(dialect: (typeof DIALECTS)[number]) {
  const admin = await startAdmin({ dialect })
  for (const event of [seededEvents.open, seededEvents.notConfigured])
    await admin.cvent.register({
      event,
      contact: { firstName: 'A', lastName: 'B', email: 'a@example.org', sourceId: '101' },
      planner: true,
    })
  await admin.drain()
  return { admin, changes: await changesOf(admin) }
}

/** Everything an admin can change; `log` and `audit` are left out. */
function stored(admin: Admin) {
  const tables = ['account', 'event', 'unknownevent', 'registration', 'assignment'] as const
  const others = ['message', 'apikey', 'staff', 'run'] as const
  return Promise.all(
    [...tables, ...others].map((table) => admin.db.selectFrom(table).selectAll().execute()),
  )
}

describe.each(DIALECTS)('%s: a change by an admin', (dialect) => {
  test('is not made when it cannot be recorded', async () => {
    const { admin, changes } = await arrange(dialect)
    const before = await stored(admin)
    await admin.db.schema.dropTable('audit').execute()

    for (const [method, path, body] of changes) {
      const { status } = await admin.call(
        method,
        path,
        body ?? (method === 'POST' ? {} : undefined),
      )
      expect([method, path, status]).toEqual([method, path, 500])
      expect(await stored(admin)).toEqual(before)
    }
  })

  test('is recorded once, each under its own name', async () => {
    const { admin, changes } = await arrange(dialect)
    const audits = () => admin.db.selectFrom('audit').select(['id', 'action']).execute()
    const actions: string[] = []

    for (const [method, path, body] of changes) {
      const before = new Set((await audits()).map(({ id }) => id))
      const given = body ?? (method === 'POST' ? {} : undefined)
      const { status } = await admin.call(method, path, given)
      const added = (await audits()).filter(({ id }) => !before.has(id))
      expect([method, path, status < 300, added.length]).toEqual([method, path, true, 1])
      actions.push(added[0]?.action ?? '')
    }

    expect(new Set(actions).size).toBeGreaterThan(15)
  })
})
