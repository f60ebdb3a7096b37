import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isOneOf, pieces, quote } from '../../../server/cvent/filter.ts'
import { compileFilter } from '../../sandbox/cvent/filter.ts'

const fields = { name: { ops: ['eq'], get: (item: { name: string }) => item.name } } as const

test.each([
  ['plain', `'plain'`],
  [`O'Neil`, `"O'Neil"`],
  ['say "hi"', `'say "hi"'`],
  [`O'Neil "Bo"`, String.raw`"O'Neil \"Bo\""`],
  ['back\\', String.raw`'back\\'`],
])('%j is quoted as %s', (value, quoted) => {
  expect(quote(value)).toBe(quoted)
})

test('whatever the text is, the filter finds it and nothing else', () => {
  const hard = fc.string({ unit: fc.constantFrom(`'`, '"', '\\', ' ', 'a', 'or', 'eq', '(', ')') })
  fc.assert(
    fc.property(fc.oneof(hard, fc.string()), (value) => {
      const passes = compileFilter(`name eq ${quote(value)}`, fields)

      expect(passes({ name: value })).toBe(true)
      expect(passes({ name: `${value}x` })).toBe(false)
    }),
  )
})

test('every one of a list is found by its filter', () => {
  fc.assert(
    fc.property(fc.array(fc.uuid(), { minLength: 1, maxLength: 30 }), fc.uuid(), (ids, other) => {
      const passes = compileFilter(isOneOf('name', ids), fields)

      for (const id of ids) expect(passes({ name: id })).toBe(true)
      expect(passes({ name: other })).toBe(ids.includes(other))
    }),
  )
})

test('pieces put together are the list', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 9 }), (items, size) => {
      const cut = pieces(items, size)

      expect(cut.flat()).toEqual(items)
      for (const piece of cut) expect(piece.length).toBeLessThanOrEqual(size)
    }),
  )
})
