import { Fault } from '../errors.ts'
import {
  isSameEntity,
  readActivity,
  seqnOf,
  withProperties,
  type UpdateForm,
} from './activity-entity.ts'
import {
  hasNumbers,
  isNumberRefusal,
  numberValue,
  openFormMemory,
  type FormMemory,
  type NumberForm,
} from './activity-numbers.ts'
import { activityEntity } from './contracts.ts'
import type {
  Activity,
  ActivityDraft,
  ActivityProperties,
  ActivitySearch,
  Habits,
  Imis,
} from './imis.ts'
import {
  filter,
  LARGEST_PAGE,
  readAnswer,
  unreadable,
  type Rest,
  type RestCall,
  type Turn,
} from './rest.ts'
import { ActivityTypeData, EntityData } from './wire.ts'

const NOT_OFFERED = [405, 501]
const NO_DELETE = 'deletes no activities'

/** Activities: find, read, write, change, delete; and their types. @see https://github.com/Advsol/iMISRESTCollection */
export function activities({
  rest,
  habits = openHabitMemory(),
}: {
  rest: Rest
  habits?: Habits
}): Pick<
  Imis,
  | 'activities'
  | 'activityPage'
  | 'activity'
  | 'createActivity'
  | 'updateActivity'
  | 'deleteActivity'
  | 'offersDelete'
  | 'activityTypes'
> {
  // How this iMIS takes numbers, learnt from its refusals and kept for the account: after a 500, which says nothing, a write
  // is settled before it is sent in the other form, and that delay must not come with each restart.
  const created = keptForm(openFormMemory<NumberForm>('typed', 'plain'), 'takes plain numbers')
  const updated = keptForm(openFormMemory<UpdateForm>('as-read', 'other'), 'swaps numbers')

  /** A form memory that begins with what is kept of it, and keeps what has worked. */
  function keptForm<Form>(memory: FormMemory<Form>, habit: string) {
    let isOther: boolean | undefined
    const isStored = (form: Form) => (form === memory.preferred) !== isOther
    return {
      ...memory,
      async begin() {
        if (isOther !== undefined) return
        const isKnown = await habits.isKnown(habit).catch(() => undefined)
        if (isKnown === undefined || isOther !== undefined) return
        isOther = isKnown
        if (isKnown) memory.worked(memory.swapped(memory.preferred))
      },
      async worked(form: Form) {
        memory.worked(form)
        if (isOther === undefined || isStored(form)) return
        isOther = form !== memory.preferred
        // What cannot be kept is learnt again.
        await habits.note(habit, isOther).catch(() => undefined)
      },
    }
  }

  let deleteTried = false

  async function read(turn: Turn, seqn: string) {
    if (!/^\w{1,20}$/.test(seqn)) return undefined
    const path = `Activity/${seqn}`
    const answer = await rest.one(turn, path, { path: 'Activity', query: [['SEQN', filter(seqn)]] })
    if (!answer) return undefined
    const activity = readActivity(readAnswer(answer, { method: 'GET', path }))
    if (activity?.seqn !== seqn) throw unreadable(`GET /api/${path}`, answer.status)
    return { activity, text: answer.text }
  }

  /** Reads the row that is about to be written. @throws Fault `NOT_FOUND`; `CONFLICT` when it is not the caller's */
  async function readOurs(turn: Turn, seqn: string, isOurs: (activity: Activity) => boolean) {
    const before = await read(turn, seqn)
    if (!before) throw missing(seqn)
    if (isOurs(before.activity)) return before
    throw new Fault('CONFLICT', `activity ${seqn} in iMIS is not the one we wrote`, {
      vendor: 'imis',
    })
  }

  /** The answer to a change says nothing we need, but a page where JSON should be means that iMIS was not at work. */
  async function change(turn: Turn, call: RestCall) {
    const answer = await rest.ask(turn, call)
    if (answer.status < 300 && answer.text.trim() !== '') readAnswer(answer, call)
    return answer
  }

  async function post(turn: Turn, { partyId, type, properties }: ActivityDraft, form: NumberForm) {
    const { PartyId: _party, ACTIVITY_TYPE: _type, ...others } = properties
    const body = activityEntity(partyId, [
      ['PartyId', partyId],
      ['ACTIVITY_TYPE', type],
      ...Object.entries(others).map(([name, value]): [string, unknown] => [
        name,
        numberValue(name, value, form),
      ]),
    ])
    const call = { method: 'POST', path: 'Activity', body } as const
    const answer = await rest.ask(turn, call)
    const entity = EntityData.safeParse(readAnswer(answer, call)).data
    const seqn = entity && seqnOf(entity)
    if (seqn === undefined) throw unreadable('POST /api/Activity', answer.status, true)
    return { seqn }
  }

  async function put(
    turn: Turn,
    seqn: string,
    before: string,
    properties: ActivityProperties,
    form: UpdateForm,
  ) {
    const body = withProperties(before, properties, created.current(), form)
    if (body === undefined) throw unreadable(`GET /api/Activity/${seqn}`, 200)
    const call = { method: 'PUT', path: `Activity/${seqn}`, body, alsoAnswers: [404] } as const
    const answer = await change(turn, call)
    if (answer.status === 404) throw missing(seqn)
    if (answer.text.trim() !== '' || isSameEntity(before, body)) return
    // An empty answer is iMIS's, or that of something in front of it: the row tells.
    const after = await read(turn, seqn)
    if (!after || isSameEntity(before, after.text))
      throw unreadable(`PUT /api/Activity/${seqn}`, answer.status, true)
  }

  /** Writes in the form that is known to work; after a refusal of a number's form, which wrote nothing, once in the other. */
  async function inEitherForm<Form, Done>(
    memory: ReturnType<typeof keptForm<Form>>,
    properties: ActivityProperties,
    write: (form: Form) => Promise<Done>,
  ): Promise<Done> {
    await memory.begin()
    const form = memory.current()
    if (!hasNumbers(properties)) return write(form)
    try {
      const done = await write(form)
      await memory.worked(form)
      return done
    } catch (refusal) {
      memory.failed(form, refusal)
      if (!isNumberRefusal(refusal)) throw refusal
      try {
        const done = await write(memory.swapped(form))
        await memory.worked(memory.swapped(form))
        return done
      } catch (error) {
        // Refused in both forms: the first words are about the form that is meant to be right.
        throw error instanceof Fault && error.code === 'VENDOR_REFUSED' ? refusal : error
      }
    }
  }

  return {
    async activities(search, options) {
      const items = await rest.all(rest.begin(options), 'Activity', criteria(search))
      const wanted = readWanted(items, search)
      return [
        ...new Map(
          wanted.map((activity): [string, Activity] => [activity.seqn, activity]),
        ).values(),
      ]
    },

    async activityPage(search, offset, options) {
      const { items, next } = await rest.page(rest.begin(options), 'Activity', [
        ...criteria(search),
        ['Limit', String(LARGEST_PAGE)],
        ['Offset', String(offset)],
      ])
      const found = readWanted(items, search)
      if (items.length > 0 && found.length === 0)
        throw new Fault(
          'VENDOR_REFUSED',
          'iMIS answered GET /api/Activity with other rows than were asked for; it seems to ignore the filter',
          { vendor: 'imis' },
        )
      if (next !== undefined && next <= offset) throw unreadable('GET /api/Activity', 200)
      return { activities: found, next }
    },

    async activity(seqn, options) {
      return (await read(rest.begin(options), seqn))?.activity
    },

    async createActivity(draft, options) {
      const turn = rest.begin(options)
      return inEitherForm(created, draft.properties, (form) => post(turn, draft, form))
    },

    async updateActivity(seqn, properties, isOurs, options) {
      const turn = rest.begin(options)
      const { text } = await readOurs(turn, seqn, isOurs)
      await inEitherForm(updated, properties, (form) => put(turn, seqn, text, properties, form))
    },

    async deleteActivity(seqn, isOurs, options) {
      const turn = rest.begin(options)
      await readOurs(turn, seqn, isOurs)
      const call = { method: 'DELETE', path: `Activity/${encodeURIComponent(seqn)}` } as const
      const answer = await change(turn, { ...call, alsoAnswers: [404, ...NOT_OFFERED] })
      const isOffered = !NOT_OFFERED.includes(answer.status)
      await habits.note(NO_DELETE, !isOffered).catch(() => undefined)
      deleteTried = true
      if (!isOffered) return false
      // 404 is an activity that is gone or a call that is not there, and 200 may be anybody's; only a look tells which.
      return (await read(turn, seqn)) === undefined
    },

    async offersDelete() {
      if (await habits.isKnown(NO_DELETE)) return false
      return deleteTried ? true : undefined
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

function criteria({ partyId, type, productCode }: ActivitySearch): [string, string][] {
  return [
    ...(partyId === undefined ? [] : [['PartyId', filter(partyId)] as [string, string]]),
    ['ACTIVITY_TYPE', filter(type)],
    ['PRODUCT_CODE', filter(productCode)],
  ]
}

/** The rows that were asked for, each looked at: iMIS ignores a filter it does not know. */
function readWanted(items: unknown[], { partyId, type, productCode }: ActivitySearch): Activity[] {
  const found = items.map((item) => {
    // A row we cannot read might be the very one that is looked for, so it is never passed over.
    const activity = readActivity(item)
    if (!activity) throw unreadable('GET /api/Activity', 200)
    return activity
  })
  return found.filter(
    (activity) =>
      (partyId === undefined || isSame(activity.partyId, partyId)) &&
      isSame(activity.type, type) &&
      isSame(activity.properties['PRODUCT_CODE'] ?? '', productCode),
  )
}

function missing(seqn: string) {
  return new Fault('NOT_FOUND', `iMIS has no activity ${seqn}`, { vendor: 'imis', status: 404 })
}

/** As the database compares: without case and trailing space. */
function isSame(one: string, other: string) {
  return one.trim().toLowerCase() === other.trim().toLowerCase()
}

/** Habits for as long as the client lives. */
function openHabitMemory(): Habits {
  const known = new Set<string>()
  return {
    isKnown: async (habit) => known.has(habit),
    async note(habit, isSo) {
      if (isSo) known.add(habit)
      else known.delete(habit)
    },
  }
}
