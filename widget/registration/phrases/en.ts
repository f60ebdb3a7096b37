import { member } from './member.ts'
import { others } from './others.ts'

/**
 * The sentences in English, by the names under which an account, an event or an editor may replace them. A phase's
 * sentence bears the phase's name in camel case. `{imisId}`, `{eventTitle}`, `{confirmationNumber}`, `{opensAt}`, `{closesAt}`
 * and `{missing}` are filled in; `about` makes the accessible name of an action, which must be understood out of context.
 */
export const en = { ...member, ...others }

/** Every phrase there is; the other languages have each of them too. */
export type PhraseName = keyof typeof en

/** One language's sentences. */
export type Phrases = Record<PhraseName, string>
