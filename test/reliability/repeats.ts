import { sql, type Kysely } from 'kysely'
import { request } from 'undici'
import type { Database } from '../../db/database.ts'
import { isMysql } from '../../db/engine/open.ts'
import type { Dialect } from '../databases.ts'
import { sandboxWebhookToken } from '../sandbox/cvent/server.ts'
import { startServer } from '../start-server.ts'
import { registerPeople } from '../server/sync/arrivals.ts'
import { waitUntilIdle } from '../server/sync/wait-until-idle.ts'
import { startInstance } from './survival.ts'

const INSTANCES = 3
const TIMES = 10
const FIRST_PARTY = 50_001
/** Deliveries sent at once, each of them thirty times. */
const AT_ONCE = 4

/**
 * R6: each delivery ten times at once to each of three processes on one database. `isUnique` false is the control, a
 * database that does not hold the messages apart by their key.
 */
export async function repeatDeliveries(
  dialect: Dialect,
  { deliveries, isUnique = true }: { deliveries: number; isUnique?: boolean },
) {
  const observer = await startServer({
    dialect,
    realTime: true,
    cvent: { switches: { enforceLimits: false, dropWebhooks: true } },
  })
  const { imis, cvent, db, account } = observer
  if (!isUnique) await dropMessageKey(db)
  const instances = await Promise.all(
    Array.from({ length: INSTANCES }, () => startInstance(observer, { LOG_LEVEL: 'info' })),
  )
  await waitUntilIdle(observer)
  const people = await registerPeople(observer, FIRST_PARTY, deliveries)
  const bodies = cvent.deliveries.map(({ body }) => body)

  async function post(url: string, body: string) {
    const answer = await request(`${url}/webhooks/cvent/${account}`, {
      method: 'POST',
      headers: { authorization: sandboxWebhookToken, 'content-type': 'application/json' },
      body,
    })
    await answer.body.dump()
    return answer.statusCode
  }
  const answers: number[] = []
  for (let at = 0; at < bodies.length; at += AT_ONCE)
    answers.push(
      ...(await Promise.all(
        bodies
          .slice(at, at + AT_ONCE)
          .flatMap((body) => Array.from({ length: TIMES }, () => body))
          .flatMap((body) => instances.map(({ url }) => post(url, body))),
      )),
    )
  await waitUntilIdle(observer, 10 * 60_000)
  await Promise.all(instances.map((instance) => instance.stop()))

  const rows = await db.selectFrom('message').select('id').execute()
  return {
    deliveries: bodies.length,
    posts: answers.length,
    refused: answers.filter((status) => status < 200 || status > 299).length,
    rows: rows.length,
    /** People with exactly one activity. */
    effects: people.filter(({ partyId }) => imis.activitiesOf(partyId).length === 1).length,
    writes: imis.switchboard.count(/^POST \/api\/Activity$/),
  }
}

/**
 * Takes the message's unique key out of force. SQLite refuses the statement that keeps a message where no such key is, so
 * there the key stays and every row's is made unlike any other at once.
 */
async function dropMessageKey(db: Kysely<Database>) {
  if (isMysql(db)) await sql`alter table message drop index message_once`.execute(db)
  else
    await sql`create trigger message_many after insert on message
      begin update message set dedupeKey = substr(hex(randomblob(32)), 1, 43) where id = new.id; end`.execute(
      db,
    )
}
