import type { Run } from '../../answers.ts'

/** The sentence of a run's plan or result, `''` when it says none. */
export function sentenceOf(part: Run['plan']): string {
  const text = membersOf(part)['text']
  return typeof text === 'string' ? text : ''
}

/** The members of a run's plan or result; each kind of run has its own. */
export function membersOf(part: Run['plan']): Record<string, unknown> {
  return typeof part === 'object' && part !== null && !Array.isArray(part) ? part : {}
}
