import { html, nothing, type TemplateResult } from 'lit'
import { guard } from 'lit/directives/guard.js'
import { repeat } from 'lit/directives/repeat.js'

/** A column: its heading, what stands in a row, and how it looks. A `minor` one is left out on a phone. */
export interface Column<Row> {
  head: unknown
  cell: (row: Row) => unknown
  isNumber?: boolean
  isMinor?: boolean
  isHeading?: boolean
  width?: string
}

interface TableLook<Row> {
  caption: string
  key: (row: Row) => string
  rowClass?: (row: Row) => string
  isFixed?: boolean
  /** On a phone each row stands as a small block instead of a line. */
  isStacking?: boolean
}

/** A table of rows. Its caption is for screen readers; the heading beside says the same to the eye. */
export function table<Row>(
  rows: Row[],
  columns: Column<Row>[],
  look: TableLook<Row>,
): TemplateResult {
  return tableOfGroups([rows], columns, look)
}

/**
 * A table whose rows come in groups: a group that is the same array as before, with the same array of columns, is not looked
 * at again, so that a list of thousands of rows grows as fast as a short one.
 */
export function tableOfGroups<Row>(
  groups: Row[][],
  columns: Column<Row>[],
  look: TableLook<Row>,
): TemplateResult {
  return html`<div class="table-frame" role="region" aria-label=${look.caption} tabindex="0">
    <table class="${look.isFixed ? 'fixed' : ''} ${look.isStacking ? 'stacking' : ''}" role="table">
      <caption class="unseen">
        ${look.caption}
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          ${columns.map(
            (column) =>
              html`<th
                scope="col"
                role="columnheader"
                class=${classOf(column)}
                .style=${column.width ? `width: ${column.width}` : ''}
              >
                ${column.head}
              </th>`,
          )}
        </tr>
      </thead>
      ${groups.map(
        (rows) =>
          html`<tbody role="rowgroup">
            ${guard([rows, columns], () =>
              repeat(rows, look.key, (row) => tableRow(row, columns, look)),
            )}
          </tbody>`,
      )}
    </table>
  </div>`
}

function tableRow<Row>(row: Row, columns: Column<Row>[], look: TableLook<Row>) {
  return html`<tr role="row" class=${look.rowClass?.(row) ?? ''}>
    ${columns.map((column) =>
      column.isHeading
        ? html`<th scope="row" role="rowheader" class=${classOf(column)}>${column.cell(row)}</th>`
        : html`<td
            role="cell"
            class=${classOf(column)}
            data-label=${typeof column.head === 'string' ? column.head : nothing}
          >
            ${column.cell(row)}
          </td>`,
    )}
  </tr>`
}

function classOf<Row>(column: Column<Row>) {
  return `${column.isNumber ? 'number' : ''} ${column.isMinor ? 'minor' : ''}`.trim() || nothing
}
