import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mapContact } from '../../../server/member/contact/contact-fields.ts'

const FAVOURITE = '1b1b1b1b-0000-4000-8000-000000000001'
const map = (row: Record<string, string>) =>
  mapContact(row, { customFields: { 'Favourite Colour': FAVOURITE } })

/** Per field: the HTTP POST name, the REST name, the plain name, a value, and what Cvent gets. */
const SPELLINGS: [field: string, names: string[], value: string, sent?: string][] = [
  ['firstName', ['first_name', 'firstName', 'First name'], 'Maren'],
  ['lastName', ['last_name', 'lastName', 'LAST-NAME'], 'Oakfield'],
  ['email', ['email_address', 'email', 'E-mail'], 'maren@example.org'],
  ['prefix', ['prefix', 'PREFIX'], 'Dr.'],
  ['middleName', ['middle_name', 'middleName', 'Middle name'], 'J'],
  ['nickname', ['nickname'], 'Mo'],
  ['designation', ['designation'], 'CAE'],
  ['company', ['company', 'Company'], 'Sample & Sons'],
  ['title', ['title'], 'Director'],
  [
    'primaryAddressType',
    ['primary_address_indicator', 'primaryAddressType', 'Primary address'],
    'work',
    'Work',
  ],
  ...['home', 'work'].flatMap((place): typeof SPELLINGS => {
    const rest = `${place}Address`
    return [
      [
        `${rest}.address1`,
        [`${place}_address1`, `${rest}.address1`, `${place} address 1`],
        '1 Elm',
      ],
      [`${rest}.address2`, [`${place}_address2`, `${rest}.address2`], 'Floor 2'],
      [`${rest}.address3`, [`${place}_address3`, `${rest}.address3`], 'c/o'],
      [`${rest}.city`, [`${place}_city`, `${rest}.city`, `${place} city`], 'Austin'],
      [
        `${rest}.regionCode`,
        [`${place}_state_code`, `${rest}.regionCode`, `${place} state code`, `${place} state`],
        'Texas',
        'TX',
      ],
      [`${rest}.postalCode`, [`${place}_postal_code`, `${rest}.postalCode`], '78701'],
      [
        `${rest}.countryCode`,
        [`${place}_country`, `${rest}.countryCode`, `${place} country code`],
        'United States',
        'US',
      ],
      [`${place}Phone`, [`${place}_phone`, `${place}Phone`, `${place} phone`], '+1 512 555 0100'],
      [`${place}Fax`, [`${place}_fax`, `${place}Fax`], '+1 512 555 0101'],
    ]
  }),
  ['mobilePhone', ['mobile', 'mobilePhone', 'Mobile'], '512-555-0102'],
  ['pager', ['pager'], '17'],
  ['ccEmail', ['cc_email', 'ccEmail', 'CC e-mail'], 'office@example.org'],
]

describe('a column reaches its field by every spelling:', () => {
  test.each(
    SPELLINGS.flatMap(([field, names, value, sent = value]) =>
      names.map((name) => [name, field, value, sent] as const),
    ),
  )('%s is %s', (name, field, value, sent) => {
    expect(map({ [name]: value })).toMatchObject({ fields: { [field]: sent }, notes: [] })
  })

  test.each([
    ['work_state_code', 'tx', 'workAddress.regionCode', 'TX'],
    ['work_state_code', 'Québec', 'workAddress.regionCode', 'QC'],
    ['work_country', 'us', 'workAddress.countryCode', 'US'],
    ['work_country', 'United States', 'workAddress.countryCode', 'US'],
  ])('%s %s is %s %s', (name, value, field, sent) => {
    expect(map({ [name]: value }).fields).toEqual({ [field]: sent })
  })

  test.each(['reg_code', 'type', 'Contact Type', 'Contact Type Code'])(
    '%s is the contact type',
    (name) => {
      expect(map({ [name]: 'MEM' }).contactType).toBe('MEM')
    },
  )

  test('a custom field of the account by its own name', () => {
    const { customFields, notes } = map({ favourite_colour: 'green' })

    expect(customFields).toEqual({ [FAVOURITE]: 'green' })
    expect(notes).toEqual([])
  })
})

describe('what does not fit is trimmed or dropped with a note:', () => {
  test.each<[name: string, row: Record<string, string>, fields: object, note: object]>([
    [
      'a long name is cut to its length',
      { first_name: 'M'.repeat(31) },
      { firstName: 'M'.repeat(30) },
      { field: 'firstName', what: 'trimmed' },
    ],
    [
      'a letter of two units is not cut in half',
      { first_name: `${'M'.repeat(29)}😀` },
      { firstName: 'M'.repeat(29) },
      { field: 'firstName', what: 'trimmed' },
    ],
    [
      'a long address is not a shorter address',
      { email: `${'m'.repeat(80)}@example.org` },
      {},
      { field: 'email', what: 'dropped' },
    ],
    ['not an e-mail', { email: 'see notes' }, {}, { field: 'email', what: 'dropped' }],
    ['not a phone number', { mobile: 'none' }, {}, { field: 'mobilePhone', what: 'dropped' }],
    [
      'not a country',
      { work_country: 'Somewhere nice' },
      {},
      { field: 'workAddress.countryCode', what: 'dropped' },
    ],
    [
      'a region longer than a code',
      { work_state_code: 'Oberösterreich' },
      {},
      { field: 'workAddress.regionCode', what: 'dropped' },
    ],
    [
      'a region shorter than a code',
      { work_state_code: 'N' },
      {},
      { field: 'workAddress.regionCode', what: 'dropped' },
    ],
    ['a column nobody knows', { Chapter: 'North' }, {}, { field: 'Chapter', what: 'unknown' }],
  ])('%s', (_name, row, fields, note) => {
    const mapped = map(row)

    expect(mapped.fields).toEqual(fields)
    expect(mapped.notes).toEqual([note])
  })
})

test.each([
  'Date of Birth',
  'birth_date',
  'DOB',
  'SSN',
  'Social Security Number',
  'Passport Number',
  'passport_country',
  'National ID',
  'nationalIdentificationNumber',
  'NPI',
  'Gender',
])('%s never leaves, not even as a custom field', (name) => {
  const mapped = mapContact({ [name]: '1970-01-01' }, { customFields: { [name]: FAVOURITE } })

  expect(mapped.fields).toEqual({})
  expect(mapped.customFields).toEqual({})
  expect(mapped.notes).toEqual([{ field: name, what: 'denied' }])
})

test('the source id is not taken from a column, and an empty value is no value', () => {
  const mapped = map({ 'Source ID': '999', ID: '101', company: '  ', title: '' })

  expect(mapped).toEqual({ fields: {}, contactType: undefined, customFields: {}, notes: [] })
})

test('of two columns for one field, the first that says something stands', () => {
  expect(
    map({ email: '', email_address: 'a@example.org', 'E-mail': 'b@example.org' }).fields,
  ).toEqual({ email: 'a@example.org' })
})

test.each([
  ['USA', 'US'],
  ['usa', 'US'],
  ['US', 'US'],
  ['GBR', 'GBR'],
  ['United Kingdom', 'GB'],
  ['Côte d’Ivoire', 'CI'],
  ['Türkiye', 'TR'],
  ['Germany', 'DE'],
])('the country %s is sent as %s', (text, code) => {
  expect(map({ work_country: text }).fields).toEqual({ 'workAddress.countryCode': code })
})

test('no row makes it fail, and nothing it sends is longer than Cvent takes', () => {
  const names = SPELLINGS.flatMap(([, spelt]) => spelt)
  const column = fc.oneof(fc.constantFrom(...names), fc.string(), fc.constant('__proto__'))

  fc.assert(
    fc.property(fc.dictionary(column, fc.string({ unit: 'binary', maxLength: 200 })), (row) => {
      const { fields } = map(row)
      for (const [field, value] of Object.entries(fields)) {
        expect(SPELLINGS.map(([known]) => known)).toContain(field)
        expect(value.length).toBeLessThanOrEqual(100)
        expect(value.isWellFormed()).toBe(true)
        expect(value).not.toMatch(/\p{Cc}/u)
      }
    }),
  )
})
