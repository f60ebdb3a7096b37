import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { contract, readBody } from './bodies.ts'
import { matchParty, isStaff, needOwn, needStaff } from './caller.ts'
import { filtered, readAsked } from './criteria.ts'
import type { Cell, Party } from './state.ts'
import {
  collection,
  core,
  invalid,
  membership,
  paged,
  propertyData,
  readPage,
  Refusal,
  tooLong,
  updateInformation,
  withoutDefaults,
} from './wire.ts'
import type { World } from './world.ts'

const EMAIL_LENGTH = 100
const STATUS_NAMES: Record<string, string> = {
  A: 'Active',
  I: 'Inactive',
  S: 'Suspended',
  D: 'Delete',
}

const PersonBody = z.object({
  $type: contract('PersonData'),
  PersonName: z
    .object({
      $type: contract('PersonNameData'),
      FirstName: z.string().nullish(),
      LastName: z.string().nullish(),
    })
    .nullish(),
  Emails: z
    .object({
      $type: contract('EmailDataCollection'),
      $values: z.array(
        z.object({
          $type: contract('EmailData'),
          Address: z.string(),
          EmailType: z.string().optional(),
          IsPrimary: z.boolean().optional(),
        }),
      ),
    })
    .nullish(),
})

/** `Party`, `PartySummary` and `Person`: search, read one, create. */
export function registerParties(app: FastifyInstance, world: World) {
  const { state } = world

  function search(url: string, user: ReturnType<typeof matchParty>) {
    const asked = readAsked(url)
    const filters = asked.pairs.filter(
      ([name]) => readColumn(undefined, name.toLowerCase()) !== undefined,
    )
    if (filters.length === 0) needStaff(user, 'list all parties')
    const seen = [...state.parties.values()].filter(
      ({ partyId }) => isStaff(user) || partyId === user.partyId,
    )
    const page = readPage(asked.one('limit'), asked.one('offset'))
    return { found: filtered(seen, asked, readColumn), page }
  }

  app.get('/api/Party', (request) => {
    const { found, page } = search(request.url, matchParty(world, request))
    return paged(found, page, membership('PartyData'), personData)
  })

  app.get('/api/PartySummary', (request) => {
    const { found, page } = search(request.url, matchParty(world, request))
    return paged(found, page, membership('PartySummaryData'), partySummary)
  })

  for (const path of ['/api/Party/:id', '/api/Person/:id', '/api/PartySummary/:id']) {
    app.get<{ Params: { id: string } }>(path, (request) => {
      const user = matchParty(world, request)
      needOwn(user, request.params.id, 'read this party')
      const party = state.parties.get(request.params.id)
      if (!party) throw new Refusal(404, '')
      return path.includes('Summary') ? partySummary(party) : personData(party)
    })
  }

  for (const path of ['/api/Party', '/api/Person']) {
    app.post(path, (request, reply) => {
      needStaff(matchParty(world, request), 'create parties')
      const { PersonName, Emails } = readBody(PersonBody, request.body)
      const firstName = PersonName?.FirstName?.trim() ?? ''
      const lastName = PersonName?.LastName?.trim() ?? ''
      const email = Emails?.$values.find(({ IsPrimary }) => IsPrimary) ?? Emails?.$values[0]
      const empty = Object.entries({ FirstName: firstName, LastName: lastName })
        .filter(([, value]) => value === '')
        .map(([fieldName]) => ({
          message: `The field '${fieldName}' must have a value.`,
          fieldName,
        }))
      if (empty.length > 0) throw invalid(...empty)
      if (email && email.Address.length > EMAIL_LENGTH)
        throw invalid(tooLong('Address', email.Address, EMAIL_LENGTH))
      const partyId = String(Math.max(100, ...[...state.parties.keys()].map(Number)) + 1)
      const party: Party = {
        ...blankParty(partyId, world.siteTime()),
        firstName,
        lastName,
        email: email?.Address ?? '',
      }
      state.parties.set(partyId, party)
      return reply.status(201).send(personData(party))
    })
  }
}

/** A party with nothing but its id, active and not allowed to register. */
export function blankParty(partyId: string, createdOn: string): Party {
  return {
    partyId,
    uniformId: randomUUID(),
    firstName: '',
    lastName: '',
    email: '',
    status: 'A',
    customerTypeCode: 'NM',
    mayRegister: false,
    company: '',
    title: '',
    cityName: '',
    countryName: '',
    fields: {},
    createdOn,
    updatedOn: createdOn,
  }
}

/** First and last name. */
export const fullName = ({ firstName, lastName }: Party) => `${firstName} ${lastName}`.trim()

function readColumn(party: Party | undefined, name: string): Cell | undefined {
  switch (name) {
    case 'id':
    case 'partyid':
      return party?.partyId ?? null
    case 'email':
      return party?.email ?? null
    case 'firstname':
      return party?.firstName ?? null
    case 'lastname':
      return party?.lastName ?? null
    case 'name':
      return party ? fullName(party) : null
    case 'uniformid':
      return party?.uniformId ?? null
    default:
      return undefined
  }
}

const statusData = (status: string) => ({
  $type: membership('PartyStatusData'),
  PartyStatusId: status,
  Name: STATUS_NAMES[status] ?? status,
  Description: STATUS_NAMES[status] ?? status,
})

/** The small form of a party, as users and registrations carry it. */
export function partySummary(party: Party) {
  return {
    $type: membership('PartySummaryData'),
    PartyId: party.partyId,
    Id: party.partyId,
    UniformId: party.uniformId,
    Status: statusData(party.status),
    Name: fullName(party),
    Sort: fullName(party).toUpperCase().replaceAll(' ', '_'),
    ...(party.cityName ? { CityName: party.cityName } : {}),
    ...(party.countryName ? { CountryName: party.countryName } : {}),
    Email: party.email,
  }
}

function personData(party: Party) {
  const { partyId, firstName, lastName, email, company, title } = party
  const address = {
    $type: membership('EmailData'),
    Address: email,
    EmailType: '_Primary',
    IsPrimary: true,
  }
  return withoutDefaults({
    $type: membership('PersonData'),
    PartyId: partyId,
    Id: partyId,
    UniformId: party.uniformId,
    Status: statusData(party.status),
    Name: fullName(party),
    Sort: `${lastName}, ${firstName}`.toUpperCase(),
    PersonName: {
      $type: membership('PersonNameData'),
      FirstName: firstName,
      LastName: lastName,
      FullName: fullName(party),
    },
    Emails: collection(membership('EmailDataCollection'), email ? [address] : []),
    PrimaryOrganization: company
      ? {
          $type: membership('PrimaryOrganizationInformationData'),
          OrganizationPartyId: '9001',
          Name: company,
          Title: title,
        }
      : null,
    AdditionalAttributes: collection(core('GenericPropertyDataCollection'), [
      propertyData('CustomerTypeCode', party.customerTypeCode),
    ]),
    UpdateInformation: updateInformation(party.createdOn, party.updatedOn),
  })
}
