import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { call, executeRequest, signIn } from './client.ts'
import { blankParty } from './parties.ts'
import { startImis, type ImisSandbox } from './server.ts'

/** The vendor's shapes lie beside the checkout when there are any; without them there is nothing to compare. */
const SAMPLES = new URL('../../../../shared/samples/imis/', import.meta.url)
const present = existsSync(SAMPLES)
const sample = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`${name}.json`, SAMPLES), 'utf8'))

let imis: ImisSandbox
let token: string
beforeAll(async () => {
  imis = await startImis()
  token = await signIn(imis.apiUrl)
})
afterAll(() => imis.close())

/** Every path of a JSON value with the kind of what stands there; lists are one element, `$type` keeps its text. */
function shape(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => shape(item, `${path}[]`))
  if (typeof value !== 'object' || value === null)
    return [
      `${path}: ${path.endsWith('.$type') ? String(value) : value === null ? 'null' : typeof value}`,
    ]
  return Object.entries(value).flatMap(([name, member]) => shape(member, `${path}.${name}`))
}

/** Paths our seed has no value for, or that the sample's own data adds. */
const DATA =
  /\.(Properties|_note|Value|Location|ImageUrl|AddGuests|MaximumQuantityPerRegistrant|AvailableTo|RegistrationEndDate|RegistrationType|IsFolder|Description)\b|Prompt:|(Full Name|Member Type|Paid Through|Eligible|Seats)|\.Data\.\$type/
const structure = (value: unknown) => new Set(shape(value).filter((line) => !DATA.test(line)))

const page = (search: string) => () => call(token, 'GET', `${imis.url}/api/${search}`)
const run =
  (service: string, operation: string, ...parameters: unknown[]) =>
  () =>
    call(
      token,
      'POST',
      `${imis.url}/api/${service}/_execute`,
      executeRequest(operation, ...parameters),
    )
const REGISTRANTS = '$/Cvent/Registrants'
const TYPES = { $type: 'System.String[], mscorlib', $values: ['FOL', 'IQD'] }

test.runIf(present).each([
  ['user-by-username', page('user?username=MOAKFIELD')],
  ['party-by-email', page('Party?email=eq:maren.oakfield@example.org')],
  ['query-page', page(`query?QueryName=${REGISTRANTS}&parameter=eq:101`)],
  ['query-page-empty', page(`query?QueryName=${REGISTRANTS}&parameter=eq:102`)],
  ['iqa-page', page(`iqa?QueryName=${REGISTRANTS}&parameter=eq:101`)],
  ['activity-search-empty', page('Activity?PartyId=eq:110')],
  ['activity-types', page('LegacyActivityType?ActivityTypeId=CVENTREG')],
  ['event-summary-list', page('EventSummary')],
  ['event-list', page('Event')],
  ['query-definition-find-by-path-response', run('QueryDefinition', 'FindByPath', REGISTRANTS)],
  ['query-definition-find-by-path-response-not-found', run('QueryDefinition', 'FindByPath', '$/X')],
  [
    'query-parameter-definition-response',
    run('QueryParameterDefinition', 'FindByPath', REGISTRANTS),
  ],
  ['document-summary-find-by-path-response', run('DocumentSummary', 'FindByPath', '$/Cvent')],
  ['document-summary-find-by-path-response-not-found', run('DocumentSummary', 'FindByPath', '$/X')],
  [
    'document-summary-folder-response',
    run('DocumentSummary', 'FindDocumentsInFolder', '$/Cvent', TYPES),
  ],
])('the answer has every member of the sample %s', async (name, ask) => {
  const answered = structure((await ask()).body)

  const missing = [...structure(sample(name))].filter((line) => !answered.has(line))

  expect(missing).toEqual([])
})

test.runIf(present)(
  'the sample of a full activity is accepted and comes back as its answer',
  async () => {
    imis.state.parties.set('20417', { ...blankParty('20417', ''), customerTypeCode: 'REG' })

    const created = await call(
      token,
      'POST',
      `${imis.url}/api/Activity`,
      sample('activity-post-request'),
    )

    const answered = new Set(shape(created.body))
    const missing = shape(sample('activity-post-response')).filter((line) => !answered.has(line))
    expect(created.status).toBe(201)
    expect(missing).toEqual([])
  },
)
