import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { centsOf } from '../../../server/cvent/money.ts'

test.each([
  [0, 0],
  [-0, 0],
  [1, 100],
  [1.1, 110],
  [4.35, 435],
  [1.005, 101],
  [-1.005, -101],
  [35.35, 3535],
  [1.15, 115],
  [8.2, 820],
  [1e-7, 0],
  [-0.001, 0],
  [1e21, undefined],
  [Number.NaN, undefined],
  [Infinity, undefined],
])('%d is %s cents', (amount, cents) => {
  expect(centsOf(amount)).toBe(cents)
})

test('every amount up to ten billion comes back in cents as it was written', () => {
  const limit = 1_000_000_000_000
  fc.assert(
    fc.property(fc.integer({ min: -limit, max: limit }), (cents) => {
      const sign = cents < 0 ? '-' : ''
      const digits = String(Math.abs(cents)).padStart(3, '0')
      const amount: unknown = JSON.parse(`${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`)

      expect(centsOf(Number(amount))).toBe(cents)
    }),
  )
})

test('multiplying by a hundred would not do: the rule has cases that differ', () => {
  expect(Math.trunc(4.35 * 100)).toBe(434)
  expect(Math.round(1.005 * 100)).toBe(100)
})
