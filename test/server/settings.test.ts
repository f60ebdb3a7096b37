import { expect, test } from 'vitest'
import { readSettings } from '../../server/settings.ts'

const TOKEN = 'a token of enough letters'

test.each([`${TOKEN}\n`, `  ${TOKEN}\r\n`, `\t${TOKEN} `])(
  'the admin token loses the white space around it: %j',
  (given) => {
    expect(readSettings({ ADMIN_TOKEN: given }).adminToken).toBe(TOKEN)
  },
)

test.each([
  'a token\nof two lines and more',
  'a token with a \u200B in it',
  'short',
  ' '.repeat(40),
])('an admin token that nobody could send is refused by name: %j', (given) => {
  expect(() => readSettings({ ADMIN_TOKEN: given })).toThrow(/ADMIN_TOKEN/)
})
