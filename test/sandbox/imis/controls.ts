import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { blankParty } from './parties.ts'
import { reissueSeqns } from './reissue.ts'
import { seedState } from './seed.ts'
import { Refusal } from './wire.ts'
import type { World } from './world.ts'

const seconds = z.number().int().positive()
const SettingsChange = z.strictObject({
  edition: z.enum(['ems', '2017']).optional(),
  latencyMs: z.number().int().min(0).optional(),
  framesBlocked: z.boolean().optional(),
  ssoPageSecured: z.boolean().optional(),
  deleteOffered: z.boolean().optional(),
  deleteRefusal: z.union([z.literal(501), z.literal(405)]).optional(),
  createdBody: z.enum(['entity', 'empty', 'unreadable']).optional(),
  numbersTaken: z.enum(['either', 'typed', 'plain']).optional(),
  numbersRefusedWith: z.union([z.literal(400), z.literal(500)]).optional(),
  numbersAnswered: z.enum(['typed', 'plain']).optional(),
  datesAnswered: z.enum(['typed', 'plain']).optional(),
  brokenParty: z
    .strictObject({ partyId: z.string(), status: z.number().int().min(500).max(599) })
    .nullable()
    .optional(),
  away: z
    .enum(['no', 'iis-404', 'iis-503', 'maintenance-page', 'maintenance-text', 'redirect'])
    .or(z.enum(['sign-in', 'no-content', 'empty']))
    .optional(),
  contentSettings: z.enum(['string', 'object']).optional(),
  htmlEncoded: z.boolean().optional(),
  membersReadOwnUser: z.boolean().optional(),
  passwordNeedsRemoteService: z.boolean().optional(),
  refreshTokensOnce: z.boolean().optional(),
  refreshTokensRotate: z.boolean().optional(),
  passwordTokenSeconds: seconds.optional(),
  ssoTokenSeconds: seconds.optional(),
})
const SiteChange = z.strictObject({
  serverUrl: z.url().optional(),
  account: z.string().min(1).optional(),
  cventUrl: z.url().optional(),
})
const PartyChange = z.strictObject({
  firstName: z.string().optional(),
  lastName: z.string().optional(),
  email: z.string().optional(),
  status: z.enum(['A', 'I', 'S', 'D']).optional(),
  customerTypeCode: z.string().max(5).optional(),
  mayRegister: z.boolean().optional(),
  company: z.string().optional(),
  title: z.string().optional(),
})
const UserChange = z.strictObject({
  password: z.string().optional(),
  partyId: z.string().nullable().optional(),
  roles: z.array(z.string()).optional(),
  isAnonymous: z.boolean().optional(),
  isDisabled: z.boolean().optional(),
  expiresAt: z.string().nullable().optional(),
})
const QueryChange = z.strictObject({
  path: z.string(),
  isAvailableToRest: z.boolean().optional(),
  readers: z.enum(['staff', 'everyone']).optional(),
  honoursPrompts: z.boolean().optional(),
  rowCap: z.number().int().positive().nullable().optional(),
})
const ClientChange = z.strictObject({
  clientId: z.string(),
  clientSecret: z.string().optional(),
  refreshTokenMinutes: z.number().positive().optional(),
  redirectLoginUri: z.url().nullable().optional(),
  skipHeadRequest: z.boolean().optional(),
})
const Reissue = z.strictObject({ lose: z.boolean().default(false) })
const NewContentType = z.strictObject({
  name: z.string().min(1),
  displayHtmlPath: z.string().min(1),
  configHtmlPath: z.string().default(''),
})
const NewContentItem = z.strictObject({
  contentTypeKey: z.string(),
  contentKey: z.string().default(() => randomUUID()),
  name: z.string().default('Event registration'),
  settings: z.string().default(''),
})
const NewEventPage = z.strictObject({
  eventCode: z.string().min(1),
  title: z.string().min(1),
  description: z.string().default(''),
})

/** The switches of the site below `/sandbox`, for a person and for tests in another process; the folder's README lists them. */
export function registerControls(app: FastifyInstance, world: World) {
  const { state, site } = world

  app.get('/sandbox/settings', () => state.settings)
  app.post('/sandbox/settings', (request) =>
    Object.assign(state.settings, read(SettingsChange, request.body)),
  )
  app.get('/sandbox/site', () => site)
  app.post('/sandbox/site', (request) => Object.assign(site, read(SiteChange, request.body)))

  app.get<{ Querystring: { partyId?: string } }>('/sandbox/activities', ({ query }) =>
    [...state.activities.values()].filter(
      ({ PartyId }) => query.partyId === undefined || query.partyId === PartyId,
    ),
  )
  app.get('/sandbox/peaks', () => ({
    parallelPeak: state.parallelPeak,
    parallelWritePeak: state.parallelWritePeak,
  }))

  app.get('/sandbox/parties', () => [...state.parties.values()])
  app.post<{ Params: { id: string } }>('/sandbox/parties/:id', (request) => {
    const { id } = request.params
    const party = state.parties.get(id) ?? blankParty(id, world.siteTime())
    state.parties.set(id, party)
    return Object.assign(party, read(PartyChange, request.body))
  })
  app.post<{ Params: { userName: string } }>('/sandbox/users/:userName', (request) => {
    const user = state.users.find(({ userName }) => userName === request.params.userName)
    if (!user) throw new Refusal(404, 'No such user.')
    return Object.assign(user, read(UserChange, request.body))
  })
  app.post('/sandbox/queries', (request) => {
    const { path, ...change } = read(QueryChange, request.body)
    const query = state.queries.find((known) => known.path === path)
    if (!query) throw new Refusal(404, 'No such query.')
    return Object.assign(query, change)
  })
  app.post('/sandbox/clients', (request) => {
    const { clientId, ...change } = read(ClientChange, request.body)
    const client = state.clientApplications.find((known) => known.clientId === clientId)
    if (!client) throw new Refusal(404, 'No such client application.')
    return Object.assign(client, change)
  })

  app.post('/sandbox/content-types', (request, reply) => {
    const type = { contentTypeKey: randomUUID(), ...read(NewContentType, request.body) }
    state.contentTypes.push(type)
    return reply.status(201).send(type)
  })
  app.post('/sandbox/content-items', (request, reply) => {
    const item = { contentItemKey: randomUUID(), ...read(NewContentItem, request.body) }
    if (!state.contentTypes.some(({ contentTypeKey }) => contentTypeKey === item.contentTypeKey))
      throw new Refusal(404, 'No such content type.')
    state.contentItems.push(item)
    return reply.status(201).send(item)
  })
  app.post('/sandbox/event-pages', (request, reply) => {
    const page = read(NewEventPage, request.body)
    state.eventPages = [
      ...state.eventPages.filter(({ eventCode }) => eventCode !== page.eventCode),
      page,
    ]
    return reply.status(201).send(page)
  })

  app.post('/sandbox/reissue-seqns', (request) => {
    const { lose } = read(Reissue, request.body ?? {})
    return { reissued: reissueSeqns(state, lose) }
  })
  app.post('/sandbox/expire-tokens', (_request, reply) => {
    state.accessTokens.clear()
    return reply.status(204).send()
  })
  app.post('/sandbox/reset', (_request, reply) => {
    Object.assign(state, seedState(world.siteTime()))
    return reply.status(204).send()
  })
}

function read<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(body)
  if (!parsed.success) throw new Refusal(400, z.prettifyError(parsed.error))
  return parsed.data
}
