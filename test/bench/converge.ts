import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import type { Kysely } from 'kysely'
import type { Database } from '../../db/database.ts'
import { dueMessages, messagesOf, nextMessageDue } from '../../db/messages.ts'
import { migrate } from '../../db/engine/migrate.ts'
import { inTransaction, openDatabase } from '../../db/engine/open.ts'
import { dueRegistrations, nextRegistrationDue } from '../../db/registration-claims.ts'
import { startMariadb } from '../mariadb.ts'
import { lacks } from '../programs.ts'
import { seededEvents } from '../sandbox/cvent/seed.ts'
import { openRig } from '../server/sync/rig.ts'
import { median } from '../figures.ts'
import { idAt, seedLists } from './seed-lists.ts'

const ROUNDS = 5
const PEOPLE = 200
const MESSAGES = 1_000_000
const REGISTRATIONS = 100_000
const NOW = Date.parse('2027-02-03T12:00:00Z')

/** Registrations followed a second (read, matched, searched and written), with sandboxes that answer at once. */
export async function benchConverge(print: (line: string) => void): Promise<void> {
  const rig = await openRig()
  const worker = rig.worker()
  const template = rig.imis.state.parties.get('101')
  const rates: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    await rig.reset()
    await rig.cvent.setWebhook(null)
    await worker.drain()
    for (let at = 0; at < PEOPLE; at += 1) {
      const sourceId = String(20_000 + at)
      if (template) rig.imis.state.parties.set(sourceId, { ...template, partyId: sourceId })
      await rig.cvent.register({
        event: seededEvents.open,
        planner: true,
        contact: {
          firstName: 'P',
          lastName: sourceId,
          email: `p${sourceId}@example.org`,
          sourceId,
        },
      })
    }
    rig.advance(3_700_000)
    const startedAt = performance.now()
    await worker.drain()
    rates.push((PEOPLE / (performance.now() - startedAt)) * 1000)
    if (rig.imis.state.activities.size !== PEOPLE) throw new Error('not everybody was followed')
  }
  await worker.stop()
  await rig.close()
  print(`converge: ${Math.round(median(rates))} registrations/s, vendors without latency`)
}

/** How long finding the next work takes beside a million old messages and a hundred thousand registrations. */
export async function benchClaim(print: (line: string) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-claim-'))
  await claimFrom('SQLite', `sqlite:${join(folder, 'bench.db')}`, print)
  rmSync(folder, { recursive: true, force: true })
  if (lacks('MariaDB')) return print('claim on MariaDB: not measured, MariaDB is not installed')
  const mariadb = await startMariadb()
  const connection = await createConnection(mariadb.url)
  await connection.query('create database claim')
  await connection.end()
  await claimFrom('MariaDB', `${mariadb.url}/claim`, print)
  await mariadb.stop()
}

async function claimFrom(store: string, url: string, print: (line: string) => void) {
  const db = openDatabase(url)
  await migrate(db)
  await seedLists(db, 'nasm', { registrations: REGISTRATIONS, logs: 0, days: 90, now: NOW })
  await seedMessages(db)
  const work = {
    'is anything due': async () => {
      await nextMessageDue(db, 'nasm')
      await nextRegistrationDue(db, 'nasm')
    },
    'claim of 200 messages with their bodies': async () => {
      const due = await dueMessages(db, 'nasm', NOW, 200)
      await messagesOf(
        db,
        due.map(({ id }) => id),
      )
    },
    'claim of 100 registrations': () => dueRegistrations(db, 'nasm', NOW, 100),
  }
  for (const [name, run] of Object.entries(work)) {
    const times: number[] = []
    for (let round = 0; round < ROUNDS * 3; round += 1) {
      const from = performance.now()
      await run()
      times.push(performance.now() - from)
    }
    print(
      `claim ${store}, ${MESSAGES} messages and ${REGISTRATIONS} registrations: ${name} ${median(times).toFixed(1)} ms (budget < 20)`,
    )
  }
  await db.destroy()
}

async function seedMessages(db: Kysely<Database>) {
  const A_STATEMENT = 1000
  const body = Buffer.from('x'.repeat(300))
  for (let from = 0; from < MESSAGES; from += A_STATEMENT * 10)
    await inTransaction(db, async (tx) => {
      for (let part = from; part < from + A_STATEMENT * 10; part += A_STATEMENT)
        await tx
          .insertInto('message')
          .values(
            Array.from({ length: A_STATEMENT }, (_, step) => {
              const index = part + step
              const at = NOW - MESSAGES + index
              return {
                id: idAt(at, index),
                account: 'nasm',
                dedupeKey: String(index),
                messageStub: null,
                path: '/',
                contentType: null,
                encoding: 'identity',
                body,
                bytes: body.length,
                requestId: '',
                receivedAt: at,
                state: index >= MESSAGES - 2000 ? 'waiting' : 'unpacked',
                dueAt: at,
              }
            }),
          )
          .execute()
    })
}
