import { html, nothing } from 'lit'
import type { Setup, SetupStep } from '../../answers.ts'
import { get, of } from '../../api.ts'
import { copyable } from '../form/copy.ts'
import { icon } from '../icon.ts'
import { PlainElement } from '../page.ts'
import { badge, bones, problemBox } from '../form/says.ts'
import { when } from '../times.ts'

const LOOK_MS = 5000

/**
 * `<setup-checklist>`: what is to be done in Cvent and in iMIS, click by click. It looks again every few seconds while it
 * stands on the page, so that a step ticks itself when its message or sign-on has been seen.
 */
export class SetupChecklist extends PlainElement {
  static override properties = {
    account: { attribute: false },
    setup: { state: true },
    problem: { state: true },
  }

  declare account: string
  declare private setup: Setup | undefined
  declare private problem: unknown

  #timer: ReturnType<typeof setTimeout> | undefined

  override connectedCallback(): void {
    super.connectedCallback()
    void this.#look()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.#timer)
  }

  /** Looks at once, after something that a step may show. */
  async refresh(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#look()
  }

  async #look() {
    try {
      if (!document.hidden || !this.setup)
        this.setup = await get<Setup>(`${of(this.account)}/setup`)
      this.problem = undefined
    } catch (error) {
      this.problem = error
    }
    if (this.isConnected && !this.problem)
      this.#timer = setTimeout(() => void this.#look(), LOOK_MS)
  }

  protected override render(): unknown {
    const { setup } = this
    if (this.problem) return problemBox(this.problem, () => void this.#look())
    if (!setup) return bones(8)
    const steps = setup.sections.flatMap((section) => section.steps)
    const done = steps.filter(({ state }) => state === 'done').length
    return html`<div class="stack">
      <div class="row apart">
        <span>${done} of ${steps.length} seen to be done</span>
        <progress aria-label="Set-up" max=${steps.length} value=${done}></progress>
      </div>
      ${setup.sections.map(
        (section) =>
          html`<section class="stack tight">
            <h3>${section.title}</h3>
            <ul class="checks">
              ${section.steps.map(stepLine)}
            </ul>
          </section>`,
      )}
    </div>`
  }
}

function stepLine(step: SetupStep) {
  return html`<li class=${step.state}>
    ${icon(step.state === 'done' ? 'ok' : 'open')}
    <details ?open=${step.state === 'open' && step.lines.length + step.copy.length < 4}>
      <summary>
        ${step.title}
        ${
          step.state === 'done'
            ? badge('done', 'good')
            : step.state === 'open'
              ? badge('to do', 'warn')
              : badge('cannot be seen from here')
        }
      </summary>
      <div class="stack">
        ${step.detail ? html`<p>${step.detail}</p>` : nothing}
        ${
          step.lines.length > 0
            ? html`<ol class="steps-of">
                ${step.lines.map((line) => html`<li>${line}</li>`)}
              </ol>`
            : nothing
        }
        ${step.copy.map(
          ({ label, text }) =>
            html`<div class="stack tight">
              <span class="label small">${label}</span>${copyable(text, label)}
            </div>`,
        )}
        ${step.seenAt ? html`<p class="small soft">Last seen ${when(step.seenAt)}</p>` : nothing}
      </div>
    </details>
  </li>`
}
