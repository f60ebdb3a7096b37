import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { AUDIT_ACTIONS } from '../../server/operator/access/audit.ts'
import { LOG_CODES, logCodeEntry, logCodeOf } from '../../server/log-codes.ts'

const SERVER = join(import.meta.dirname, '../../server')

/** Codes that are put together from a union of the code's own, which the compiler holds. */
const PUT_TOGETHER = /^(contact|hand-off|query)-/

test('every code of the account log is written somewhere', () => {
  const source = readdirSync(SERVER, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('log-codes.ts'))
    .map((file) => readFileSync(join(SERVER, file), 'utf8'))
    .join('\n')

  const unused = Object.keys(LOG_CODES).filter(
    (code) => !source.includes(`'${code}'`) && !PUT_TOGETHER.test(code),
  )
  expect(unused).toEqual([])
})

test('every code is spelt in one way, and none is an audit’s', () => {
  const audited = Object.keys(AUDIT_ACTIONS).map((action) =>
    action.toLowerCase().replaceAll(' ', '-'),
  )
  for (const code of Object.keys(LOG_CODES)) {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/)
    expect(audited).not.toContain(code)
  }
})

test('a fault has its own code in the same spelling, and no entry of the table', () => {
  expect(logCodeOf('VENDOR_REFUSED')).toBe('vendor-refused')
  expect(logCodeEntry('vendor-refused')).toBeUndefined()
  expect(logCodeEntry('not-eligible')).toMatchObject({ kind: 'eligibility', level: 'info' })
})
