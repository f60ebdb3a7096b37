import type { Cell, Criterion } from './state.ts'

/** What may stand before the colon, with its alternatives; the assembly prints `le` twice as `>=`, so only words for it. */
const OPERATORS: Record<string, string> = {
  eq: 'eq',
  '==': 'eq',
  ne: 'ne',
  '!=': 'ne',
  lt: 'lt',
  '<': 'lt',
  le: 'le',
  gt: 'gt',
  '>': 'gt',
  ge: 'ge',
  between: 'between',
  in: 'in',
  notin: 'notIn',
  '!in': 'notIn',
  contains: 'contains',
  notcontain: 'notContain',
  '!contain': 'notContain',
  startswith: 'startsWith',
  endswith: 'endsWith',
  isempty: 'isEmpty',
  empty: 'isEmpty',
  notempty: 'notEmpty',
  '!empty': 'notEmpty',
  istrue: 'isTrue',
  true: 'isTrue',
  isfalse: 'isFalse',
  false: 'isFalse',
}

/**
 * Reads a caller's value as iMIS does: `split('|')` first, then a leading operator and colon is taken off the first
 * piece. A value from outside can therefore smuggle in an operator or a second value.
 */
export function readCriterion(text: string): Criterion {
  const [first = '', ...others] = text.split('|')
  const colon = first.indexOf(':')
  const operator = colon < 0 ? undefined : OPERATORS[first.slice(0, colon).toLowerCase()]
  return operator
    ? { operator, values: [first.slice(colon + 1), ...others] }
    : { operator: 'eq', values: [first, ...others] }
}

/** Compares as a case-blind SQL Server does; numbers by value. */
function compare(cell: Cell, value: string): number {
  if (typeof cell === 'number') return cell - Number(value)
  const left = String(cell ?? '').toLowerCase()
  const right = value.toLowerCase()
  return left < right ? -1 : left > right ? 1 : 0
}

/** Whether a stored value fulfils a criterion. Several values of `eq` are alternatives. */
export function fulfils(cell: Cell, { operator, values }: Criterion): boolean {
  const text = String(cell ?? '').toLowerCase()
  const [first = '', second = ''] = values
  switch (operator) {
    case 'ne':
    case 'notIn':
      return values.every((value) => compare(cell, value) !== 0)
    case 'lt':
      return cell !== null && compare(cell, first) < 0
    case 'le':
      return cell !== null && compare(cell, first) <= 0
    case 'gt':
      return cell !== null && compare(cell, first) > 0
    case 'ge':
      return cell !== null && compare(cell, first) >= 0
    case 'between':
      return cell !== null && compare(cell, first) >= 0 && compare(cell, second) <= 0
    case 'contains':
      return text.includes(first.toLowerCase())
    case 'notContain':
      return !text.includes(first.toLowerCase())
    case 'startsWith':
      return text.startsWith(first.toLowerCase())
    case 'endsWith':
      return text.endsWith(first.toLowerCase())
    case 'isEmpty':
      return text === ''
    case 'notEmpty':
      return text !== ''
    case 'isTrue':
      return cell === true
    case 'isFalse':
      return cell === false
    default:
      return values.some((value) => compare(cell, value) === 0)
  }
}

/** The query string, names compared without case as ASP.NET does; repeated names keep their order. */
export interface Asked {
  pairs: [name: string, value: string][]
  one(name: string): string | undefined
  all(name: string): string[]
}

/** Reads the query string of a request's address. */
export function readAsked(url: string): Asked {
  const pairs = [...new URLSearchParams(url.split('?', 2)[1] ?? '')]
  const all = (name: string) =>
    pairs.filter(([key]) => key.toLowerCase() === name.toLowerCase()).map(([, value]) => value)
  return { pairs, all, one: (name) => all(name)[0] }
}

/**
 * Keeps the items whose values fulfil every filter whose name is known to `read`; unknown names are ignored, so that a
 * misspelt filter answers everything. `read` answers undefined for a name it does not know.
 */
export function filtered<Item>(
  items: Iterable<Item>,
  { pairs }: Asked,
  read: (item: Item, name: string) => Cell | undefined,
): Item[] {
  const criteria = pairs.map(([name, value]) => ({ name, criterion: readCriterion(value) }))
  return [...items].filter((item) =>
    criteria.every(({ name, criterion }) => {
      const cell = read(item, name.toLowerCase())
      return cell === undefined || fulfils(cell, criterion)
    }),
  )
}
