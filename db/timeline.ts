import { sql } from 'kysely'
import type { Db, LogRow, RegistrationRow } from './database.ts'

const TIMELINE = 300
/** How many of the newest webhook lines are looked through for those that name an attendee. */
const MESSAGES_LOOKED_THROUGH = 5000

/**
 * What happened to a registration, oldest first: its own lines, what its party did with that event, and the messages that
 * named the attendee among the newest ones.
 */
export async function timelineLogs(
  db: Db,
  row: Pick<RegistrationRow, 'id' | 'account' | 'partyId' | 'eventCode' | 'attendeeId'>,
): Promise<LogRow[]> {
  const own = await db
    .selectFrom('log')
    .selectAll()
    .where('registrationId', '=', row.id)
    .orderBy('id', 'desc')
    .limit(TIMELINE)
    .execute()
  const ofParty =
    row.partyId === null || row.eventCode === null
      ? []
      : await db
          .selectFrom('log')
          .selectAll()
          .where('account', '=', row.account)
          .where('partyId', '=', row.partyId)
          .where('eventCode', '=', row.eventCode)
          .orderBy('id', 'desc')
          .limit(TIMELINE)
          .execute()
  const webhooks = db
    .selectFrom('log')
    .selectAll()
    .where('account', '=', row.account)
    .where('kind', '=', 'webhook')
    .orderBy('id', 'desc')
    .limit(MESSAGES_LOOKED_THROUGH)
  const messages = await db
    .selectFrom(webhooks.as('looked'))
    .selectAll()
    .where(sql<boolean>`instr(detail, ${row.attendeeId}) > 0`)
    .limit(TIMELINE)
    .execute()
  const all = new Map([...own, ...ofParty, ...messages].map((line) => [line.id, line]))
  return [...all.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
}
