/**
 * Cvent's filter language: `field op 'value'` joined by and / or, parentheses, values in ' or ", `\` escapes.
 * `and` binds tighter than `or` (our assumption; always written with parentheses by a careful caller).
 */
export type Operator = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le' | 'sw' | 'contains' | 'in' | 'is'
export type FieldValue = string | number | boolean | null | undefined | readonly string[]

/** What one endpoint lets be filtered: field name to its operators and how to read it. `*` in a name stands for any id. */
export type FilterFields<Item> = Record<
  string,
  { ops: readonly Operator[]; get: (item: Item, id: string) => FieldValue }
>

/** A filter Cvent refuses with 400; `target` is the field, when there is one. */
export class FilterError extends Error {
  readonly target: string
  constructor(message: string, target = 'filter') {
    super(message)
    this.target = target
  }
}

interface Token {
  kind: 'word' | 'text' | '(' | ')' | ','
  text: string
}

function tokenize(source: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < source.length) {
    const letter = source[at] ?? ''
    if (/\s/.test(letter)) at += 1
    else if (letter === '(' || letter === ')' || letter === ',') {
      tokens.push({ kind: letter, text: letter })
      at += 1
    } else if (letter === "'" || letter === '"') {
      let text = ''
      let end = at + 1
      while (end < source.length && source[end] !== letter) {
        if (source[end] === '\\') end += 1
        text += source[end] ?? ''
        end += 1
      }
      if (end >= source.length) throw new FilterError('A quoted value does not end.')
      tokens.push({ kind: 'text', text })
      at = end + 1
    } else {
      const word = /^[^\s()',"]+/.exec(source.slice(at))?.[0] ?? ''
      tokens.push({ kind: 'word', text: word })
      at += word.length
    }
  }
  return tokens
}

/** Compiles a filter; throws `FilterError` for bad syntax, an unknown field, or an operator the field does not take. */
export function compileFilter<Item>(
  source: string,
  fields: FilterFields<Item>,
): (item: Item) => boolean {
  const tokens = tokenize(source)
  const equalities = new Map<
    (item: Item) => boolean,
    { name: string; value: string; get: (item: Item) => FieldValue }
  >()
  let at = 0
  const isWord = (word: string) =>
    tokens[at]?.kind === 'word' && tokens[at]?.text.toLowerCase() === word

  function next(kind: Token['kind'], what: string) {
    const token = tokens[at]
    if (token?.kind !== kind) throw new FilterError(`Expected ${what}, found '${token?.text}'.`)
    at += 1
    return token.text
  }

  function either(): (item: Item) => boolean {
    const parts = [both()]
    while (isWord('or')) {
      at += 1
      parts.push(both())
    }
    const [only] = parts
    return parts.length === 1 && only
      ? only
      : (oneOfMany(parts) ?? ((item) => parts.some((part) => part(item))))
  }

  /** `id eq 'a' or id eq 'b' or …` as one look-up: bulk reads name hundreds of ids. */
  function oneOfMany(parts: ((item: Item) => boolean)[]) {
    const first = parts[0] && equalities.get(parts[0])
    const values = new Set<string>()
    for (const part of parts) {
      const equality = equalities.get(part)
      if (!first || equality?.name !== first.name) return null
      values.add(equality.value)
    }
    if (!first) return null
    return (item: Item) => values.has(String(first.get(item) ?? '').toLowerCase())
  }

  function both(): (item: Item) => boolean {
    const parts = [single()]
    while (isWord('and')) {
      at += 1
      parts.push(single())
    }
    const [only] = parts
    return parts.length === 1 && only ? only : (item) => parts.every((part) => part(item))
  }

  function single(): (item: Item) => boolean {
    if (tokens[at]?.kind === '(') {
      at += 1
      const inner = either()
      next(')', 'a closing parenthesis')
      return inner
    }
    const name = next('word', 'a field')
    const operator = next('word', 'an operator').toLowerCase()
    const { field, id } = lookUp(fields, name)
    const op = field.ops.find((candidate) => candidate === operator)
    if (!op) throw new FilterError(`The operator '${operator}' is not supported.`, name)
    if (op === 'is') {
      const state = next('word', 'null or empty').toLowerCase()
      if (state !== 'null' && state !== 'empty')
        throw new FilterError('Expected null or empty.', name)
      return (item) => (field.get(item, id) ?? '') === ''
    }
    if (op === 'in') {
      const values = inList()
      return (item) => values.some((value) => compare(field.get(item, id), 'eq', value))
    }
    const value = next('text', 'a quoted value')
    const test = (item: Item) => compare(field.get(item, id), op, value)
    if (op === 'eq' && name.endsWith('id'))
      equalities.set(test, {
        name,
        value: value.toLowerCase(),
        get: (item) => field.get(item, id),
      })
    return test
  }

  function inList() {
    next('(', 'an opening parenthesis')
    const values = [next('text', 'a quoted value')]
    while (tokens[at]?.kind === ',') {
      at += 1
      values.push(next('text', 'a quoted value'))
    }
    next(')', 'a closing parenthesis')
    return values
  }

  const compiled = either()
  if (at < tokens.length) throw new FilterError(`Unexpected '${tokens[at]?.text}'.`)
  return compiled
}

function lookUp<Item>(fields: FilterFields<Item>, name: string) {
  const exact = fields[name]
  if (exact && !name.includes('*')) return { field: exact, id: '' }
  const dot = name.lastIndexOf('.')
  const family = fields[`${name.slice(0, dot)}.*`]
  if (dot > 0 && family) return { field: family, id: name.slice(dot + 1).toLowerCase() }
  throw new FilterError('The filter field is not supported.', name)
}

type Comparison = Exclude<Operator, 'in' | 'is'>

function compare(actual: FieldValue, op: Comparison, wanted: string): boolean {
  if (typeof actual === 'object' && actual !== null)
    return op === 'ne'
      ? actual.every((one) => compare(one, 'ne', wanted))
      : actual.some((one) => compare(one, op, wanted))
  const text = String(actual ?? '').toLowerCase()
  const other = wanted.toLowerCase()
  switch (op) {
    case 'eq':
      return order(text, other) === 0
    case 'ne':
      return order(text, other) !== 0
    case 'sw':
      return text.startsWith(other)
    case 'contains':
      return text.includes(other)
    case 'gt':
      return text !== '' && order(text, other) > 0
    case 'ge':
      return text !== '' && order(text, other) >= 0
    case 'lt':
      return text !== '' && order(text, other) < 0
    case 'le':
      return text !== '' && order(text, other) <= 0
    default:
      return false
  }
}

const isTime = /^\d{4}-\d\d-\d\dt/

function order(left: string, right: string): number {
  if (left === right) return 0
  if (isTime.test(left) && isTime.test(right)) return Date.parse(left) - Date.parse(right)
  return left < right ? -1 : 1
}
