import type { Phrases } from './phrases/en.ts'
import { member } from './phrases/member.ts'

const LANGUAGES: Partial<Record<string, () => Promise<{ phrases: Phrases }>>> = {
  fr: () => import('./phrases/fr.ts'),
  es: () => import('./phrases/es.ts'),
}

/**
 * The sentences for a language tag such as `fr-CA`; English where we have none, and of English those that the main script
 * holds.
 */
export async function phrasesFor(lang: string): Promise<Partial<Phrases>> {
  const load = LANGUAGES[lang.slice(0, 2).toLowerCase()]
  try {
    return load ? (await load()).phrases : member
  } catch {
    return member
  }
}

/** Puts values in place of `{name}`. What is not known stays as it is written. Text in, text out: never HTML. */
export function fill(text: string, values: Partial<Record<string, string | null>>): string {
  return text.replace(/\{(\w+)\}/g, (all, name: string) => values[name] ?? all)
}
