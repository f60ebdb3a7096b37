import { describe, expect, test } from 'vitest'
import { makeQuery } from '../../sandbox/imis/seed-queries.ts'
import { faultOf, startImisClient } from './start-imis-client.ts'

const REGISTRANTS = '$/Cvent/Registrants'

describe.each(['ems', '2017'] as const)('on %s', (edition) => {
  test('an eligible party has one row, another none', async () => {
    const { imis } = await startImisClient({ edition })

    const eligible = await imis.runQuery(REGISTRANTS, ['101'])
    const other = await imis.runQuery(REGISTRANTS, ['102'])

    expect(eligible.rows).toMatchObject([{ ID: '101', Email: 'maren.oakfield@example.org' }])
    expect(eligible.hasMore).toBe(false)
    expect(other).toEqual({ rows: [], hasMore: false })
  })

  test('more rows than wanted are told of, not read', async () => {
    const { imis, site } = await startImisClient({ edition })

    const { rows, hasMore } = await imis.runQuery('$/Cvent/TooManyRows', [])

    expect([rows.length, hasMore]).toEqual([2, true])
    expect(site.switchboard.count(/\/api\/(query|iqa)$/)).toBe(1)
  })

  test('values of every type come out as text, and nothing as nothing', async () => {
    const { imis, site } = await startImisClient({ edition })
    const row = { ID: '7', Seats: 4, Fee: 12.5, Eligible: true, Off: false, None: null, Empty: '' }
    site.state.queries.push(
      makeQuery(90, '$/Cvent/Types', [row], { columns: Object.keys(row), prompts: [] }),
    )

    const { rows } = await imis.runQuery('$/Cvent/Types', [])

    expect(rows).toEqual([
      { ID: '7', Seats: '4', Fee: '12.5', Eligible: 'true', Off: 'false', Empty: '' },
    ])
  })

  test('text that arrives HTML-encoded is decoded', async () => {
    const { imis, site } = await startImisClient({ edition })
    site.state.settings.htmlEncoded = true

    const { rows } = await imis.runQuery(REGISTRANTS, ['110'])

    expect(rows[0]?.['Company']).toBe('Fjord & Sons')
  })

  test('a missing query and one not open to REST are both not found, and the definition tells them apart', async () => {
    const { imis } = await startImisClient({ edition })

    const closed = await faultOf(imis.runQuery('$/Cvent/NotOpenToRest', ['101']))
    const missing = await faultOf(imis.runQuery('$/Cvent/Missing', ['101']))

    expect([closed.code, missing.code]).toEqual(['NOT_FOUND', 'NOT_FOUND'])
    expect(await imis.queryDefinition('$/Cvent/NotOpenToRest')).toMatchObject({
      path: '$/Cvent/NotOpenToRest',
      prompts: [
        { label: 'iMIS ID', isRequired: false },
        { label: 'Email', isRequired: false },
      ],
    })
    expect(await imis.queryDefinition('$/Cvent/Missing')).toBeUndefined()
  })

  test('a prompt that must be filled is named when iMIS refuses', async () => {
    const { imis, site } = await startImisClient({ edition })
    const prompt = { prompt: 'iMIS ID', propertyName: 'A.ID', column: 'ID', operation: 3 }
    site.state.queries.push(
      makeQuery(91, '$/Cvent/Required', [], {
        prompts: [{ ...prompt, isRequired: true, maxLength: 10 }],
      }),
    )

    const fault = await faultOf(imis.runQuery('$/Cvent/Required', ['']))

    expect(fault).toMatchObject({
      code: 'VENDOR_REFUSED',
      errors: [{ field: 'iMIS ID', message: 'must have a value' }],
    })
  })
})

test('a value cannot bring an operator or a second value of its own', async () => {
  const { imis, site } = await startImisClient()

  const smuggled = await Promise.all(
    ['ne:0', 'contains:1', 'notEmpty:', 'in:101'].map((value) =>
      imis.runQuery(REGISTRANTS, [value]),
    ),
  )
  const barred = await faultOf(imis.runQuery(REGISTRANTS, ['101|102']))

  expect(smuggled.map(({ rows }) => rows.length)).toEqual([0, 0, 0, 0])
  expect(barred.code).toBe('INVALID_REQUEST')
  expect(barred.message).not.toContain('101')
  expect(site.switchboard.calls.some(({ query }) => query.includes('%7C'))).toBe(false)
})

test('prompts are filled by position, and an empty one is skipped', async () => {
  const { imis } = await startImisClient()

  const byEmail = await imis.runQuery(REGISTRANTS, ['', 'maren.oakfield@example.org'])
  const byBoth = await imis.runQuery(REGISTRANTS, ['110', 'maren.oakfield@example.org'])

  expect(byEmail.rows.map(({ ID }) => ID)).toEqual(['101'])
  expect(byBoth.rows).toEqual([])
})

test('a query the service account may not read is refused, not taken for empty', async () => {
  const { imis } = await startImisClient({ username: 'MOAKFIELD', password: 'password-101' })

  const fault = await faultOf(imis.runQuery(REGISTRANTS, ['101']))

  expect(fault).toMatchObject({ code: 'VENDOR_REFUSED', status: 403 })
})

test('the picker walks the folders, the root by any spelling', async () => {
  const { imis } = await startImisClient()

  const roots = await Promise.all(['$', '$/', ''].map((path) => imis.folder(path)))
  const cvent = await imis.folder('$/Cvent/')

  for (const root of roots)
    expect(root).toContainEqual({ name: 'Cvent', kind: 'folder', path: '$/Cvent' })
  expect(cvent[0]).toEqual({ name: 'Archive', kind: 'folder', path: '$/Cvent/Archive' })
  expect(cvent).toContainEqual({ name: 'Registrants', kind: 'query', path: REGISTRANTS })
  expect(await imis.folder('$/Cvent/Archive')).toEqual([])
  expect((await faultOf(imis.folder('$/Nowhere'))).code).toBe('NOT_FOUND')
})

test('2017 has no folders to walk', async () => {
  const { imis } = await startImisClient({ edition: '2017' })

  expect((await faultOf(imis.folder('$/'))).code).toBe('NOT_FOUND')
})
