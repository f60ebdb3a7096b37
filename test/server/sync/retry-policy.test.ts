import { expect, test } from 'vitest'
import { Fault } from '../../../server/errors.ts'
import { afterFailure, delayAfter } from '../../../server/sync/worker/retry-policy.ts'

const NOW = 1_000_000
const SETTLED_AFTER = 15_000
const silent = new Fault('VENDOR_UNAVAILABLE', 'no answer')

test('the delays double from five seconds to an hour', () => {
  const delays = Array.from({ length: 14 }, (_, at) => delayAfter(at + 1, () => 1))

  expect(delays.slice(0, 4)).toEqual([5000, 10_000, 20_000, 40_000])
  expect(delays.at(-1)).toBe(3_600_000)
  expect(delayAfter(1, () => 0)).toBe(4000)
})

test.for([
  ['a silent vendor', silent, 1, NOW + 5000],
  ['the fifth time', silent, 5, NOW + 80_000],
  [
    "the vendor's own moment",
    new Fault('VENDOR_UNAVAILABLE', 'x', { retryAt: NOW + 7000 }),
    9,
    NOW + 7000,
  ],
  [
    'a write that may have happened',
    new Fault('VENDOR_UNAVAILABLE', 'x', { mayHaveHappened: true }),
    1,
    NOW + SETTLED_AFTER,
  ],
] as const)('%s is tried again in its time', ([, error, attempt, dueAt]) => {
  expect(
    afterFailure(error, attempt, NOW, { settledAfterMs: SETTLED_AFTER, random: () => 1 }),
  ).toMatchObject({
    state: 'waiting',
    dueAt,
  })
})

test('what was refused is dead with its reason', () => {
  const error = new Fault('VENDOR_REFUSED', 'iMIS knows no such party')

  expect(afterFailure(error, 1, NOW, { settledAfterMs: SETTLED_AFTER, random: () => 1 })).toEqual({
    state: 'dead',
    reason: 'iMIS knows no such party',
  })
})

test('an error nobody foresaw is tried a few times, then waits for a person', () => {
  const states = [1, 2, 3, 4, 5].map(
    (attempt) =>
      afterFailure(new TypeError('x'), attempt, NOW, { settledAfterMs: 0, random: () => 1 }).state,
  )

  expect(states).toEqual(['waiting', 'waiting', 'waiting', 'waiting', 'dead'])
})

test('a bug is dead without a word of its message, which may hold anything', () => {
  const outcome = afterFailure(new TypeError('secret of ada@example.org'), 5, NOW, {
    settledAfterMs: 0,
    random: () => 1,
  })

  expect(outcome.state).toBe('dead')
  expect(outcome.reason).not.toContain('ada')
})

test.each([
  [29, true, 'waiting'],
  [30, true, 'dead'],
  [500, false, 'waiting'],
])('the %i. failure of a vendor, well otherwise: %s, is %s', (attempt, isVendorWell, state) => {
  const error = new Fault('VENDOR_UNAVAILABLE', 'Cvent answered 500', { vendor: 'cvent' })
  const given = { settledAfterMs: 0, random: () => 1, isVendorWell }
  const outcome = afterFailure(error, attempt, NOW, given)
  expect(outcome.state).toBe(state)
  expect(outcome.reason).toContain('Cvent answered 500')
})
