import { blankActivity } from './activity-columns.ts'
import type { ImisState } from './state.ts'

/** Whose rows stand under the numbers that were reissued. */
export const DONOR = '105'

/**
 * Does what a restore from backup, or a change to another site, does to the numbers of activities: each present row has a
 * new SEQN, or is lost, and under its old one stands a gift of somebody else.
 *
 * @returns how many numbers were reissued
 */
export function reissueSeqns(state: ImisState, lose = false): number {
  const before = [...state.activities.values()]
  state.activities.clear()
  for (const { SEQN } of before)
    state.activities.set(SEQN, {
      ...blankActivity(SEQN, DONOR),
      ACTIVITY_TYPE: 'GIFT',
      PRODUCT_CODE: 'FUND',
      DESCRIPTION: 'Scholarship gift',
      SOURCE_SYSTEM: 'FR',
      QUANTITY: 1,
      AMOUNT: 2500,
    })
  if (lose) return before.length
  for (const activity of before) {
    const SEQN = state.nextSeqn
    state.nextSeqn += 1
    state.activities.set(SEQN, { ...activity, SEQN })
  }
  return before.length
}
