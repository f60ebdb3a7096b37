import { executeRequest } from './contracts.ts'
import type { Imis, QueryRow } from './imis.ts'
import { filter, LARGEST_PAGE, unreadable, type Rest } from './rest.ts'
import { EntityData, QueryDefinitionData, valueText } from './wire.ts'

const DEFAULT_ROWS = 2

/**
 * IQAs: their rows and their definitions.
 *
 * @see https://developer.imis.com/docs/migrating-from-iqa-to-query-service-endpoint
 */
export function queries(deps: {
  rest: Rest
  edition: 'ems' | '2017'
}): Pick<Imis, 'runQuery' | 'queryDefinition'> {
  const { rest } = deps
  // 2017 knows only the old one; it is deprecated on EMS, where its aliases also come without their spaces.
  const service = deps.edition === '2017' ? 'iqa' : 'query'
  return {
    async runQuery(path, values, options) {
      const limit = Math.min(options?.limit ?? DEFAULT_ROWS, LARGEST_PAGE)
      const { items, next } = await rest.page(rest.begin(options), service, [
        ['QueryName', path],
        ...values.map((value): [string, string] => ['parameter', value && filter(value)]),
        ['Limit', String(limit)],
      ])
      return {
        rows: items.slice(0, limit).map(readRow),
        hasMore: next !== undefined || items.length > limit,
      }
    },

    async queryDefinition(path, options) {
      const request = executeRequest('QueryDefinition', 'FindByPath', [path])
      const turn = rest.begin(options)
      const result = await rest.find(turn, 'QueryDefinition', request)
      if (result === null) return undefined
      const read = QueryDefinitionData.safeParse(result)
      if (!read.success) throw unreadable('POST /api/QueryDefinition/_execute', 200)
      const { Path, IsAvailableToREST, Parameters, Properties } = read.data
      return {
        path: Path ?? path,
        isAvailableToRest: IsAvailableToREST,
        prompts: Parameters.map(({ Prompt, PropertyName, IsRequired }) => ({
          label: Prompt ?? PropertyName ?? '',
          isRequired: IsRequired,
        })),
        columns: Properties.flatMap(({ Alias, Caption, Name }) => Alias ?? Caption ?? Name ?? []),
      }
    },
  }
}

/** A row of either service: flat members by alias, or an entity's list of properties. Values come out as plain text. */
export function readRow(item: unknown): QueryRow {
  if (typeof item !== 'object' || item === null) throw unreadable('an IQA', 200)
  if ('Properties' in item)
    return toRow(
      (EntityData.safeParse(item).data?.Properties ?? [])
        .filter(({ Name }) => Name !== 'ResultRow')
        .map(({ Name, Value }) => [Name, Value]),
    )
  return toRow(Object.entries(item).filter(([alias]) => alias !== '$type'))
}

function toRow(cells: [alias: string, value: unknown][]): QueryRow {
  return Object.fromEntries(
    cells.flatMap(([alias, value]) => {
      const text = valueText(value)
      return text === undefined ? [] : [[alias, decodeHtml(text)]]
    }),
  )
}

const ENTITIES: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
}

/** Undoes the HTML encoding in which an IQA's text may arrive, once. */
function decodeHtml(text: string) {
  return text.replaceAll(
    /&(?:#(\d{1,6})|#x([\da-f]{1,5})|([a-z]{2,4}));/gi,
    (whole, decimal, hex, name) => {
      const code = decimal ? Number(decimal) : hex ? Number.parseInt(String(hex), 16) : undefined
      if (code === undefined) return ENTITIES[String(name).toLowerCase()] ?? whole
      const isCharacter = code > 31 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
      return isCharacter ? String.fromCodePoint(code) : whole
    },
  )
}
