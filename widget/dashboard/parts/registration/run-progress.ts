import { html, nothing } from 'lit'
import type { List, Run } from '../../answers.ts'
import { get, of, post } from '../../api.ts'
import { PlainElement } from '../page.ts'
import { membersOf, sentenceOf } from './run-plan.ts'
import { badge, problemBox, type Tone } from '../form/says.ts'
import { count, when } from '../times.ts'

const LOOK_MS = 1000

const TONES: Record<Run['state'], Tone> = {
  planned: 'info',
  running: 'info',
  done: 'good',
  cancelled: 'warn',
  failed: 'bad',
}

/**
 * `<run-progress>`: a long piece of work, watched until it ends. Give it the `runId`, or a `target` (an event code) to show
 * that target's latest one. Event `look` (to it) looks at once; event `ended` (from it) when the work is over.
 */
export class RunProgress extends PlainElement {
  static override properties = {
    account: { attribute: false },
    runId: { attribute: false },
    target: { attribute: false },
    run: { state: true },
    problem: { state: true },
  }

  declare account: string
  declare runId: string | undefined
  declare target: string | undefined
  declare private run: Run | undefined
  declare private problem: unknown

  #timer: ReturnType<typeof setTimeout> | undefined

  override connectedCallback(): void {
    super.connectedCallback()
    this.addEventListener('look', () => void this.#look())
    void this.#look()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.#timer)
  }

  async #look() {
    clearTimeout(this.#timer)
    const wasRunning = this.run?.state === 'running'
    try {
      this.run = await this.#latest()
      this.problem = undefined
    } catch (error) {
      this.problem = error
      return
    }
    if (!this.isConnected) return
    if (this.run?.state === 'running') this.#timer = setTimeout(() => void this.#look(), LOOK_MS)
    else if (wasRunning) this.dispatchEvent(new Event('ended', { bubbles: true }))
  }

  async #latest() {
    const runs = `${of(this.account)}/runs`
    if (this.runId) return get<Run>(`${runs}/${this.runId}`)
    const { items } = await get<List<Run>>(runs)
    return items.find(({ target }) => target === this.target)
  }

  protected override render(): unknown {
    const { run } = this
    if (this.problem) return problemBox(this.problem, () => void this.#look())
    if (!run) return nothing
    return html`<div class="stack">
      <div class="row apart">
        <span class="row"
          >${badge(run.state, TONES[run.state])} ${run.kind} ${when(run.updatedAt)}</span
        >
        ${
          run.state === 'running'
            ? html`<button class="button small" type="button" @click=${() => void this.#cancel()}>
                Cancel
              </button>`
            : nothing
        }
      </div>
      ${
        run.state === 'running'
          ? run.total === 0
            ? html`<progress aria-label="Progress"></progress>`
            : html`<progress
                aria-label="Progress"
                max=${Math.max(1, run.total)}
                value=${run.done}
              ></progress>`
          : nothing
      }
      <div role="status" class="small">${amountOf(run)} ${sentenceOf(run.plan)}</div>
      ${run.result ? resultOf(membersOf(run.result)) : nothing}
    </div>`
  }

  async #cancel() {
    try {
      this.run = await post<Run>(`${of(this.account)}/runs/${this.run?.id ?? ''}/cancel`)
    } catch (error) {
      this.problem = error
    }
  }
}

function amountOf({ state, done, total }: Run) {
  if (total > 0) return `${count(done)} of ${count(total)}.`
  if (state !== 'running') return nothing
  return done > 0 ? `Counting… ${count(done)} so far.` : 'Counting…'
}

function resultOf(result: Record<string, unknown>) {
  const short = Object.entries(result).filter(([, value]) => typeof value !== 'object')
  const long = Object.entries(result).filter(
    ([, value]) => typeof value === 'object' && value !== null,
  )
  return html`<div class="row">
      ${short.map(([name, value]) => badge(`${spaced(name)}: ${String(value)}`))}
    </div>
    ${long.map(
      ([name, value]) =>
        html`<details>
          <summary>${spaced(name)}${Array.isArray(value) ? ` (${value.length})` : ''}</summary>
          <pre tabindex="0">${JSON.stringify(value, undefined, 2)}</pre>
        </details>`,
    )}`
}

function spaced(name: string) {
  return name.replaceAll(/([A-Z])/g, ' $1').toLowerCase()
}
