import type { AuditRow, Db } from './database.ts'

/** Records a change an admin made. `before` and `after` are JSON with secrets as `changed`. */
export async function addAudit(db: Db, row: AuditRow): Promise<void> {
  await db.insertInto('audit').values(row).execute()
}

/** The changes of an account, the newest first; `before` is the id of the last one the caller has, `except` the actions left out. */
export async function listAudits(
  db: Db,
  account: string,
  page: { before: string | undefined; limit: number },
  except: readonly string[] = [],
): Promise<AuditRow[]> {
  let query = db.selectFrom('audit').selectAll().where('account', '=', account)
  if (except.length > 0) query = query.where('action', 'not in', except)
  if (page.before !== undefined) query = query.where('id', '<', page.before)
  return query.orderBy('id', 'desc').limit(page.limit).execute()
}
