import type { Kysely, KyselyPlugin } from 'kysely'
import { v7 as uuid } from 'uuid'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Database } from '../../db/database.ts'
import { ledgerOfEvent } from '../../db/ledger.ts'
import { retryUnmatched, touch, touchItem, touchUnconfigured } from '../../db/touches.ts'
import { DIALECTS, freshDatabase } from '../databases.ts'

const ROWS = 1234
/** What one statement may change or read: more would hold SQLite's thread for too long. */
const MOST = 250

/** The database, with the number of rows that each statement brought or changed. */
function counted(db: Kysely<Database>) {
  const counts: number[] = []
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      counts.push(Math.max(result.rows.length, Number(result.numAffectedRows ?? 0n)))
      return result
    },
  }
  return { watched: db.withPlugin(plugin), counts }
}

describe.each(DIALECTS)('a large event (%s)', (dialect) => {
  async function open(state: string) {
    const { db, close } = await freshDatabase(dialect)
    onTestFinished(close)
    await touch(
      db,
      'nasm',
      Array.from({ length: ROWS }, (_, at) => ({
        attendeeId: `a${at}`,
        eventStub: 'stub',
        eventCode: 'EV',
      })),
      1,
    )
    await db.updateTable('registration').set({ state }).execute()
    return { db, ...counted(db) }
  }

  test.for<[string, string, (db: Kysely<Database>) => Promise<unknown>]>([
    ['unconfigured', 'it was configured', (db) => touchUnconfigured(db, 'nasm', 'stub', 2)],
    ['unmatched', 'a day has passed', (db) => retryUnmatched(db, 'nasm', 'stub', 2)],
  ])('is touched whole, once, in small statements: %s, %s', async ([state, , work]) => {
    const { db, watched, counts } = await open(state)

    await work(watched)

    const rows = await db
      .selectFrom('registration')
      .select(['state', 'dueAt', (e) => e.fn.countAll<number>().as('count')])
      .where('wantedVersion', '=', 2)
      .groupBy(['state', 'dueAt'])
      .execute()
    expect(rows).toEqual([{ state: 'waiting', dueAt: 2, count: ROWS }])
    expect(Math.max(...counts)).toBeLessThanOrEqual(MOST)
  })

  async function addLedger(db: Kysely<Database>, itemId: string) {
    const registrations = await db.selectFrom('registration').select(['id', 'attendeeId']).execute()
    const ledger = registrations.map(({ id, attendeeId }) => ({
      id: uuid(),
      account: 'nasm',
      registrationId: id,
      ledgerKey: attendeeId,
      kind: 'meeting',
      partyId: '101',
      attendeeId,
      itemId,
      standing: 'current',
      activityType: 'MEETING',
      productCode: 'EV',
      state: 'written',
      intendedAt: 1,
    }))
    for (let at = 0; at < ROWS; at += 200)
      await db
        .insertInto('ledger')
        .values(ledger.slice(at, at + 200))
        .execute()
  }

  test('is touched whole, once, in small statements, when a session moved that all are in', async () => {
    const { db, watched, counts } = await open('synced')
    await addLedger(db, 'session')

    const { eventStubs, touched } = await touchItem(watched, 'nasm', 'session', 2)

    const { count } = await db
      .selectFrom('registration')
      .select((e) => e.fn.countAll<number>().as('count'))
      .where('wantedVersion', '=', 2)
      .executeTakeFirstOrThrow()
    expect({ count, touched, eventStubs }).toEqual({
      count: ROWS,
      touched: ROWS,
      eventStubs: ['stub'],
    })
    expect(Math.max(...counts)).toBeLessThanOrEqual(MOST)
  })

  test('has its ledger read whole, in small statements', async () => {
    const { db, watched, counts } = await open('synced')
    await addLedger(db, 'session')

    const read = await ledgerOfEvent(watched, 'nasm', 'EV')

    expect(new Set(read.map(({ attendeeId }) => attendeeId)).size).toBe(ROWS)
    expect(Math.max(...counts)).toBeLessThanOrEqual(MOST)
  })
})
