import type { Database, Db } from '../database.ts'

/** Names where the oldest row of a kind of data is found: a table, the column of its age, and the indexed column in that order. */
export type OldestRow = {
  [Table in keyof Database]: {
    table: Table
    column: keyof Database[Table] & string
    order?: keyof Database[Table] & string
    states?: readonly string[]
  }
}[keyof Database]

/** Returns when the oldest row of that kind is from, in ms since 1970, or undefined when the account has none. */
export async function ageOfOldest(
  db: Db,
  account: string,
  { table, column, order = column, states }: OldestRow,
): Promise<number | undefined> {
  // The builder cannot follow a table that is one of many; `OldestRow` holds the columns to the table's.
  const rows = db.selectFrom(table as 'message').where('account', '=', account)
  const row = await (states ? rows.where('state', 'in', states) : rows)
    .select(`${column as 'receivedAt'} as at`)
    .orderBy(order as 'receivedAt')
    .limit(1)
    .executeTakeFirst()
  return row?.at
}
