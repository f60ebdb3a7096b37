import { html, render } from 'lit'
import { icon } from '../icon.ts'

/** Ends a dialog; what is given is what its opener gets. */
export type Close<Answer> = (answer?: Answer) => void

let opened = 0

/**
 * Opens a modal dialog and resolves when it is closed: with what it was closed with, or undefined when it was dismissed.
 * The browser keeps the focus inside and gives it back afterwards.
 */
export function openDialog<Answer>(
  title: string,
  content: (close: Close<Answer>) => unknown,
  options: { isBroad?: boolean; isFirm?: boolean } = {},
): Promise<Answer | undefined> {
  const dialog = document.createElement('dialog')
  const titleId = `dialog-${(opened += 1)}`
  dialog.setAttribute('aria-labelledby', titleId)
  if (options.isBroad) dialog.className = 'broad'
  return new Promise((resolve) => {
    let given: Answer | undefined
    const close: Close<Answer> = (answer) => {
      given = answer
      dialog.close()
    }
    if (options.isFirm) dialog.addEventListener('cancel', (event) => event.preventDefault())
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(given)
    })
    render(
      html`<div class="dialog-head">
          <h2 id=${titleId}>${title}</h2>
          ${
            options.isFirm
              ? ''
              : html`<button
                  class="button quiet icon-only"
                  type="button"
                  aria-label="Close"
                  @click=${() => close()}
                >
                  ${icon('close')}
                </button>`
          }
        </div>
        <div class="dialog-body">${content(close)}</div>`,
      dialog,
    )
    // Under the app, so that links inside are followed like any other.
    ;(document.querySelector('dashboard-app') ?? document.body).append(dialog)
    dialog.showModal()
    const first = dialog.querySelector<HTMLElement>('[autofocus]')
    first?.focus()
  })
}

/** Asks before something that cannot be taken back. */
export async function confirmed(title: string, text: unknown, action: string): Promise<boolean> {
  const answer = await openDialog<boolean>(
    title,
    (close) =>
      html`<div>${text}</div>
        <div class="row end">
          <button class="button" type="button" autofocus @click=${() => close()}>Cancel</button>
          <button class="button danger" type="button" @click=${() => close(true)}>${action}</button>
        </div>`,
  )
  return answer === true
}
