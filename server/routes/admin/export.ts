import { Readable } from 'node:stream'
import { z } from 'zod'

type Cell = string | number | boolean | null

/** How many rows are read from the table at a time. */
export const EXPORT_BATCH = 200

/**
 * A list as a stream: CSV with a header line, or a JSON array. Rows are read as the client takes them, so that a million of
 * them need no memory.
 */
export function exportStream(
  format: 'csv' | 'json',
  columns: string[],
  rows: AsyncIterable<Record<string, Cell>>,
): Readable {
  return Readable.from(format === 'csv' ? csv(columns, rows) : json(rows))
}

/**
 * The rows of an export, counted. `ended` is told how many went out, also when the client went away in between or `mayGoOn`
 * says no: then the rest is not sent. It is asked before each batch.
 */
export async function* countedRows<Row>(
  rows: AsyncIterable<Row>,
  { mayGoOn, ended }: { mayGoOn: () => Promise<boolean>; ended: (count: number) => Promise<void> },
): AsyncGenerator<Row> {
  let count = 0
  try {
    for await (const row of rows) {
      if (count > 0 && count % EXPORT_BATCH === 0 && !(await mayGoOn())) return
      count += 1
      yield row
    }
  } finally {
    await ended(count)
  }
}

/** The schema of an answer that is a stream of text. Fastify sends a stream as it is, so nothing is ever parsed by it. */
export const Streamed = z.string() as unknown as z.ZodType<Readable>

/** The content type of an export, and the header that names the file. */
export function exportHeaders(format: 'csv' | 'json', name: string): Record<string, string> {
  return {
    'content-type':
      format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8',
    'content-disposition': `attachment; filename="${name}.${format}"`,
  }
}

async function* csv(columns: string[], rows: AsyncIterable<Record<string, Cell>>) {
  yield `${columns.join(',')}\r\n`
  for await (const row of rows)
    yield `${columns.map((column) => cell(row[column] ?? null)).join(',')}\r\n`
}

async function* json(rows: AsyncIterable<Record<string, Cell>>) {
  let before = '[\n'
  for await (const row of rows) {
    yield `${before}${JSON.stringify(row)}`
    before = ',\n'
  }
  yield before === '[\n' ? '[]\n' : '\n]\n'
}

/**
 * Every text is quoted. One that a spreadsheet would take for a formula gets an apostrophe in front; full-width signs count,
 * which some spreadsheets read as the ordinary ones.
 */
function cell(value: Cell) {
  if (value === null) return ''
  if (typeof value !== 'string') return String(value)
  const text = /^[\s\u00a0]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(value) ? `'${value}` : value
  return `"${text.replaceAll('"', '""')}"`
}
