import { sql } from 'kysely'
import { describe, expect, onTestFinished, test } from 'vitest'
import { migrate } from '../../db/engine/migrate.ts'
import { CannotOpen, isDuplicateKey, isStoreTrouble } from '../../db/engine/errors.ts'
import { inTransaction, openDatabase, upsert } from '../../db/engine/open.ts'
import { DIALECTS, freshDatabase } from '../databases.ts'

describe.each(DIALECTS)('on %s', (dialect) => {
  async function open() {
    const fresh = await freshDatabase(dialect)
    onTestFinished(() => fresh.close())
    return fresh
  }

  test('migrating twice changes nothing', async () => {
    const { db } = await open()

    const ran = await migrate(db)

    expect(ran).toEqual([])
  })

  test('an upsert keeps one row and sets what it was told to', async () => {
    const { db } = await open()
    const row = { account: 'nasm', what: 'sign-on', firstAt: 1, lastAt: 1, times: 1 }

    await upsert(db, 'lastseen', row, ['account', 'what'], { lastAt: 1, times: 1 })
    await upsert(db, 'lastseen', row, ['account', 'what'], { lastAt: 2, times: 2 })

    const rows = await db.selectFrom('lastseen').selectAll().execute()
    expect(rows).toEqual([{ ...row, lastAt: 2, times: 2 }])
  })

  test('a unique key that refuses a row is told apart from other errors', async () => {
    const { db } = await open()
    const row = { digest: 'a'.repeat(64), usedAt: 1, forgetAt: 2 }
    await db.insertInto('usedtoken').values(row).execute()

    const refused = await db
      .insertInto('usedtoken')
      .values(row)
      .execute()
      .catch((error: unknown) => error)

    expect(isDuplicateKey(refused)).toBe(true)
    expect(isDuplicateKey(new Error('other'))).toBe(false)
  })

  test('keys are compared letter by letter', async () => {
    const { db } = await open()
    const row = {
      account: 'nasm',
      contactStub: 'AB',
      partyId: '101',
      assignedBy: 'x',
      assignedAt: 1,
    }

    await db.insertInto('assignment').values(row).execute()
    await db
      .insertInto('assignment')
      .values({ ...row, contactStub: 'ab' })
      .execute()

    expect(await db.selectFrom('assignment').selectAll().execute()).toHaveLength(2)
  })

  test('no increment is lost when twenty transactions read and write one row', async () => {
    const { db, url } = await open()
    // A second SQLite connection in one thread would wait for itself; one process owns the file.
    const other = dialect === 'mariadb' ? openDatabase(url) : db
    if (other !== db) onTestFinished(() => other.destroy())
    await db
      .insertInto('lease')
      .values({ name: 'worker:nasm', owner: 'a', fence: 0, leaseUntil: 0 })
      .execute()

    const add = (on: typeof db) =>
      inTransaction(on, async (tx) => {
        const { fence } = await tx
          .selectFrom('lease')
          .select('fence')
          .$if(dialect === 'mariadb', (query) => query.forUpdate())
          .executeTakeFirstOrThrow()
        await tx
          .updateTable('lease')
          .set({ fence: fence + 1 })
          .execute()
      })
    await Promise.all(Array.from({ length: 20 }, (_, at) => add(at % 2 ? db : other)))

    const lease = await db.selectFrom('lease').select('fence').executeTakeFirstOrThrow()
    expect(lease.fence).toBe(20)
  })

  test('bytes come back as they went in', async () => {
    const { db } = await open()
    const body = Buffer.from([0, 255, 128, 10, 13, 39, 34])
    await db
      .insertInto('message')
      .values({
        id: '0'.repeat(36),
        account: 'nasm',
        dedupeKey: 'a'.repeat(43),
        messageStub: null,
        path: '/',
        contentType: null,
        encoding: 'identity',
        body,
        bytes: body.length,
        requestId: 'r',
        receivedAt: Number.MAX_SAFE_INTEGER,
        state: 'waiting',
        dueAt: 0,
        reason: null,
        eventType: null,
        messageTime: null,
        itemCount: null,
        skippedCount: null,
        unpackedAt: null,
        dismissedAt: null,
      })
      .execute()

    const row = await db.selectFrom('message').selectAll().executeTakeFirstOrThrow()

    expect(Buffer.from(row.body)).toEqual(body)
    expect(row.receivedAt).toBe(Number.MAX_SAFE_INTEGER)
  })
})

test('an address that is no database is refused with a sentence', () => {
  expect(() => openDatabase('postgres://x/y')).toThrow(CannotOpen)
})

test('a folder that cannot be made is named', async () => {
  const db = openDatabase('sqlite:/dev/null/registration.db')

  await expect(migrate(db)).rejects.toThrow(
    /the database file \/dev\/null\/registration\.db cannot be opened/,
  )
})

test('a full SQLite file is told apart from a wrong statement, also from within a transaction', async () => {
  const { db, close } = await freshDatabase('sqlite')
  onTestFinished(close)
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(db)
  await sql.raw(`pragma max_page_count = ${rows[0]?.page_count}`).execute(db)
  const row = { account: 'nasm', document: 'x'.repeat(100_000), secrets: '', version: 1 }

  const full = await inTransaction(db, async (tx) => {
    await tx
      .insertInto('account')
      .values({ ...row, createdAt: 1, updatedAt: 1 })
      .execute()
  }).catch((error: unknown) => error)
  await sql.raw('pragma max_page_count = 1073741823').execute(db)
  await inTransaction(db, async (tx) => {
    await tx
      .insertInto('account')
      .values({ ...row, createdAt: 1, updatedAt: 1 })
      .execute()
  })

  expect(isStoreTrouble(full)).toBe(true)
  expect(await db.selectFrom('account').select('account').execute()).toHaveLength(1)
})
