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

test.each([
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
  ['origins.0', { origins: ['https://members.example.org/'] }],
])('an account is refused by the field at fault: %s', async (field, change) => {
  const admin = await startEmpty()

  const { status, body, headers } = await admin.put('/accounts/nasm', merge(accountExample, change))

  expect(status).toBe(400)
  expect(headers['content-type']).toContain('application/problem+json')
  expect(body.errors.map((error: { field: string }) => error.field)).toContain(field)
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
