import { createVerify } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { DateTime } from 'luxon'
import { matchContact } from '../contacts.ts'
import type { Address, ContactFields, CventEvent } from '../state.ts'
import { newNumber, Refused } from '../state.ts'
import type { World } from '../world.ts'
import { html, page, sendHtml } from './layout.ts'

/** Documented fields and their greatest lengths (facts on Cvent, HTTP POST form). */
const fieldLengths: Record<string, number> = {
  ecode: 36,
  first_name: 30,
  last_name: 50,
  email_address: 50,
  source_id: 120,
  target: 12,
  timestamp: 19,
  reg_signature: 2000,
  reg_code: 30,
  ref_id: 100,
  prefix: 30,
  designation: 30,
  middle_name: 30,
  nickname: 30,
  company: 100,
  title: 50,
  primary_address_indicator: 10,
  mobile: 30,
  pager: 30,
  ...Object.fromEntries(
    ['home', 'work'].flatMap((place) => [
      ...['address1', 'address2', 'address3', 'city'].map((name) => [`${place}_${name}`, 40]),
      [`${place}_state_code`, 10],
      [`${place}_postal_code`, 25],
      [`${place}_country`, 3],
      [`${place}_phone`, 30],
      [`${place}_fax`, 30],
    ]),
  ),
}
const mustBePresent = [
  'ecode',
  'first_name',
  'last_name',
  'email_address',
  'source_id',
  'target',
] as const
const mustBeFilled = ['ecode', 'first_name', 'last_name', 'email_address'] as const

/** How long a signed form is good for. The real window is unknown; a day is generous. */
const signatureLivesMs = 86_400_000

/**
 * `POST /Events/APIs/Reg.aspx`: the browser's hand-off. Finds or creates the contact and redirects (302) to the form,
 * filled in. A refused post is a page with status 400; every post is kept in `state.formPosts`.
 */
export function wireFormPost(app: FastifyInstance, world: World) {
  app.post<{ Body: Record<string, string> | undefined }>(
    '/Events/APIs/Reg.aspx',
    (request, reply) => {
      const fields = { ...request.body }
      try {
        const event = checkForm(world, fields)
        const contact = matchContact(world, contactIn(world, fields), 'HTTP POST')
        world.state.formPosts.push({ fields, contactId: contact.id, refused: null })
        const handOff = newNumber(22)
        world.state.handOffs.set(handOff, {
          eventId: event.id,
          contactId: contact.id,
          referenceId: fields['ref_id'] ?? '',
        })
        if (world.state.switches.handOffIdentity === 'cookie')
          void reply.header('set-cookie', `handoff=${handOff}; Path=/event; HttpOnly`)
        const to = landing(fields['target'])
        return reply.redirect(`${world.url()}/event/${event.code}/${to}?h=${handOff}`, 302)
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        world.state.formPosts.push({ fields, contactId: null, refused: error.message })
        const body = html`<p>${error.message}</p>`
        return sendHtml(reply, page({ title: 'Registration error', site: 'Cvent', body }), 400)
      }
    },
  )
}

const landing = (target: string | undefined) =>
  target === 'Summary' ? 'summary' : target === 'Invitation' ? 'invitation' : 'register'

function checkForm(world: World, fields: Record<string, string>): CventEvent {
  for (const name of mustBePresent)
    if (fields[name] === undefined) throw new Refused(400, `The field ${name} is missing.`)
  for (const name of mustBeFilled)
    if (!fields[name]) throw new Refused(400, `The field ${name} is empty.`)
  for (const [name, value] of Object.entries(fields)) {
    const most = fieldLengths[name]
    if (most === undefined) throw new Refused(400, `The field ${name} is not known.`)
    if (typeof value !== 'string') throw new Refused(400, `The field ${name} is there twice.`)
    if (value.length > most) throw new Refused(400, `The field ${name} is longer than ${most}.`)
  }
  const target = fields['target'] ?? ''
  if (!['', 'Summary', 'Invitation', 'Registration'].includes(target))
    throw new Refused(400, `The target ${target} is not known.`)
  const event = world.state.events.get((fields['ecode'] ?? '').toLowerCase())
  if (!event) throw new Refused(400, 'ecode is not the id of an event.')
  checkSignature(world, fields)
  return event
}

/** Secure POST: RSA over SHA-1 of `email=…;timestamp=MM/dd/yyyy HH:mm:ss;`, Base64, time in UTC. */
function checkSignature(world: World, fields: Record<string, string>) {
  const { formPostPublicKey: key } = world.state
  if (!key) return
  const { timestamp = '', reg_signature: signature = '', email_address: email = '' } = fields
  const at = DateTime.fromFormat(timestamp, 'MM/dd/yyyy HH:mm:ss', { zone: 'utc' })
  if (!at.isValid) throw new Refused(400, 'The timestamp is not MM/dd/yyyy HH:mm:ss.')
  if (Math.abs(world.now() - at.toMillis()) > signatureLivesMs)
    throw new Refused(400, 'The timestamp is too far from now.')
  const verify = createVerify('RSA-SHA1').update(`email=${email};timestamp=${timestamp};`, 'ascii')
  if (!verify.verify(key, signature, 'base64')) throw new Refused(400, 'The signature is wrong.')
}

function contactIn(world: World, fields: Record<string, string>): ContactFields {
  const type = world.state.contactTypes.find(({ code }) => code === fields['reg_code'])
  const texts = {
    firstName: fields['first_name'],
    lastName: fields['last_name'],
    email: fields['email_address'],
    sourceId: fields['source_id'],
    prefix: fields['prefix'],
    designation: fields['designation'],
    middleName: fields['middle_name'],
    nickname: fields['nickname'],
    company: fields['company'],
    title: fields['title'],
    mobilePhone: fields['mobile'],
    pager: fields['pager'],
    homePhone: fields['home_phone'],
    homeFax: fields['home_fax'],
    workPhone: fields['work_phone'],
    workFax: fields['work_fax'],
    primaryAddressType: fields['primary_address_indicator'],
  }
  const given: ContactFields = Object.fromEntries(Object.entries(texts).filter(([, text]) => text))
  const home = addressIn(fields, 'home')
  const work = addressIn(fields, 'work')
  return {
    ...given,
    ...(type ? { type: { id: type.id } } : {}),
    ...(home ? { homeAddress: home } : {}),
    ...(work ? { workAddress: work } : {}),
  }
}

function addressIn(fields: Record<string, string>, place: 'home' | 'work'): Address | null {
  const names = {
    address1: 'address1',
    address2: 'address2',
    address3: 'address3',
    city: 'city',
    state_code: 'regionCode',
    postal_code: 'postalCode',
    country: 'countryCode',
  }
  const found = Object.entries(names).flatMap(([name, member]) => {
    const value = fields[`${place}_${name}`]
    return value ? [[member, value]] : []
  })
  return found.length > 0 ? Object.fromEntries(found) : null
}
