import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  answerFor,
  bearsSecret,
  HookQuestion,
  readQuestion,
} from '../../../server/member/contact/contact-hook.ts'

const EMAIL = '0852644F-265F-4D94-83A4-05C8479B5599'
const FIRST = '67659D1A-B09D-498A-B625-29D5F757F022'
const party = {
  partyId: '101',
  firstName: 'Maren',
  lastName: 'Oakfield',
  email: 'maren@example.org',
  isActive: true,
  isDeleted: false,
}

test.each([
  ['api_key s3cret', true],
  ['s3cret', true],
  ['Basic s3cret', true],
  [`Basic ${Buffer.from('s3cret').toString('base64')}`, true],
  ['api_key s3cret ', false],
  ['api_key S3cret', false],
  ['', false],
  [undefined, false],
])('the credential %s is the account’s: %s', (credential, isOurs) => {
  expect(bearsSecret([credential], 's3cret')).toBe(isOurs)
})

test('whom Cvent asks about is read by id, or by name for ids of its own', () => {
  const question = {
    data: [
      { id: EMAIL.toLowerCase(), value: ['maren@example.org'] },
      { id: 'any', name: 'Source ID', value: ['101'] },
    ],
  }

  expect(readQuestion(question)).toEqual({
    email: 'maren@example.org',
    firstName: undefined,
    lastName: undefined,
    sourceId: '101',
  })
})

test('only allowed fields are answered, under the ids of the call, at the lengths of the call', () => {
  const question = {
    data: [
      { id: EMAIL, name: 'Email Address', maximumLength: 80, type: 'String', value: ['x@y.org'] },
      { id: FIRST, name: 'First Name', maximumLength: 3, type: 'String', value: [] },
    ],
  }

  const { data } = answerFor(question, party, ['firstName', 'email'])

  expect(data).toEqual([
    { ...question.data[0], value: ['maren@example.org'] },
    { ...question.data[1], value: ['Mar'] },
  ])
})

test('nothing blank is answered: Cvent would keep its own', () => {
  const { data } = answerFor({ data: [] }, { ...party, firstName: undefined, email: '' }, [
    'firstName',
    'lastName',
    'email',
  ])

  expect(data.map(({ value }) => value)).toEqual([['Oakfield']])
})

test('whatever Cvent sends, what is answered is the party’s and what is allowed', () => {
  fc.assert(
    fc.property(fc.anything(), fc.boolean(), (body, isShaped) => {
      // Not `String(body)`: an object may have a `toString` that is no function.
      const text = fc.stringify(body)
      const read = HookQuestion.safeParse(
        isShaped ? { data: [{ id: text, name: text, value: [text] }] } : body,
      )
      fc.pre(read.success)
      const { data } = answerFor(read.data, party, ['lastName'])
      for (const { value } of data)
        expect(['Oakfield', 'O'].some((v) => value?.[0]?.startsWith(v))).toBe(true)
    }),
  )
})
