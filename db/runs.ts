import type { Db, RunRow } from './database.ts'

/** Keeps a run that was planned or started. */
export async function addRun(db: Db, row: RunRow): Promise<void> {
  await db.insertInto('run').values(row).execute()
}

/** One run of an account. */
export async function findRun(db: Db, account: string, id: string): Promise<RunRow | undefined> {
  return db
    .selectFrom('run')
    .selectAll()
    .where('account', '=', account)
    .where('id', '=', id)
    .executeTakeFirst()
}

/** The runs of an account, the newest first; `before` is the id of the last one the caller has. */
export async function listRuns(
  db: Db,
  account: string,
  page: { before: string | undefined; limit: number },
): Promise<RunRow[]> {
  let query = db.selectFrom('run').selectAll().where('account', '=', account)
  if (page.before !== undefined) query = query.where('id', '<', page.before)
  return query.orderBy('id', 'desc').limit(page.limit).execute()
}

/** The runs of that kind (and target) that are under way, the oldest first. */
export async function runningRuns(
  db: Db,
  account: string,
  kind: string,
  target?: string,
): Promise<RunRow[]> {
  let query = db
    .selectFrom('run')
    .selectAll()
    .where('account', '=', account)
    .where('state', '=', 'running')
    .where('kind', '=', kind)
  if (target !== undefined) query = query.where('target', '=', target)
  return query.orderBy('id').execute()
}

/** Ends runs whose instance ended without a word: those of these kinds that gave no sign of life since `before`. */
export async function failLeftBehind(
  db: Db,
  account: string,
  kinds: string[],
  before: number,
  now: number,
): Promise<void> {
  const text = 'The server that worked on it stopped. Start it again.'
  await db
    .updateTable('run')
    .set({ state: 'failed', result: JSON.stringify({ text }), updatedAt: now })
    .where('account', '=', account)
    .where('state', '=', 'running')
    .where('kind', 'in', kinds)
    .where('updatedAt', '<', before)
    .execute()
}

/**
 * Changes a run, provided it stands in one of `from` (and was last changed at `seenAt`); so whoever is late (a cancel, a
 * second start) changes nothing.
 *
 * @returns whether it was changed
 */
export async function moveRun(
  db: Db,
  id: string,
  from: string[],
  update: Partial<Pick<RunRow, 'state' | 'done' | 'total' | 'plan' | 'result' | 'updatedAt'>>,
  seenAt?: number,
): Promise<boolean> {
  let move = db.updateTable('run').set(update).where('id', '=', id).where('state', 'in', from)
  if (seenAt !== undefined) move = move.where('updatedAt', '=', seenAt)
  const { numUpdatedRows } = await move.executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Ends the runs of an account (or of one target) that are planned or running, because what they are about has changed. */
export async function endRuns(
  db: Db,
  account: string,
  target: string | undefined,
  text: string,
  now: number,
): Promise<void> {
  let ended = db
    .updateTable('run')
    .set({ state: 'cancelled', result: JSON.stringify({ text }), updatedAt: now })
    .where('account', '=', account)
    .where('state', 'in', ['planned', 'running'])
  if (target !== undefined) ended = ended.where('target', '=', target)
  await ended.execute()
}
