import type { RegistrationState } from '../../schemas/registration.ts'
import type { Phase } from './events.ts'
import type * as More from './more.ts'
import { fill } from './phrases.ts'
import type { PhraseName, Phrases } from './phrases/en.ts'
import { member } from './phrases/member.ts'

/** What is said about a state, in the reader's language. Text, never HTML. */
export interface Wording {
  phrase: (name: PhraseName) => string
  /** What the live region says in a phase. */
  sentence: (phase: Phase) => string
  /** The line below it: confirmation number, when registration opens or closes; `''` when there is none. */
  detail: () => string
  /** An action's accessible name: its own text first, then the event, since a page may hold several. */
  name: (action: string, target?: string) => string
}

/**
 * Words for a state: the editor's own first, then the event's and the account's, then those of the language. Without
 * `more` only a member's way to registering can be said, and no date.
 */
export function wordingOf(
  lang: string,
  phrases: Partial<Phrases>,
  own: Record<string, string> = {},
  state?: RegistrationState,
  more?: Pick<typeof More, 'valuesOf' | 'others'>,
): Wording {
  const english: Partial<Phrases> = { ...more?.others, ...member }
  const theirs = (name: string) => own[name] || state?.phrases?.[name]
  const phrase = (name: PhraseName) =>
    fill(theirs(name) || phrases[name] || english[name] || '', values)
  const late = state && more?.valuesOf(lang, phrases, state)
  const confirmationNumber = state?.registration?.confirmationNumber
  const values = {
    ...late,
    imisId: state?.imisId,
    eventTitle: state?.event.title ?? state?.event.eventCode,
    confirmationNumber,
  }
  return {
    phrase,
    sentence(phase) {
      // Every phase has its phrase: `not-open` is called `notOpen`.
      const name = phase.replace(/-(.)/, (_, letter: string) => letter.toUpperCase()) as PhraseName
      const said = !own[name] && state?.message
      // The server says its default sentences in English; in another language ours take their place.
      return said &&
        said !== fill(english[name] ?? '', values) &&
        (phrases === member || !state.missing || theirs(name))
        ? said
        : phrase(name)
    },
    detail: () =>
      confirmationNumber ? phrase('confirmation') : late?.says ? phrase(late.says) : '',
    name(action, target) {
      const name = state ? fill(phrase('about'), { action }) : action
      return target === '_blank' ? fill(phrase('newWindow'), { action: name }) : name
    },
  }
}
