import { sql, type Selectable } from 'kysely'
import type { Db, PartyContactTable } from './database.ts'
import { upsert } from './engine/open.ts'

/** Returns what is known of a party's contact at Cvent; undefined when none was ever brought. */
export async function partyContact(
  db: Db,
  account: string,
  partyId: string,
): Promise<Selectable<PartyContactTable> | undefined> {
  return db
    .selectFrom('partycontact')
    .selectAll()
    .where('account', '=', account)
    .where('partyId', '=', partyId)
    .executeTakeFirst()
}

const NOTHING = {
  eventCode: null,
  digest: null,
  contactStub: null,
  broughtAt: null,
  day: '',
  calls: 0,
  dueAt: null,
  attempt: 0,
}

/** Notes that a contact is up to date, and what it was brought up to date with. */
export async function noteContact(
  db: Db,
  account: string,
  partyId: string,
  brought: { digest: string; contactStub: string | null; broughtAt: number },
): Promise<void> {
  const set = { ...brought, dueAt: null, attempt: 0 }
  await upsert(
    db,
    'partycontact',
    { account, partyId, ...NOTHING, ...set },
    ['account', 'partyId'],
    set,
  )
}

/** Counts calls to Cvent made for a party on a day (UTC). */
export async function addPartyCalls(
  db: Db,
  account: string,
  partyId: string,
  day: string,
  calls: number,
): Promise<void> {
  const before = sql`case when ${sql.ref('partycontact.day')} = ${day} then ${sql.ref('partycontact.calls')} else 0 end`
  await upsert(
    db,
    'partycontact',
    { account, partyId, ...NOTHING, day, calls },
    ['account', 'partyId'],
    // In this order: MySQL sets one after the other, and the count looks at the day that was there.
    { calls: sql`${before} + ${calls}`, day },
  )
}

/** Asks the worker to bring a party's contact up to date, as the query of that event has it. */
export async function askForContact(
  db: Db,
  account: string,
  partyId: string,
  eventCode: string,
  dueAt: number,
): Promise<void> {
  const set = { eventCode, dueAt, attempt: 0 }
  await upsert(
    db,
    'partycontact',
    { account, partyId, ...NOTHING, ...set },
    ['account', 'partyId'],
    set,
  )
}

/** The contacts of an account that are to be brought up to date by then, the longest waiting first. */
export async function dueContacts(
  db: Db,
  account: string,
  now: number,
  limit: number,
): Promise<Selectable<PartyContactTable>[]> {
  return db
    .selectFrom('partycontact')
    .selectAll()
    .where('account', '=', account)
    .where('dueAt', '<=', now)
    .orderBy('dueAt')
    .limit(limit)
    .execute()
}

/** When the next contact of an account is due; undefined when none waits. */
export async function nextContactDue(db: Db, account: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('partycontact')
    .select('dueAt')
    .where('account', '=', account)
    .where('dueAt', 'is not', null)
    .orderBy('dueAt')
    .limit(1)
    .executeTakeFirst()
  return row?.dueAt ?? undefined
}

/** Reschedules a contact, or with `dueAt` null gives it up, unless it was asked for again meanwhile. */
export async function rescheduleContact(
  db: Db,
  { account, partyId, dueAt }: Selectable<PartyContactTable>,
  next: { dueAt: number | null; attempt: number },
): Promise<void> {
  await db
    .updateTable('partycontact')
    .set(next)
    .where('account', '=', account)
    .where('partyId', '=', partyId)
    .where('dueAt', '=', dueAt)
    .execute()
}

/** Forgets parties of whom nothing waits and nothing was brought since `before`; at most `limit`. @returns how many */
export async function purgePartyContacts(
  db: Db,
  account: string,
  beforeDay: string,
  limit: number,
): Promise<number> {
  const old = await db
    .selectFrom('partycontact')
    .select('partyId')
    .where('account', '=', account)
    .where('dueAt', 'is', null)
    .where('day', '<', beforeDay)
    .limit(limit)
    .execute()
  if (old.length === 0) return 0
  await db
    .deleteFrom('partycontact')
    .where('account', '=', account)
    .where('dueAt', 'is', null)
    .where(
      'partyId',
      'in',
      old.map(({ partyId }) => partyId),
    )
    .execute()
  return old.length
}
