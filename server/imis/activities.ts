import { Fault } from '../errors.ts'
import { readActivity, seqnOf, withProperties } from './activity-entity.ts'
import { activityEntity } from './contracts.ts'
import type { Activity, Imis } from './imis.ts'
import { filter, readAnswer, unreadable, type Rest, type RestCall, type Turn } from './rest.ts'
import { ActivityTypeData, EntityData } from './wire.ts'

const NOT_OFFERED = [405, 501]

/** Activities: find, read, write, change, delete; and their types. @see https://github.com/Advsol/iMISRESTCollection */
export function activities({
  rest,
}: {
  rest: Rest
}): Pick<
  Imis,
  | 'activities'
  | 'activity'
  | 'createActivity'
  | 'updateActivity'
  | 'deleteActivity'
  | 'activityTypes'
> {
  async function read(turn: Turn, seqn: string) {
    if (!/^\w{1,20}$/.test(seqn)) return undefined
    const call = { method: 'GET', path: `Activity/${seqn}`, alsoAnswers: [404] } as const
    const answer = await rest.ask(turn, call)
    if (answer.status === 404) return undefined
    const activity = readActivity(readAnswer(answer, call))
    if (activity?.seqn !== seqn) throw unreadable(`GET /api/${call.path}`, answer.status)
    return { activity, text: answer.text }
  }

  /** The answer to a change says nothing we need, but a page where JSON should be means that iMIS was not at work. */
  async function change(turn: Turn, call: RestCall) {
    const answer = await rest.ask(turn, call)
    if (answer.status < 300 && answer.text.trim() !== '') readAnswer(answer, call)
    return answer
  }

  return {
    async activities({ partyId, type, productCode }, options) {
      const query: [string, string][] = [
        ['ACTIVITY_TYPE', filter(type)],
        ['PRODUCT_CODE', filter(productCode)],
      ]
      if (partyId !== undefined) query.unshift(['PartyId', filter(partyId)])
      const items = await rest.all(rest.begin(options), 'Activity', query)
      const found = items.map((item) => {
        // A row we cannot read might be the very one that is looked for, so it is never passed over.
        const activity = readActivity(item)
        if (!activity) throw unreadable('GET /api/Activity', 200)
        return activity
      })
      const wanted = found.filter(
        (activity) =>
          (partyId === undefined || isSame(activity.partyId, partyId)) &&
          isSame(activity.type, type) &&
          isSame(activity.properties['PRODUCT_CODE'] ?? '', productCode),
      )
      return [
        ...new Map(
          wanted.map((activity): [string, Activity] => [activity.seqn, activity]),
        ).values(),
      ]
    },

    async activity(seqn, options) {
      return (await read(rest.begin(options), seqn))?.activity
    },

    async createActivity({ partyId, type, properties }, options) {
      const { PartyId: _party, ACTIVITY_TYPE: _type, ...others } = properties
      const body = activityEntity(partyId, [
        ['PartyId', partyId],
        ['ACTIVITY_TYPE', type],
        ...Object.entries(others),
      ])
      const call = { method: 'POST', path: 'Activity', body } as const
      const answer = await rest.ask(rest.begin(options), call)
      const entity = EntityData.safeParse(readAnswer(answer, call)).data
      const seqn = entity && seqnOf(entity)
      if (seqn === undefined) throw unreadable('POST /api/Activity', answer.status, true)
      return { seqn }
    },

    async updateActivity(seqn, properties, options) {
      const turn = rest.begin(options)
      const before = await read(turn, seqn)
      if (!before) throw gone(seqn)
      const body = withProperties(before.text, properties)
      if (body === undefined) throw unreadable(`GET /api/Activity/${seqn}`, 200)
      const put = { method: 'PUT', path: `Activity/${seqn}`, body, alsoAnswers: [404] } as const
      const answer = await change(turn, put)
      if (answer.status === 404) throw gone(seqn)
    },

    async deleteActivity(seqn, options) {
      const turn = rest.begin(options)
      const call = { method: 'DELETE', path: `Activity/${encodeURIComponent(seqn)}` } as const
      const answer = await change(turn, { ...call, alsoAnswers: [404, ...NOT_OFFERED] })
      if (NOT_OFFERED.includes(answer.status)) return false
      // 404 is an activity that is gone or a call that is not there; only a look tells which.
      return answer.status !== 404 || (await read(turn, seqn)) === undefined
    },

    async activityTypes(options) {
      const items = await rest.all(rest.begin(options), 'LegacyActivityType', [])
      return items.flatMap((item) => {
        const type = ActivityTypeData.safeParse(item).data
        return type ? [{ code: type.ActivityTypeId, description: type.Description ?? '' }] : []
      })
    },
  }
}

function gone(seqn: string) {
  return new Fault('NOT_FOUND', `iMIS has no activity ${seqn}`, { vendor: 'imis', status: 404 })
}

/** As the database compares: without case and trailing space. */
function isSame(one: string, other: string) {
  return one.trim().toLowerCase() === other.trim().toLowerCase()
}
