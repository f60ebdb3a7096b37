import { html, nothing, type TemplateResult } from 'lit'
import type { ContactPreview } from '../../answers.ts'
import { table } from '../list/table.ts'

/** How the columns of a query's row fill the Cvent contact, and what was trimmed or left out on the way. */
export function contactTable({
  sourceId,
  contactType,
  fields,
  notes,
}: ContactPreview): TemplateResult {
  return html`<p>
      Source id
      <code>${sourceId}</code
      >${contactType ? html`, contact type <code>${contactType}</code>` : nothing}
    </p>
    ${table(
      fields,
      [
        {
          head: 'Contact field',
          isHeading: true,
          cell: ({ field }) => html`<code>${field}</code>`,
        },
        { head: 'From column', isMinor: true, cell: ({ column }) => column ?? '' },
        {
          head: 'Value',
          cell: ({ value }) => value || '–',
        },
      ],
      { caption: 'Fields of the Cvent contact', key: ({ field }) => field },
    )}
    ${notes.map(({ field, what }) => html`<p class="small soft"><code>${field}</code>: ${what}</p>`)}`
}
