import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  LeaseLost,
  releaseLease,
  renewLease,
  acquireLease,
  fencedTransaction,
} from '../../db/leases.ts'
import { storeMessages, settleMessages } from '../../db/messages.ts'
import { dueRegistrations, settle } from '../../db/registration-claims.ts'
import { countAccepted, registrationOfParty } from '../../db/registrations.ts'
import { touch } from '../../db/touches.ts'
import { purgeMessages } from '../../db/personal-data/retention.ts'
import { setLastSeen, lastSeenOf } from '../../db/last-seen.ts'
import { listUnknownEvents, rememberUnknownEvents } from '../../db/unknown-events.ts'
import { assign, assignmentsOf } from '../../db/assignments.ts'
import { DIALECTS, freshDatabase, type FreshDatabase } from '../databases.ts'

const NOW = 1_800_000_000_000

describe.for(DIALECTS)('the tables of the message path (%s)', (dialect) => {
  let fresh: FreshDatabase
  beforeEach(async () => {
    fresh = await freshDatabase(dialect)
  })
  afterEach(() => fresh.close())

  const touched = (attendeeId: string, now: number) =>
    touch(fresh.db, 'nasm', [{ attendeeId, eventStub: 'e1' }], now)
  const due = (now: number) => dueRegistrations(fresh.db, 'nasm', now, 100)
  const lease = async (owner: string, now: number) => {
    const taken = await acquireLease(fresh.db, 'account:nasm', owner, now, now + 60_000)
    if (!taken) throw new Error('the lease is not free')
    return taken
  }

  test('many touches of one attendee are one row with a higher version', async () => {
    await touch(
      fresh.db,
      'nasm',
      Array.from({ length: 450 }, (_, at) => ({ attendeeId: `a${at % 225}`, eventStub: 'e1' })),
      NOW,
    )
    await touched('a0', NOW)

    const rows = await due(NOW)
    const all = await dueRegistrations(fresh.db, 'nasm', NOW, 1000)

    expect(rows).toHaveLength(100)
    expect(all).toHaveLength(225)
    expect(all.find(({ attendeeId }) => attendeeId === 'a0')?.wantedVersion).toBe(2)
  })

  test('a touch while the work goes on leaves the registration due', async () => {
    await touched('a', NOW)
    const [claim] = await due(NOW)
    await touched('a', NOW + 1)

    await settle(
      fresh.db,
      await lease('w', NOW),
      claim?.id ?? '',
      claim?.wantedVersion ?? 0,
      { state: 'synced', syncedVersion: 1 },
      NOW + 2,
    )

    expect(await due(NOW + 2)).toMatchObject([{ attendeeId: 'a', wantedVersion: 2 }])
  })

  test('a touch does not shorten the wait after a failure, but wakes what was dead', async () => {
    await touch(
      fresh.db,
      'nasm',
      [
        { attendeeId: 'late', eventStub: 'e1' },
        { attendeeId: 'dead', eventStub: 'e1' },
      ],
      NOW,
    )
    const held = await lease('w', NOW)
    for (const claim of await due(NOW))
      await settle(
        fresh.db,
        held,
        claim.id,
        1,
        claim.attendeeId === 'late'
          ? { state: 'waiting', dueAt: NOW + 40_000, attempt: 3 }
          : { state: 'dead', attempt: 1 },
        NOW,
      )

    await touched('late', NOW + 1)
    await touched('dead', NOW + 1)

    expect((await due(NOW + 1)).map(({ attendeeId }) => attendeeId)).toEqual(['dead'])
    expect(await due(NOW + 40_000)).toHaveLength(2)
  })

  test('of several who take a lease at once exactly one wins, and its fence is higher than any before', async () => {
    await releaseLease(fresh.db, await lease('first', NOW))

    const all = await Promise.all(
      Array.from({ length: 8 }, (_, at) =>
        acquireLease(fresh.db, 'account:nasm', `w${at}`, NOW, NOW + 60_000),
      ),
    )

    const [won, ...others] = all.filter((taken) => taken !== undefined)
    expect(others).toEqual([])
    expect(won?.fence).toBe(2)
  })

  test('what belongs to a lost lease is not stored', async () => {
    const mine = await lease('first', NOW)
    const theirs = await acquireLease(
      fresh.db,
      'account:nasm',
      'second',
      NOW + 60_001,
      NOW + 120_000,
    )

    const stored = fencedTransaction(fresh.db, mine, NOW + 120_000, (tx) =>
      setLastSeen(tx, 'nasm', 'stale', 1, NOW),
    )

    await expect(stored).rejects.toBeInstanceOf(LeaseLost)
    await expect(renewLease(fresh.db, mine, NOW + 120_000)).rejects.toBeInstanceOf(LeaseLost)
    expect(theirs?.fence).toBe(2)
    expect(await lastSeenOf(fresh.db, 'nasm')).toEqual([])
  })

  test('the same message is kept once, also within one batch', async () => {
    const message = (id: string, dedupeKey: string) => ({
      id,
      account: 'nasm',
      dedupeKey,
      messageStub: null,
      path: '/',
      contentType: null,
      encoding: 'identity',
      body: Buffer.from('{}'),
      bytes: 2,
      requestId: 'r',
      receivedAt: NOW,
      state: 'waiting',
      dueAt: NOW,
    })

    await storeMessages(fresh.db, [message('1', 'k'), message('2', 'k'), message('3', 'l')])
    await storeMessages(fresh.db, [message('4', 'k')])
    await settleMessages(
      fresh.db,
      ['1', '3'].map((id) => ({
        id,
        state: 'unpacked' as const,
        reason: null,
        eventType: 'X',
        messageTime: `time of ${id}`,
        itemCount: 1,
        skippedCount: 0,
      })),
      NOW,
    )

    const rows = await fresh.db.selectFrom('message').select(['id', 'messageTime']).execute()
    expect(rows.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
      { id: '1', messageTime: 'time of 1' },
      { id: '3', messageTime: 'time of 3' },
    ])
    expect(await purgeMessages(fresh.db, 'nasm', NOW + 1, 1)).toBe(1)
    expect(await purgeMessages(fresh.db, 'nasm', NOW + 1, 10)).toBe(1)
  })

  test("a party's registration is the one that holds a place and is not a guest's; only accepted ones are counted", async () => {
    await touch(
      fresh.db,
      'nasm',
      ['a', 'b', 'c', 'guest'].map((attendeeId) => ({ attendeeId, eventStub: 'e' })),
      NOW,
    )
    const set = (attendeeId: string, status: string, modifiedAt: number) =>
      fresh.db
        .updateTable('registration')
        .set({ status, modifiedAt, partyId: '101', eventCode: 'E' })
        .where('attendeeId', '=', attendeeId)
        .execute()
    await set('a', 'Cancelled', 300)
    await set('b', 'Accepted', 100)
    await set('c', 'Declined', 400)
    await set('guest', 'Accepted', 500)
    await fresh.db
      .updateTable('registration')
      .set({ matchedBy: 'primary' })
      .where('attendeeId', '=', 'guest')
      .execute()

    const found = await registrationOfParty(fresh.db, 'nasm', 'E', '101')

    expect(found?.attendeeId).toBe('b')
    expect(await registrationOfParty(fresh.db, 'other', 'E', '101')).toBeUndefined()
    expect(await countAccepted(fresh.db, 'nasm', 'E')).toBe(2)
  })

  test('unknown events keep their count and the last title that was told', async () => {
    const seen = { eventStub: 'e', eventCode: undefined, title: 'First', messageCount: 2 }

    await rememberUnknownEvents(fresh.db, 'nasm', [seen], NOW)
    await rememberUnknownEvents(
      fresh.db,
      'nasm',
      [{ ...seen, title: undefined, eventCode: 'C' }],
      NOW + 5,
    )

    expect(await listUnknownEvents(fresh.db, 'nasm')).toMatchObject([
      { eventCode: 'C', title: 'First', messageCount: 4, firstSeenAt: NOW, lastSeenAt: NOW + 5 },
    ])
  })

  test("an admin's later word on who a contact is replaces the earlier one", async () => {
    const said = { account: 'nasm', contactStub: 'c', assignedBy: 'kim', assignedAt: NOW }

    await assign(fresh.db, { ...said, partyId: '101' })
    await assign(fresh.db, { ...said, partyId: '102' })

    expect(await assignmentsOf(fresh.db, 'nasm', ['c', 'x'])).toEqual(
      new Map([['c', { partyId: '102', lastName: null }]]),
    )
  })
})
