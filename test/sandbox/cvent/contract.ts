import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** JSON as parsed. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
type JsonObject = { [name: string]: Json }

/** Cvent's official shapes, as far as a request or an answer can be judged by them. */
export interface Contract {
  /** Problems of a request; empty = none. `template` is the path as the contract writes it, `/contacts/{id}`. */
  request(method: string, template: string, query: Record<string, unknown>, body: unknown): string[]
  /** Problems of an answer. */
  response(method: string, template: string, status: number, body: unknown): string[]
}

/** `$SHARED_DIR/contracts/cvent-openapi.json`, or beside the repository; null when there is none. */
export function findContract(): Contract | null {
  const folders = [process.env['SHARED_DIR'], join(import.meta.dirname, '../../../../shared')]
  for (const folder of folders) {
    const file = folder ? join(folder, 'contracts/cvent-openapi.json') : ''
    if (file && existsSync(file)) return readContract(JSON.parse(readFileSync(file, 'utf8')))
  }
  return null
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const at = (value: Json | undefined, ...names: string[]): Json | undefined => {
  let found = value
  for (const name of names) {
    if (Array.isArray(found)) found = found[Number(name)]
    else found = isObject(found) ? found[name] : undefined
  }
  return found
}

/** A text or number of the contract, as text. */
const said = (value: Json | undefined) =>
  typeof value === 'string' ? value : JSON.stringify(value ?? '')

const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : [])

/**
 * A validator for the subset of JSON schema the contract uses. It is stricter than the contract in what a mistake looks
 * like: members the schema does not name, null where it is not nullable, and read-only members in a request are problems.
 */
export function readContract(document: Json): Contract {
  const follow = (node: Json | undefined): JsonObject => {
    let found = node
    while (isObject(found) && typeof found['$ref'] === 'string')
      found = at(document, ...found['$ref'].slice(2).split('/').map(unescapePointer))
    return isObject(found) ? found : {}
  }

  interface Sight {
    /** In requests read-only members are refused. */
    writing: boolean
    /** `PATCH` takes null for "delete this". */
    nullDeletes: boolean
    problems: string[]
  }

  function members(schema: JsonObject): Map<string, JsonObject[]> {
    const found = new Map<string, JsonObject[]>()
    const collect = (node: Json | undefined) => {
      const one = follow(node)
      const own = one['properties']
      for (const [name, member] of Object.entries(isObject(own) ? own : {}))
        found.set(name, [...(found.get(name) ?? []), follow(member)])
      list(one['allOf']).forEach(collect)
    }
    collect(schema)
    return found
  }

  function check(node: Json | undefined, value: Json, where: string, sight: Sight): void {
    const schema = follow(node)
    if (value === null) {
      if (schema['nullable'] !== true && !sight.nullDeletes) sight.problems.push(`${where} is null`)
      return
    }
    checkOwn(schema, value, where, sight)
    for (const part of list(schema['allOf'])) check(part, value, where, sight)
    for (const choice of ['oneOf', 'anyOf']) {
      const options = list(schema[choice])
      if (options.length === 0) continue
      const tries = options.map((option) => {
        const trial: Sight = { ...sight, problems: [] }
        check(option, value, where, trial)
        checkNames(option, value, where, trial)
        return trial.problems
      })
      const best = tries.toSorted((left, right) => left.length - right.length)[0] ?? []
      sight.problems.push(...best)
    }
  }

  function checkOwn(schema: JsonObject, value: Json, where: string, sight: Sight) {
    const problem = (text: string) => sight.problems.push(`${where} ${text}`)
    const { type } = schema
    const actual = Array.isArray(value) ? 'array' : typeof value
    if (typeof type === 'string' && !fits(type, value)) {
      problem(`should be ${type}, is ${actual}`)
      return
    }
    const allowed = list(schema['enum'])
    if (allowed.length > 0 && !allowed.includes(value))
      problem(`has the unknown value ${JSON.stringify(value)}`)
    if (typeof value === 'string') {
      if (Number(schema['maxLength']) < value.length)
        problem(`is longer than ${said(schema['maxLength'])}`)
      if (Number(schema['minLength']) > value.length)
        problem(`is shorter than ${said(schema['minLength'])}`)
      if (!formatFits(schema['format'], value)) problem(`is not a ${said(schema['format'])}`)
    }
    if (typeof value === 'number') {
      if (value < Number(schema['minimum'])) problem(`is below ${said(schema['minimum'])}`)
      if (value > Number(schema['maximum'])) problem(`is above ${said(schema['maximum'])}`)
    }
    if (Array.isArray(value)) {
      if (value.length > Number(schema['maxItems']))
        problem(`has more than ${said(schema['maxItems'])} items`)
      if (value.length < Number(schema['minItems']))
        problem(`has fewer than ${said(schema['minItems'])} items`)
      if (schema['items'])
        value.forEach((item, index) => {
          check(schema['items'], item, `${where}[${index}]`, sight)
          checkNames(schema['items'], item, `${where}[${index}]`, sight)
        })
    }
    if (isObject(value)) {
      for (const name of list(schema['required'])) {
        const readOnly = members(schema)
          .get(said(name))
          ?.some((member) => member['readOnly'] === true)
        // The contract writes some as a path, `event.id`.
        if (at(value, ...said(name).split('.')) === undefined && !(sight.writing && readOnly))
          problem(`lacks ${said(name)}`)
      }
      const own = schema['properties']
      for (const [name, member] of Object.entries(isObject(own) ? own : {})) {
        const held = value[name]
        if (held === undefined) continue
        if (sight.writing && follow(member)['readOnly'] === true)
          sight.problems.push(`${where}.${name} is read-only`)
        check(member, held, `${where}.${name}`, sight)
      }
    }
  }

  /** Members that no part of the schema names. Schemas without any named member take everything. */
  function checkNames(node: Json | undefined, value: Json, where: string, sight: Sight) {
    if (!isObject(value)) return
    const schema = follow(node)
    if (list(schema['oneOf']).length > 0 || list(schema['anyOf']).length > 0) return
    const known = members(schema)
    if (known.size === 0) return
    for (const [name, held] of Object.entries(value)) {
      const options = known.get(name)
      if (!options) {
        sight.problems.push(`${where}.${name} is not known`)
        continue
      }
      const chosen = options.some(
        (one) => list(one['oneOf']).length + list(one['anyOf']).length > 0,
      )
      if (!chosen) checkNames({ allOf: options }, held, `${where}.${name}`, sight)
    }
  }

  const operation = (method: string, template: string) =>
    follow(at(document, 'paths', template, method.toLowerCase()))

  function schemaOf(holder: Json | undefined): Json | undefined {
    const content = follow(holder)['content']
    return isObject(content) ? at(Object.values(content)[0], 'schema') : undefined
  }

  return {
    request(method, template, query, body) {
      const found = operation(method, template)
      if (Object.keys(found).length === 0) return [`${method} ${template} is not in the contract`]
      const problems: string[] = []
      const sight = { writing: true, nullDeletes: method === 'PATCH', problems }
      const path = follow(at(document, 'paths', template))
      const parameters = [...list(path['parameters']), ...list(found['parameters'])]
        .map(follow)
        .filter((parameter) => parameter['in'] === 'query')
      for (const parameter of parameters)
        if (parameter['required'] === true && !(said(parameter['name']) in query))
          problems.push(`query lacks ${said(parameter['name'])}`)
      for (const [name, value] of Object.entries(query)) {
        const parameter = parameters.find((one) => one['name'] === name)
        if (parameter) checkQuery(follow(parameter['schema']), name, value, sight)
        else problems.push(`query.${name} is not known`)
      }
      const schema = schemaOf(found['requestBody'])
      if (schema && body !== undefined && body !== null) {
        // Fastify parsed the body from JSON or a form, so it is JSON.
        const value = body as Json
        check(schema, value, 'body', sight)
        checkNames(schema, value, 'body', sight)
      } else if (schema) problems.push('body is missing')
      return [...new Set(problems)]
    },
    response(method, template, status, body) {
      const found = operation(method, template)
      const answers = found['responses']
      const problems: string[] = []
      const sight = { writing: false, nullDeletes: false, problems }
      const answer = isObject(answers) ? answers[String(status)] : undefined
      if (!answer && status < 400) return [`${status} is not an answer of ${method} ${template}`]
      const schema = answer
        ? schemaOf(answer)
        : at(document, 'components', 'schemas', 'error-response')
      if (!schema || body === undefined || body === null) return problems
      // The reply's payload is serialized to JSON next; members that are undefined vanish there, so they must here.
      const value = JSON.parse(JSON.stringify(body)) as Json
      check(schema, value, 'body', sight)
      checkNames(schema, value, 'body', sight)
      return [...new Set(problems)]
    },
  }

  function checkQuery(schema: JsonObject, name: string, value: unknown, sight: Sight) {
    const texts = Array.isArray(value) ? value.map(String) : [String(value)]
    for (const text of texts) {
      const type = schema['type'] === 'array' ? undefined : schema['type']
      const typed =
        type === 'integer' || type === 'number'
          ? Number(text)
          : type === 'boolean'
            ? text === 'true' || (text === 'false' ? false : text)
            : text
      if (schema['type'] === 'array')
        for (const item of text.split(',')) check(schema['items'], item, `query.${name}`, sight)
      else check(schema, typed, `query.${name}`, sight)
    }
  }
}

const unescapePointer = (text: string) => text.replaceAll('~1', '/').replaceAll('~0', '~')

function fits(type: string, value: Json): boolean {
  switch (type) {
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isObject(value)
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value)
    default:
      return typeof value === type
  }
}

const formats: Record<string, RegExp> = {
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  date: /^\d{4}-\d\d-\d\d$/,
  email: /^[^\s@]+@[^\s@]+\.[^\s@]+$/,
  uri: /^[a-z][a-z0-9+.-]*:\/\/\S+$/i,
}

function formatFits(format: Json | undefined, value: string): boolean {
  const pattern = typeof format === 'string' ? formats[format] : undefined
  return pattern?.test(value) ?? true
}
