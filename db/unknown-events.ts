import { sql, type Selectable } from 'kysely'
import type { Db, UnknownEventTable } from './database.ts'
import { incoming, upsert } from './engine/open.ts'

const ROWS_A_STATEMENT = 500

/** What messages said of an event that nobody configured. */
export interface UnknownEvent {
  eventStub: string
  eventCode: string | undefined
  title: string | undefined
  messageCount: number
}

/** Remembers that events nobody configured send messages; the latest code and title win, where a message had one. */
export async function rememberUnknownEvents(
  db: Db,
  account: string,
  events: UnknownEvent[],
  now: number,
): Promise<void> {
  const rows = events.map(({ eventStub, eventCode, title, messageCount }) => ({
    account,
    eventStub,
    eventCode: eventCode ?? null,
    title: title ?? null,
    messageCount,
    firstSeenAt: now,
    lastSeenAt: now,
  }))
  // A sync of a large account names thousands of events; a statement holds so many values at most.
  for (let at = 0; at < rows.length; at += ROWS_A_STATEMENT)
    await upsert(
      db,
      'unknownevent',
      rows.slice(at, at + ROWS_A_STATEMENT),
      ['account', 'eventStub'],
      {
        eventCode: sql`coalesce(${incoming(db, 'eventCode')}, ${sql.ref('unknownevent.eventCode')})`,
        title: sql`coalesce(${incoming(db, 'title')}, ${sql.ref('unknownevent.title')})`,
        messageCount: sql`${sql.ref('unknownevent.messageCount')} + ${incoming(db, 'messageCount')}`,
        lastSeenAt: now,
      },
    )
}

/** Forgets an event as unknown: it is configured now. */
export async function forgetUnknownEvent(
  db: Db,
  account: string,
  eventStub: string,
): Promise<void> {
  await db
    .deleteFrom('unknownevent')
    .where('account', '=', account)
    .where('eventStub', '=', eventStub)
    .execute()
}

/** The events that send messages and that nobody configured, the latest first. */
export async function listUnknownEvents(
  db: Db,
  account: string,
): Promise<Selectable<UnknownEventTable>[]> {
  return db
    .selectFrom('unknownevent')
    .selectAll()
    .where('account', '=', account)
    .orderBy('lastSeenAt', 'desc')
    .limit(500)
    .execute()
}
