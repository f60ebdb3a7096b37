/** A column's name as names are compared: without case, spaces, `_`, `-` and `.`. */
export function nameOf(column: string): string {
  return column.replace(/[\s_.-]/g, '').toLowerCase()
}
