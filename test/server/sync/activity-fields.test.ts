import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  checkFields,
  decimal,
  fieldsOf,
  fillProperties,
  withCleared,
  type Sources,
} from '../../../server/sync/wanted/activity-fields.ts'
import { ActivitySource } from '../../../schemas/account.ts'

/** Every source without a value, but for those given. */
function sources(given: Partial<Sources>): Sources {
  // Every member of the closed list is there: it is built from the list.
  const none = Object.fromEntries(ActivitySource.options.map((name) => [name, undefined]))
  return { ...(none as Sources), ...given }
}

test.for([
  [0, '0.00'],
  [5, '0.05'],
  [-5, '-0.05'],
  [49_505, '495.05'],
  [-100, '-1.00'],
] as const)('%i cents are %s', ([cents, text]) => {
  expect(decimal(cents)).toBe(text)
})

test('cents survive whatever their size', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e11, max: 1e11 }), (cents) => {
      expect(Math.round(Number(decimal(cents)) * 100)).toBe(cents)
    }),
  )
})

test('text is cut to its column, never in the middle of a character', () => {
  const filled = fillProperties(
    { SOURCE_CODE: 'registrationType', STATUS_CODE: 'cventStatus' },
    sources({
      registrationType: { kind: 'text', value: `${'x'.repeat(39)}😀` },
      cventStatus: { kind: 'text', value: 'Accepted' },
    }),
    'UTC',
  )

  expect(filled).toEqual({ SOURCE_CODE: 'x'.repeat(39), STATUS_CODE: 'A' })
})

test('an account may remap and switch off', () => {
  const fields = fieldsOf({ fields: { UF_3: 'none', UF_5: 'amountOrdered' } }, 'meeting')

  expect(
    fillProperties(
      fields,
      sources({
        registrationPath: { kind: 'text', value: 'Members' },
        amountOrdered: { kind: 'cents', value: 1234 },
      }),
      'UTC',
    ),
  ).toEqual({ UF_5: '12.34' })
})

describe('a mapping is checked before it is saved', () => {
  test.for([
    [{}, []],
    [{ UF_6: 'registrationType' }, ['activity.fields.UF_6']],
    [{ AMOUNT: 'eventTitle' }, ['activity.fields.AMOUNT']],
    [{ CATEGORY: 'ledgerKey', UF_3: 'ledgerKey' }, ['activity.fields.CATEGORY']],
    [{ UF_2: 'none' }, ['activity.fields']],
    [{ UF_2: 'none', UF_1: 'ledgerKey' }, []],
    [{ PRODUCT_CODE: 'eventTitle' }, ['activity.fields.PRODUCT_CODE']],
  ] as const)('%j', ([fields, wrong]) => {
    expect(checkFields(fields).map(({ field }) => field)).toEqual(wrong)
  })
})

test('text that is gone is emptied; dates and numbers that are gone stay', () => {
  expect(withCleared({ NOTE: 'old', AMOUNT: '1.00', UF_6: 'x' }, { UF_1: 'new' })).toEqual({
    UF_1: 'new',
    NOTE: '',
  })
})
