import type { FastifyInstance } from 'fastify'
import { ExecuteRequest, readBody } from './bodies.ts'
import { matchParty, isStaff, needStaff } from './caller.ts'
import { fulfils, readAsked, readCriterion, type Asked } from './criteria.ts'
import type { Cell, Prompt, Query, Row, User } from './state.ts'
import {
  collection,
  core,
  invalid,
  paged,
  propertyData,
  readPage,
  Refusal,
  serviceResponse,
  STRINGS,
  withoutDefaults,
} from './wire.ts'
import type { World } from './world.ts'

/** IQAs: `/api/query` (EMS only), `/api/iqa`, and the services that describe a query and its prompts. */
export function registerQueries(app: FastifyInstance, world: World) {
  const { state } = world

  app.get('/api/query', (request) => {
    if (state.settings.edition === '2017') throw new Refusal(404, '')
    const asked = readAsked(request.url)
    const { columns, rows } = answer(world, matchParty(world, request), asked)
    const page = readPage(asked.one('limit'), asked.one('offset'))
    return paged(rows, page, undefined, (row) => ({
      $type: 'System.Dynamic.ExpandoObject, System.Core',
      ...Object.fromEntries(columns(row).map((name) => [name, row[name] ?? null])),
    }))
  })

  app.get('/api/iqa', (request) => {
    const asked = readAsked(request.url)
    const { columns, rows } = answer(world, matchParty(world, request), asked)
    const page = readPage(asked.one('limit'), asked.one('offset'))
    const old = state.settings.edition === '2017'
    const extra = { SyncRoot: { $type: 'System.Object, mscorlib' }, IsSynchronized: false }
    const write = (row: Row, index: number) => ({
      $type: core('GenericEntityData'),
      EntityTypeName: '59',
      Properties: collection(core('GenericPropertyDataCollection'), [
        propertyData('ResultRow', String(index + 1)),
        ...columns(row).map((name) => propertyData(name.replaceAll(' ', ''), row[name] ?? null)),
      ]),
    })
    return paged(rows, page, core('GenericEntityData'), write, old ? extra : {})
  })

  app.post('/api/QueryDefinition/_execute', (request) => {
    needStaff(matchParty(world, request), 'read query definitions')
    const { OperationName, Parameters } = readBody(ExecuteRequest, request.body)
    const { edition } = state.settings
    const [first] = Parameters.$values
    switch (OperationName.toLowerCase()) {
      case 'findbypath':
      case 'findbyid': {
        const query = findQuery(state.queries, String(first))
        return serviceResponse(
          edition,
          core('QueryDefinitionData'),
          query ? definition(query) : null,
        )
      }
      case 'getrestaccess': {
        const paths = Array.isArray(first) ? first : Parameters.$values.map(String)
        const open = paths.filter((path) => findQuery(state.queries, path)?.isAvailableToRest)
        return serviceResponse(
          edition,
          STRINGS.replace(', mscorlib', ''),
          collection(STRINGS, open),
        )
      }
      default:
        throw new Refusal(501, 'Operation not implemented')
    }
  })

  app.post('/api/QueryParameterDefinition/_execute', (request) => {
    needStaff(matchParty(world, request), 'read query definitions')
    const { OperationName, Parameters } = readBody(ExecuteRequest, request.body)
    if (!['findbypath', 'findbyid'].includes(OperationName.toLowerCase()))
      throw new Refusal(501, 'Operation not implemented')
    const query = findQuery(state.queries, String(Parameters.$values[0]))
    const type = `System.Collections.ObjectModel.Collection\`1[[${core('QueryParameterDefinitionData')}]], mscorlib`
    return serviceResponse(
      state.settings.edition,
      type,
      query ? collection(type, query.prompts.map(parameterDefinition)) : null,
    )
  })
}

/** A query by its path (without case), its document id or its version key. */
export function findQuery(queries: Query[], key: string): Query | undefined {
  return queries.find(
    ({ path, documentId, documentVersionKey }) =>
      path.toLowerCase() === key.toLowerCase() || documentId === key || documentVersionKey === key,
  )
}

function answer({ state }: World, caller: User, asked: Asked) {
  const key = asked.one('QueryName') ?? asked.one('QueryDocumentVersionKey') ?? ''
  const query = findQuery(state.queries, key)
  if (!query?.isAvailableToRest) throw new Refusal(404, '')
  if (query.readers === 'staff' && !isStaff(caller))
    throw new Refusal(403, 'You do not have permission to run this query.')

  const given = asked.all('parameter')
  const criteria = query.prompts.map(({ prompt, isRequired }, position) => {
    const text = given[position] ?? ''
    if (text === '' && isRequired)
      throw invalid({ message: `The field '${prompt}' must have a value.`, fieldName: prompt })
    return text === '' ? undefined : readCriterion(text)
  })
  const rows =
    typeof query.rows === 'function'
      ? query.rows({ criteria, caller, asked: (position) => criteria[position]?.values[0] })
      : query.rows
  const named = asked.pairs.filter(([name]) => query.columns.some((column) => column === name))
  const kept = rows.filter(
    (row) =>
      (!query.honoursPrompts ||
        criteria.every(
          (criterion, position) =>
            !criterion || fulfils(row[query.prompts[position]?.column ?? ''] ?? null, criterion),
        )) &&
      named.every(([name, value]) => fulfils(row[name] ?? null, readCriterion(value))),
  )
  const cut = query.rowCap === null ? kept : kept.slice(0, query.rowCap)
  return {
    columns: (row: Row) => query.columns.filter((name) => row[name] !== undefined),
    rows: state.settings.htmlEncoded ? cut.map(htmlEncoded) : cut,
  }
}

function htmlEncoded(row: Row): Row {
  const encode = (value: Cell) =>
    typeof value === 'string'
      ? value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll("'", '&#39;')
      : value
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, encode(value)]))
}

function definition(query: Query) {
  return withoutDefaults({
    $type: core('IqaQueryDefinitionData'),
    QueryDefinitionId: query.documentVersionKey,
    IsAvailableToREST: query.isAvailableToRest,
    Path: query.path,
    Parameters: collection(
      core('CriteriaDataCollection'),
      query.prompts.map(({ operation, propertyName, prompt, isRequired }) =>
        withoutDefaults({
          $type: core('CriteriaData'),
          Operation: operation,
          PropertyName: propertyName,
          Prompt: prompt,
          IsRequired: isRequired,
          Values: collection(STRINGS, []),
        }),
      ),
    ),
    Properties: collection(
      core('QueryPropertyDataCollection'),
      query.columns.map((alias, index) => ({
        $type: core('QueryPropertyData'),
        QuerySourceId: '1',
        Name: alias.replaceAll(' ', ''),
        PropertyName: alias.replaceAll(' ', ''),
        Alias: alias,
        Caption: alias,
        DisplayOrder: index + 1,
        DataTypeName: 'String',
      })),
    ),
    LimitResultsCount: query.rowCap,
  })
}

const parameterDefinition = ({ propertyName, prompt, isRequired, maxLength }: Prompt) =>
  withoutDefaults({
    $type: core('QueryParameterDefinitionData'),
    PropertyName: propertyName,
    Prompt: prompt,
    IsRequired: isRequired,
    MaxLength: maxLength,
    PropertyTypeName: 'String',
  })
