import { setTimeout as delay } from 'node:timers/promises'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { openMessageWriter } from '../../db/engine/message-writer.ts'
import { inTransaction, sqlitePath } from '../../db/engine/open.ts'
import { setLastSeen } from '../../db/last-seen.ts'
import { startServer } from '../start-server.ts'
import { freshDatabase } from '../databases.ts'
import { arriving } from './arriving.ts'

/** Holds the file's write lock as another process would; it is given back by this very thread, which must be free for it. */
function lockFile(databaseUrl: string) {
  const other = new DatabaseSync(sqlitePath(databaseUrl) ?? '')
  other.exec('begin immediate')
  onTestFinished(() => other.close())
  return { release: () => other.exec('rollback') }
}

async function openLocked() {
  const { db, url, close } = await freshDatabase('sqlite')
  onTestFinished(close)
  return { db, url, lock: lockFile(url) }
}

test('reads answer while another process holds the write lock', async () => {
  const { db, lock } = await openLocked()

  const rows = await db.selectFrom('lease').selectAll().execute()
  lock.release()

  expect(rows).toEqual([])
})

test('a write waits for the lock without keeping the thread, then succeeds', async () => {
  const { db, lock } = await openLocked()

  const written = setLastSeen(db, 'nasm', 'x', 1, 1)
  const read = await db.selectFrom('lease').selectAll().execute()
  await delay(20)
  lock.release()
  await written

  expect(read).toEqual([])
  expect(await db.selectFrom('lastseen').select('what').execute()).toEqual([{ what: 'x' }])
})

test('a transaction waits likewise, and so does a message; each is stored once', async () => {
  const { db, url, lock } = await openLocked()
  const writer = openMessageWriter(db, url)
  onTestFinished(() => writer.close())

  const stored = Promise.all([
    inTransaction(db, (tx) => setLastSeen(tx, 'nasm', 'x', 1, 1)),
    writer.keep([arriving()]),
    inTransaction(db, (tx) => setLastSeen(tx, 'nasm', 'x', 1, 2)),
  ])
  await delay(20)
  lock.release()
  await stored

  expect(await db.selectFrom('message').select('id').execute()).toHaveLength(1)
  expect(await db.selectFrom('lastseen').select('times').execute()).toEqual([{ times: 2 }])
})

test('reads see nothing of a transaction before it is stored, and never wait for it', async () => {
  const { db, close } = await freshDatabase('sqlite')
  onTestFinished(close)

  const seen = await inTransaction(db, async (tx) => {
    await setLastSeen(tx, 'nasm', 'x', 1, 1)
    return {
      inside: await tx.selectFrom('lastseen').selectAll().execute(),
      outside: await db.selectFrom('lastseen').selectAll().execute(),
    }
  })

  expect(seen.inside).toHaveLength(1)
  expect(seen.outside).toEqual([])
  expect(await db.selectFrom('lastseen').selectAll().execute()).toHaveLength(1)
})

test('a transaction that fails gives the next one its turn', async () => {
  const { db, close } = await freshDatabase('sqlite')
  onTestFinished(close)

  const failed = inTransaction(db, async (tx) => {
    await setLastSeen(tx, 'nasm', 'x', 1, 1)
    throw new Error('on purpose')
  })
  const next = inTransaction(db, (tx) => setLastSeen(tx, 'nasm', 'y', 1, 1))

  await expect(failed).rejects.toThrow('on purpose')
  await next
  expect(await db.selectFrom('lastseen').select('what').execute()).toEqual([{ what: 'y' }])
})

test('pages that need no write answer while the file is locked; the instance is not ready', async () => {
  const server = await startServer({ realTime: true, runWorker: true })
  await expect.poll(async () => (await fetch(`${server.url}/health/ready`)).status).toBe(200)
  const lock = lockFile(server.databaseUrl)

  const answers = []
  for (const path of [
    '/health/live',
    '/v1/nasm/events',
    '/v1/nasm/events/WRN3DBTCMX9/registration',
  ])
    // prettier-ignore
    answers.push((await fetch(`${server.url}${path}`)).status)
  await expect
    .poll(async () => (await fetch(`${server.url}/health/ready`)).status, { timeout: 30_000 })
    .toBe(503)
  lock.release()

  expect(answers).toEqual([200, 200, 200])
  await expect
    .poll(async () => (await fetch(`${server.url}/health/ready`)).status, { timeout: 30_000 })
    .toBe(200)
})
