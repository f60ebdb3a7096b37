import { v7 as uuid } from 'uuid'
import { expect, test } from 'vitest'
import { addAudit } from '../../../db/audits.ts'
import { addLogs } from '../../../db/logs.ts'
import { eraseRemovedAccounts } from '../../../db/personal-data/removed-accounts.ts'
import { addRun } from '../../../db/runs.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { sandboxAccount } from '../../sandbox/documents.ts'
import { DIALECTS } from '../../databases.ts'
import { startAdmin } from '../routes/admin/start-admin.ts'
import { CANARY, dumpOf, NEIGHBOUR, tablesHolding } from './canary.ts'

type Admin = Awaited<ReturnType<typeof startAdmin>>
const DAY_MS = 86_400_000

/** An id as a row of that moment has it. */
const idAt = (at: number) => uuid({ msecs: at })

/** One row of every kind of data, as old as that. */
async function seedAt({ db }: Admin, at: number) {
  const mark = `of-${at}`
  const message = {
    account: 'nasm',
    messageStub: mark,
    path: '/',
    contentType: null,
    contentEncoding: null,
    encoding: 'identity',
    body: Buffer.from(mark),
    bytes: 1,
    requestId: 'r',
    receivedAt: at,
    dueAt: at + 10_000 * DAY_MS,
  }
  for (const state of ['unpacked', 'dead', 'waiting', 'erased'])
    await db
      .insertInto('message')
      .values({ ...message, id: idAt(at), state, dedupeKey: `${mark}-${state}`.slice(0, 43) })
      .execute()
  await addLogs(db, [logLine(at)])
  await addAudit(db, {
    id: idAt(at),
    account: 'nasm',
    at,
    actor: 'test',
    action: 'event changed',
    target: mark,
    before: null,
    after: null,
    requestId: 'r',
  })
  await addRun(db, {
    id: idAt(at),
    account: 'nasm',
    kind: 'replay',
    target: mark,
    state: 'done',
    plan: null,
    result: null,
    done: 0,
    total: 0,
    startedBy: 'test',
    createdAt: at,
    updatedAt: at,
  })
  await db
    .insertInto('unknownevent')
    .values({
      account: 'nasm',
      eventStub: mark,
      eventCode: null,
      title: null,
      messageCount: 1,
      firstSeenAt: at,
      lastSeenAt: at,
    })
    .execute()
  for (const state of ['synced', 'unconfigured', 'erased', 'dead', 'unmatched'])
    await db
      .insertInto('registration')
      .values({
        id: idAt(at),
        account: 'nasm',
        attendeeId: `${mark}-${state}`.slice(0, 40),
        wantedVersion: 1,
        syncedVersion: 1,
        state,
        dueAt: at,
        createdAt: at,
        updatedAt: at,
      })
      .execute()
  await db
    .insertInto('setaside')
    .values({ id: idAt(at), account: 'nasm', what: 'cvent', address: mark, actor: 'test', at })
    .execute()
  await db
    .insertInto('callquota')
    .values({
      account: 'nasm',
      vendor: 'cvent',
      day: new Date(at).toISOString().slice(0, 10),
      used: 1,
      refused: 0,
      bucketMilli: 0,
      bucketAt: at,
      perSecond: null,
      perDay: null,
      goneUntil: null,
    })
    .execute()
  return mark
}

const logLine = (at: number) => ({
  id: idAt(at),
  account: 'nasm',
  at,
  kind: 'system',
  level: 'info',
  code: 'seeded',
  text: `of-${at}`,
  trace: 't',
  eventCode: null,
  partyId: null,
  registrationId: null,
  messageId: null,
  durationMs: null,
  detail: null,
  dismissedAt: null,
})

test.for(DIALECTS)(
  'every kind of data goes after its retention, to the end within the day, and what is younger stays (%s)',
  { timeout: 180_000 },
  async (dialect) => {
    const admin = await startAdmin({ dialect })
    const old = await seedAt(admin, admin.now() - 4000 * DAY_MS)
    const young = await seedAt(admin, admin.now() - 5 * DAY_MS)
    const at = admin.now() - 3000 * DAY_MS
    // More than one job removes.
    for (let done = 0; done < 10_500; done += 500)
      await addLogs(
        admin.db,
        Array.from({ length: 500 }, () => logLine(at)),
      )
    const lines = await admin.get('/accounts/nasm/retention')

    await admin.cvent.register({ event: seededEvents.open, contact: CANARY })
    await admin.drain()

    const dump = await dumpOf(admin)
    expect(tablesHolding(dump, [old, `of-${at}`])).toEqual([])
    expect(tablesHolding(dump, [young]).toSorted()).toEqual([
      'audit',
      'log',
      'message',
      'registration',
      'run',
      'setaside',
      'unknownevent',
    ])
    expect(dump['registration']).toContain(CANARY.lastName)
    const oldest = lines.body.items.map((one: { oldestAt: string | null }) => one.oldestAt)
    expect(oldest.filter((moment: string | null) => moment !== null)).toHaveLength(8)
  },
)

test('registrations are kept until their event is long over, whatever their age, and no look brings them back', async () => {
  const admin = await startAdmin()
  const { id } = await admin.cvent.register({ event: seededEvents.open, contact: CANARY })
  await admin.drain()
  const stateOf = async () =>
    (
      await admin.db
        .selectFrom('registration')
        .select('state')
        .where('attendeeId', '=', id)
        .execute()
    ).length
  const event = await admin.db
    .selectFrom('event')
    .select('snapshot')
    .where('eventCode', '=', seededEvents.open)
    .executeTakeFirstOrThrow()
  const { endsAt } = JSON.parse(event.snapshot ?? '{}') as { endsAt: number }

  admin.advance(endsAt + 700 * DAY_MS - admin.now())
  await admin.drain()
  expect(await stateOf()).toBe(1)

  admin.advance(40 * DAY_MS)
  await admin.drain()
  admin.advance(2 * DAY_MS)
  await admin.drain()

  expect(await stateOf()).toBe(0)
  expect(tablesHolding(await dumpOf(admin), [CANARY.lastName, CANARY.email])).toEqual([])
  expect(admin.imis.activitiesOf('101')).toHaveLength(1)
})

test.for(DIALECTS)(
  'a removed account is there again when it is saved in time; after its days nothing of it is left, and nothing of another account is lost (%s)',
  { timeout: 180_000 },
  async (dialect) => {
    const admin = await startAdmin({ dialect })
    const other = { ...sandboxAccount(admin.imis, admin.cvent), key: 'other' }
    expect((await admin.put('/accounts/other', other)).status).toBe(201)
    await admin.db
      .insertInto('log')
      .values({ ...logLine(admin.now()), account: 'other' })
      .execute()
    await admin.cvent.register({ event: seededEvents.open, contact: CANARY })
    await admin.cvent.register({ event: seededEvents.open, contact: NEIGHBOUR })
    await admin.drain()
    await admin.accountLog.flush()
    const account = sandboxAccount(admin.imis, admin.cvent)
    const never = () => false

    expect((await admin.delete('/accounts/nasm')).status).toBe(204)
    const removed = await admin.get('/removed-accounts')
    expect(removed.body.items).toMatchObject([{ account: 'nasm', erasedAt: null }])
    await eraseRemovedAccounts(admin.db, admin.now() + 29 * DAY_MS, 0, never)
    const restored = await admin.put('/accounts/nasm?imisChange=same&cventChange=same', account)
    expect(restored.status).toBe(201)
    expect((await admin.get('/accounts/nasm/registrations')).body.items).toHaveLength(2)
    // It is no longer on its way out.
    await eraseRemovedAccounts(admin.db, admin.now() + 60 * DAY_MS, 0, never)
    expect((await admin.get('/accounts/nasm/registrations')).body.items).toHaveLength(2)
    expect((await admin.get('/removed-accounts')).body.items).toEqual([])

    await admin.delete('/accounts/nasm')
    await eraseRemovedAccounts(admin.db, admin.now() + 31 * DAY_MS, 0, never)

    const dump = await dumpOf(admin)
    expect(tablesHolding(dump, [CANARY.lastName, NEIGHBOUR.email])).toEqual([])
    expect(tablesHolding(dump, ['"account":"nasm"', 'account:nasm'])).toEqual(['removedaccount'])
    expect(tablesHolding(dump, ['"account":"other"']).toSorted()).toEqual(
      expect.arrayContaining(['account', 'audit', 'log']),
    )
    const told = await admin.get('/removed-accounts')
    expect(told.body.items).toMatchObject([{ account: 'nasm', erasedAt: expect.any(String) }])
  },
)
