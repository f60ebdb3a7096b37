import type { TemplateResult } from 'lit'
import type { Standing } from '../../answers.ts'
import { badge, type Tone } from '../form/says.ts'

/** The states of a registration on its way to iMIS, as a person would say them. */
export const STANDS: [Standing, string, Tone][] = [
  ['synced', 'in iMIS', 'good'],
  ['waiting', 'waiting', 'info'],
  ['dead', 'needs attention', 'bad'],
  ['unmatched', 'no person', 'warn'],
  ['unconfigured', 'event not set up', 'plain'],
  ['left-out', 'left out', 'plain'],
  ['erased', 'erased', 'plain'],
]

/** A registration's state as a badge. */
export function standBadge(stand: Standing): TemplateResult {
  const [, text = stand, tone = 'plain'] = STANDS.find(([name]) => name === stand) ?? []
  return badge(text, tone)
}
