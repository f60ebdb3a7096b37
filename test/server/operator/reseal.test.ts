import { describe, expect, onTestFinished, test } from 'vitest'
import { findAccount, saveAccount } from '../../../db/accounts.ts'
import { Account } from '../../../schemas/account.ts'
import { sealAccount, unsealAccount } from '../../../server/accounts.ts'
import { resealSecrets } from '../../../server/operator/account/reseal.ts'
import { openKeyRing } from '../../../server/secrets/key-ring.ts'
import { DIALECTS, freshDatabase } from '../../databases.ts'

const OLD = 'the old key, which is thirty-two characters or more'
const NEW = 'the new key, which is thirty-two characters or more'

const account = Account.parse({
  key: 'nasm',
  name: 'Sample',
  origins: ['https://members.example.org'],
  imis: {
    siteUrl: 'https://members.example.org/',
    username: 'service',
    password: 'canary-password',
    timeZone: 'America/New_York',
    sso: { clientId: 'id', clientSecret: 'canary-sso', page: '/CventSignIn' },
  },
  cvent: { clientId: 'id', clientSecret: 'canary-cvent', webhookTokens: ['canary-1', 'canary-2'] },
})

describe.each(DIALECTS)('on %s', (dialect) => {
  async function seed() {
    const { db, close } = await freshDatabase(dialect)
    onTestFinished(close)
    await saveAccount(db, await sealAccount(openKeyRing([OLD]), account), 0, 1)
    return db
  }

  test('no secret stands in the row in the clear', async () => {
    const db = await seed()

    const row = await findAccount(db, 'nasm')

    expect(JSON.stringify(row)).not.toContain('canary')
  })

  test('after resealing, the new key alone opens every secret', async () => {
    const db = await seed()

    const done = await resealSecrets({ db, ring: openKeyRing([NEW, OLD]), now: () => 2 })
    const again = await resealSecrets({ db, ring: openKeyRing([NEW, OLD]), now: () => 3 })

    expect(done).toEqual([{ account: 'nasm', outcome: 'resealed' }])
    expect(again).toEqual([{ account: 'nasm', outcome: 'already-newest' }])
    const row = await findAccount(db, 'nasm')
    if (!row) throw new Error('the account is gone')
    expect((await unsealAccount(openKeyRing([NEW]), row)).account).toEqual(account)
  })
})
