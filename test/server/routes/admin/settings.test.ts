import { describe, expect, test } from 'vitest'
import type { Account } from '../../../../schemas/account.ts'
import { DIALECTS } from '../../../databases.ts'
import { seededEvents } from '../../../sandbox/cvent/seed.ts'
import { startAdmin } from './start-admin.ts'

const EVENT = `/accounts/nasm/events/${seededEvents.open}`

/** Two members registered and written, a minute ago. */
async function arrange(dialect: (typeof DIALECTS)[number]) {
  const admin = await startAdmin({ dialect })
  for (const sourceId of ['101', '107'])
    await admin.cvent.register({
      event: seededEvents.open,
      contact: { firstName: 'A', lastName: 'B', email: `m${sourceId}@example.org`, sourceId },
      planner: true,
    })
  await admin.drain()
  admin.advance(60_000)
  const { body } = await admin.get('/accounts/nasm')
  return { admin, account: body as Account }
}

describe.each(DIALECTS)('%s: a setting that decides what stands in iMIS', (dialect) => {
  test.each<[string, (account: Account) => Account, (row: Record<string, unknown>) => unknown]>([
    [
      'time zone',
      (account) => ({ ...account, imis: { ...account.imis, timeZone: 'America/Los_Angeles' } }),
      ({ TRANSACTION_DATE }) => TRANSACTION_DATE,
    ],
    [
      'activity.fields',
      (account) => ({
        ...account,
        activity: { ...account.activity, fields: { CATEGORY: 'meetingCode' } },
      }),
      ({ CATEGORY }) => CATEGORY,
    ],
  ])('%s: is previewed, and rewrites its rows after it is saved', async (_what, change, shown) => {
    const { admin, account } = await arrange(dialect)
    const before = admin.imis.activitiesOf('101').map((row) => shown({ ...row }))

    const preview = await admin.post('/accounts/nasm/preview', change(account))
    await admin.drain()
    const looked = admin.imis.activitiesOf('101').map((row) => shown({ ...row }))
    const saved = await admin.put('/accounts/nasm', change(account))
    await admin.drain()
    const after = admin.imis.activitiesOf('101').map((row) => shown({ ...row }))

    expect(preview.body).toMatchObject({
      activities: 2,
      registrations: 2,
      errors: [],
      questions: [],
    })
    expect(preview.body.text).toContain('2 activities will be rewritten in iMIS')
    expect(saved.status).toBe(200)
    expect(looked).toEqual(before)
    expect(after).toHaveLength(before.length)
    expect(after).not.toEqual(before)
  })

  test('a meeting code rewrites its event’s rows only; other settings rewrite none', async () => {
    const { admin, account } = await arrange(dialect)
    const { body: event } = await admin.get(EVENT)
    const versions = () =>
      admin.db.selectFrom('registration').select('wantedVersion').orderBy('id').execute()
    const before = await versions()

    const named = await admin.post('/accounts/nasm/preview', { ...account, name: 'Another name' })
    await admin.put('/accounts/nasm', { ...account, name: 'Another name' })
    await admin.put(EVENT, { ...event, priceNote: 'From $10' })
    await admin.drain()
    const untouched = await versions()
    const preview = await admin.post(`${EVENT}/preview`, { ...event, meetingCode: 'AC2028' })
    await admin.put(EVENT, { ...event, meetingCode: 'AC2028' })
    await admin.drain()

    expect(named.body).toMatchObject({ activities: 0, registrations: 0 })
    expect(named.body.text).toBe('Nothing that stands in iMIS changes.')
    expect(untouched).toEqual(before)
    expect(preview.body).toMatchObject({ activities: 2, registrations: 2 })
    for (const partyId of ['101', '107'])
      expect(
        admin.imis.activitiesOf(partyId).filter(({ PRODUCT_CODE }) => PRODUCT_CODE === 'AC2028'),
      ).toHaveLength(1)
  })

  test('is followed for more registrations than one statement touches, also after a restart in between', async () => {
    const { admin, account } = await arrange(dialect)
    const event = await admin.db
      .selectFrom('event')
      .select('eventStub')
      .where('eventCode', '=', seededEvents.open)
      .executeTakeFirstOrThrow()
    const at = admin.now()
    const id = (n: number) => `0193a3c1-7b5e-7c3e-9a51-${String(n).padStart(12, '0')}`
    await admin.db
      .insertInto('registration')
      .values(
        Array.from({ length: 450 }, (_one, n) => ({
          id: id(n),
          account: 'nasm',
          attendeeId: id(n),
          eventStub: event.eventStub,
          eventCode: seededEvents.open,
          wantedVersion: 1,
          syncedVersion: 1,
          state: 'synced',
          dueAt: at,
          createdAt: at,
          updatedAt: at,
        })),
      )
      .execute()
    await admin.put('/accounts/nasm', {
      ...account,
      imis: { ...account.imis, timeZone: 'Europe/London' },
    })
    // As a worker left it that stopped after two batches.
    await admin.db
      .updateTable('event')
      .set({ rewriteAfter: id(399) })
      .where('eventCode', '=', seededEvents.open)
      .execute()

    await admin.drain()

    const touched = await admin.db
      .selectFrom('registration')
      .select(['id', 'wantedVersion'])
      .where('attendeeId', 'like', '0193a3c1%')
      .orderBy('id')
      .execute()
    expect(touched.filter(({ wantedVersion }) => wantedVersion > 1).map((row) => row.id)).toEqual(
      touched.slice(400).map((row) => row.id),
    )
    const left = await admin.db
      .selectFrom('event')
      .select('eventCode')
      .where('rewriteDueAt', 'is not', null)
      .where('enabled', '=', 1)
      .execute()
    expect(left).toEqual([])
  })

  test('that came another way than by a save is followed at the next reconcile', async () => {
    const { admin, account } = await arrange(dialect)
    const row = await admin.db
      .selectFrom('account')
      .select('document')
      .where('account', '=', 'nasm')
      .executeTakeFirstOrThrow()
    const document = JSON.parse(row.document)
    document.activity.fields = { CATEGORY: 'meetingCode' }
    await admin.db
      .updateTable('account')
      .set({ document: JSON.stringify(document) })
      .execute()

    admin.advance(account.reconcile.everyMinutes * 60_000)
    await admin.drain()

    expect(admin.imis.activitiesOf('101')[0]).toMatchObject({ CATEGORY: 'AC2027' })
  })
})
