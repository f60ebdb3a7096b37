import { sql } from 'kysely'
import type { Db, LogRow, RegistrationRow } from '../database.ts'

const TIMELINE = 300
/** Number of newest webhook lines that are looked through for those that name an attendee. */
const MESSAGES_LOOKED_THROUGH = 2000
/** What the party did with the event is told from this long before the registration. */
const PARTY_BEFORE_MS = 30 * 86_400_000
/** A sign-on names no event; those shortly before the registration are taken to have led to it. */
const SIGN_ON_BEFORE_MS = 2 * 3_600_000
/** Number of the party's newest lines that are looked through. */
const OF_PARTY = 1000

/**
 * What happened to a registration, oldest first: its own lines, how its party signed on and what it did with that event, and
 * the messages that named the attendee among the newest ones.
 */
export async function timelineLogs(
  db: Db,
  row: Pick<
    RegistrationRow,
    'id' | 'account' | 'partyId' | 'eventCode' | 'attendeeId' | 'registeredAt' | 'createdAt'
  >,
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
      : await linesOfParty(db, row, row.partyId, row.eventCode)
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

async function linesOfParty(
  db: Db,
  {
    account,
    registeredAt,
    createdAt,
  }: Pick<RegistrationRow, 'account' | 'registeredAt' | 'createdAt'>,
  partyId: string,
  eventCode: string,
) {
  // By the party alone, and narrowed here: with a kind or a time in the query SQLite reads by those, which is far more.
  const lines = await db
    .selectFrom('log')
    .selectAll()
    .where('account', '=', account)
    .where('partyId', '=', partyId)
    .orderBy('id', 'desc')
    .limit(OF_PARTY)
    .execute()
  const startedAt = Math.min(registeredAt ?? createdAt, createdAt)
  return lines.filter((line) =>
    line.eventCode === null
      ? line.kind === 'sign-on' && line.at >= startedAt - SIGN_ON_BEFORE_MS && line.at <= createdAt
      : line.eventCode === eventCode && line.at >= startedAt - PARTY_BEFORE_MS,
  )
}
