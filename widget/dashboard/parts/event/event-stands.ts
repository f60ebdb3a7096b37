import { html, nothing, type TemplateResult } from 'lit'
import { href } from '../../address.ts'
import type { EventLine } from '../../answers.ts'
import { notice } from '../form/says.ts'
import { count, when } from '../times.ts'

/** How an event stands: its warnings, its registrations by state, and when it was last compared with Cvent. */
export function eventStands(
  line: EventLine,
  of: {
    account: string
    mayCompare: boolean
    isBusy: boolean
    compare: (dryRun: boolean) => void
  },
): TemplateResult {
  const { registrations: counts, eventCode } = line
  const tile = (text: string, value: number, state?: string, tone = '') =>
    html`<a
      class="tile ${value > 0 ? tone : ''}"
      href=${href(of.account, 'registrations', undefined, { eventCode, state })}
      ><b>${count(value)}</b><span>${text}</span></a
    >`
  const act = (text: string, dryRun: boolean) =>
    html`<button
      class="button"
      type="button"
      ?disabled=${of.isBusy}
      @click=${() => of.compare(dryRun)}
    >
      ${text}
    </button>`
  return html`${line.warnings.map(({ text }) => notice('warn', text))}
    <div class="tiles">
      ${tile('registrations', counts.total)} ${tile('in iMIS', counts.synced, 'synced')}
      ${tile('waiting', counts.waiting, 'waiting')}
      ${tile('dead', counts.dead, 'need attention', 'warn')}
      ${tile('without a person', counts.unmatched, 'unmatched', 'warn')}
    </div>
    <div class="panel">
      <div class="row apart">
        <div class="row">
          <span>Last webhook: ${when(line.lastWebhookAt, 'none yet')}</span>
          <span>Compared with Cvent: ${when(line.reconciledAt, 'not yet')}</span>
        </div>
        ${
          of.mayCompare
            ? html`<div class="row">
                ${act('Compare only', true)} ${act('Compare and mend', false)}
              </div>`
            : nothing
        }
      </div>
      <run-progress .account=${of.account} .target=${eventCode}></run-progress>
    </div>`
}
