import { z } from 'zod'
import {
  ACTIVITY_COLUMNS,
  blankActivity,
  isColumn,
  type Activity,
  type Column,
} from './activity-columns.ts'
import { contract, readBody, TypedValue } from './bodies.ts'
import type { Cell } from './state.ts'
import { invalid, malformed, tooLong, type Complaint } from './wire.ts'
import type { World } from './world.ts'

const Identity = z.object({
  $type: contract('IdentityData'),
  EntityTypeName: z.string().optional(),
  IdentityElements: z.object({ $type: z.string(), $values: z.array(z.string()) }).optional(),
})

const Entity = z.strictObject({
  $type: contract('GenericEntityData'),
  EntityTypeName: z.literal('Activity').optional(),
  PrimaryParentEntityTypeName: z.string().optional(),
  Identity: Identity.optional(),
  PrimaryParentIdentity: Identity.optional(),
  Properties: z.object({
    $type: contract('GenericPropertyDataCollection'),
    $values: z.array(
      z.strictObject({
        $type: contract('GenericPropertyData'),
        Name: z.string().min(1),
        Value: TypedValue.optional(),
      }),
    ),
  }),
})

/** The values as they came, wrappers and all. */
const Values = z.object({
  Properties: z.object({
    $values: z.array(z.object({ Name: z.string(), Value: z.unknown().optional() })),
  }),
})

/** A date without an offset, fractions allowed. */
const SITE_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$/
const LARGEST_NUMBER = 9_999_999_999_999
const LARGEST_INTEGER = 2_147_483_647

/**
 * Reads a GenericEntityData into an activity with this SEQN: a new one, or what replaces `before` whole (a property that
 * is not sent goes back to its default). Throws 400 with every complaint at once, in the vendor's words where known.
 */
export function readActivity(
  { state }: World,
  body: unknown,
  seqn: number,
  before: Activity | undefined,
): Activity {
  const entity = readBody(Entity, body)
  refuseNumbers(state.settings, body)
  const properties = entity.Properties.$values
  const names = properties.map(({ Name }) => Name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice) throw malformed(`property ${twice} is there twice; the list is keyed by name`)

  const values = new Map(properties.map(({ Name, Value = null }) => [Name, Value]))
  const partyId = String(values.get('PartyId') ?? '')
  const complaints: Complaint[] = []
  for (const fieldName of ['PartyId', 'ACTIVITY_TYPE'])
    if (!values.get(fieldName))
      complaints.push({ message: `The field '${fieldName}' must have a value.`, fieldName })
  if (partyId && !state.parties.has(partyId))
    complaints.push({ message: `Party ${partyId} does not exist.`, fieldName: 'PartyId' })
  if (before && partyId && partyId !== before.PartyId)
    complaints.push({ message: 'PartyId cannot be changed.', fieldName: 'PartyId' })
  const type = values.get('ACTIVITY_TYPE')
  if (type && !state.activityTypes.some(({ activityTypeId }) => activityTypeId === type))
    complaints.push({
      message: `Activity type ${String(type)} does not exist.`,
      fieldName: 'ACTIVITY_TYPE',
    })
  const keys = entity.Identity?.IdentityElements?.$values ?? []
  if (before && keys.length !== 1)
    complaints.push({ message: 'Wrong number of identity elements.', fieldName: 'Identity' })
  else if (before && keys[0] !== String(seqn))
    complaints.push({ message: 'The identity is another activity.', fieldName: 'Identity' })

  const activity = blankActivity(seqn, partyId)
  activity.MEMBER_TYPE = state.parties.get(partyId)?.customerTypeCode ?? ''
  for (const [name, value] of values) {
    if (name === 'PartyId') continue
    if (name === 'SEQN') {
      if (value !== null && Number(value) !== (before ? seqn : 0))
        complaints.push({ message: 'SEQN is read only.', fieldName: 'SEQN' })
      continue
    }
    if (!isColumn(name)) {
      const message = `In the query, ${name} is not a known property name.`
      complaints.push({ message, fieldName: name })
      continue
    }
    const stored = store(name, ACTIVITY_COLUMNS[name], value)
    if ('complaint' in stored) complaints.push(stored.complaint)
    else Object.assign(activity, { [name]: stored.value })
  }
  if (complaints.length > 0) throw invalid(...complaints)
  return activity
}

/** Refuses the numbers that are not in the form this site takes. */
function refuseNumbers(
  { numbersTaken, numbersRefusedWith }: World['state']['settings'],
  body: unknown,
) {
  if (numbersTaken === 'either') return
  const names = Values.parse(body)
    .Properties.$values.filter(({ Name, Value }) => {
      const isNumber = isColumn(Name) && ['number', 'integer'].includes(ACTIVITY_COLUMNS[Name].kind)
      const isTyped = typeof Value === 'object' && Value !== null
      return isNumber && Value !== undefined && isTyped !== (numbersTaken === 'typed')
    })
    .map(({ Name }) => Name)
  if (names.length === 0) return
  if (numbersRefusedWith === 500) throw malformed(`${names.join(', ')}: not ${numbersTaken}`)
  throw invalid(
    ...names.map((fieldName) => ({
      message: `Property (${fieldName}) value could not be converted.`,
      fieldName,
    })),
  )
}

function store(
  name: string,
  column: Column,
  value: Cell,
): { value: Cell } | { complaint: Complaint } {
  const refuse = (what: string) => ({
    complaint: {
      message: `Property (${name}) value (${String(value)}) is not ${what}.`,
      fieldName: name,
      fieldValue: String(value),
    },
  })
  switch (column.kind) {
    case 'text': {
      const text = value ?? ''
      if (typeof text !== 'string') return refuse('a text')
      return text.length > column.length
        ? { complaint: tooLong(name, text, column.length) }
        : { value: text }
    }
    case 'number': {
      const number = Number(value ?? 0)
      if (typeof value === 'boolean' || value === '' || !(Math.abs(number) <= LARGEST_NUMBER))
        return refuse('a number')
      return { value: Math.round(number * 10 ** column.scale) / 10 ** column.scale }
    }
    case 'integer': {
      const number = Number(value ?? 0)
      if (!Number.isInteger(number) || Math.abs(number) > LARGEST_INTEGER)
        return refuse('an integer')
      return { value: number }
    }
    case 'boolean':
      return typeof (value ?? false) === 'boolean' ? { value: value ?? false } : refuse('a boolean')
    case 'date': {
      if (value === null || value === '') return { value: null }
      const isDate =
        typeof value === 'string' && SITE_DATE.test(value) && !Number.isNaN(Date.parse(value))
      return isDate ? { value } : refuse('a date without an offset')
    }
    default:
      return column satisfies never
  }
}
