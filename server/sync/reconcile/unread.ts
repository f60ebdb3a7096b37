import type { EventRow } from '../../../db/database.ts'

/** Changes this long before the last reconcile are looked at again: Cvent's clock and its lists may lag behind its answers. */
export const SKEW_MS = 5 * 60_000

/** Lists of up to this many elements are cheap enough to be read once more at every look. */
const CHEAP = 1000
const DAY_MS = 86_400_000

/** From when on a list is read once more, and when; `since` null: from its beginning. */
interface Unread {
  since: number | null
  dueAt: number
}

/**
 * Returns the moment from which on changes are listed. An element that could not be read and did not say whose it is may be
 * anybody's, and its attendee is in no later list of changes: the list is read again from where that one began.
 *
 * @returns undefined for the whole list
 */
export function listedSince(row: EventRow, now: number): number | undefined {
  if (row.reconciledTo === null) return undefined
  const since = row.reconciledTo - SKEW_MS
  const unread = unreadOf(row)
  if (!unread || unread.dueAt > now) return since
  return unread.since === null ? undefined : Math.min(unread.since, since)
}

/**
 * Tells what is to be read once more after a reconcile. A long list is not read at every look while the element stays odd.
 *
 * @param row the event as the reconcile found it
 * @param look its list: from when on, how many elements, and how many could not be read and did not say whose they are
 * @param everyMs the interval of looks
 * @returns the column of the event's row
 */
export function unreadAfter(
  row: EventRow,
  {
    startedAt,
    since,
    seen,
    nameless,
  }: { startedAt: number; since: number | undefined; seen: number; nameless: number },
  everyMs: number,
): string | null {
  const before = unreadOf(row)
  const isCovered = !before || since === undefined || (before.since ?? -Infinity) >= since
  if (nameless === 0) return isCovered ? null : row.reconcileUnread
  const from = isCovered ? since : (before.since ?? undefined)
  const delayMs = Math.min(DAY_MS, Math.floor(seen / CHEAP) * everyMs)
  const dueAt = Math.max(startedAt + delayMs, isCovered ? 0 : before.dueAt)
  return JSON.stringify({ since: from ?? null, dueAt } satisfies Unread)
}

function unreadOf({ reconcileUnread }: EventRow): Unread | undefined {
  // Written above.
  return reconcileUnread === null ? undefined : (JSON.parse(reconcileUnread) as Unread)
}
