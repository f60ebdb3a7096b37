import { setTimeout as delay } from 'node:timers/promises'
import type { z } from 'zod'
import type { LogFilter } from '../../../db/lists/log-lists.ts'
import { logsAfter, newestLogId } from '../../../db/lists/log-lists.ts'
import type { LogLine } from '../../../schemas/admin-logs.ts'
import type { Db } from '../../../db/database.ts'
import { logLine } from './log-lines.ts'

/** How often the table is asked: lines come from every instance, so a table and not a signal. */
const EVERY_MS = 1000
/** An instance stores its lines a moment after it made their ids: this far back they are looked for again. */
const LATE_MS = 5000
const LINES_AT_ONCE = 200
/** After so many rounds it is asked again whether the reader's key or session still holds. */
const ROUNDS_ALLOWED = 3

/**
 * The lines of the account log as they come, until `signal`, or until `isAllowed` says no: it is asked every few seconds. An empty list at least every fifteen seconds shows that the connection
 * lives.
 */
export async function* followLogs(
  db: Db,
  account: string,
  filter: LogFilter,
  signal: AbortSignal,
  isAllowed: () => Promise<boolean>,
): AsyncGenerator<z.infer<typeof LogLine>[]> {
  const start = await newestLogId(db, account)
  let newest = start
  let sent = new Set<string>()
  yield []
  for (let quiet = 0, round = 1; !signal.aborted; quiet += 1, round += 1) {
    if (round % ROUNDS_ALLOWED === 0 && !(await isAllowed())) return
    const since = earlier(newest, LATE_MS)
    const after = since > start ? since : start
    const rows = await logsAfter(db, account, filter, after, LINES_AT_ONCE)
    const lines = rows.filter(({ id }) => !sent.has(id))
    newest = rows.at(-1)?.id ?? newest
    if (lines.length > 0 || quiet >= 15) {
      sent = new Set(rows.map(({ id }) => id))
      quiet = 0
      yield lines.map(logLine)
    }
    if (lines.length < LINES_AT_ONCE)
      await delay(EVERY_MS, undefined, { signal }).catch(() => undefined) // the end of the wait, not an error
  }
}

/** The smallest id of a moment `ms` before that of `id`: version 7 begins with 48 bits of milliseconds. */
function earlier(id: string, ms: number): string {
  const at = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
  if (!Number.isFinite(at)) return ''
  const hex = Math.max(0, at - ms)
    .toString(16)
    .padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}`
}
