import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { createConnection } from 'mysql2/promise'
import { v7 as uuid } from 'uuid'
import { beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { CannotOpen } from '../../db/engine/errors.ts'
import { openMessageWriter } from '../../db/engine/message-writer.ts'
import { messagesOf } from '../../db/messages.ts'
import { migrate } from '../../db/engine/migrate.ts'
import { openDatabase } from '../../db/engine/open.ts'
import { purgeMessages } from '../../db/personal-data/retention.ts'
import { startMariadb, type Mariadb } from '../mariadb.ts'
import { startServer } from '../start-server.ts'
import { DIALECTS, freshDatabase } from '../databases.ts'
import { sandboxWebhookToken } from '../sandbox/cvent/server.ts'
import { arriving } from './arriving.ts'

/** Text that means something else to a server whose quotes, backslashes or letters work otherwise. */
const TEXTS = [
  `a\\' or sleep(2) -- `,
  `"x"`,
  'a || b',
  '%_`',
  'é 漢 😀 \\0 \\n',
  `\\"`,
  `''`,
  '\u0000\n',
]

/** A private MariaDB, with one empty schema, started with these options. */
async function startWith(options: string[]) {
  const server = await startMariadb({ options })
  const connection = await createConnection(server.url)
  await connection.query('create database t')
  await connection.end()
  return { server, url: `${server.url}/t` }
}

describe.runIf(inject('mariadbUrl'))('on a MariaDB that is set up otherwise', () => {
  let server: Mariadb
  let url: string
  beforeAll(async () => {
    ;({ server, url } = await startWith([
      '--sql-mode=NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT,NO_ZERO_DATE,IGNORE_SPACE',
      '--character-set-server=latin1',
      '--collation-server=latin1_swedish_ci',
      '--lower-case-table-names=1',
      '--default-time-zone=+05:00',
      '--transaction-isolation=SERIALIZABLE',
      '--autocommit=0',
      '--max-allowed-packet=1M',
    ]))
    return () => server.stop()
  })

  test('every session has our settings, whatever the server’s are', async () => {
    const db = openDatabase(url)
    onTestFinished(() => db.destroy())

    const { rows } = await sql`select @@session.sql_mode as mode, @@session.time_zone as zone,
      @@session.tx_isolation as isolation, @@session.collation_connection as collation,
      @@session.autocommit as autocommit`.execute(db)

    expect(rows).toEqual([
      {
        mode: 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',
        zone: '+00:00',
        isolation: 'READ-COMMITTED',
        collation: 'utf8mb4_bin',
        autocommit: 1,
      },
    ])
  })

  test('every text comes back as it went in, and none is read as SQL', async () => {
    const db = openDatabase(url)
    onTestFinished(() => db.destroy())
    await migrate(db)

    for (const [at, text] of TEXTS.entries()) {
      const row = {
        account: `a${at}`,
        document: text,
        secrets: text,
        version: 1,
        createdAt: 1,
        updatedAt: 1,
      }
      await db.insertInto('account').values(row).execute()
      expect(
        await db.selectFrom('account').selectAll().where('document', '=', text).execute(),
      ).toMatchObject([row])
    }
  })

  test('the whole server works on it: an account is saved and read, a message of any size is kept', async () => {
    const app = await startServer({ databaseUrl: url })
    const body = JSON.stringify({ message: [], padding: randomBytes(3_000_000).toString('base64') })

    const account = await fetch(`${app.url}/admin/accounts/nasm`, {
      headers: { authorization: `Bearer ${app.adminToken}` },
    })
    const injected = await fetch(`${app.url}/webhooks/cvent/x'%20or%20sleep(2)%20--%20`)
    const kept = await fetch(`${app.url}/webhooks/cvent/nasm`, {
      method: 'POST',
      headers: { authorization: sandboxWebhookToken },
      body,
    })

    expect([account.status, injected.status, kept.status]).toEqual([200, 401, 200])
    const [row] = await app.db.selectFrom('message').selectAll().execute()
    expect(row?.parts).toBeGreaterThan(1)
    await app.drain()
    expect(await app.db.selectFrom('message').select('state').execute()).toEqual([
      { state: 'unpacked' },
    ])
  })
})

describe.runIf(inject('mariadbUrl'))('a MariaDB that cannot be used as it is', () => {
  test('says at the first connection that its packets are too small', async () => {
    const { server, url } = await startWith(['--max-allowed-packet=256K'])
    onTestFinished(() => server.stop())
    const db = openDatabase(url)
    onTestFinished(() => db.destroy())

    const refused = await migrate(db).catch((error: unknown) => error)

    expect(refused).toBeInstanceOf(CannotOpen)
    expect((refused as Error).message).toMatch(/max_allowed_packet of the database is 262144/)
  })
})

describe.each(DIALECTS)('large messages on %s', (dialect) => {
  test('a large body is stored in parts, comes back whole, once, and goes with its message', async () => {
    const { db, url, close } = await freshDatabase(dialect)
    onTestFinished(close)
    const writer = openMessageWriter(db, url)
    const body = randomBytes(2_000_000)
    const large = arriving({ id: uuid(), dedupeKey: 'l'.repeat(43), body })

    await writer.keep([arriving(), large, arriving()])
    await writer.keep([{ ...large, id: uuid() }])

    const [row] = await messagesOf(db, [large.id])
    expect(Buffer.compare(Buffer.from(row?.body ?? []), body)).toBe(0)
    expect(await db.selectFrom('message').select('id').execute()).toHaveLength(3)
    expect(await db.selectFrom('messagepart').select('part').execute()).toHaveLength(4)
    await writer.close()

    await db.updateTable('message').set({ state: 'unpacked' }).execute()
    await purgeMessages(db, 'nasm', 1, 10)
    expect(await db.selectFrom('messagepart').select('part').execute()).toEqual([])
  })

  test('parts that no message followed are removed with the old messages', async () => {
    const { db, close } = await freshDatabase(dialect)
    onTestFinished(close)
    const part = (at: number) => ({
      messageId: uuid({ msecs: at }),
      part: 0,
      body: Buffer.from('x'),
    })
    await db
      .insertInto('messagepart')
      .values([part(1000), part(5000)])
      .execute()

    await purgeMessages(db, 'nasm', 3000, 10)

    expect(await db.selectFrom('messagepart').select('part').execute()).toHaveLength(1)
  })
})
