import { html, nothing, type TemplateResult } from 'lit'
import { ApiProblem } from '../../api.ts'
import { icon, type IconName } from '../icon.ts'

/** How good or bad something is; the word beside it says so too. */
export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'plain'

const ICONS: Record<Tone, IconName> = {
  good: 'ok',
  warn: 'warning',
  bad: 'failed',
  info: 'info',
  plain: 'info',
}

/** A short word with a tone. */
export function badge(text: unknown, tone: Tone = 'plain'): TemplateResult {
  return html`<span class="badge ${tone}">${text}</span>`
}

/** A sentence that should be noticed. */
export function notice(tone: Tone, content: unknown): TemplateResult {
  return html`<div class="notice ${tone}">
    ${icon(ICONS[tone])}
    <div>${content}</div>
  </div>`
}

/** What went wrong, in words, with the way on. The request id leads to it in the server's log. */
export function problemBox(error: unknown, retry?: () => void): TemplateResult {
  const problem = error instanceof ApiProblem ? error : undefined
  const text = problem?.message ?? 'Something went wrong in this page. Load it again.'
  return html`<div class="notice bad" role="alert">
    ${icon('failed')}
    <div>
      <p>${text}</p>
      ${
        problem?.code === 'NOT_ALLOWED'
          ? html`<p class="small">Ask an owner of this account for a higher role.</p>`
          : nothing
      }
      ${
        problem?.requestId
          ? html`<p class="small soft">Request <code>${problem.requestId}</code></p>`
          : nothing
      }
      ${
        retry
          ? html`<button class="button small" type="button" @click=${retry}>Try again</button>`
          : nothing
      }
    </div>
  </div>`
}

/** Stands where something will be, at about its height. */
export function bones(lines = 6): TemplateResult {
  return html`<div class="bones" role="status">
    <div class="unseen">Loading…</div>
    ${Array.from({ length: lines }, () => html`<span></span>`)}
  </div>`
}

/** Nothing here, why, and what to do about it. */
export function empty(title: string, text: unknown, action: unknown = nothing): TemplateResult {
  return html`<div class="empty">
    <h2>${title}</h2>
    <p>${text}</p>
    ${action}
  </div>`
}

/** Tells the app to say a sentence: event `say`, the sentence in `detail`. */
export const sayNews = new EventTarget()

/** Says a sentence for a moment at the page's edge, and to screen readers. */
export function say(text: string): void {
  sayNews.dispatchEvent(new CustomEvent('say', { detail: text }))
}

/** Says what went wrong with something pressed. */
export function sayProblem(error: unknown): void {
  say(error instanceof Error ? error.message : 'That did not work.')
}
