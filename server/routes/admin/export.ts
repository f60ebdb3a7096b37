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

/** A text that a spreadsheet would take for a formula gets an apostrophe in front. */
function cell(value: Cell) {
  if (value === null) return ''
  if (typeof value !== 'string') return String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
