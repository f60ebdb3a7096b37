import type { Db } from '../database.ts'
import { oneVersionMore } from '../touches.ts'

/** The rows that a bulk replay takes; moments in ms, `to` exclusive. */
export interface Replay {
  what: 'messages' | 'registrations'
  state: string | undefined
  eventCode: string | undefined
  from: number | undefined
  to: number | undefined
}

/** Counts the rows that match. */
export async function countReplay(db: Db, account: string, replay: Replay): Promise<number> {
  const { count } =
    replay.what === 'messages'
      ? await messages(db, account, replay)
          .select((e) => e.fn.countAll<number>().as('count'))
          .executeTakeFirstOrThrow()
      : await registrations(db, account, replay)
          .select((e) => e.fn.countAll<number>().as('count'))
          .executeTakeFirstOrThrow()
  return count
}

/** The next ids after `after`, in order of id. */
export async function nextOfReplay(
  db: Db,
  account: string,
  replay: Replay,
  after: string,
  limit: number,
): Promise<string[]> {
  const rows =
    replay.what === 'messages'
      ? await messages(db, account, replay)
          .select('id')
          .where('id', '>', after)
          .orderBy('id')
          .limit(limit)
          .execute()
      : await registrations(db, account, replay)
          .select('id')
          .where('id', '>', after)
          .orderBy('id')
          .limit(limit)
          .execute()
  return rows.map(({ id }) => id)
}

/** Puts these messages back to be unpacked, but for those whose body was erased. */
export async function replayMessages(db: Db, ids: string[], now: number): Promise<void> {
  if (ids.length === 0) return
  await db
    .updateTable('message')
    .set({ state: 'waiting', attempt: 0, dueAt: now, reason: null })
    .where('state', '!=', 'erased')
    .where('id', 'in', ids)
    .execute()
}

/** Touches these registrations, but for those that were erased. */
export async function touchRegistrations(db: Db, ids: string[], now: number): Promise<void> {
  if (ids.length === 0) return
  await db
    .updateTable('registration')
    .set({ ...oneVersionMore(now), reason: null })
    .where('state', '!=', 'erased')
    .where('id', 'in', ids)
    .execute()
}

function messages(db: Db, account: string, { state, from, to }: Replay) {
  let query = db.selectFrom('message').where('account', '=', account)
  if (state !== undefined) query = query.where('state', '=', state)
  if (from !== undefined) query = query.where('receivedAt', '>=', from)
  if (to !== undefined) query = query.where('receivedAt', '<', to)
  return query
}

function registrations(db: Db, account: string, { state, eventCode }: Replay) {
  let query = db.selectFrom('registration').where('account', '=', account)
  if (state !== undefined) query = query.where('state', '=', state)
  if (eventCode !== undefined) query = query.where('eventCode', '=', eventCode)
  return query
}
