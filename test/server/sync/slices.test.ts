import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { v7 as uuid } from 'uuid'
import { touch } from '../../../db/touches.ts'
import { DIALECTS, freshDatabase, type FreshDatabase } from '../../databases.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { openRig, type MortalWorker, type Rig } from './rig.ts'

const ROWS = 2000
const HOUR = 3_600_000

describe.for(DIALECTS)('many registrations touched at once (%s)', (dialect) => {
  let fresh: FreshDatabase
  let rig: Rig
  let worker: MortalWorker
  let sessionId: string
  beforeEach(async () => {
    fresh = await freshDatabase(dialect)
    rig = await openRig({ databaseUrl: fresh.url })
    worker = rig.worker()
    await worker.drain()
    await addRegistrations()
    // Whoever is touched waits: nothing is read before the test has looked.
    rig.cvent.switchboard.set({
      route: 'POST /ea/attendees/filter',
      kind: 'status',
      status: 429,
      retryAfter: '3600',
    })
  })
  afterEach(async () => {
    await worker.stop()
    await rig.close()
    await fresh.close()
  })

  async function addRegistrations() {
    const { db, eventStub } = rig
    const touches = Array.from({ length: ROWS }, () => ({
      attendeeId: uuid(),
      eventStub,
      eventCode: seededEvents.open,
      isEventRead: true,
    }))
    await touch(db, 'nasm', touches, rig.now())
    await db.updateTable('registration').set({ state: 'synced', syncedVersion: 1 }).execute()
    sessionId = rig.cvent.state.events.get(eventStub)?.sessions[0]?.id ?? ''
    const registrations = await db.selectFrom('registration').select(['id', 'attendeeId']).execute()
    for (let at = 0; at < ROWS; at += 200)
      await db
        .insertInto('ledger')
        .values(
          registrations.slice(at, at + 200).map(({ id, attendeeId }) => ({
            id: uuid(),
            account: 'nasm',
            registrationId: id,
            ledgerKey: attendeeId,
            kind: 'function',
            partyId: '101',
            attendeeId,
            itemId: sessionId,
            standing: 'current',
            activityType: 'MEETING',
            productCode: 'AC2027/X',
            state: 'written',
            intendedAt: 1,
          })),
        )
        .execute()
  }

  async function countTouched() {
    const { count } = await rig.db
      .selectFrom('registration')
      .select((e) => e.fn.countAll<number>().as('count'))
      .where('wantedVersion', '>', 1)
      .executeTakeFirstOrThrow()
    return count
  }

  const causes: [string, () => Promise<void>][] = [
    [
      'its title changed at Cvent',
      async () => {
        await rig.cvent.updateEvent(seededEvents.open, { title: 'Another title' })
        for (const body of rig.posted()) await rig.deliver(body)
      },
    ],
    [
      'a session moved that all are in',
      async () => {
        const message = [{ sessionStub: sessionId }]
        const body = { eventType: 'SessionUpdated', messageStub: uuid(), message }
        await rig.deliver(JSON.stringify(body))
      },
    ],
    [
      'it is configured again',
      async () => {
        await rig.db.updateTable('registration').set({ state: 'unconfigured' }).execute()
        rig.advance(2 * HOUR)
      },
    ],
    [
      'one message names them all',
      async () => {
        const rows = await rig.db.selectFrom('registration').select('attendeeId').execute()
        const message = rows.map(({ attendeeId }) => ({ inviteeStub: attendeeId }))
        await rig.deliver(JSON.stringify({ eventType: 'X', messageStub: uuid(), message }))
      },
    ],
  ]

  test.each(causes)('%s: webhooks are stored all the while', async (_what, cause) => {
    await cause()
    let isDone = false
    const drained = worker.drain().finally(() => (isDone = true))
    const seen = new Set<number>()
    while (!isDone) {
      await rig.deliver(JSON.stringify({ eventType: 'Nothing', messageStub: uuid(), message: [] }))
      const touched = await countTouched()
      if (touched === ROWS) break
      seen.add(touched)
    }
    await drained

    expect(await countTouched()).toBe(ROWS)
    // Each of them stored between two slices; one transaction would show none or all.
    expect(seen.size).toBeGreaterThan(4)
  })

  test.each(causes)(
    '%s: all are touched although the process died in between',
    async (_, cause) => {
      await cause()
      // Each life is a little longer than the one before, until one ends in the midst of touching.
      for (let steps = 10; (await countTouched()) === 0; steps += 10) {
        worker.dieAfter(steps)
        await worker.drain().catch(() => undefined)
        worker = rig.worker()
        rig.advance(120_000)
      }
      const before = await countTouched()
      await worker.drain()

      expect(before).toBeLessThan(ROWS)
      expect(await countTouched()).toBe(ROWS)
    },
  )
})
