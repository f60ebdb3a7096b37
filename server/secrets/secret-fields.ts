import { ACCOUNT_FIELDS } from '../../schemas/account.ts'
import type { RoledField } from '../../schemas/field-roles.ts'

/** The secrets among the fields of a document. */
export type SecretField = Pick<RoledField, 'path' | 'isNullable' | 'isSecret'>

/** Every secret of a document by its path, `cvent.webhookTokens.0` for the first of a list; those that are null are missing. */
export function secretsIn(
  document: object,
  fields: readonly SecretField[] = ACCOUNT_FIELDS,
): Map<string, string> {
  return new Map(
    fields
      .filter(({ isSecret }) => isSecret)
      .flatMap(({ path }) => places(document, path))
      .flatMap(([path, value]) => (typeof value === 'string' ? [[path, value] as const] : [])),
  )
}

/** A copy of the document in which `replace` says what stands at the path of each secret that is set. */
export function replaceSecrets<Document extends object>(
  document: Document,
  replace: (path: string) => string,
  fields: readonly SecretField[] = ACCOUNT_FIELDS,
): Document {
  const copy = structuredClone(document)
  for (const path of secretsIn(document, fields).keys()) putAt(copy, path, replace(path))
  return copy
}

/** A copy of the document without its secrets: null where that is allowed, else the empty text; lists are empty. */
export function withoutSecrets<Document extends object>(
  document: Document,
  fields: readonly SecretField[] = ACCOUNT_FIELDS,
): Document {
  const copy = structuredClone(document)
  for (const { path, isNullable, isSecret } of fields) {
    if (!isSecret) continue
    if (path.endsWith('.*')) putAt(copy, path.slice(0, -2), [])
    else putAt(copy, path, isNullable ? null : '')
  }
  return copy
}

/** The field that a secret's path belongs to: `cvent.webhookTokens.0` is of `cvent.webhookTokens.*`. */
export function fieldOfSecret<Field extends SecretField>(
  path: string,
  fields: readonly Field[],
): Field | undefined {
  return fields.find((field) => field.path === path.replace(/\.\d+$/, '.*'))
}

/** What stands at a path of a document; undefined when something on the way is missing. */
export function valueAt(document: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (at, step) =>
        typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[step] : undefined,
      document,
    )
}

/** Sets what stands at a path, whose parents are there. */
export function putAt(document: object, path: string, value: unknown): void {
  const steps = path.split('.')
  const last = steps.pop() ?? ''
  const parent = steps.length === 0 ? document : valueAt(document, steps.join('.'))
  if (typeof parent === 'object' && parent !== null)
    (parent as Record<string, unknown>)[last] = value
}

function places(document: object, path: string): [string, unknown][] {
  if (!path.endsWith('.*')) return [[path, valueAt(document, path)]]
  const list = path.slice(0, -2)
  const values = valueAt(document, list)
  return Array.isArray(values) ? values.map((value, at) => [`${list}.${at}`, value]) : []
}
