import { fulfils } from './criteria.ts'
import type { Document, Party, Prompt, Query, QueryCall, Row } from './state.ts'

const COLUMNS = [
  'ID',
  'First Name',
  'Last Name',
  'Email',
  'Contact Type Code',
  'Company',
  'Title',
  'Work Address1',
  'Work City',
  'Work State Code',
  'Work Postal Code',
  'Work Country Code',
  'Work Phone',
  'Mobile',
]

const PROMPTS: Prompt[] = [
  {
    prompt: 'iMIS ID',
    propertyName: 'NetContactData.ID',
    column: 'ID',
    operation: 3,
    isRequired: false,
    maxLength: 10,
  },
  {
    prompt: 'Email',
    propertyName: 'NetContactData.Email',
    column: 'Email',
    operation: 3,
    isRequired: false,
    maxLength: 100,
  },
]

/** The columns of the registration query for one party, by alias. */
export function registrantRow(party: Party): Row {
  const row: Row = {
    ID: party.partyId,
    'First Name': party.firstName,
    'Last Name': party.lastName,
    Email: party.email,
    'Contact Type Code': party.customerTypeCode,
    Company: party.company || null,
    Title: party.title || null,
    'Work City': party.cityName || null,
    ...party.fields,
  }
  return Object.fromEntries(COLUMNS.map((name) => [name, row[name] ?? null]))
}

/** A query below `$/Cvent` with the usual columns and prompts, open to REST, for staff; `more` overrides any of it. */
export function makeQuery(
  number: number,
  path: string,
  rows: Query['rows'],
  more: Partial<Query> = {},
): Query {
  const tail = String(number).padStart(12, '0')
  return {
    documentId: `f1e2d3c4-0002-4a5b-9c6d-${tail}`,
    documentVersionKey: `a0000000-0002-4000-8000-${tail}`,
    path,
    description: '',
    isAvailableToRest: true,
    readers: 'staff',
    prompts: PROMPTS,
    columns: COLUMNS,
    rows,
    honoursPrompts: true,
    rowCap: null,
    ...more,
  }
}

/** The queries of the seed; the README of this folder lists what each is for. `parties` is asked on each run. */
export function seedQueries(parties: () => Party[]): Query[] {
  const allowed = () => parties().filter(({ mayRegister }) => mayRegister)
  const asks = (call: QueryCall, party: Party) => {
    const [id, email] = call.criteria
    return (!id || fulfils(party.partyId, id)) && (!email || fulfils(party.email, email))
  }
  const many = Array.from({ length: 1200 }, (_, index) => ({
    ...Object.fromEntries(COLUMNS.map((name) => [name, null])),
    ID: String(30_000 + index),
    'First Name': 'Member',
    'Last Name': `Number ${index}`,
    Email: `member${index}@example.org`,
  }))
  const withoutId = COLUMNS.filter((name) => name !== 'ID')

  return [
    makeQuery(1, '$/Cvent/Registrants', () => allowed().map(registrantRow), {
      description: 'Who may register: one row, or none',
    }),
    makeQuery(2, '$/Cvent/MembersOnly', () =>
      parties()
        .filter(({ customerTypeCode }) => customerTypeCode === 'MEM')
        .map(registrantRow),
    ),
    makeQuery(3, '$/Cvent/SeveralRows', () =>
      allowed().flatMap((party) => [registrantRow(party), registrantRow(party)]),
    ),
    makeQuery(
      4,
      '$/Cvent/OtherPersonsRow',
      () =>
        parties()
          .filter(({ partyId }) => partyId === '110')
          .map(registrantRow),
      { honoursPrompts: false },
    ),
    makeQuery(5, '$/Cvent/NotOpenToRest', () => allowed().map(registrantRow), {
      isAvailableToRest: false,
    }),
    makeQuery(
      6,
      '$/Cvent/NoIdColumn',
      (call) =>
        allowed()
          .filter((party) => asks(call, party))
          .map(registrantRow),
      { columns: withoutId, honoursPrompts: false },
    ),
    makeQuery(7, '$/Cvent/TooManyRows', many, { honoursPrompts: false }),
    makeQuery(
      8,
      '$/Cvent/WhoAmI',
      ({ caller }) =>
        parties()
          .filter(({ partyId }) => partyId === caller.partyId)
          .map(registrantRow),
      { readers: 'everyone', prompts: [], description: 'The dynamic filter LoggedIn User Key' },
    ),
  ]
}

/** The folders of the document system; queries are listed from the queries themselves. */
export function seedDocuments(): Document[] {
  const document = (number: number, documentTypeId: string, path: string): Document => ({
    documentId: `b9a0d0b1-77c4-4c1a-8d65-${String(number).padStart(12, '0')}`,
    documentVersionId: `0c1d2e3f-1111-4222-8333-${String(number).padStart(12, '0')}`,
    documentTypeId,
    path,
    description: '',
    status: 'Published',
    isSystem: false,
  })
  return [
    document(1, 'FOL', '$'),
    document(2, 'FOL', '$/Cvent'),
    document(3, 'FOL', '$/Cvent/Archive'),
    document(4, 'FOL', '$/iPartSource'),
    document(5, 'CFL', '$/Shared Content'),
    { ...document(6, 'FOL', '$/Common'), isSystem: true },
  ]
}
