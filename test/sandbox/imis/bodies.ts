import { z } from 'zod'
import { malformed } from './wire.ts'

/**
 * Parses a body that iMIS reads with Json.NET: every object that names its `$type` must name it first, because the
 * reader does not look ahead, and a body without one cannot be read at all. Throws the 500 that malformed payloads get.
 */
export function readBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  const misplaced = findMisplacedType(body, '$')
  if (misplaced) throw malformed(`$type is not the first member at ${misplaced}`)
  const read = schema.safeParse(body)
  if (!read.success) throw malformed(z.prettifyError(read.error))
  return read.data
}

function findMisplacedType(value: unknown, path: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const names = Object.keys(value)
  if (!Array.isArray(value) && names.includes('$type') && names[0] !== '$type') return path
  for (const [name, member] of Object.entries(value)) {
    const found = findMisplacedType(member, `${path}.${name}`)
    if (found) return found
  }
  return undefined
}

/** A `$type` that names this contract, with or without its assembly's version. */
export const contract = (name: string) =>
  z.string().regex(new RegExp(`(^|\\.)${name}(,|$)`), `$type must name ${name}`)

/** A value, plain or in a typed wrapper such as `{ "$type": "System.Int32", "$value": 5 }`; comes out plain. */
export const TypedValue = z
  .union([
    z.string(),
    z.number(),
    z.boolean(),
    z.null(),
    z.object({ $type: z.string(), $value: z.union([z.string(), z.number(), z.boolean()]) }),
  ])
  .transform((value) => (typeof value === 'object' && value !== null ? value.$value : value))

const Argument = z.union([
  TypedValue,
  z.object({ $type: z.string(), $values: z.array(z.string()) }).transform(({ $values }) => $values),
])

/** The body of a generic `POST …/_execute`; the type names of the parameters come in two spellings or not at all. */
export const ExecuteRequest = z.strictObject({
  $type: contract('GenericExecuteRequest'),
  OperationName: z.string().min(1),
  EntityTypeName: z.string().optional(),
  Parameters: z.object({ $type: z.string(), $values: z.array(Argument) }),
  ParameterTypeName: z.unknown().optional(),
  ParameterTypeNames: z.unknown().optional(),
  UseJson: z.boolean().optional(),
})
