import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Fault } from '../../../server/errors.ts'
import { readActivity, withProperties } from '../../../server/imis/activity-entity.ts'
import { activityEntity, executeRequest, personEntity } from '../../../server/imis/contracts.ts'
import { toParty } from '../../../server/imis/parties.ts'
import { readRow } from '../../../server/imis/queries.ts'
import { explainImis } from '../../../server/imis/refusals.ts'
import { apiFolder, filter } from '../../../server/imis/rest.ts'
import {
  DocumentData,
  EventData,
  EventRegistrationData,
  Page,
  QueryDefinitionData,
  TokenAnswer,
  UserData,
  valueText,
} from '../../../server/imis/wire.ts'

const SAMPLES = new URL('./samples/', import.meta.url)
const text = (name: string) => readFileSync(new URL(name, SAMPLES), 'utf8')
const json = (name: string): unknown => JSON.parse(text(name))
const items = (name: string) => Page.parse(json(name)).Items

describe('iMIS’s own shapes are read', () => {
  test('a page of either IQA service gives the same values', () => {
    const [plain] = items('query-page.json').map(readRow)
    const [typed] = items('iqa-page.json').map(readRow)
    const [old] = items('iqa-page-2017-extra-fields.json').map(readRow)

    expect(plain).toEqual({
      ID: '20417',
      'Full Name': 'Maren Oakfield',
      Email: 'maren.oakfield@example.org',
      'Member Type': 'REG',
      'Paid Through': '2026-12-31T00:00:00',
      Eligible: 'true',
      Seats: '4',
    })
    expect(Object.values(typed ?? {})).toEqual(Object.values(plain ?? {}))
    expect(old).toEqual(typed)
    expect(items('query-page-empty.json')).toEqual([])
    expect(Page.parse(json('query-page-first-of-many.json'))).toMatchObject({ HasNext: true })
  })

  test('users, guests, tokens, parties, definitions, documents and events', () => {
    expect(items('user-by-username.json').map((user) => UserData.parse(user))).toMatchObject([
      { UserName: 'MOAKFIELD', IsAnonymous: false, IsDisable: false, Party: { PartyId: '20417' } },
    ])
    expect(items('user-by-username-guest.json').map((user) => UserData.parse(user))).toMatchObject([
      { IsAnonymous: true },
    ])
    expect(TokenAnswer.parse(json('token-response.json')).expires_in).toBe(1_209_599)
    expect(items('party-by-email-duplicates.json').map(toParty)).toMatchObject([
      { partyId: '20417', isActive: true },
      { partyId: '20990', isActive: false },
    ])
    expect(toParty(json('person-create-response.json'))?.partyId).toBe('20417')
    expect(items('event-list.json').map((event) => EventData.parse(event))).toMatchObject([
      { EventCode: 'HLG26', RegistrationOptions: [{ EventFunctionId: 'HLG26/MAIN' }] },
      { EventCode: 'HLGWEB03', RegistrationOptions: [] },
    ])
    expect(
      items('event-registration-summary.json').map((item) => EventRegistrationData.parse(item)),
    ).toMatchObject([{ Status: 1 }])
    expect(items('activity-search.json').map(readActivity)).toMatchObject([
      { seqn: '884213', partyId: '20417', type: 'CVENTREG', properties: { AMOUNT: '495' } },
    ])
  })

  test('what a site leaves out is false, 0 or nothing', () => {
    expect(UserData.parse({ UserName: 'X' })).toEqual({
      UserName: 'X',
      Roles: [],
      IsAnonymous: false,
      IsDisable: false,
    })
    expect(DocumentData.parse({})).toMatchObject({ IsFolder: false, IsSystem: false })
    expect(QueryDefinitionData.parse({})).toMatchObject({ Parameters: [], Properties: [] })
  })

  test.each([true, 1, 'true', 'yes', {}, []])('a flag %j that closes a door closes it', (value) => {
    expect(UserData.parse({ UserName: 'X', IsAnonymous: value }).IsAnonymous).toBe(true)
  })
})

describe('what we send is what iMIS’s samples show', () => {
  test('$type stands first in every object', () => {
    const bodies = [
      activityEntity('101', [['UF_1', 'x']]),
      personEntity('A', 'B', 'a@example.org'),
      executeRequest('DocumentSummary', 'FindDocumentsInFolder', ['id', ['FOL'], true]),
    ]
    const firsts: string[] = []
    JSON.stringify(bodies, (_key, value: unknown) => {
      if (typeof value === 'object' && value !== null && !Array.isArray(value))
        firsts.push(Object.keys(value)[0] ?? '')
      return value
    })

    expect(new Set(firsts)).toEqual(new Set(['$type']))
    expect(firsts.length).toBeGreaterThan(15)
  })

  test('the envelopes are the samples’', () => {
    expect(personEntity('Maren', 'Oakfield', 'maren.oakfield@example.org')).toEqual(
      json('person-create-request.json'),
    )
    expect(
      executeRequest('QueryDefinition', 'FindByPath', ['$/HarbourLight/Events/CanRegister_HLG26']),
    ).toEqual(json('query-definition-find-by-path-request.json'))
    expect(
      executeRequest('DocumentSummary', 'FindDocumentsInFolder', [
        'b9a0d0b1-77c4-4c1a-8d65-1a2f0a3b4c5d',
        ['FOL', 'IQD'],
        true,
      ]),
    ).toEqual(json('document-summary-folder-request.json'))
  })
})

describe('putting an activity back', () => {
  test('only the named properties differ, in place and in type', () => {
    const before = text('activity-post-response.json')

    const after = withProperties(before, { OTHER_CODE: 'CANCELLED' })

    expect(JSON.parse(after ?? '')).toEqual(json('activity-put-request.json'))
    expect(Object.keys(JSON.parse(after ?? '') as object)).toEqual(
      Object.keys(JSON.parse(before) as object),
    )
  })

  test('members we do not know, their order and the digits of numbers stay', () => {
    const entity =
      '{"Zulu":[1.0,9007199254740993],"Properties":{"$type":"T","$values":[' +
      '{"Name":"TIME_STAMP","Value":{"$type":"System.Int64","$value":18446744073709551615}},' +
      '{"Name":"AMOUNT","Odd":null,"Value":{"$type":"System.Decimal","$value":495.00}}]},"Alpha":{}}'

    const after = withProperties(entity, { AMOUNT: '0.10', UF_1: 'new' })

    expect(after).toBe(
      entity
        .replace('495.00', '0.10')
        .replace(
          '}}]}',
          '}},{"$type":"Asi.Soa.Core.DataContracts.GenericPropertyData, Asi.Contracts","Name":"UF_1","Value":"new"}]}',
        ),
    )
  })

  test('any entity comes back as it was when nothing is changed', () => {
    const value = fc.oneof(
      fc.string(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    )
    const property = fc.record({ Name: fc.string(), Value: value }, { requiredKeys: ['Name'] })
    fc.assert(
      fc.property(fc.array(property), fc.jsonValue(), (values, extra) => {
        const entity = JSON.stringify({ Properties: { $values: values }, extra: [extra] })
        fc.pre(!/__proto__|constructor|\\u/.test(entity))
        expect(withProperties(entity, {})).toBe(entity)
      }),
    )
  })

  test.each(['', '{', '{}', '[]', '"x"', 'null', '{"Properties":{"$values":[1]}}'])(
    '%s is no entity',
    (body) => {
      expect(withProperties(body, { UF_1: 'x' })).toBeUndefined()
    },
  )

  test('nothing nested beyond reason is an entity', () => {
    const depth = 100_000

    expect(withProperties('['.repeat(depth) + ']'.repeat(depth), { UF_1: 'x' })).toBeUndefined()
  })
})

describe('whatever a site sends', () => {
  const anything = fc.anything({ withNullPrototype: true, maxDepth: 4 })
  const shaped = fc.record(
    {
      Items: fc.oneof(anything, fc.record({ $values: fc.array(anything) })),
      Properties: fc.oneof(anything, fc.record({ $values: fc.array(anything) })),
      Identity: anything,
      PartyId: anything,
      Id: anything,
      Status: anything,
      PersonName: anything,
      Emails: anything,
      UserName: anything,
      Roles: anything,
      IsAnonymous: anything,
      HasNext: anything,
      Offset: anything,
    },
    { requiredKeys: [] },
  )

  test('is a value of ours, or nothing, or a Fault; never another failure', () => {
    fc.assert(
      fc.property(fc.oneof(anything, shaped), (item) => {
        for (const schema of [Page, UserData, QueryDefinitionData, DocumentData, EventData])
          schema.safeParse(item)
        const party = toParty(item)
        expect(party === undefined || typeof party.partyId === 'string').toBe(true)
        const activity = readActivity(item)
        expect(activity === undefined || activity.seqn.length > 0).toBe(true)
        try {
          for (const cell of Object.values(readRow(item))) expect(typeof cell).toBe('string')
        } catch (error) {
          expect(error).toBeInstanceOf(Fault)
        }
        expect(['string', 'undefined']).toContain(typeof valueText(item))
      }),
      { numRuns: 500 },
    )
  })

  test('a flag of a user is a plain truth value', () => {
    fc.assert(
      fc.property(anything, (value) => {
        const { IsAnonymous, IsDisable } = UserData.parse({
          UserName: 'X',
          IsAnonymous: value,
          IsDisable: value,
        })
        expect([true, false]).toContain(IsAnonymous)
        expect(IsDisable).toBe(IsAnonymous)
      }),
    )
  })

  test('a refusal never carries a value along', () => {
    const call = { method: 'POST', url: 'https://x.example/api/Activity' } as const
    const line = fc.record(
      { Message: fc.string(), FieldName: fc.oneof(fc.string(), fc.constant('UF_1')) },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.array(line), fc.boolean(), (lines, isWrapped) => {
        const marked = lines.map((entry) => ({ ...entry, Message: `canary ${entry.Message}` }))
        const errors = { Errors: { $values: marked } }
        const body = JSON.stringify(isWrapped ? { ValidationResults: errors } : errors)

        const fault = explainImis({ status: 400, headers: {}, text: body }, call)

        expect(fault?.code).toBe(lines.length > 0 ? 'VENDOR_REFUSED' : undefined)
        expect(fault?.message ?? '').not.toContain('canary')
      }),
    )
  })

  test('any body of a 4xx is explained or left to its status', () => {
    const call = { method: 'PUT', url: 'https://x.example/api/Activity/1' } as const
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.json()),
        fc.integer({ min: 300, max: 599 }),
        (body, status) => {
          const fault = explainImis({ status, headers: {}, text: body }, call)
          expect(fault === undefined || fault.status === status).toBe(true)
        },
      ),
    )
  })
})

test('a filter’s value is one value with our operator, or refused', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      if (value.includes('|')) expect(() => filter(value)).toThrow(Fault)
      else expect(filter(value)).toBe(`eq:${value}`)
    }),
  )
})

test.each([
  ['https://a.example/', null, 'https://a.example'],
  ['https://a.example', null, 'https://a.example'],
  ['https://a.example/api', null, 'https://a.example'],
  ['https://a.example/members/', null, 'https://a.example/members'],
  [
    'https://a.example/',
    'https://b.example/Asi.Scheduler_IMIS',
    'https://b.example/Asi.Scheduler_IMIS',
  ],
  [
    'https://a.example/',
    'https://b.example/Asi.Scheduler_IMIS/api/',
    'https://b.example/Asi.Scheduler_IMIS',
  ],
  ['https://a.example/', 'https://b.example/rapid-api', 'https://b.example/rapid-api'],
])('%s and %s lead to %s', (siteUrl, apiUrl, folder) => {
  expect(apiFolder(siteUrl, apiUrl)).toBe(folder)
})
