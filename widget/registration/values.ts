import type { RegistrationState } from '../../schemas/registration.ts'
import { dateText } from './dates.ts'
import type { Phrases } from './phrases/en.ts'
import { others } from './phrases/others.ts'

/** What sentences are filled in with beyond the member's own ID, event and confirmation number. */
export interface MoreValues {
  opensAt: string
  closesAt: string
  missing: string
  /** The phrase that tells the date which matters in this phase. */
  says: 'opens' | 'closes' | undefined
}

/** The values that only some phases need, in the reader's language. */
export function valuesOf(
  lang: string,
  phrases: Partial<Phrases>,
  { phase, event, missing = [] }: RegistrationState,
): MoreValues {
  const moment = (at: string | null) => dateText(lang, event.timeZone, at)
  const { opensAt, closesAt } = event
  return {
    opensAt: moment(opensAt),
    closesAt: moment(closesAt),
    missing: listed(
      lang,
      missing.map((name) => phrases[name] ?? others[name]),
    ),
    says:
      opensAt && phase === 'not-open'
        ? 'opens'
        : closesAt && phase === 'eligible'
          ? 'closes'
          : undefined,
  }
}

/** Names as the reader's language lists them: `a, b and c`. */
function listed(lang: string, names: string[]) {
  try {
    return new Intl.ListFormat(lang).format(names)
  } catch {
    return names.join(', ')
  }
}
