import { createPrivateKey, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { Fault } from '../errors.ts'
import type { ContactFields } from './cvent.ts'

/**
 * Where Cvent takes the HTTP POST hand-off. Cvent's page writes it with http; a public consumer uses https. The page gives
 * the same text for Europe, so an account may name another address.
 *
 * @see https://developers.cvent.com/docs/http-post/events/form-fields
 */
export const FORM_POST_URL = 'https://www.cvent.com/Events/APIs/Reg.aspx'

/** Who is handed over. `fields` by REST name, as for a contact; `contactTypeCode` is the code, not the id, of the type. */
export interface FormPostPerson {
  eventStub: string
  sourceId: string
  fields: ContactFields
  contactTypeCode?: string | undefined
  /** Which page opens; Registration when not given. */
  target?: 'Registration' | 'Summary' | 'Invitation'
  /** Cvent's link tag (`refid`); a public consumer sends it as `ref_id`. */
  referenceId?: string | undefined
  /** The key that signs the post (PKCS#8 PEM), and the moment of signing, ms since 1970. */
  signing?: { privateKeyPem: string; now: number } | undefined
}

/** The form's fields in their order, and the REST names of what was shortened or left out because it did not fit. */
export interface FormPost {
  fields: [name: string, value: string][]
  shortened: string[]
  leftOut: string[]
}

type Fit = 'shorten' | 'leave-out'

/** REST name, form name, greatest length, and what happens to a longer value: half a phone number is a wrong one. */
const FORM_FIELDS: readonly [rest: string, form: string, maxLength: number, fit: Fit][] = [
  ['prefix', 'prefix', 30, 'shorten'],
  ['designation', 'designation', 30, 'shorten'],
  ['middleName', 'middle_name', 30, 'shorten'],
  ['nickname', 'nickname', 30, 'shorten'],
  ['company', 'company', 100, 'shorten'],
  ['title', 'title', 50, 'shorten'],
  ['primaryAddressType', 'primary_address_indicator', 4, 'leave-out'],
  ...addressFields('homeAddress', 'home'),
  ['homePhone', 'home_phone', 30, 'leave-out'],
  ['homeFax', 'home_fax', 30, 'leave-out'],
  ...addressFields('workAddress', 'work'),
  ['workPhone', 'work_phone', 30, 'leave-out'],
  ['workFax', 'work_fax', 30, 'leave-out'],
  ['mobilePhone', 'mobile', 30, 'leave-out'],
  ['pager', 'pager', 30, 'leave-out'],
]

function addressFields(rest: string, form: string): [string, string, number, Fit][] {
  return [
    [`${rest}.address1`, `${form}_address1`, 40, 'shorten'],
    [`${rest}.address2`, `${form}_address2`, 40, 'shorten'],
    [`${rest}.address3`, `${form}_address3`, 40, 'shorten'],
    [`${rest}.city`, `${form}_city`, 40, 'shorten'],
    [`${rest}.regionCode`, `${form}_state_code`, 10, 'leave-out'],
    [`${rest}.postalCode`, `${form}_postal_code`, 25, 'leave-out'],
    [`${rest}.countryCode`, `${form}_country`, 3, 'leave-out'],
  ]
}

/** The first half of a letter outside the basic plane, left over by a cut. */
const HALF_A_LETTER = /[\uD800-\uDBFF]$/

/**
 * The form that hands a person to Cvent's registration. Required members are always there; an e-mail that is too long is
 * sent empty, because a shortened one is somebody else's.
 *
 * @throws Fault `INVALID_REQUEST` when the source id has more than 50 characters, or the key cannot sign
 * @see https://developers.cvent.com/docs/http-post/events/form-fields
 */
export function formPost(person: FormPostPerson): FormPost {
  // The form takes 120 characters, a contact 50: what does not fit the contact would be a second identity.
  if (person.sourceId.length > 50)
    throw new Fault('INVALID_REQUEST', 'The source id has more than 50 characters.')
  const post: FormPost = { fields: [], shortened: [], leftOut: [] }
  const value = (rest: string, maxLength: number, fit: Fit) => {
    const given = (person.fields[rest] ?? '').trim()
    if (given.length <= maxLength) return given
    post[fit === 'shorten' ? 'shortened' : 'leftOut'].push(rest)
    return fit === 'shorten' ? given.slice(0, maxLength).replace(HALF_A_LETTER, '').trim() : ''
  }

  const email = value('email', 50, 'leave-out')
  post.fields.push(
    ['ecode', person.eventStub],
    ['first_name', value('firstName', 30, 'shorten')],
    ['last_name', value('lastName', 50, 'shorten')],
    ['email_address', email],
    ['source_id', person.sourceId],
    ['target', person.target ?? 'Registration'],
  )
  if (person.contactTypeCode && person.contactTypeCode.length <= 30)
    post.fields.push(['reg_code', person.contactTypeCode])
  for (const [rest, form, maxLength, fit] of FORM_FIELDS) {
    const text = value(rest, maxLength, fit)
    if (text !== '') post.fields.push([form, text])
  }
  if (person.referenceId) post.fields.push(['ref_id', person.referenceId.slice(0, 100)])
  if (person.signing) {
    const { privateKeyPem, now } = person.signing
    const { timestamp, signature } = signFormPost(privateKeyPem, email, now)
    post.fields.push(['timestamp', timestamp], ['reg_signature', signature])
  }
  return post
}

/**
 * Cvent's "Secure POST": Base64 of RSA with SHA-1 over `email=…;timestamp=MM/dd/yyyy HH:mm:ss;` in ASCII, UTC. It does not
 * cover the source id. How long Cvent takes a timestamp is not documented: sign when the form is made.
 *
 * @param now - ms since 1970
 * @throws Fault `INVALID_REQUEST` when the key is not an RSA private key
 * @see https://developers.cvent.com/docs/http-post/secure-post/generate-rsa-signature
 */
export function signFormPost(privateKeyPem: string, email: string, now: number) {
  const key = readKey(privateKeyPem)
  const [year, month, day, time] = new Date(now).toISOString().split(/[-T.]/)
  const timestamp = `${month}/${day}/${year} ${time}`
  // Cvent's sample encodes with .NET's ASCII, where every other character becomes a question mark.
  const signed = `email=${email};timestamp=${timestamp};`.replaceAll(/[^\0-\x7F]/g, '?')
  const signature = sign('RSA-SHA1', Buffer.from(signed, 'ascii'), key).toString('base64')
  return { timestamp, signature }
}

function readKey(privateKeyPem: string): KeyObject {
  let key: KeyObject | undefined
  try {
    key = createPrivateKey(privateKeyPem)
  } catch {
    // OpenSSL's message says nothing an operator could use, and the cause must not carry the key.
  }
  if (key?.asymmetricKeyType !== 'rsa')
    throw new Fault('INVALID_REQUEST', 'cvent.formPostKey is not an RSA private key in PEM.')
  return key
}
