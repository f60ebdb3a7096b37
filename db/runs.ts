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

/** The run of that kind and target that has not ended, if any. */
export async function openRun(
  db: Db,
  account: string,
  kind: string,
  target: string,
): Promise<RunRow | undefined> {
  return db
    .selectFrom('run')
    .selectAll()
    .where('account', '=', account)
    .where('kind', '=', kind)
    .where('target', '=', target)
    .where('state', '=', 'running')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/**
 * Changes a run, provided it stands in one of `from`; so whoever is late (a cancel, a second start) changes nothing.
 *
 * @returns whether it was changed
 */
export async function moveRun(
  db: Db,
  id: string,
  from: string[],
  update: Partial<Pick<RunRow, 'state' | 'done' | 'total' | 'plan' | 'result' | 'updatedAt'>>,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('run')
    .set(update)
    .where('id', '=', id)
    .where('state', 'in', from)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
