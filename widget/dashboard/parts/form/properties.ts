import { html, nothing, type TemplateResult } from 'lit'
import type { WritePreview } from '../../answers.ts'
import { badge, type Tone } from './says.ts'
import { table } from '../list/table.ts'

/** The fields of an activity with their values. */
export function propertiesTable(properties: Record<string, unknown>): TemplateResult {
  return table(
    Object.entries(properties),
    [
      { head: 'Field', isHeading: true, cell: ([name]) => html`<code>${name}</code>` },
      { head: 'Value', cell: ([, value]) => shown(value) },
    ],
    { caption: 'Fields of the activity', key: ([name]) => name },
  )
}

const TONES: Record<string, Tone> = { create: 'good', update: 'info', delete: 'bad' }

type Changes = WritePreview['writes'][number]['changes']

function changesTable(changes: Changes): TemplateResult | typeof nothing {
  if (changes.length === 0) return nothing
  return table(
    changes,
    [
      {
        head: 'Field',
        isHeading: true,
        cell: ({ property }) => html`<code>${property}</code>`,
      },
      { head: 'Now', cell: ({ from }) => shown(from) },
      { head: 'Would be', cell: ({ to }) => shown(to) },
    ],
    { caption: 'Changes', key: ({ property }) => property },
  )
}

/** What would be written to iMIS now, change by change. */
export function renderWrites({ writes, text }: WritePreview): TemplateResult {
  return html`<p>${text}</p>
    ${writes.map(
      ({ action, productCode, partyId, seqn, changes, otherwise }) =>
        html`<section class="stack">
          <h3 class="row">
            ${badge(action === 'none' ? 'nothing to do' : action, TONES[action] ?? 'plain')}
            <code>${productCode}</code> on iMIS ID ${partyId}
            ${seqn ? html`<span class="soft">SEQN ${seqn}</span>` : nothing}
          </h3>
          ${changesTable(changes)}
          ${
            otherwise.length > 0
              ? html`<p>
                    If this iMIS offers no deletion of activities, the row is marked instead:
                  </p>
                  ${changesTable(otherwise)}`
              : nothing
          }
        </section>`,
    )}`
}

function shown(value: unknown) {
  if (value === null || value === undefined || value === '')
    return html`<span class="soft">empty</span>`
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
