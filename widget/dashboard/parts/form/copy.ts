import { html, type TemplateResult } from 'lit'
import { icon } from '../icon.ts'
import { say } from './says.ts'

/** A text to take along, with the button that copies it. `what` names it for the button's label. */
export function copyable(text: string, what: string): TemplateResult {
  return html`<div class="copy">
    <code>${text}</code>
    <button
      class="button small"
      type="button"
      aria-label="Copy ${what}"
      @click=${() => void copy(text, what)}
    >
      ${icon('copy')} Copy
    </button>
  </div>`
}

async function copy(text: string, what: string) {
  try {
    await navigator.clipboard.writeText(text)
    say(`Copied: ${what}.`)
  } catch {
    say('The browser did not allow copying. Select the text and copy it by hand.')
  }
}
