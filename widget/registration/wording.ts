import type { RegistrationState } from '../../schemas/registration.ts'
import { dateText } from './dates.ts'
import type { Phase } from './events.ts'
import { fill } from './phrases.ts'
import { en, type PhraseName, type Phrases } from './phrases/en.ts'

/** What is said about a state, in the reader's language. Text, never HTML. */
export interface Wording {
  phrase: (name: PhraseName) => string
  /** What the live region says in a phase. */
  sentence: (phase: Phase) => string
  /** The line below it: confirmation number, when registration opens or closes; `''` when there is none. */
  detail: () => string
  /** An action's accessible name: its own text first, then the event, since a page may hold several. */
  name: (action: string, opensWindow: boolean) => string
}

/** Words for a state: the editor's own first, then the event's and the account's, then those of the language. */
export function wordingOf(
  lang: string,
  phrases: Phrases,
  own: Record<string, string> = {},
  state?: RegistrationState,
): Wording {
  const event = state?.event
  const moment = (at?: string | null) => at && dateText(lang, event?.timeZone, at)
  const values = {
    imisId: state?.imisId,
    eventTitle: event?.title ?? event?.eventCode,
    confirmationNumber: state?.registration?.confirmationNumber,
    opensAt: moment(event?.opensAt),
    closesAt: moment(event?.closesAt),
  }
  const phrase = (name: PhraseName) =>
    fill(own[name] || state?.phrases?.[name] || phrases[name], values)
  return {
    phrase,
    sentence(phase) {
      // Every phase has its phrase: `not-open` is called `notOpen`.
      const name = phase.replace(/-(.)/, (_, letter: string) => letter.toUpperCase()) as PhraseName
      const said = !own[name] && state?.message
      // The server says its default sentence in English; in another language ours takes its place.
      return said && said !== fill(en.notEligible, values) ? said : phrase(name)
    },
    detail() {
      if (values.confirmationNumber) return phrase('confirmation')
      if (values.opensAt && state?.phase === 'not-open') return phrase('opens')
      return values.closesAt && state?.phase === 'eligible' ? phrase('closes') : ''
    },
    name(action, opensWindow) {
      const name = state ? fill(phrase('about'), { action }) : action
      return opensWindow ? fill(phrase('newWindow'), { action: name }) : name
    },
  }
}
