import { afterEach, describe, expect, test } from 'vitest'
import type { Account } from '../../../schemas/account.ts'
import { DIALECTS, freshDatabase, type FreshDatabase } from '../../databases.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { DONOR } from '../../sandbox/imis/reissue.ts'
import { openRig, type MortalWorker, type Rig } from './rig.ts'

const HOUR = 3_600_000

describe.for(DIALECTS)('only our own rows are written (%s)', (dialect) => {
  let fresh: FreshDatabase
  let rig: Rig
  let worker: MortalWorker
  afterEach(async () => {
    await worker.stop()
    await rig.close()
    await fresh.close()
  })

  async function start(activity: Partial<Account['activity']> = {}, event = {}) {
    fresh = await freshDatabase(dialect)
    rig = await openRig({
      databaseUrl: fresh.url,
      account: (account) => ({ ...account, activity: { ...account.activity, ...activity } }),
      event,
    })
    worker = rig.worker()
    await worker.drain()
  }

  async function register(sourceId = '101') {
    const attendee = await rig.cvent.register({
      event: seededEvents.open,
      contact: { firstName: 'Ada', lastName: 'Quill', email: `a${sourceId}@example.org`, sourceId },
      planner: true,
    })
    await work()
    return attendee.id
  }

  async function work() {
    for (const body of rig.posted()) await rig.deliver(body)
    await worker.drain()
    rig.advance(60_000)
  }

  async function rename(title: string) {
    await rig.cvent.updateEvent(seededEvents.open, { title })
    await work()
  }

  function rows(partyId = '101') {
    return rig.imis
      .activitiesOf(partyId)
      .map(({ PRODUCT_CODE, STATUS_CODE }) => `${PRODUCT_CODE} ${STATUS_CODE}`)
  }

  function titles() {
    return rig.imis.activitiesOf('101').map(({ DESCRIPTION }) => DESCRIPTION)
  }

  async function warnings(code: string) {
    const lines = await rig.db
      .selectFrom('log')
      .select(['text', 'level'])
      .where('code', '=', code)
      .execute()
    return lines.filter(({ level }) => level === 'warning').map(({ text }) => text)
  }

  async function states() {
    const found = await rig.db.selectFrom('registration').select('state').execute()
    return found.map(({ state }) => state)
  }

  const gifts = () => rig.imis.activitiesOf(DONOR).map((row) => ({ ...row }))
  const writes = () => rig.imis.switchboard.count(/^(PUT|DELETE) \/api\/Activity/)

  describe.each(['mark', 'delete'] as const)('onCancel: %s', (onCancel) => {
    test('a cancellation never touches another member’s row under a reissued SEQN; ours is found by its key', async () => {
      await start({ onCancel })
      const id = await register()
      rig.imis.reissueSeqns()
      const before = gifts()

      await rig.cvent.cancel(id)
      await work()

      expect(gifts()).toEqual(before)
      expect(before).toHaveLength(1)
      expect(rows()).toEqual(onCancel === 'mark' ? ['AC2027 C'] : [])
      const [warning, ...others] = await warnings('activity-not-ours')
      expect(others).toEqual([])
      expect(warning).toContain(`it is GIFT FUND of iMIS ID ${DONOR}`)
      expect(await states()).toEqual(['synced'])
    })

    test('a cancellation whose own row was lost with a restore writes nothing, and a new registration is added', async () => {
      await start({ onCancel })
      const id = await register()
      rig.imis.reissueSeqns({ lose: true })
      const before = gifts()

      await rig.cvent.cancel(id)
      await work()
      const between = rows()
      await register()

      expect(gifts()).toEqual(before)
      expect(between).toEqual([])
      expect(rows()).toEqual(['AC2027 A'])
    })

    test('a deletion without an answer, and the SEQN reissued meanwhile: the other row stays', async () => {
      await start({ onCancel })
      const id = await register()
      rig.imis.switchboard.set({ route: '^(PUT|DELETE) ', kind: 'dead', times: 1 })
      await rig.cvent.cancel(id)
      for (const body of rig.posted()) await rig.deliver(body)
      await worker.drain()
      rig.imis.reissueSeqns()
      const before = gifts()

      rig.advance(HOUR)
      await work()

      expect(gifts()).toEqual(before)
      expect(rows()).toEqual(onCancel === 'mark' ? ['AC2027 C'] : [])
    })
  })

  test('a change after a restore goes to our row, or adds it anew', async () => {
    await start()
    await register()
    rig.imis.reissueSeqns()
    await rename('Renamed once')
    const found = titles()
    rig.imis.reissueSeqns({ lose: true })
    const before = gifts()
    await rename('Renamed twice')

    expect(found).toEqual(['Renamed once'])
    expect(titles()).toEqual(['Renamed twice'])
    expect(gifts()).toEqual(before)
    expect(await warnings('activity-not-ours')).toHaveLength(2)
  })

  test('a row with another’s key, of another party or of another type is not ours', async () => {
    await start()
    await register()
    const [row] = rig.imis.activitiesOf('101')
    if (!row) throw new Error('nothing was written')
    const changes = [{ UF_2: 'cvent:somebody-else' }, { PartyId: '110' }, { ACTIVITY_TYPE: 'CALL' }]

    for (const [at, change] of changes.entries()) {
      const stranger = { ...row, ...change }
      rig.imis.state.activities.clear()
      rig.imis.state.activities.set(row.SEQN, stranger)
      await rig.db
        .updateTable('ledger')
        .set({ seqn: String(row.SEQN) })
        .execute()
      await rename(`Renamed ${at}`)
      expect(rig.imis.state.activities.get(row.SEQN), JSON.stringify(change)).toEqual(stranger)
      expect(rig.imis.state.activities.size).toBe(2)
    }
    expect(await warnings('activity-not-ours')).toHaveLength(3)
  })

  test('a key that staff removed, or that the account has moved, does not make the row a stranger’s', async () => {
    await start()
    await register()
    const [row] = rig.imis.activitiesOf('101')
    if (!row) throw new Error('nothing was written')

    row.UF_2 = ''
    await rename('Renamed once')
    rig.account.activity.fields = { UF_2: 'none', UF_3: 'ledgerKey' }
    await rename('Renamed twice')
    await rename('Renamed thrice')

    expect(titles()).toEqual(['Renamed thrice'])
    expect(rig.imis.activitiesOf('101')).toMatchObject([
      { UF_2: '', UF_3: expect.stringMatching(/^cvent:/) },
    ])
    const { length } = await rig.db
      .selectFrom('log')
      .select('id')
      .where('code', '=', 'activity-without-key')
      .execute()
    expect(length).toBe(1)
  })

  test('an account without a key property recognises its rows by what it wrote, and no other row', async () => {
    await start({ fields: { UF_2: 'none' } })
    const id = await register()
    await rename('Renamed once')
    const after = titles()
    const [row] = rig.imis.activitiesOf('101')
    if (!row) throw new Error('nothing was written')
    const stranger = { ...row, UF_1: 'x', UF_3: '', OTHER_CODE: 'x', DESCRIPTION: 'x', AMOUNT: 9 }
    Object.assign(stranger, { SOURCE_CODE: 'x', TRANSACTION_DATE: '2020-01-01T00:00:00' })
    Object.assign(stranger, {
      EFFECTIVE_DATE: null,
      THRU_DATE: null,
      UF_6: null,
      SOURCE_SYSTEM: '',
    })
    rig.imis.state.activities.set(row.SEQN, stranger)
    await rig.cvent.cancel(id)
    await work()

    expect(after).toEqual(['Renamed once'])
    expect(rig.imis.state.activities.get(row.SEQN)).toEqual(stranger)
  })

  test('what staff change in our row beside us is kept, and the row stays ours', async () => {
    await start()
    const id = await register()
    const [row] = rig.imis.activitiesOf('101')
    Object.assign(row ?? {}, { DESCRIPTION: 'Staff wrote this', PRODUCT_CODE: 'OTHER', UF_5: 7 })
    await rig.cvent.cancel(id)
    await work()

    expect(rig.imis.activitiesOf('101')).toMatchObject([
      { STATUS_CODE: 'C', PRODUCT_CODE: 'AC2027', UF_5: 7 },
    ])
  })

  test.each([
    'iis-404',
    'iis-503',
    'maintenance-page',
    'maintenance-text',
    'redirect',
    'sign-in',
    'no-content',
    'empty',
  ] as const)(
    '%s for a while: no row counts as deleted, and every change arrives',
    async (away) => {
      await start()
      const cancelled = await register('101')
      await register('102')
      rig.imis.state.settings.away = away
      await rig.cvent.cancel(cancelled)
      await rename('Renamed meanwhile')
      await register('110')

      rig.imis.state.settings.away = 'no'
      for (let hour = 0; hour < 3; hour += 1) {
        rig.advance(HOUR)
        await work()
      }

      expect([rows('101'), rows('102'), rows('110')]).toEqual([
        ['AC2027 C'],
        ['AC2027 A'],
        ['AC2027 A'],
      ])
      expect(rig.imis.activitiesOf('102')).toMatchObject([{ DESCRIPTION: 'Renamed meanwhile' }])
      expect(await warnings('activity-gone')).toEqual([])
      expect(await states()).toEqual(['synced', 'synced', 'synced'])
    },
  )

  test('a web server’s 404 to every single row, while searches work, marks none as deleted', async () => {
    await start()
    const id = await register()
    rig.imis.switchboard.set({ route: '/api/Activity/', kind: 'status', status: 404, times: 40 })
    await rig.cvent.cancel(id)
    await work()
    const during = await states()
    rig.imis.switchboard.clear()
    rig.advance(HOUR)
    await work()

    expect(during).toEqual(['waiting'])
    expect(rows()).toEqual(['AC2027 C'])
  })

  test('a row that counted as deleted is looked for again at the next change, and found', async () => {
    await start()
    await register()
    const [row] = rig.imis.activitiesOf('101')
    if (!row) throw new Error('nothing was written')
    rig.imis.state.activities.clear()
    await rename('Renamed once')
    const reported = await warnings('activity-gone')
    rig.imis.state.activities.set(row.SEQN, row)
    await rename('Renamed twice')

    expect(reported).toHaveLength(1)
    expect(titles()).toEqual(['Renamed twice'])
  })

  test('nothing is written when nothing has changed', async () => {
    await start()
    await register()
    const before = writes()
    const reads = rig.cvent.switchboard.count(/attendees\/filter/)
    const again = { wantedVersion: 99, state: 'waiting', dueAt: 0 }
    await rig.db.updateTable('registration').set(again).execute()
    await worker.drain()

    expect(rig.cvent.switchboard.count(/attendees\/filter/)).toBe(reads + 1)
    expect(writes()).toBe(before)
  })

  test('the registration in iMIS’s own meeting survives pages and is cancelled only for a clear answer', async () => {
    await start({}, { meetingCode: 'HLG26', imisRegistration: true })
    const id = await register()
    const status = () => rig.imis.state.eventRegistrations.map((one) => one.status)
    const registered = status()
    rig.imis.switchboard.set({
      route: 'GET /api/EventRegistration/',
      kind: 'status',
      status: 404,
      body: '<!DOCTYPE html><html></html>',
    })
    await rig.cvent.cancel(id)
    await work()
    const during = [...(await states()), ...status()]
    rig.imis.switchboard.clear()
    rig.advance(HOUR)
    await work()

    expect(registered).toEqual([1])
    expect(during).toEqual(['waiting', 1])
    expect(status()).toEqual([4])
  })

  test('a cancellation in iMIS’s own meeting without an answer is not taken back by a new registration', async () => {
    await start({}, { meetingCode: 'HLG26', imisRegistration: true })
    const id = await register()
    rig.imis.switchboard.set({
      route: 'POST /api/EventRegistration/_execute',
      kind: 'lost-answer',
      times: 1,
    })
    await rig.cvent.cancel(id)
    for (const body of rig.posted()) await rig.deliver(body)
    await worker.drain()
    await register()
    rig.advance(HOUR)
    await work()

    expect(rig.imis.state.eventRegistrations).toMatchObject([{ partyId: '101', status: 1 }])
  })
})
