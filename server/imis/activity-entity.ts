import { parse } from 'secure-json-parse'
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

/**
 * Sets properties in an entity's JSON text and leaves everything else as it came: members we do not know, their order,
 * and the digits of every number, which a number of ours might not hold.
 *
 * @returns undefined when the text is not an entity
 */
export function withProperties(text: string, changes: ActivityProperties): string | undefined {
  const entity = parseKeepingDigits(text)
  const values = propertyList(entity)
  if (!values) return undefined
  for (const [name, value] of Object.entries(changes)) {
    const known = values.find((property) => isNamed(property, name))
    if (known) known['Value'] = sameWrapper(known['Value'], value)
    else values.push(propertyData(name, value))
  }
  return JSON.stringify(entity)
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

/** A value that came typed goes back typed. */
function sameWrapper(before: unknown, value: string | number) {
  if (!isMembers(before) || !('$value' in before)) return value
  const isNumeric = /System\.(Decimal|Double|Single|Int|UInt|Byte|SByte)/.test(
    String(before['$type']),
  )
  if (!isNumeric || typeof value === 'number') return { ...before, $value: value }
  return /^-?\d{1,15}(\.\d{1,4})?$/.test(value) ? { ...before, $value: rawNumber(value) } : value
}

/** A number by its digits, for JSON.stringify (ECMAScript 2026; Node 24 has it, TypeScript's library not yet). */
function rawNumber(digits: string): unknown {
  // Node's own function; `digits` is a JSON number at both callers.
  return (JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON(digits)
}

function keepDigits(_name: string, value: unknown, context?: { source?: string }) {
  const source = context?.source
  return typeof value === 'number' && source !== undefined && source !== String(value)
    ? rawNumber(source)
    : value
}
