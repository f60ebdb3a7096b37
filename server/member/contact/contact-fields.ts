import type { ContactFields } from '../../cvent/cvent.ts'
import { nameOf } from '../eligibility/column-names.ts'
import { countryCodeOf, regionCodeOf } from './countries.ts'

/** Something a column said that was not sent as it came; field names only, never the value. */
export interface MappingNote {
  field: string
  what: 'trimmed' | 'dropped' | 'denied' | 'unknown'
}

/** A row of the query as a contact. `contactType` is a name, code or id, as the query has it; custom fields are by id. */
export interface MappedContact {
  fields: ContactFields
  contactType: string | undefined
  customFields: Record<string, string>
  notes: MappingNote[]
}

interface Target {
  field: string
  maxLength: number
  /** What makes a proper value of it, or undefined when it cannot be used. */
  read?: (text: string) => string | undefined
}

/** Simple on purpose: what a mail server takes is not decided here. */
const EMAIL = /^[^\s@<>"(),;:\\[\]]{1,64}@[^\s@<>"(),;:\\[\]]{1,190}\.[^\s@.]{2,63}$/

const email = (text: string) => (EMAIL.test(text) ? text : undefined)
const phone = (text: string) => (/\d/.test(text) && text.length <= 30 ? text : undefined)
const whole = (maxLength: number) => (text: string) => (text.length <= maxLength ? text : undefined)

/**
 * Column names by contact field: the name in Cvent's HTTP POST form, in its REST API, and in plain words. They are compared
 * without case, spaces, `_`, `-` and `.`; lengths are REST's.
 */
const TARGETS: readonly [Target, ...names: string[]][] = [
  [{ field: 'firstName', maxLength: 30 }, 'first_name'],
  [{ field: 'lastName', maxLength: 50 }, 'last_name'],
  [{ field: 'email', maxLength: 80, read: email }, 'email_address', 'email'],
  [{ field: 'ccEmail', maxLength: 80, read: email }, 'cc_email', 'cc email address'],
  [{ field: 'prefix', maxLength: 30 }, 'prefix'],
  [{ field: 'middleName', maxLength: 30 }, 'middle_name'],
  [{ field: 'nickname', maxLength: 30 }, 'nickname', 'informal'],
  [{ field: 'designation', maxLength: 30 }, 'designation'],
  [{ field: 'company', maxLength: 100 }, 'company', 'company name'],
  [{ field: 'title', maxLength: 100 }, 'title', 'job title'],
  [
    { field: 'primaryAddressType', maxLength: 4, read: addressType },
    'primary_address_indicator',
    'primaryAddressType',
    'primary address',
  ],
  ...addressTargets('homeAddress', 'home'),
  ...addressTargets('workAddress', 'work'),
  ...['home', 'work'].flatMap((place): [Target, string][] => [
    [{ field: `${place}Phone`, maxLength: 30, read: phone }, `${place}_phone`],
    [{ field: `${place}Fax`, maxLength: 30, read: phone }, `${place}_fax`],
  ]),
  [{ field: 'mobilePhone', maxLength: 30, read: phone }, 'mobile', 'mobilePhone'],
  [{ field: 'pager', maxLength: 30, read: phone }, 'pager'],
]

function addressTargets(rest: string, place: string): [Target, ...string[]][] {
  const line = (number: number): [Target, ...string[]] => [
    { field: `${rest}.address${number}`, maxLength: 40 },
    `${place}_address${number}`,
    `${rest}.address${number}`,
  ]
  return [
    line(1),
    line(2),
    line(3),
    [{ field: `${rest}.city`, maxLength: 40 }, `${place}_city`, `${rest}.city`],
    [
      { field: `${rest}.regionCode`, maxLength: 10, read: regionCodeOf },
      `${place}_state_code`,
      `${rest}.regionCode`,
      `${place} state`,
    ],
    [
      { field: `${rest}.postalCode`, maxLength: 25, read: whole(25) },
      `${place}_postal_code`,
      `${rest}.postalCode`,
    ],
    [
      { field: `${rest}.countryCode`, maxLength: 3, read: countryCodeOf },
      `${place}_country`,
      `${rest}.countryCode`,
      `${place} country code`,
    ],
  ]
}

const BY_NAME = new Map(
  TARGETS.flatMap(([target, ...names]) => names.map((name) => [nameOf(name), target] as const)),
)
const CONTACT_TYPE = ['regcode', 'type', 'contacttype', 'contacttypecode', 'contacttypeid']
/** Columns that say whose row it is; the contact's source id is made from the party id and never taken from a column. */
const IDENTITY = ['id', 'imisid', 'partyid', 'sourceid', 'contactid', 'memberid']
/** Never sent, whatever the query shows: birth, passports, national numbers, NPI, gender. */
const DENIED =
  /^(dateofbirth|birth|dob$|gender|sex$|ssn|socialsecurity|passport|nationalid|nationalinsurance|npi|nationalprovider)/

/**
 * The row of an event's query as a Cvent contact. Pure. What does not fit is trimmed or dropped with a note; nothing in a
 * row can make it fail. `customFields`: Cvent's custom fields by column name.
 */
export function mapContact(
  row: Record<string, string>,
  options: { customFields: Record<string, string> },
): MappedContact {
  const custom = new Map(
    Object.entries(options.customFields).map(([name, id]) => [nameOf(name), id.toLowerCase()]),
  )
  const mapped: MappedContact = {
    fields: {},
    contactType: undefined,
    customFields: {},
    notes: [],
  }
  for (const [column, raw] of Object.entries(row)) {
    const name = nameOf(column)
    const text = clean(raw)
    if (text === '' || IDENTITY.includes(name)) continue
    const target = BY_NAME.get(name)
    const customFieldId = custom.get(name)
    if (DENIED.test(name)) mapped.notes.push({ field: column.slice(0, 60), what: 'denied' })
    else if (customFieldId !== undefined) mapped.customFields[customFieldId] = text.slice(0, 1000)
    else if (CONTACT_TYPE.includes(name)) mapped.contactType ??= text.slice(0, 100)
    else if (target) put(mapped, target, text)
    else mapped.notes.push({ field: column.slice(0, 60), what: 'unknown' })
  }
  return mapped
}

/** The row without the columns that are never sent, whatever the query shows. */
export function withoutDenied(row: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(row).filter(([column]) => !DENIED.test(nameOf(column))))
}

function put(mapped: MappedContact, { field, maxLength, read }: Target, text: string) {
  const proper = read ? read(text) : text
  if (proper === undefined || (read && proper.length > maxLength)) {
    mapped.notes.push({ field, what: 'dropped' })
    return
  }
  const fitting = cut(proper, maxLength)
  if (fitting !== proper) mapped.notes.push({ field, what: 'trimmed' })
  // Two columns for one field: the first that has a value stands.
  mapped.fields[field] ??= fitting
}

/** Control characters become spaces and lone halves of letters go: neither Cvent nor a form takes them. */
function clean(text: string) {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\uFFFD]+/gu, ' ')
    .trim()
}

/** The longest beginning of at most `maxLength` UTF-16 units that does not end inside a letter. */
function cut(text: string, maxLength: number) {
  if (text.length <= maxLength) return text
  return text
    .slice(0, maxLength)
    .replace(/[\uD800-\uDBFF]$/, '')
    .trim()
}

function addressType(text: string) {
  const name = text.toLowerCase()
  if (name === 'home' || name === 'h') return 'Home'
  if (name === 'work' || name === 'w' || name === 'business') return 'Work'
  return undefined
}
