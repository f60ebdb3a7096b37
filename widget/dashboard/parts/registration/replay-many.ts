import { html, nothing } from 'lit'
import type { Run } from '../../answers.ts'
import { of, post } from '../../api.ts'
import { openDialog, type Close } from '../form/dialog.ts'
import { membersOf, sentenceOf } from './run-plan.ts'
import { say, sayProblem } from '../form/says.ts'
import { count } from '../times.ts'

/** Replays many: first what (a plan that writes nothing), then how many that is, then the work with its progress. */
export async function replayMany(account: string, eventCode: string | undefined): Promise<void> {
  const planned = await openDialog<Run>('Replay many', (close) =>
    planForm(account, eventCode, close),
  )
  if (!planned) return
  const isStarted = await openDialog<boolean>('The plan', (close) => planOf(planned, close), {
    isBroad: true,
  })
  if (!isStarted) return
  try {
    await post(`${of(account)}/runs/${planned.id}/start`)
  } catch (error) {
    return sayProblem(error)
  }
  await openDialog(
    'Replaying',
    (close) =>
      html`<run-progress .account=${account} .runId=${planned.id}></run-progress>
        <p class="small soft">You may close this: the work goes on, and Logs shows each line.</p>
        <div class="row end">
          <button class="button" type="button" autofocus @click=${() => close()}>Close</button>
        </div>`,
  )
}

function planForm(account: string, eventCode: string | undefined, close: Close<Run>) {
  async function plan(event: SubmitEvent) {
    event.preventDefault()
    if (!(event.target instanceof HTMLFormElement)) return
    const given = Object.fromEntries(
      [...new FormData(event.target)].filter(([, value]) => value !== ''),
    )
    const [what, state] = String(given['which']).split(' ')
    const from =
      typeof given['from'] === 'string' ? new Date(given['from']).toISOString() : undefined
    const to = typeof given['to'] === 'string' ? new Date(given['to']).toISOString() : undefined
    try {
      close(
        await post<Run>(`${of(account)}/replays`, {
          what,
          state,
          eventCode: given['eventCode'],
          from,
          to,
        }),
      )
    } catch (error) {
      say(error instanceof Error ? error.message : 'That did not work.')
    }
  }
  return html`<form class="form" @submit=${plan}>
    <p class="soft">
      A replay never writes twice: each registration is read from Cvent again and compared with what
      is in iMIS. First you see the plan.
    </p>
    <div class="field">
      <label for="replay-which">What</label>
      <select id="replay-which" name="which" autofocus>
        <option value="registrations dead">Registrations that need attention</option>
        <option value="registrations unmatched">Registrations without a person</option>
        <option value="registrations">All registrations</option>
        <option value="messages dead">Messages that need attention</option>
        <option value="messages">All messages kept</option>
      </select>
    </div>
    <div class="fields">
      <div class="field">
        <label for="replay-event">Cvent event code</label>
        <input
          id="replay-event"
          name="eventCode"
          class="mono"
          autocomplete="off"
          .value=${eventCode ?? ''}
          aria-describedby="replay-event-hint"
        />
        <div class="hint" id="replay-event-hint">Empty: every event</div>
      </div>
      <div class="field">
        <label for="replay-from">From</label>
        <input id="replay-from" name="from" type="datetime-local" />
      </div>
      <div class="field">
        <label for="replay-to">To</label>
        <input id="replay-to" name="to" type="datetime-local" />
      </div>
    </div>
    <div class="row end"><button class="button main-action">Show the plan</button></div>
  </form>`
}

function planOf(run: Run, close: Close<boolean>) {
  const { total } = run
  const sample = membersOf(run.plan)['sample']
  return html`<p>${sentenceOf(run.plan)}</p>
    ${
      Array.isArray(sample) && sample.length > 0
        ? html`<details>
            <summary>The first ${sample.length}</summary>
            <pre tabindex="0">${JSON.stringify(sample, undefined, 2)}</pre>
          </details>`
        : nothing
    }
    <div class="row end">
      <button class="button" type="button" @click=${() => close()}>Do not replay</button>
      <button
        class="button main-action"
        type="button"
        ?disabled=${total === 0}
        @click=${() => close(true)}
      >
        Replay ${count(total)}
      </button>
    </div>`
}
