import { generateKeyPairSync, verify } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formPost, signFormPost } from '../../../server/cvent/form-post.ts'
import { hasSamples, sample, samplesNote } from './samples.ts'

const now = Date.UTC(2027, 1, 3, 18, 20, 5)
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const annelise = {
  firstName: 'Annelise',
  lastName: 'Thorvald',
  email: 'annelise.thorvald@example.org',
  company: 'Northgate Land Partners',
  title: 'Principal Surveyor',
  'workAddress.countryCode': 'USA',
}
const person = {
  eventStub: '3f9d20b7-8c41-4e5a-a6d2-1b7e94c0f832',
  sourceId: 'IMIS-10432',
  fields: annelise,
}

describe.skipIf(!hasSamples)(`Cvent's sample of the form${samplesNote}`, () => {
  test('is what our form holds, name by name', () => {
    const { fields } = formPost({
      ...person,
      contactTypeCode: 'MEMBER',
      signing: { privateKeyPem, now },
    })

    const expected: unknown = JSON.parse(sample('http-post-form-fields'))
    expect({ ...Object.fromEntries(fields), reg_signature: '' }).toEqual(
      Object.assign({}, expected, { reg_signature: '' }),
    )
  })
})

test('members Cvent requires are there when we know nothing of the person', () => {
  const { fields } = formPost({ ...person, fields: {} })

  expect(fields).toEqual([
    ['ecode', person.eventStub],
    ['first_name', ''],
    ['last_name', ''],
    ['email_address', ''],
    ['source_id', 'IMIS-10432'],
    ['target', 'Registration'],
  ])
})

test('an e-mail, a phone or a country that is too long is left out, a name is shortened, and both are told', () => {
  const post = formPost({
    ...person,
    fields: {
      email: `${'a'.repeat(50)}@example.org`,
      firstName: 'F'.repeat(31),
      workPhone: '1'.repeat(31),
      'homeAddress.countryCode': 'United States',
    },
  })

  const fields = Object.fromEntries(post.fields)
  expect(fields).toMatchObject({ email_address: '', first_name: 'F'.repeat(30) })
  expect(fields).not.toHaveProperty('work_phone')
  expect(fields).not.toHaveProperty('home_country')
  expect(post.shortened).toEqual(['firstName'])
  expect(post.leftOut).toEqual(['email', 'homeAddress.countryCode', 'workPhone'])
})

test('a source id that would not fit the contact is refused instead of shortened', () => {
  expect(() => formPost({ ...person, sourceId: 'x'.repeat(51) })).toThrow('50 characters')
  expect(formPost({ ...person, sourceId: 'x'.repeat(50) }).fields).toContainEqual([
    'source_id',
    'x'.repeat(50),
  ])
})

test('the signature is RSA-SHA1 over the e-mail and the moment in UTC', () => {
  const { timestamp, signature } = signFormPost(privateKeyPem, annelise.email, now)

  expect(timestamp).toBe('02/03/2027 18:20:05')
  const signed = Buffer.from(`email=${annelise.email};timestamp=02/03/2027 18:20:05;`, 'ascii')
  expect(verify('RSA-SHA1', signed, publicKey, Buffer.from(signature, 'base64'))).toBe(true)
  const other = Buffer.from(`email=other@example.org;timestamp=02/03/2027 18:20:05;`, 'ascii')
  expect(verify('RSA-SHA1', other, publicKey, Buffer.from(signature, 'base64'))).toBe(false)
})

test('a key that cannot sign is refused without a word of it', () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const ecPem = ec.export({ type: 'pkcs8', format: 'pem' }).toString()

  for (const pem of ['secret-canary', ecPem])
    expect(() => signFormPost(pem, annelise.email, now)).toThrow(
      'cvent.formPostKey is not an RSA private key in PEM.',
    )
})

test('whatever the fields hold, no value is longer than Cvent documents and no name appears twice', () => {
  const names = ['firstName', 'lastName', 'email', 'title', 'homeAddress.city', 'mobilePhone']
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...names), fc.string({ unit: 'grapheme', maxLength: 150 })),
      (fields) => {
        const post = formPost({ ...person, fields })

        const given = post.fields.map(([name]) => name)
        expect(new Set(given).size).toBe(given.length)
        for (const [, value] of post.fields) {
          expect(value.length).toBeLessThanOrEqual(50)
          expect(value.isWellFormed()).toBe(true)
        }
      },
    ),
  )
})
