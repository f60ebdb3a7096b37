import { z } from 'zod'

/** An address of a vendor that secrets are sent to, by the path of its field. */
export type VendorAddress =
  'imis.siteUrl' | 'imis.apiUrl' | 'cvent.apiUrl' | 'cvent.formPostUrl' | 'alerts.webhook'

/** What a field decides beside its shape. `isGuarded`: it decides who gets tokens, secrets or data, so a change needs a recent sign-in. */
export interface FieldRole {
  isGuarded: true
  /** Written, never read back; encrypted at rest. */
  isSecret?: true
  /** A secret that is sent to these addresses: it must be entered again when one of them changes. */
  sentTo?: readonly VendorAddress[]
}

/** A field with a role. Elements of a list stand as `*`: `cvent.webhookTokens.*`. */
export interface RoledField extends FieldRole {
  path: string
  isNullable: boolean
}

const ROLES = z.registry<FieldRole>()

/** Marks a field (or all fields of an object) as one that decides who gets tokens, secrets or data. */
export function guarded<Schema extends z.ZodType>(schema: Schema): Schema {
  ROLES.add(schema, { isGuarded: true })
  return schema
}

/** Marks a text as a secret. Every place that treats secrets apart reads this mark; there is no other list of them. */
export function secret<Schema extends z.ZodType>(
  schema: Schema,
  { sentTo = [] }: { sentTo?: readonly VendorAddress[] } = {},
): Schema {
  ROLES.add(schema, { isGuarded: true, isSecret: true, sentTo })
  return schema
}

/** Every field of a schema that has a role, in the schema's order. A marked object is one field. */
export function roledFields(schema: z.ZodType): RoledField[] {
  return walk(schema, '', false)
}

function walk(schema: unknown, path: string, isNullable: boolean): RoledField[] {
  const role = schema instanceof z.ZodType ? ROLES.get(schema) : undefined
  const own = role ? [{ ...role, path, isNullable }] : []
  return [...own, ...inside(schema, path, isNullable)]
}

function inside(schema: unknown, path: string, isNullable: boolean): RoledField[] {
  if (schema instanceof z.ZodObject)
    return Object.entries(schema.shape).flatMap(([name, field]) =>
      walk(field, path === '' ? name : `${path}.${name}`, false),
    )
  if (schema instanceof z.ZodArray) return walk(schema.element, `${path}.*`, false)
  if (schema instanceof z.ZodNullable) return walk(schema.unwrap(), path, true)
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodReadonly
  )
    return walk(schema.unwrap(), path, isNullable)
  if (schema instanceof z.ZodPipe)
    return [...walk(schema.in, path, isNullable), ...walk(schema.out, path, isNullable)]
  return []
}
