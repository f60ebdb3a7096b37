import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { findAccount } from '../../../../db/accounts.ts'
import { DIALECTS } from '../../../databases.ts'
import { accountExample, eventExample, startEmpty } from './start-admin.ts'

for (const dialect of DIALECTS) {
  test(`${dialect}: an account is added, read back with its secrets hidden, and removed`, async () => {
    const admin = await startEmpty(dialect)

    const added = await admin.put('/accounts/nasm', accountExample)
    const read = await admin.get('/accounts/nasm')
    const removed = await admin.delete('/accounts/nasm')
    const gone = await admin.get('/accounts/nasm')

    expect(added.status).toBe(201)
    expect(added.headers['etag']).toBe('"1"')
    expect(read.body).toEqual(added.body)
    expect(read.body.imis.password).toBe('…')
    expect(read.body.imis.sso.clientSecret).toBe('…')
    expect(read.body.cvent.clientSecret).toBe('…')
    expect(removed.status).toBe(204)
    expect(gone.status).toBe(404)
  })

  test(`${dialect}: a secret given as … is kept, another one replaces it, and the stored row never holds it`, async () => {
    const admin = await startEmpty(dialect)
    await admin.put('/accounts/nasm', accountExample)
    const { body } = await admin.get('/accounts/nasm')

    await admin.put('/accounts/nasm', {
      ...body,
      cvent: { ...body.cvent, clientSecret: 'a newer secret' },
    })

    const row = await findAccount(admin.db, 'nasm')
    const loaded = await admin.accounts.get('nasm')
    expect(loaded?.account.imis.password).toBe(accountExample.imis.password)
    expect(loaded?.account.cvent.clientSecret).toBe('a newer secret')
    expect(JSON.stringify(row)).not.toContain('a newer secret')
    expect(JSON.stringify(row)).not.toContain(accountExample.imis.password)
    const audits = await admin.db.selectFrom('audit').selectAll().orderBy('id').execute()
    expect(audits.map(({ action }) => action)).toEqual(['account added', 'account changed'])
    expect(audits[1]?.after).toContain('"clientSecret":"changed"')
    expect(JSON.stringify(audits)).not.toContain('a newer secret')
  })

  test(`${dialect}: two events cannot share a meeting code, and the answer names the field`, async () => {
    const admin = await startEmpty(dialect)
    await admin.put('/accounts/nasm', accountExample)
    await admin.put('/accounts/nasm/events/WRN3DBTCMX9', eventExample)

    const second = await admin.put('/accounts/nasm/events/OTHER1', {
      ...eventExample,
      eventCode: 'OTHER1',
    })

    expect(second.status).toBe(409)
    expect(second.body.errors).toEqual([expect.objectContaining({ field: 'meetingCode' })])
  })
}

test('the same PUT twice is one version and one audit record', async () => {
  const admin = await startEmpty()
  await admin.put('/accounts/nasm', accountExample)
  await admin.put('/accounts/nasm/events/WRN3DBTCMX9', eventExample)

  const account = await admin.put('/accounts/nasm', accountExample)
  const event = await admin.put('/accounts/nasm/events/WRN3DBTCMX9', eventExample)

  expect(account.status).toBe(200)
  expect(account.headers['etag']).toBe('"1"')
  expect(event.status).toBe(200)
  expect(event.headers['etag']).toBe('"1"')
  expect(await admin.db.selectFrom('audit').select('action').execute()).toHaveLength(2)
})

test('who read an older version overwrites nothing', async () => {
  const admin = await startEmpty()
  await admin.put('/accounts/nasm', accountExample)
  const { headers, body } = await admin.get('/accounts/nasm')
  const etag = String(headers['etag'])

  const first = await admin.put('/accounts/nasm', { ...body, name: 'First' }, { 'if-match': etag })
  const late = await admin.put('/accounts/nasm', { ...body, name: 'Late' }, { 'if-match': etag })
  const again = await admin.put('/accounts/nasm', body, { 'if-none-match': '*' })

  expect(first.status).toBe(200)
  expect(late.status).toBe(412)
  expect(late.body.code).toBe('CHANGED_SINCE')
  expect(again.status).toBe(412)
  expect((await admin.get('/accounts/nasm')).body.name).toBe('First')
})

test.each<readonly [field: string, change: object]>([
  ['imis.siteUrl', { imis: { siteUrl: 'not an address' } }],
  ['imis.siteUrl', { imis: { siteUrl: 'http://members.example.org' } }],
  ['imis.siteUrl', { imis: { siteUrl: 'https://10.0.0.1/' } }],
  ['cvent.apiUrl', { cvent: { apiUrl: 'https://[::ffff:127.0.0.1]/ea' } }],
  ['imis.timeZone', { imis: { timeZone: 'Mars/Olympus' } }],
  ['imis.password', { imis: { password: '…' } }],
  ['imis.password', { imis: { password: '' } }],
  ['cvent.formPostKey', { cvent: { formPostKey: 'not a key' } }],
  ['cvent.webhookTokens.0', { cvent: { webhookTokens: ['short'] } }],
  ['activity.fields.STATUS_CODE', { activity: { fields: { STATUS_CODE: 'eventCode' } } }],
  ['activity.fields.UF_6', { activity: { fields: { UF_6: 'eventTitle' } } }],
  ['activity.fields', { activity: { fields: { UF_2: 'none' } } }],
  ...[
    'https://members.example.org/',
    'https://*.example.org',
    'https://*',
    'https://members_1.example.org',
    'https://Members.example.org',
    'https://user@members.example.org',
    'https://-members.example.org',
    'https://members.example.org.',
    'https://[::1]',
    'https://members.example.org:443',
    'ftp://members.example.org',
    'null',
    '*',
    'members.example.org',
    'not an origin',
    '',
  ].map((origin) => ['origins.0', { origins: [origin] }] as const),
  ...[
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '/\u0000/evil.example',
    '/%2Fevil.example',
    '/%5cevil.example',
    '/%09/evil.example',
    '/.//evil.example',
    '/a/..//evil.example',
    '/%2e%2e/x',
    '/%',
    '/a b',
    'https://evil.example/',
    'CventSignIn',
    '',
  ].map((page) => ['imis.sso.page', { imis: { sso: { page } } }] as const),
  ['cvent.callsPerMember', { cvent: { tier: 'free', callsPerMember: 101 } }],
  ['contactHook.secret', { contactHook: { enabled: true, secret: 'fifteen letters' } }],
  ['contactHook.secret', { contactHook: { enabled: true, secret: `${'x'.repeat(15)}  ` } }],
])('an account is refused by the field at fault: %s', async (field, change) => {
  const admin = await startEmpty()

  const { status, body, headers } = await admin.put('/accounts/nasm', merge(accountExample, change))

  expect(status).toBe(400)
  expect(headers['content-type']).toContain('application/problem+json')
  expect(body.errors.map((error: { field: string }) => error.field)).toContain(field)
})

const LONG = 'a-secret-of-more-than-sixteen'
test.each<[field: string, put: (text: string) => object]>([
  ['imis.username', (username) => ({ imis: { username } })],
  ['imis.password', (password) => ({ imis: { password } })],
  ['imis.sso.clientId', (clientId) => ({ imis: { sso: { clientId } } })],
  ['imis.sso.clientSecret', (clientSecret) => ({ imis: { sso: { clientSecret } } })],
  ['cvent.clientId', (clientId) => ({ cvent: { clientId } })],
  ['cvent.clientSecret', (clientSecret) => ({ cvent: { clientSecret } })],
  ['cvent.webhookTokens.0', (token) => ({ cvent: { webhookTokens: [token] } })],
  ['contactHook.secret', (secret) => ({ contactHook: { enabled: true, secret } })],
])(
  '%s: what a copy brings along around it is taken away, and inside it is refused',
  async (field, put) => {
    const admin = await startEmpty()
    const save = (text: string) => admin.put('/accounts/nasm', merge(accountExample, put(text)))
    const read = async () => {
      const loaded = await admin.accounts.get('nasm')
      return field
        .split('.')
        .reduce<unknown>(
          (at, step) => (at as Record<string, unknown> | undefined)?.[step],
          loaded?.account,
        )
    }

    for (const around of [`${LONG}\n`, ` ${LONG}`, `\r\n\t${LONG}\u00A0`, `\uFEFF${LONG} `]) {
      expect((await save(around)).status).toBeLessThan(300)
      expect(await read()).toBe(LONG)
    }
    for (const inside of [`${LONG}\n${LONG}`, `${LONG}\t${LONG}`, `${LONG}\u200B`, `${LONG}\0x`]) {
      const { status, body } = await save(inside)
      expect(status).toBe(400)
      expect(body.errors.map((error: { field: string }) => error.field)).toContain(field)
    }
  },
)

test('a form-post key keeps its lines, and loses what is around them', async () => {
  const admin = await startEmpty()
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

  const { status } = await admin.put(
    '/accounts/nasm',
    merge(accountExample, { cvent: { formPostKey: `\n  ${pem}\r\n` } }),
  )

  expect(status).toBeLessThan(300)
  expect((await admin.accounts.get('nasm'))?.account.cvent.formPostKey).toBe(pem.trim())
})

test('an account removed leaves nobody with access to a later one of the same key', async () => {
  const admin = await startEmpty()
  await admin.put('/accounts/nasm', accountExample)
  const staff = { account: 'nasm', partyId: '7', name: 'Ada', role: 'owner', createdAt: 1 }
  await admin.db.insertInto('staff').values(staff).execute()

  await admin.delete('/accounts/nasm')
  await admin.put('/accounts/nasm', accountExample)

  expect(await admin.db.selectFrom('staff').selectAll().execute()).toEqual([])
})

function merge(one: object, other: object): object {
  const merged: Record<string, unknown> = { ...one }
  for (const [name, value] of Object.entries(other)) {
    const was = merged[name]
    merged[name] = isPlain(was) && isPlain(value) ? merge(was, value) : value
  }
  return merged
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
