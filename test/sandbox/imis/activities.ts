import type { FastifyInstance, FastifyReply } from 'fastify'
import { readActivity } from './activity-body.ts'
import { ACTIVITY_COLUMNS, isColumn, type Activity } from './activity-columns.ts'
import { matchParty, isStaff, needOwn } from './caller.ts'
import { filtered, readAsked, type Asked } from './criteria.ts'
import type { Cell, SiteSettings } from './state.ts'
import { collection, core, paged, propertyData, readPage, Refusal, STRINGS } from './wire.ts'
import type { World } from './world.ts'

/** Operations of the generic client that Activity does not offer here. */
const NOT_OFFERED = [
  '_validate',
  '_addMultiple',
  '_bulkInsert',
  '_bulkUpdate',
  '_query',
  '_execute',
]

/** The generic entity Activity: add, read, search, replace, delete; and the list of activity types. */
export function registerActivities(app: FastifyInstance, world: World) {
  const { state } = world

  for (const operation of NOT_OFFERED)
    app.post(`/api/Activity/${operation}`, (request) => {
      matchParty(world, request)
      throw new Refusal(501, 'Operation not implemented')
    })

  app.post('/api/Activity', (request, reply) => {
    const caller = matchParty(world, request)
    const activity = readActivity(world, request.body, state.nextSeqn, undefined)
    needOwn(caller, activity.PartyId, 'add an activity to this party')
    const { brokenParty } = state.settings
    if (brokenParty?.partyId === activity.PartyId)
      throw new Refusal(brokenParty.status, 'An error occurred. Please contact the administrator.')
    state.nextSeqn += 1
    state.activities.set(activity.SEQN, activity)
    void reply.status(201)
    return created(world, reply, activity)
  })

  app.get('/api/Activity', (request) => {
    const caller = matchParty(world, request)
    const asked = readAsked(request.url)
    const seen = [...state.activities.values()].filter(
      ({ PartyId }) => isStaff(caller) || PartyId === caller.partyId,
    )
    const found = sorted(filtered(seen, asked, readColumn), asked)
    const page = readPage(asked.one('limit'), asked.one('offset'))
    return paged(found, page, core('GenericEntityData'), entity)
  })

  const entity = (activity: Activity) => activityEntity(activity, state.settings)
  const one = (seqn: string) => {
    const activity = state.activities.get(Number(seqn.replace(/^~/, '')))
    if (!activity) throw new Refusal(404, '')
    return activity
  }

  app.get<{ Params: { seqn: string } }>('/api/Activity/:seqn', (request) => {
    const caller = matchParty(world, request)
    const activity = one(request.params.seqn)
    needOwn(caller, activity.PartyId, 'read this activity')
    return entity(activity)
  })

  app.put<{ Params: { seqn: string } }>('/api/Activity/:seqn', (request) => {
    const caller = matchParty(world, request)
    const before = one(request.params.seqn)
    needOwn(caller, before.PartyId, 'change this activity')
    const after = readActivity(world, request.body, before.SEQN, before)
    state.activities.set(after.SEQN, after)
    return entity(after)
  })

  app.delete<{ Params: { seqn: string } }>('/api/Activity/:seqn', (request, reply) => {
    const caller = matchParty(world, request)
    const { deleteOffered, deleteRefusal } = state.settings
    if (!deleteOffered)
      throw new Refusal(
        deleteRefusal,
        deleteRefusal === 501 ? 'Operation not implemented' : 'The method is not allowed.',
      )
    const activity = one(request.params.seqn)
    needOwn(caller, activity.PartyId, 'delete this activity')
    state.activities.delete(activity.SEQN)
    return reply.status(204).send()
  })

  app.get('/api/LegacyActivityType', (request) => {
    matchParty(world, request)
    const asked = readAsked(request.url)
    const found = filtered(state.activityTypes, asked, (type, name) =>
      name === 'activitytypeid' ? type.activityTypeId : undefined,
    )
    const page = readPage(asked.one('limit'), asked.one('offset'))
    return paged(found, page, core('LegacyActivityTypeData'), (type) => ({
      $type: core('LegacyActivityTypeData'),
      ActivityTypeId: type.activityTypeId,
      Description: type.description,
      ...type.prompts,
    }))
  })
}

function created({ state }: World, reply: FastifyReply, activity: Activity) {
  switch (state.settings.createdBody) {
    case 'empty':
      return reply.send()
    case 'unreadable':
      return reply.type('text/html').send('<html><body>Created</body></html>')
    case 'entity':
      return reply.send(activityEntity(activity, state.settings))
    default:
      return state.settings.createdBody satisfies never
  }
}

function readColumn(activity: Activity, name: string): Cell | undefined {
  if (name === 'partyid' || name === 'id') return activity.PartyId
  if (name === 'seqn') return activity.SEQN
  const column = name.toUpperCase()
  return isColumn(column) ? activity[column] : undefined
}

/** `OrderBy=Name:Descending`, one field; without it by SEQN. */
function sorted(activities: Activity[], asked: Asked) {
  const [name = 'SEQN', direction = ''] = (asked.one('orderby') ?? 'SEQN').split(':')
  const sign = direction.toLowerCase().startsWith('desc') ? -1 : 1
  const key = (activity: Activity) => readColumn(activity, name.toLowerCase()) ?? ''
  return activities.sort((a, b) => {
    const [left, right] = [key(a), key(b)]
    return left < right ? -sign : left > right ? sign : a.SEQN - b.SEQN
  })
}

const identity = (type: string, key: string) => ({
  $type: core('IdentityData'),
  EntityTypeName: type,
  IdentityElements: collection(STRINGS, [key]),
})

const TYPE_NAMES = { number: 'System.Decimal', integer: 'System.Int32', boolean: 'System.Boolean' }

/** An activity as the API answers it: PartyId and SEQN first, empty dates without a Value; numbers and dates typed or plain. */
export function activityEntity(
  activity: Activity,
  forms: Pick<SiteSettings, 'numbersAnswered' | 'datesAnswered'> = {
    numbersAnswered: 'typed',
    datesAnswered: 'plain',
  },
) {
  const plain = (data: ReturnType<typeof propertyData>) =>
    'Value' in data && typeof data.Value === 'object' ? { ...data, Value: data.Value.$value } : data
  const number = (data: ReturnType<typeof propertyData>) =>
    forms.numbersAnswered === 'plain' ? plain(data) : data
  const date = (data: ReturnType<typeof propertyData>) =>
    forms.datesAnswered === 'typed' && 'Value' in data
      ? { ...data, Value: { $type: 'System.DateTime', $value: data.Value } }
      : data
  return {
    $type: core('GenericEntityData'),
    EntityTypeName: 'Activity',
    PrimaryParentEntityTypeName: 'Party',
    Identity: identity('Activity', String(activity.SEQN)),
    PrimaryParentIdentity: identity('Party', activity.PartyId),
    Properties: collection(core('GenericPropertyDataCollection'), [
      propertyData('PartyId', activity.PartyId),
      number(propertyData('SEQN', activity.SEQN)),
      ...Object.entries(ACTIVITY_COLUMNS).map(([name, { kind }]) => {
        const value = isColumn(name) ? activity[name] : null
        if (kind === 'text') return propertyData(name, value)
        if (kind === 'date') return date(propertyData(name, value))
        const data = propertyData(name, value, TYPE_NAMES[kind])
        return kind === 'boolean' ? data : number(data)
      }),
    ]),
  }
}
