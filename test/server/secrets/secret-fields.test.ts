import { expect, test } from 'vitest'
import { z } from 'zod'
import { Account, ACCOUNT_FIELDS } from '../../../schemas/account.ts'
import { guarded, roledFields, secret } from '../../../schemas/field-roles.ts'
import { sealAccount, unsealDocument } from '../../../server/accounts.ts'
import { maskedDocument, resolveSecrets } from '../../../server/operator/account/account-secrets.ts'
import { replaceSecrets } from '../../../server/secrets/secret-fields.ts'
import { openKeyRing } from '../../../server/secrets/key-ring.ts'
import { accountExample } from '../routes/admin/start-admin.ts'

/** An account with a secret, a list of secrets and a guarded field more than today's. */
const Extended = Account.extend({
  hub: z
    .strictObject({
      address: guarded(z.string()),
      token: secret(z.string().max(200), { sentTo: ['imis.siteUrl'] }),
      more: z.array(secret(z.string())).default([]),
      spare: secret(z.string()).nullable().default(null),
    })
    .prefault({ address: 'a', token: 't' }),
})
const fields = roledFields(Extended)
const ring = openKeyRing(['a key that is long enough for the ring of this test'])
const hub = { address: 'hub', token: 'HUB-TOKEN', more: ['HUB-0', 'HUB-1'], spare: 'HUB-SPARE' }
const extended = Extended.parse({ ...accountExample, hub })

test('the fields that are secret today, each with where it is sent', () => {
  const secrets = ACCOUNT_FIELDS.filter(({ isSecret }) => isSecret)

  expect(Object.fromEntries(secrets.map(({ path, sentTo }) => [path, sentTo]))).toEqual({
    'imis.password': ['imis.siteUrl', 'imis.apiUrl'],
    'imis.sso.clientSecret': ['imis.siteUrl', 'imis.apiUrl'],
    'cvent.clientSecret': ['cvent.apiUrl'],
    'cvent.webhookTokens.*': [],
    'cvent.formPostKey': ['cvent.formPostUrl'],
    'contactHook.secret': [],
  })
})

test('a field whose name says that it is a secret is marked as one', () => {
  const suspicious = /secret|password|token|key$/i
  const harmless = ['key']
  const marked = new Set(ACCOUNT_FIELDS.filter(({ isSecret }) => isSecret).map(({ path }) => path))

  const unmarked = leaves(Account.parse(accountExample)).filter(
    (path) => suspicious.test(path) && !marked.has(path) && !marked.has(`${path}.*`),
  )

  expect(unmarked).toEqual(harmless)
})

test('a secret added to the schema is sealed, masked, kept, compared and asked for without another line of code', async () => {
  const sealed = await sealAccount(ring, extended, fields)
  const stored = JSON.stringify(sealed)
  const masked = maskedDocument(sealed) as typeof extended
  const opened = await unsealDocument(ring, sealed)
  const kept = await resolveSecrets(ring, masked, sealed, { fields })
  const changed = await resolveSecrets(
    ring,
    { ...masked, hub: { ...masked.hub, token: 'NEW', more: ['…'] } },
    sealed,
    { fields },
  )
  const moved = await resolveSecrets(ring, masked, sealed, { fields, movedTo: ['imis.siteUrl'] })
  const audit = JSON.stringify(replaceSecrets(extended, () => '…', fields))

  for (const text of [stored, JSON.stringify(masked), audit]) {
    expect(text).not.toContain('HUB-')
    expect(text).not.toContain(accountExample.imis.password)
  }
  expect(masked.hub).toEqual({ address: 'hub', token: '…', more: ['…', '…'], spare: '…' })
  expect(opened).toEqual(extended)
  expect(kept).toMatchObject({ account: extended, changed: [], errors: [] })
  expect(changed.changed).toEqual(['hub.token', 'hub.more.1'])
  expect(moved.errors.map(({ field }) => field)).toContain('hub.token')
  expect(fields.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['hub.address', 'hub.token', 'hub.more.*', 'hub.spare']),
  )
})

function leaves(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path]
  return Object.entries(value).flatMap(([name, part]) =>
    leaves(part, path === '' ? name : `${path}.${name}`),
  )
}
