import { expect, test } from 'vitest'
import { Account } from '../../../schemas/account.ts'
import { columnFields, previewContact } from '../../../server/operator/event/contact-preview.ts'
import { ACCOUNT_EXAMPLE } from '../../../server/routes/admin/examples.ts'

const account = Account.parse({
  ...ACCOUNT_EXAMPLE,
  cvent: {
    ...ACCOUNT_EXAMPLE.cvent,
    customFields: { 'Chapter Name': '7a3c9f2e-5b1d-4e8a-9c6f-0d2b4a6c8e10' },
  },
})

test.each([
  ['ID', 'sourceId'],
  ['iMIS ID', 'sourceId'],
  ['First Name', 'firstName'],
  ['home_state_code', 'homeAddress.regionCode'],
  ['workAddress.countryCode', 'workAddress.countryCode'],
  ['Mobile', 'mobilePhone'],
  ['primary_address_indicator', 'primaryAddressType'],
  ['reg_code', 'type'],
  ['chapter-name', 'custom:7a3c9f2e-5b1d-4e8a-9c6f-0d2b4a6c8e10'],
  ['Shoe Size', null],
  ['Date Of Birth', null],
])('the column %s fills %s', (column, field) => {
  expect(columnFields(account, [column])).toEqual([{ column, field }])
})

test('a preview names the column of each field, and what was not sent as it came', () => {
  const row = {
    ID: '101',
    'First Name': 'A'.repeat(40),
    Email: 'not an address',
    'Shoe Size': '44',
  }

  const preview = previewContact({ account, version: 1 }, '101', row, undefined)

  expect(preview).toEqual({
    sourceId: '101',
    contactType: null,
    fields: [{ field: 'firstName', column: 'First Name', value: 'A'.repeat(30) }],
    notes: [
      { field: 'firstName', what: 'trimmed' },
      { field: 'email', what: 'dropped' },
      { field: 'Shoe Size', what: 'unknown' },
    ],
  })
})
