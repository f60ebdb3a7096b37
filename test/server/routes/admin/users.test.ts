import { expect, test } from 'vitest'
import { openTokens } from '../../../../server/secrets/tokens.ts'
import { bearer, startAdmin } from './start-admin.ts'

test('a key is shown once: the stored row and the list hold nothing it could be used with', async () => {
  const admin = await startAdmin()

  const made = await admin.post('/accounts/nasm/api-keys', { name: 'export', role: 'viewer' })
  const listed = await admin.get('/accounts/nasm/api-keys')
  const rows = await admin.db.selectFrom('apikey').selectAll().execute()
  const used = await admin.get('/accounts/nasm', bearer(made.body.key))

  expect(made.status).toBe(201)
  expect(listed.text + JSON.stringify(rows)).not.toContain(made.body.key)
  expect(used.status).toBe(200)
  expect((await admin.get('/accounts/nasm/api-keys')).body.items[0].lastUsedAt).not.toBeNull()
})

test('a revoked or expired key is refused at once', async () => {
  const admin = await startAdmin()
  const revoked = await admin.post('/accounts/nasm/api-keys', { name: 'a', role: 'viewer' })
  const expiresAt = new Date(admin.now() + 60_000).toISOString()
  const expiring = await admin.post('/accounts/nasm/api-keys', {
    name: 'b',
    role: 'viewer',
    expiresAt,
  })

  await admin.delete(`/accounts/nasm/api-keys/${revoked.body.id}`)
  const afterRevoking = await admin.get('/accounts/nasm', bearer(revoked.body.key))
  const before = await admin.get('/accounts/nasm', bearer(expiring.body.key))
  admin.advance(60_000)
  const after = await admin.get('/accounts/nasm', bearer(expiring.body.key))

  expect(afterRevoking.status).toBe(401)
  expect(before.status).toBe(200)
  expect(after.status).toBe(401)
})

test('a session is only for an assigned party with a fresh sign-on, and ends with the assignment', async () => {
  const admin = await startAdmin()
  const { signMember } = openTokens(admin)
  const member = { account: 'nasm', partyId: '101', userName: 'ada' }
  const early = await signMember(member)
  const stranger = await admin.post('/session', { token: early.token })
  await admin.put('/accounts/nasm/staff/101', { name: 'Ada', role: 'editor' })

  const opened = await admin.post('/session', { token: early.token })
  const headers = bearer(opened.body.session)
  const who = await admin.get('/session', headers)
  const seen = await admin.get('/accounts/nasm', headers)
  await admin.delete('/accounts/nasm/staff/101')
  const ended = await admin.get('/accounts/nasm', headers)
  admin.advance(6 * 60_000)
  await admin.put('/accounts/nasm/staff/101', { name: 'Ada', role: 'editor' })
  const old = await admin.post('/session', { token: early.token })

  expect(stranger.status).toBe(403)
  expect(opened.body).toMatchObject({ account: 'nasm', partyId: '101', role: 'editor' })
  expect(who.body).toMatchObject({ actor: 'party 101', kind: 'session', isFresh: true })
  expect(seen.status).toBe(200)
  expect(ended.status).toBe(401)
  expect(old.status).toBe(401)
})
