import { html } from 'lit'
import type { ChangePreview, FieldMessage } from '../../answers.ts'
import { confirmed, openDialog } from './dialog.ts'

type Meaning = 'same' | 'another'

/** What an admin is asked when an address changes, by the member that answers it. */
const QUESTIONS: Record<string, { title: string; text: string; choices: [Meaning, string][] }> = {
  imisChange: {
    title: 'Is this the same iMIS?',
    text: 'The address of iMIS changes. With another iMIS, the same ID is another person. Then the list of what we wrote, the assignments and the dashboard users of the old one are set aside, and every registration is matched and written anew. Cvent contacts keep their source IDs: check that they are IDs of the new iMIS.',
    choices: [
      ['same', 'Same iMIS, new address'],
      ['another', 'Another iMIS'],
    ],
  },
  cventChange: {
    title: 'Is this the same Cvent account?',
    text: 'The address or the client ID of Cvent changes. With another Cvent account, the registrations of the old one are set aside, and what was written to iMIS for them stays as it is. Events are read anew.',
    choices: [
      ['same', 'Same Cvent account'],
      ['another', 'Another Cvent account'],
    ],
  },
}

/** Asks what a changed address means. Undefined: the admin does not want to save. */
export async function askMeanings(
  questions: FieldMessage[],
): Promise<Record<string, Meaning> | undefined> {
  const meanings: Record<string, Meaning> = {}
  for (const { field, message } of questions) {
    const { title, text, choices } = QUESTIONS[field] ?? {
      title: 'What does this change mean?',
      text: message,
      choices: [
        ['same', 'The same'],
        ['another', 'Another one'],
      ] satisfies [Meaning, string][],
    }
    const answer = await openDialog<Meaning>(
      title,
      (close) =>
        html`<p>${text}</p>
          <div class="row end">
            <button class="button" type="button" autofocus @click=${() => close()}>Cancel</button>
            ${choices.map(
              ([meaning, label]) =>
                html`<button
                  class="button ${meaning === 'another' ? 'danger' : ''}"
                  type="button"
                  @click=${() => close(meaning)}
                >
                  ${label}
                </button>`,
            )}
          </div>`,
    )
    if (!answer) return undefined
    meanings[field] = answer
  }
  return meanings
}

/** Asks before a change that rewrites what stands in iMIS. True when nothing is rewritten, or the admin agrees. */
export async function agreesToRewrite(preview: ChangePreview): Promise<boolean> {
  if (preview.registrations === 0) return true
  return confirmed(
    'This changes what stands in iMIS',
    `${preview.text} It happens in the background after you save.`,
    'Save and rewrite',
  )
}
