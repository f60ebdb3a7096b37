import { TaskStatus, type Task } from '@lit/task'
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import type { Role } from '../answers.ts'
import { of } from '../api.ts'
import { bones, problemBox } from './form/says.ts'

const RANK: Record<Role, number> = { viewer: 0, editor: 1, owner: 2 }

/** An element that renders into the document itself, so that labels, links and one style sheet reach it. */
export class PlainElement extends LitElement {
  override createRenderRoot(): HTMLElement {
    return this
  }

  override connectedCallback(): void {
    // What stood inside the tag until now is a word for those who wait.
    if (!this.hasUpdated) this.replaceChildren()
    super.connectedCallback()
  }
}

/**
 * A page of an account. The app gives it the `account`, the `access` (role) one has on it, the `subject` after the page's
 * name in the address, and the `query` of the address.
 */
export class DashboardPage extends PlainElement {
  static override properties = {
    account: { attribute: false },
    access: { attribute: false },
    subject: { attribute: false },
    query: { attribute: false },
  }

  declare account: string
  declare access: Role
  declare subject: string | undefined
  declare query: URLSearchParams

  /** The address of the account's part of the API, with what follows. */
  protected path(rest = ''): string {
    return `${of(this.account)}${rest}`
  }

  /** Whether one may do what this role may. The server decides; this only hides what it would refuse. */
  protected may(role: Role): boolean {
    return RANK[this.access] >= RANK[role]
  }

  protected override updated(_changes: PropertyValues<this>): void {
    const heading = this.querySelector('h1')?.textContent?.trim()
    if (heading) document.title = `${heading} · ${this.account} · Cvent registration`
  }
}

/** The top of a page: its heading, which takes the focus when the page opens, a sentence, and what can be done. */
export function pageHead(
  title: unknown,
  parts: { lead?: unknown; actions?: unknown; crumb?: { text: string; href: string } } = {},
): TemplateResult {
  const { lead, actions, crumb } = parts
  return html`<header class="page-head">
    <div>
      ${crumb ? html`<a class="crumb" href=${crumb.href}>← ${crumb.text}</a>` : nothing}
      <h1 tabindex="-1">${title}</h1>
      ${lead ? html`<p class="lead">${lead}</p>` : nothing}
    </div>
    ${actions ? html`<div class="row">${actions}</div>` : nothing}
  </header>`
}

/** What a task brought; bones the first time, the problem with a way on when it failed, the earlier answer meanwhile. */
export function loaded<Answer>(
  task: Task<readonly unknown[], Answer>,
  view: (answer: Answer) => unknown,
  lines = 6,
): unknown {
  if (task.status === TaskStatus.ERROR) return problemBox(task.error, () => void task.run())
  return task.value === undefined ? bones(lines) : view(task.value)
}
