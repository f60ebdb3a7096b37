import { afterEach, describe, expect, test } from 'vitest'
import { openHabits } from '../../../db/habits.ts'
import { touch } from '../../../db/touches.ts'
import type { Account } from '../../../schemas/account.ts'
import { connectCvent } from '../../../server/cvent/client.ts'
import { openGate } from '../../../server/vendor-calls/call-gate.ts'
import { connectImis } from '../../../server/imis/client.ts'
import { previewWrites } from '../../../server/operator/registration/preview-writes.ts'
import { DIALECTS, freshDatabase, type FreshDatabase } from '../../databases.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { openRig, type MortalWorker, type Rig } from './rig.ts'

type Changes = { activity?: Partial<Account['activity']>; matching?: Partial<Account['matching']> }

/** One state of a registration, its ledger and iMIS, and what must follow. `setUp` leaves one attendee to be previewed. */
interface State {
  name: string
  account?: Changes
  setUp(at: Stage): Promise<string>
  writes: string[]
  text?: RegExp
  /** What is sent, where it is not what the preview names. */
  sends?: string[]
}

/** What a state is set up with. */
interface Stage {
  rig: Rig
  /** Somebody registers at Cvent, and nobody tells us. */
  register(sourceId?: string): Promise<string>
  /** As `register`, and iMIS has the row. */
  written(sourceId?: string): Promise<string>
  /** What Cvent has posted is worked on, and whatever was unanswered settles. */
  work(): Promise<void>
  rename(): Promise<void>
}

const STATES: State[] = [
  { name: 'a new registration', setUp: ({ register }) => register('101'), writes: ['create'] },
  {
    name: 'a new registration with a row of an earlier product',
    async setUp({ rig, register, written }) {
      await written('110')
      const [row] = rig.imis.activitiesOf('110')
      if (!row) throw new Error('nothing was written')
      rig.imis.state.activities.set(9, { ...row, SEQN: 9, PartyId: '101', UF_2: '' })
      return register('101')
    },
    writes: ['update'],
  },
  {
    name: 'somebody iMIS does not know',
    setUp: ({ register }) => register(),
    writes: [],
    text: /nobody/,
  },
  {
    name: 'somebody iMIS does not know, who has cancelled',
    async setUp({ rig, register }) {
      const id = await register()
      await rig.cvent.cancel(id)
      return id
    },
    writes: [],
    text: /holds what it should/,
  },
  {
    name: 'somebody who is created in iMIS',
    account: { matching: { createParty: true } },
    setUp: ({ register }) => register(),
    writes: ['create'],
  },
  { name: 'nothing has changed', setUp: ({ written }) => written('101'), writes: ['none'] },
  {
    name: 'another title',
    async setUp({ written, rename }) {
      const id = await written('101')
      await rename()
      return id
    },
    writes: ['update'],
  },
  {
    name: 'a cancellation',
    async setUp({ rig, written }) {
      const id = await written('101')
      await rig.cvent.cancel(id)
      return id
    },
    writes: ['update'],
  },
  {
    name: 'a cancellation that deletes',
    account: { activity: { onCancel: 'delete' } },
    async setUp({ rig, written }) {
      const id = await written('101')
      await rig.cvent.cancel(id)
      return id
    },
    writes: ['delete'],
  },
  {
    name: 'a cancellation that would delete, at an iMIS that is known not to',
    account: { activity: { onCancel: 'delete' } },
    async setUp({ rig, written, work }) {
      rig.imis.state.settings.deleteOffered = false
      await rig.cvent.cancel(await written('102'))
      await work()
      const id = await written('101')
      await rig.cvent.cancel(id)
      return id
    },
    writes: ['update'],
    // It is known now, but asked each time: another iMIS may stand there by then.
    sends: ['delete', 'update'],
  },
  {
    name: 'a cancellation that would delete, and nobody knows whether iMIS does',
    account: { activity: { onCancel: 'delete' } },
    async setUp({ rig, written }) {
      rig.imis.state.settings.deleteOffered = false
      const id = await written('101')
      await rig.cvent.cancel(id)
      return id
    },
    writes: ['delete'],
    sends: ['delete', 'update'],
  },
  {
    name: 'a cancellation that deletes, and staff deleted it before',
    account: { activity: { onCancel: 'delete' } },
    async setUp({ rig, written }) {
      const id = await written('101')
      rig.imis.state.activities.clear()
      await rig.cvent.cancel(id)
      return id
    },
    writes: ['none'],
  },
  {
    name: 'registered again after a deletion of ours',
    account: { activity: { onCancel: 'delete' } },
    async setUp({ rig, written, work, register }) {
      await rig.cvent.cancel(await written('101'))
      await work()
      return register('101')
    },
    writes: ['create'],
  },
  {
    name: 'a row that staff deleted, which is reported',
    async setUp({ rig, written, rename }) {
      const id = await written('101')
      rig.imis.state.activities.clear()
      await rename()
      return id
    },
    writes: ['none'],
  },
  {
    name: 'a row that staff deleted, which is written again',
    account: { activity: { onStaffDelete: 'rewrite' } },
    async setUp({ rig, written, rename }) {
      const id = await written('101')
      rig.imis.state.activities.clear()
      await rename()
      return id
    },
    writes: ['create'],
  },
  {
    name: 'a row that counted as missing, and is there',
    async setUp({ rig, written, rename, work }) {
      const id = await written('101')
      const rows = [...rig.imis.state.activities]
      rig.imis.state.activities.clear()
      await rename()
      await work()
      for (const [seqn, row] of rows) rig.imis.state.activities.set(seqn, row)
      return id
    },
    writes: ['update'],
  },
  ...(['lost-answer', 'dead'] as const).map((kind): State => ({
    name: `an addition without an answer (${kind})`,
    async setUp({ rig, register, work }) {
      rig.imis.switchboard.set({ route: '^POST /api/Activity$', kind, times: 1 })
      const id = await register('101')
      await work()
      return id
    },
    writes: [kind === 'dead' ? 'create' : 'update'],
  })),
  ...(['lost-answer', 'dead'] as const).map((kind): State => ({
    name: `a deletion without an answer (${kind})`,
    account: { activity: { onCancel: 'delete' } },
    async setUp({ rig, written, work }) {
      const id = await written('101')
      rig.imis.switchboard.set({ route: '^DELETE ', kind, times: 1 })
      await rig.cvent.cancel(id)
      await work()
      return id
    },
    writes: [kind === 'dead' ? 'delete' : 'none'],
  })),
  {
    name: 'a reissued SEQN, and our row has another',
    async setUp({ rig, written, rename }) {
      const id = await written('101')
      rig.imis.reissueSeqns()
      await rename()
      return id
    },
    writes: ['update'],
  },
  {
    name: 'a reissued SEQN, and our row is lost',
    async setUp({ rig, written, rename }) {
      const id = await written('101')
      rig.imis.reissueSeqns({ lose: true })
      await rename()
      return id
    },
    writes: ['create'],
  },
  {
    name: 'a cancellation, and our row is lost',
    async setUp({ rig, written }) {
      const id = await written('101')
      rig.imis.reissueSeqns({ lose: true })
      await rig.cvent.cancel(id)
      return id
    },
    writes: ['none'],
  },
]

describe.for(DIALECTS)('what the preview says is what is then written (%s)', (dialect) => {
  let fresh: FreshDatabase
  let rig: Rig
  let worker: MortalWorker
  let end: () => Promise<void>
  afterEach(async () => {
    await end()
    await worker.stop()
    await rig.close()
    await fresh.close()
  })

  async function start({ activity, matching }: Changes = {}) {
    fresh = await freshDatabase(dialect)
    rig = await openRig({
      databaseUrl: fresh.url,
      account: (account) => ({
        ...account,
        activity: { ...account.activity, ...activity },
        matching: { ...account.matching, ...matching },
      }),
    })
    worker = rig.worker()
    await worker.drain()
    const common = {
      deadlineMs: 10_000,
      now: rig.now,
      gate: openGate,
      allowLocal: true,
      onCall: () => undefined,
    }
    const imis = connectImis({
      ...rig.account.imis,
      ...common,
      habits: openHabits(rig.db, 'nasm', rig.now),
    })
    const cvent = connectCvent({ ...rig.account.cvent, ...common })
    end = async () => {
      await Promise.all([imis.close(), cvent.close()])
    }
    return {
      imis: () => imis,
      cvent: () => cvent,
      handOffForm: () => {
        throw new Error('not here')
      },
      close: async () => undefined,
    }
  }

  async function work() {
    for (const body of rig.posted()) await rig.deliver(body)
    await worker.drain()
    rig.advance(20_000)
  }

  async function register(sourceId?: string) {
    const { id } = await rig.cvent.register({
      event: seededEvents.open,
      contact: {
        firstName: 'Ada',
        lastName: 'Quill',
        email: `a${sourceId ?? ''}@example.org`,
        ...(sourceId === undefined ? {} : { sourceId }),
      },
      planner: true,
    })
    return id
  }

  function calls() {
    const made = rig.imis.switchboard.calls.filter(({ path }) => path.startsWith('/api/Activity'))
    return made.flatMap(({ method }) => ACTIONS[method] ?? [])
  }

  test.each(STATES)('$name', async ({ account, setUp, writes, text, sends }) => {
    const vendors = await start(account)
    const stage: Stage = {
      rig,
      register,
      async written(sourceId) {
        const id = await register(sourceId)
        await work()
        return id
      },
      work,
      async rename() {
        await rig.cvent.updateEvent(seededEvents.open, { title: 'Another title' })
        // The event is read again before its registrations are synced.
        await rig.db
          .updateTable('event')
          .set({ snapshot: await renamed() })
          .execute()
      },
    }
    const attendeeId = await setUp(stage)
    rig.posted()
    rig.advance(20_000)
    await touch(rig.db, 'nasm', [{ attendeeId, eventStub: rig.eventStub }], rig.now())
    const row = await rig.db
      .selectFrom('registration')
      .selectAll()
      .where('attendeeId', '=', attendeeId)
      .executeTakeFirstOrThrow()
    rig.imis.switchboard.calls.length = 0
    const accountLog = { add: () => undefined, flush: async () => undefined }
    const deps = { db: rig.db, vendors, accountLog, now: rig.now }

    const preview = await previewWrites(deps, { account: rig.account, version: 1 }, row)
    const during = calls()
    await worker.drain()

    expect(during).toEqual([])
    expect(preview.writes.map(({ action }) => action)).toEqual(writes)
    expect(calls()).toEqual(sends ?? writes.filter((action) => action !== 'none'))
    if (text) expect(preview.text).toMatch(text)
    if (sends?.length === 2 && writes[0] === 'delete')
      expect(preview.writes.map(({ otherwise }) => otherwise.length)).not.toContain(0)
    const isKept = !rig.imis.state.settings.deleteOffered
    for (const { changes, otherwise, partyId } of preview.writes)
      for (const { property, to } of [...changes, ...(isKept ? otherwise : [])]) {
        const held = [...rig.imis.state.activities.values()].filter(
          ({ PartyId }) => partyId === 'new' || PartyId === partyId,
        )
        const values = held.map((one) =>
          String(Object.entries(one).find(([name]) => name === property)?.[1]),
        )
        const wanted = typeof to === 'string' && /^-?\d+\.\d\d$/.test(to) ? Number(to) : to
        expect(values, property).toContain(String(wanted ?? ''))
      }
  })

  async function renamed() {
    const { snapshot } = await rig.db
      .selectFrom('event')
      .select('snapshot')
      .executeTakeFirstOrThrow()
    return JSON.stringify({ ...JSON.parse(snapshot ?? '{}'), title: 'Another title' })
  }
})

const ACTIONS: Record<string, string> = { POST: 'create', PUT: 'update', DELETE: 'delete' }
