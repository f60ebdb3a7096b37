import { describe, expect, test } from 'vitest'
import { findRun } from '../../../../db/runs.ts'
import { DIALECTS } from '../../../databases.ts'
import { seededEvents } from '../../../sandbox/cvent/seed.ts'
import { startAdmin } from './start-admin.ts'

const EVENT = `/accounts/nasm/events/${seededEvents.open}`
type Admin = Awaited<ReturnType<typeof startAdmin>>

/** A server whose events were looked at once, and whose webhooks get lost. */
async function startLooked(dialect: (typeof DIALECTS)[number]) {
  const admin = await startAdmin({ dialect })
  await admin.drain()
  await admin.cvent.setWebhook({ url: 'http://127.0.0.1:9/nowhere', token: 'none' })
  admin.advance(60_000)
  return admin
}

async function registerMembers(admin: Admin, ...sourceIds: string[]) {
  for (const sourceId of sourceIds)
    await admin.cvent.register({
      event: seededEvents.open,
      contact: {
        firstName: 'Ada',
        lastName: 'Example',
        email: `m${sourceId}@example.org`,
        sourceId,
      },
      planner: true,
    })
}

async function stateOf(admin: Admin, id: string) {
  return (await findRun(admin.db, 'nasm', id))?.state
}

describe.each(DIALECTS)('%s: a reconcile that was asked for', (dialect) => {
  test('ends when its registrations were tried, though nobody watches; the next request starts anew', async () => {
    const admin = await startLooked(dialect)
    await registerMembers(admin, '101')

    const first = await admin.post(`${EVENT}/reconcile`, { mode: 'full' })
    const meanwhile = await admin.post(`${EVENT}/reconcile`, { mode: 'full' })
    await admin.drain()
    const ended = await stateOf(admin, first.body.id)
    await registerMembers(admin, '107')
    admin.advance(60_000)
    const second = await admin.post(`${EVENT}/reconcile`, { mode: 'full' })
    await admin.drain()

    expect(first.body).toMatchObject({ state: 'running', done: 0, total: 0 })
    expect(meanwhile.body.id).toBe(first.body.id)
    expect(ended).toBe('done')
    expect(second.body.id).not.toBe(first.body.id)
    expect(await stateOf(admin, second.body.id)).toBe('done')
    expect(admin.imis.activitiesOf('101')).toHaveLength(1)
    expect(admin.imis.activitiesOf('107')).toHaveLength(1)
    const { body } = await admin.get(`/accounts/nasm/runs/${second.body.id}`)
    expect(body).toMatchObject({ done: 2, total: 2, result: { registrations: { synced: 2 } } })
  })

  test('is one run when two ask at the same time, and a full one is not answered by one that reads changes only', async () => {
    const admin = await startLooked(dialect)

    const both = await Promise.all(
      [1, 2, 3].map(() => admin.post(`${EVENT}/reconcile`, { mode: 'changed' })),
    )
    const full = await admin.post(`${EVENT}/reconcile`, { mode: 'full' })
    const changed = await admin.post(`${EVENT}/reconcile`, { mode: 'changed' })
    await admin.drain()

    expect(new Set(both.map(({ body }) => body.id)).size).toBe(1)
    expect(full.body.id).not.toBe(both[0]?.body.id)
    expect([both[0]?.body.id, full.body.id]).toContain(changed.body.id)
    expect(await stateOf(admin, both[0]?.body.id)).toBe('done')
    expect(await stateOf(admin, full.body.id)).toBe('done')
  })

  test('says how far it is to whoever reads it, and reading changes nothing', async () => {
    const admin = await startLooked(dialect)
    await registerMembers(admin, '101', '107', '110')
    const { body: asked } = await admin.post(`${EVENT}/reconcile`, { mode: 'full' })
    await admin.drain()
    // As it stands between the look and the writes: the worker does both in one job.
    const lookedAt = admin.now()
    await admin.db
      .updateTable('run')
      .set({ state: 'running', done: 0, plan: JSON.stringify({ mode: 'full', lookedAt }) })
      .execute()
    await admin.db.updateTable('registration').set({ state: 'waiting', dueAt: lookedAt }).execute()
    await admin.db
      .updateTable('registration')
      .set({ state: 'synced' })
      .where('partyId', '=', '101')
      .execute()
    const stored = () => admin.db.selectFrom('run').selectAll().execute()
    const before = await stored()

    const read = await admin.get(`/accounts/nasm/runs/${asked.id}`)
    const list = await admin.get('/accounts/nasm/runs')

    expect(read.body).toMatchObject({ state: 'running', done: 1, total: 3 })
    expect(list.body.items[0]).toMatchObject({ state: 'running', done: 1, total: 3 })
    expect(await stored()).toEqual(before)
    await admin.drain()
    expect(await stateOf(admin, asked.id)).toBe('done')
  })

  test('is tried again while Cvent is away, fails when Cvent has no such event, and ends with its event', async () => {
    const admin = await startLooked(dialect)
    admin.cvent.switchboard.set({
      route: 'GET .*/attendees',
      kind: 'status',
      status: 500,
      body: '{}',
    })
    const { body: waiting } = await admin.post(`${EVENT}/reconcile`, { mode: 'full' })
    await admin.drain()
    const away = await admin.get(`/accounts/nasm/runs/${waiting.id}`)
    const again = await admin.post(`${EVENT}/reconcile`, { mode: 'full' })
    admin.cvent.switchboard.clear()
    await admin.post(`${EVENT}/reconcile`, { mode: 'full' })
    await admin.drain()

    expect(away.body.state).toBe('running')
    expect(away.body.result.text).toBeTruthy()
    expect(again.body.id).toBe(waiting.id)
    expect(await stateOf(admin, waiting.id)).toBe('done')

    await admin.put('/accounts/nasm/events/NOSUCHEVENT', {
      eventCode: 'NOSUCHEVENT',
      meetingCode: 'NONE27',
    })
    const { body: missing } = await admin.post('/accounts/nasm/events/NOSUCHEVENT/reconcile', {})
    await admin.drain()
    const { body: failed } = await admin.get(`/accounts/nasm/runs/${missing.id}`)
    expect(failed).toMatchObject({ state: 'failed' })
    expect(failed.result.text).toContain('Cvent knows no event')

    const { body: removed } = await admin.post(`${EVENT}/reconcile`, { mode: 'full' })
    await admin.delete(EVENT)
    expect(await stateOf(admin, removed.id)).toBe('cancelled')
  })
})

test.each(DIALECTS)(
  '%s: a dry run whose server stopped does not stand as running for ever',
  async (dialect) => {
    const admin = await startLooked(dialect)
    const at = admin.now()
    const id = '0193a3c1-7b5e-7c3e-9a51-2f1f64d0b001'
    await admin.db
      .insertInto('run')
      .values({
        id,
        account: 'nasm',
        kind: 'dry-run',
        target: seededEvents.open,
        state: 'running',
        plan: '{}',
        result: null,
        done: 0,
        total: 0,
        startedBy: 'test',
        createdAt: at,
        updatedAt: at,
      })
      .execute()
    const joined = await admin.post(`${EVENT}/reconcile`, { dryRun: true })
    admin.advance(4 * 60_000)

    const anew = await admin.post(`${EVENT}/reconcile`, { dryRun: true })

    expect(joined.body.id).toBe(id)
    expect(anew.body.id).not.toBe(id)
    expect(await stateOf(admin, id)).toBe('failed')
  },
)

test('no GET changes what is stored: each is asked twice, and the tables stand as before', async () => {
  const admin = await startAdmin()
  await registerMembers(admin, '101')
  await admin.drain()
  await admin.post(`${EVENT}/reconcile`, { mode: 'full' })
  const registration = await admin.db.selectFrom('registration').select('id').executeTakeFirst()
  const { body: document } = await admin.get('/openapi.json', {})
  const paths = Object.entries<object>(document.paths)
    .filter(([path, item]) => 'get' in item && !path.endsWith('/live') && !path.endsWith('/export'))
    .map(([path]) =>
      path
        .replace('{account}', 'nasm')
        .replace('{eventCode}', seededEvents.open)
        .replace('{id}', registration?.id ?? ''),
    )
  const stored = async () => {
    await admin.accountLog.flush()
    const tables = [
      'account',
      'event',
      'registration',
      'ledger',
      'message',
      'run',
      'audit',
    ] as const
    return Promise.all(tables.map((table) => admin.db.selectFrom(table).selectAll().execute()))
  }
  const before = await stored()

  for (const path of [...paths, ...paths]) await admin.get(path)

  expect(paths.length).toBeGreaterThan(20)
  expect(await stored()).toEqual(before)
})
