import { parse } from 'secure-json-parse'
import {
  isPlainNumber,
  isTypedNumber,
  numberValue,
  plainNumber,
  rawNumber,
  swapNumber,
  type NumberForm,
} from './activity-numbers.ts'
import { propertyData } from './contracts.ts'
import type { Activity, ActivityProperties } from './imis.ts'
import { EntityData, valueText } from './wire.ts'

/** An activity in our shape; undefined when the item is no activity. */
export function readActivity(item: unknown): Activity | undefined {
  const entity = EntityData.safeParse(item).data
  if (!entity) return undefined
  const properties = Object.fromEntries(
    entity.Properties.flatMap(({ Name, Value }) => {
      const text = valueText(Value)
      return text === undefined ? [] : [[Name, text]]
    }),
  )
  const seqn = seqnOf(entity)
  if (seqn === undefined) return undefined
  return {
    seqn,
    partyId: (
      properties['PartyId'] ??
      properties['ID'] ??
      entity.PrimaryParentIdentity?.IdentityElements[0] ??
      ''
    ).trim(),
    type: (properties['ACTIVITY_TYPE'] ?? '').trim(),
    properties,
  }
}

/** The key of an activity, from its identity or else its SEQN property; `0` is what multi-instance rows answer for "none". */
export function seqnOf(entity: EntityData): string | undefined {
  const seqn = entity.Properties.find(({ Name }) => Name === 'SEQN')?.Value
  const keys = [entity.Identity?.IdentityElements[0], valueText(seqn)]
  return keys.map((key) => key?.trim()).find((key) => key && key !== '0')
}

/** How an update writes numbers: in the form each was read in, or every number of the entity in the other one. */
export type UpdateForm = 'as-read' | 'other'

/**
 * Sets properties in an entity's JSON text and leaves everything else as it came: members we do not know, their order,
 * and the digits of every number, which a number of ours might not hold. A number that was not there takes `form`.
 *
 * @returns undefined when the text is not an entity
 */
export function withProperties(
  text: string,
  changes: ActivityProperties,
  form: NumberForm = 'typed',
  update: UpdateForm = 'as-read',
): string | undefined {
  const entity = parseKeepingDigits(text)
  const values = propertyList(entity)
  if (!values) return undefined
  for (const [name, value] of Object.entries(changes)) {
    const known = values.find((property) => isNamed(property, name))
    if (known) known['Value'] = sameForm(name, known['Value'], value, form)
    else values.push(propertyData(name, numberValue(name, value, form)))
  }
  if (update === 'other')
    for (const property of values)
      if ('Value' in property)
        property['Value'] = swapNumber(String(property['Name']), property['Value'])
  return JSON.stringify(entity)
}

/** True when two JSON texts of an entity say the same, whatever the spelling of their numbers. */
export function isSameEntity(one: string, other: string): boolean {
  return JSON.stringify(parseKeepingDigits(one)) === JSON.stringify(parseKeepingDigits(other))
}

function parseKeepingDigits(text: string): unknown {
  try {
    return parse(text, keepDigits, { protoAction: 'remove', constructorAction: 'remove' })
  } catch {
    // Not JSON, or nested too deeply for a reviver: no entity either way.
    return undefined
  }
}

type Members = Record<string, unknown>

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function propertyList(entity: unknown): Members[] | undefined {
  const properties = isMembers(entity) ? entity['Properties'] : undefined
  const values = isMembers(properties) ? properties['$values'] : properties
  return Array.isArray(values) && values.every(isMembers) ? values : undefined
}

function isNamed(property: Members, name: string) {
  return property['Name'] === name
}

/** The new value in the form of the old one: a number that came typed goes back typed, a plain one plain. */
function sameForm(name: string, before: unknown, value: string | number, form: NumberForm) {
  if (isTypedNumber(before)) {
    const number = plainNumber(value)
    return number === undefined ? value : { ...before, $value: number }
  }
  if (isMembers(before) && '$value' in before) return { ...before, $value: value }
  if (isPlainNumber(before)) return plainNumber(value) ?? value
  return typeof before === 'string' && before !== '' ? value : numberValue(name, value, form)
}

function keepDigits(_name: string, value: unknown, context?: { source?: string }) {
  const source = context?.source
  return typeof value === 'number' && source !== undefined && source !== String(value)
    ? rawNumber(source)
    : value
}
