import { afterEach, describe, expect, test } from 'vitest'
import type { Account } from '../../../schemas/account.ts'
import { DIALECTS, freshDatabase, type FreshDatabase } from '../../databases.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { openRig, type MortalWorker, type Rig } from './rig.ts'

describe.for(DIALECTS)('several writes at a time to iMIS (%s)', (dialect) => {
  let fresh: FreshDatabase
  let rig: Rig
  let worker: MortalWorker
  afterEach(async () => {
    await worker.stop()
    await rig.close()
    await fresh.close()
  })

  async function start(parallelWrites: number, matching: Partial<Account['matching']> = {}) {
    fresh = await freshDatabase(dialect)
    rig = await openRig({
      databaseUrl: fresh.url,
      account: (account) => ({
        ...account,
        imis: { ...account.imis, parallelWrites },
        matching: { ...account.matching, ...matching },
      }),
    })
    worker = rig.worker()
    await worker.drain()
  }

  async function work() {
    for (const body of rig.posted()) await rig.deliver(body)
    await worker.drain()
  }

  function register(
    contact: { firstName: string; lastName: string; email: string; sourceId?: string },
    guests?: { firstName: string; lastName: string; email: string }[],
  ) {
    return rig.cvent.register({
      event: seededEvents.open,
      contact,
      planner: true,
      ...(guests ? { guests } : {}),
    })
  }

  /** Cvent keeps people with one address apart by hand only: it is changed afterwards. */
  async function become(
    { contactId }: { contactId: string },
    change: { sourceId?: string; email?: string },
  ) {
    const contact = rig.cvent.state.contacts.get(contactId)
    if (!contact) throw new Error('there is no such contact')
    Object.assign(contact.fields, change)
  }

  test.each([1, 2, 4])('with %i, one row of an earlier product is adopted once', async (lanes) => {
    await start(lanes)
    await register({ firstName: 'P', lastName: 'Q', email: 'p@example.org', sourceId: '110' })
    await work()
    const [template] = rig.imis.activitiesOf('110')
    if (!template) throw new Error('nothing was written')
    const old = { ...template, SEQN: 500, PartyId: '101', UF_1: '', UF_2: '', SOURCE_SYSTEM: 'OLD' }
    rig.imis.state.activities.set(500, old)

    const maren = { firstName: 'Maren', lastName: 'Oakfield' }
    for (const name of ['one', 'two', 'three'])
      await become(await register({ ...maren, email: `${name}@example.org` }), { sourceId: '101' })
    await work()

    const rows = rig.imis.activitiesOf('101')
    expect(new Set(rows.map(({ UF_2 }) => UF_2)).size).toBe(3)
    expect(rows).toHaveLength(3)
    const ledger = await rig.db
      .selectFrom('ledger')
      .select('seqn')
      .where('partyId', '=', '101')
      .execute()
    expect(new Set(ledger.map(({ seqn }) => seqn))).toEqual(
      new Set(rows.map(({ SEQN }) => String(SEQN))),
    )
  })

  test.each([1, 4])('with %i, a person is created once for all registrations', async (lanes) => {
    await start(lanes, { createParty: true })
    const before = rig.imis.state.parties.size
    const nora = { firstName: 'Nora', lastName: 'Quill', email: 'nora@example.org' }
    await register(nora, [nora])
    for (const name of ['one', 'two'])
      await become(await register({ ...nora, email: `${name}@example.org` }), {
        email: 'NORA@example.org',
      })
    await work()

    expect(rig.imis.state.parties.size - before).toBe(1)
    const found = await rig.db.selectFrom('registration').select('partyId').execute()
    const parties = found.flatMap(({ partyId }) => partyId ?? [])
    expect(parties.length).toBeGreaterThan(1)
    expect(new Set(parties).size).toBe(1)
  })
})
