import { describe, expect, test } from 'vitest'
import { saveEvent } from '../../../db/events.ts'
import type { Account } from '../../../schemas/account.ts'
import { Event } from '../../../schemas/event.ts'
import { openCallGates } from '../../../server/vendor-calls/call-quota.ts'
import type { CallGate } from '../../../server/vendor-calls/call-gate.ts'
import { DIALECTS, freshDatabase } from '../../databases.ts'
import { seededEvents, seedEvent } from '../../sandbox/cvent/seed.ts'
import { openRig, RIG_START, type Rig } from './rig.ts'

const MINUTE = 60_000
const EVENTS = 40

/** A rig on the free tier behind the real gates, which turn its clock when they wait. */
async function openMetered(databaseUrl: string) {
  const site: { rig?: Rig; account?: Account } = {}
  const fresh = { now: () => site.rig?.now() ?? RIG_START }
  let gate: CallGate | undefined
  const rig = await openRig({
    databaseUrl,
    account: (account) => ({ ...account, cvent: { ...account.cvent, tier: 'free' } }),
    cventGate: {
      enter: async (call) => gate?.enter(call),
      leave: (fault, request) => gate?.leave(fault, request),
    },
  })
  site.rig = rig
  rig.cvent.setTier('free')
  const gates = openCallGates({
    db: rig.db,
    now: fresh.now,
    wait: async (ms) => rig.advance(Math.ceil(ms)),
  })
  gate = gates.cvent(rig.account)
  return rig
}

async function addEvents(rig: Rig) {
  for (let number = 1; number < EVENTS; number += 1) {
    const eventCode = `WEBINAR${number}`
    const seeded = seedEvent(rig.cvent.state, rig.now(), eventCode, `Webinar ${number}`)
    rig.cvent.state.events.set(seeded.id, seeded)
    const event = Event.parse({ eventCode, meetingCode: `WEB${number}` })
    const row = { account: 'nasm', eventCode, meetingCode: event.meetingCode, enabled: 1 }
    await saveEvent(rig.db, { ...row, document: JSON.stringify(event) }, undefined, rig.now())
  }
}

describe.for(DIALECTS)('forty events on the free tier (%s)', (dialect) => {
  test('are reconciled all day long, and somebody who registers late in the day is synced at once', async () => {
    const fresh = await freshDatabase(dialect)
    const rig = await openMetered(fresh.url)
    const worker = rig.worker()
    await worker.drain()
    await addEvents(rig)
    await worker.drain()
    const day = '2026-12-03'
    rig.advance(Date.parse(`${day}T00:05:00Z`) - rig.now())
    await rig.db.deleteFrom('log').execute()

    while (rig.now() < Date.parse(`${day}T23:00:00Z`)) {
      rig.advance(20 * MINUTE)
      await worker.drain()
    }
    const contact = {
      firstName: 'Ada',
      lastName: 'Late',
      email: 'late@example.org',
      sourceId: '101',
    }
    await rig.cvent.register({ event: seededEvents.open, contact })
    for (const body of rig.posted()) await rig.deliver(body)
    await worker.drain()
    const rows = rig.imis.activitiesOf('101')
    const { used } = await rig.db
      .selectFrom('callquota')
      .select('used')
      .where('day', '=', day)
      .executeTakeFirstOrThrow()
    const late = await rig.db
      .selectFrom('event')
      .select('eventCode')
      .where('reconciledAt', '<', rig.now() - 7 * 60 * MINUTE)
      .execute()
    await worker.stop()
    await rig.close()
    await fresh.close()

    expect(rows).toHaveLength(1)
    expect(late).toEqual([])
    expect(used).toBeLessThan(600)
  }, 240_000)

  test('which all changed: reconciles stop before the part of the day that is kept for what Cvent tells of', async () => {
    const fresh = await freshDatabase(dialect)
    const rig = await openMetered(fresh.url)
    const worker = rig.worker()
    await worker.drain()
    await rig.db.updateTable('callquota').set({ used: 610 }).execute()
    rig.advance(61 * MINUTE)

    await worker.drain()
    const afterReconcile = rig.cvent.switchboard.calls.length
    const contact = {
      firstName: 'Ada',
      lastName: 'Late',
      email: 'late@example.org',
      sourceId: '101',
    }
    await rig.cvent.register({ event: seededEvents.open, contact })
    for (const body of rig.posted()) await rig.deliver(body)
    await worker.drain()
    const event = await rig.db.selectFrom('event').selectAll().executeTakeFirstOrThrow()
    const rows = rig.imis.activitiesOf('101')
    const made = rig.cvent.switchboard.calls.length - afterReconcile
    await worker.stop()
    await rig.close()
    await fresh.close()

    expect(rows).toHaveLength(1)
    expect(made).toBeGreaterThan(0)
    expect(event.reconcileDueAt).toBeGreaterThan(Date.parse('2026-12-03T00:00:00Z'))
    expect(event.reconcileReason).toContain('used up')
  })
})
