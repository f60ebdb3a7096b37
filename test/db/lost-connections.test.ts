import { sql, type Kysely } from 'kysely'
import { inject, describe, expect, onTestFinished, test } from 'vitest'
import type { Database } from '../../db/database.ts'
import { isDown, isStoreTrouble } from '../../db/engine/errors.ts'
import { openMessageWriter } from '../../db/engine/message-writer.ts'
import { storeMessages } from '../../db/messages.ts'
import { migrate } from '../../db/engine/migrate.ts'
import { inTransaction, openDatabase } from '../../db/engine/open.ts'
import { freshDatabase } from '../databases.ts'
import { arriving } from './arriving.ts'
import { startTcpProxy } from '../tcp-proxy.ts'

/** Long enough for an answer on a busy machine, short enough to wait for. */
const LIMIT = 'statementSeconds=2'

async function openBehindProxy() {
  const fresh = await freshDatabase('mariadb')
  const proxy = await startTcpProxy(fresh.url)
  const url = `${proxy.through(fresh.url)}?${LIMIT}`
  const db = openDatabase(url)
  onTestFinished(async () => {
    await proxy.close()
    await db.destroy()
    await fresh.close()
  })
  return { db, url, proxy, direct: fresh.db }
}

/** Makes several connections, as a busy server has them. */
async function fillPool(db: Kysely<Database>) {
  await Promise.all(Array.from({ length: 6 }, () => sql`select sleep(0.05)`.execute(db)))
}

describe.runIf(inject('mariadbUrl'))('behind a name that leads to MariaDB', () => {
  const failing = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: unknown) => error,
    )

  test.for<[string, (on: { db: Kysely<Database>; url: string }) => Promise<unknown>]>([
    ['a query', ({ db }) => db.selectFrom('lease').selectAll().execute()],
    [
      'a transaction',
      ({ db }) => inTransaction(db, async (tx) => tx.selectFrom('lease').selectAll().execute()),
    ],
    ['a message', ({ db, url }) => openMessageWriter(db, url).keep([arriving()])],
    ['a migration', ({ db }) => migrate(db)],
  ])(
    'when every connection falls silent, %s fails in time and the next one works',
    async ([, work]) => {
      const on = await openBehindProxy()
      await fillPool(on.db)
      on.proxy.silence()

      const failed = await failing(work(on))
      const again = await failing(work(on))

      expect(isDown(failed)).toBe(true)
      expect(again).toBeUndefined()
    },
  )

  test('a server that takes connections and never greets is given up in time', async () => {
    const { db, proxy, url } = await openBehindProxy()
    proxy.silenceNew()

    const failed = await failing(sql`select 1`.execute(db))
    proxy.leadTo(inject('mariadbUrl'))
    const again = await failing(sql`select 1`.execute(openDatabaseFor(url)))

    expect(isDown(failed)).toBe(true)
    expect(again).toBeUndefined()
  })

  test('who waits for a connection while all are taken is told in time', async () => {
    const { db } = await openBehindProxy()
    let end: () => void = () => undefined
    const held = new Promise<void>((resolve) => (end = resolve))
    const holders = Array.from({ length: 10 }, () =>
      db.transaction().execute(async (tx) => {
        await sql`select 1`.execute(tx)
        await held
      }),
    )

    const failed = await failing(sql`select 1`.execute(db))
    end()
    await Promise.all(holders)

    expect(isDown(failed)).toBe(true)
    expect(await failing(sql`select 1`.execute(db))).toBeUndefined()
  })

  test.for([/insert into `lease`/, /.commit$/s])(
    'a connection lost in mid-transaction (at %s) is the database’s trouble, not a bug, and stores nothing by half',
    async (sent) => {
      const { db, proxy, direct } = await openBehindProxy()
      const lease = { owner: 'a', fence: 1, leaseUntil: 0 }
      const add = () =>
        inTransaction(db, async (tx) => {
          await tx
            .insertInto('lease')
            .values({ name: 'first', ...lease })
            .execute()
          await tx
            .insertInto('lease')
            .values({ name: 'second', ...lease })
            .execute()
        })
      proxy.cutAt(sent)

      const failed = await failing(add())
      const between = await direct.selectFrom('lease').select('name').execute()
      await add()

      expect(isStoreTrouble(failed)).toBe(true)
      expect(between).toEqual([])
      expect(await direct.selectFrom('lease').select('name').execute()).toHaveLength(2)
    },
  )

  test.for([1290, 1792, 1836, 1047])(
    'after error %i no connection made before is used again',
    async (errno) => {
      const { db, proxy } = await openBehindProxy()
      await fillPool(db)
      const before = proxy.opened()

      const failed = await failing(
        sql
          .raw(`signal sqlstate '45000' set mysql_errno = ${errno}, message_text = 'x'`)
          .execute(db),
      )
      await fillPool(db)

      expect(isDown(failed)).toBe(true)
      expect(proxy.opened()).toBeGreaterThanOrEqual(before + 6)
    },
  )

  test('a statement that fails by its own fault keeps its connection', async () => {
    const { db, proxy } = await openBehindProxy()
    await sql`select 1`.execute(db)
    const before = proxy.opened()

    const failed = await failing(sql`select * from nothing`.execute(db))
    await sql`select 1`.execute(db)

    expect(isStoreTrouble(failed)).toBe(false)
    expect(proxy.opened()).toBe(before)
  })

  test('messages are kept again as soon as the name leads to a server that answers', async () => {
    const { db, proxy } = await openBehindProxy()
    await fillPool(db)
    proxy.silence()
    proxy.silenceNew()
    expect(isDown(await failing(storeMessages(db, [arriving()])))).toBe(true)

    proxy.leadTo(inject('mariadbUrl'))
    await storeMessages(db, [arriving()])

    expect(await db.selectFrom('message').select('id').execute()).toHaveLength(1)
  })
})

function openDatabaseFor(url: string) {
  const db = openDatabase(url)
  onTestFinished(() => db.destroy())
  return db
}
