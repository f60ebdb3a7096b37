import { html } from 'lit'
import type { Audit, List } from '../answers.ts'
import { get } from '../api.ts'
import { openDialog } from '../parts/form/dialog.ts'
import { DashboardPage, pageHead } from '../parts/page.ts'
import { empty } from '../parts/form/says.ts'
import { table, type Column } from '../parts/list/table.ts'
import { onDate, when } from '../parts/times.ts'

/** `<audit-page>`: who changed what, and what it was before. */
export class AuditPage extends DashboardPage {
  #load = (cursor: string | undefined, signal: AbortSignal): Promise<List<Audit>> =>
    get(this.path('/audits'), { signal, query: { cursor, limit: 100 } })

  protected override render(): unknown {
    return html`${pageHead('Audit log', {
        lead: 'Every change somebody made here or by the API. Secrets show only that they changed.',
      })}
      <long-list
        .load=${this.#load}
        .columns=${this.#columns}
        .label=${'Audit log'}
        .keyOf=${({ id }: Audit) => id}
        .none=${empty('No changes yet', 'Each change to the account, its events and users will stand here.')}
      ></long-list>`
  }

  #columns: Column<Audit>[] = [
    { head: 'When', width: '11rem', cell: ({ at }) => when(at) },
    {
      head: 'What',
      isHeading: true,
      cell: (audit) =>
        html`<button class="as-link" type="button" @click=${() => void show(audit)}>
            ${audit.action}
          </button>
          <span class="sub">${audit.target}</span>
          <span class="only-narrow small soft">${audit.actor}</span>`,
    },
    { head: 'Who', isMinor: true, cell: ({ actor }) => actor },
  ]
}

function show({ at, actor, action, target, before, after, requestId }: Audit) {
  const changes = differences(before, after)
  return openDialog(
    `${action} ${target}`,
    () =>
      html`<p>${actor}, ${onDate(at)}</p>
        ${
          changes.length > 0
            ? table(
                changes,
                [
                  { head: 'Field', isHeading: true, cell: ([path]) => html`<code>${path}</code>` },
                  { head: 'Before', cell: ([, was]) => text(was) },
                  { head: 'After', cell: ([, , is]) => text(is) },
                ],
                { caption: 'Changes', key: ([path]) => path },
              )
            : html`<p class="soft">Nothing to compare.</p>`
        }
        <p class="small soft">Request <code>${requestId}</code></p>`,
    { isBroad: true },
  )
}

/** The members that differ, by path. */
function differences(before: unknown, after: unknown, path = ''): [string, unknown, unknown][] {
  const isDeep = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isDeep(before) && !isDeep(after))
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [[path, before, after]]
  const was = isDeep(before) ? before : {}
  const is = isDeep(after) ? after : {}
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((name) =>
    differences(was[name], is[name], path ? `${path}.${name}` : name),
  )
}

function text(value: unknown) {
  if (value === undefined || value === null || value === '')
    return html`<span class="soft">–</span>`
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
