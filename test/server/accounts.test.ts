import { expect, onTestFinished, test } from 'vitest'
import { saveAccount } from '../../db/accounts.ts'
import { Account } from '../../schemas/account.ts'
import { openAccounts, sealAccount } from '../../server/accounts.ts'
import { openKeyRing } from '../../server/secrets/key-ring.ts'
import { freshDatabase } from '../databases.ts'

const ring = openKeyRing(['a test key that is long enough for the ring'])
const account = Account.parse({
  key: 'nasm',
  name: 'Sample',
  origins: ['https://members.example.org'],
  imis: {
    siteUrl: 'https://members.example.org/',
    username: 'service',
    password: 'p',
    timeZone: 'America/New_York',
    sso: { clientId: 'id', clientSecret: 's', page: '/CventSignIn' },
  },
  cvent: { clientId: 'id', clientSecret: 's' },
})

async function open() {
  const { db, close } = await freshDatabase()
  onTestFinished(close)
  let at = 1_000_000
  const accounts = openAccounts({ db, ring, now: () => at })
  const save = async (name: string) =>
    saveAccount(db, await sealAccount(ring, { ...account, name }), undefined, at)
  return { accounts, save, advance: (ms: number) => (at += ms) }
}

test('a change made here is seen at once, one made elsewhere within two seconds', async () => {
  const { accounts, save, advance } = await open()
  await save('first')
  expect((await accounts.get('nasm'))?.account.name).toBe('first')

  await save('second')
  expect((await accounts.get('nasm'))?.account.name).toBe('first')
  advance(2001)
  expect((await accounts.get('nasm'))?.account.name).toBe('second')

  await save('third')
  accounts.forget('nasm')
  expect((await accounts.get('nasm'))?.account.name).toBe('third')
})

test('a change while the account is being read does not fail the reader', async () => {
  const { accounts, save } = await open()
  await save('first')

  const reading = accounts.get('nasm')
  accounts.forget('nasm')

  expect((await reading)?.account.name).toBe('first')
})
