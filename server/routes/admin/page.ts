/** One page of a list that is read newest first by id: the caller asked the table for one row more than `limit`. */
export function pageById<Row extends { id: string }, Item>(
  rows: Row[],
  limit: number,
  show: (row: Row) => Item,
): { items: Item[]; nextCursor: string | null } {
  const items = rows.slice(0, limit)
  return {
    items: items.map(show),
    nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null,
  }
}

/** A stored moment as an answer shows it. */
export function moment(at: number): string {
  return new Date(at).toISOString()
}

/** The same for one that may be missing. */
export function momentOrNull(at: number | null | undefined): string | null {
  return at === null || at === undefined ? null : moment(at)
}
