import { describe, expect, test } from 'vitest'
import { assignStaff } from '../../../../db/users.ts'
import { openTokens } from '../../../../server/secrets/tokens.ts'
import { bearer, startAdmin, type Answer } from './start-admin.ts'

/** Who may come in without a credential; a route added here is a decision. */
const PUBLIC = ['GET /admin/sign-on/{account}', 'POST /admin/session']
/** What a viewer may send: questions that write nothing. */
const QUESTIONS = [
  'POST /admin/accounts/{account}/events/{eventCode}/simulate',
  'POST /admin/accounts/{account}/registrations/{id}/preview',
]
const RANK = ['viewer', 'editor', 'owner']
/** Every route by who is let in; `…` stands for `/accounts/{account}`. */
const TABLE: Record<string, string[]> = {
  public: ['GET /sign-on/{account}', 'POST /session'],
  'signed-in': ['GET /session', 'GET /accounts'],
  viewer: [
    'GET …',
    'GET …/retention',
    'GET …/overview',
    'GET …/setup',
    'GET …/content-item.zip',
    'GET …/events/{eventCode}',
    'GET …/events',
    'POST …/events/{eventCode}/simulate',
    'GET …/pickers/cvent-events',
    'GET …/pickers/imis-meetings',
    'GET …/pickers/folder',
    'GET …/pickers/query',
    'GET …/registrations',
    'GET …/registrations/export',
    'GET …/registrations/{id}',
    'POST …/registrations/{id}/preview',
    'GET …/logs',
    'GET …/logs/live',
    'GET …/logs/export',
    'GET …/logs/{id}',
    'GET …/messages',
    'GET …/messages/{id}',
    'GET …/runs',
    'GET …/runs/{id}',
    'GET …/audits',
  ],
  owner: ['PUT …', 'POST …/preview', 'GET …/api-keys', 'GET …/staff'],
  'owner, signed in recently': [
    'DELETE …',
    'POST …/webhook-tokens',
    'POST …/webhook-tokens/retire',
    'POST …/people/erase',
    'POST …/api-keys',
    'DELETE …/api-keys/{id}',
    'PUT …/staff/{partyId}',
    'DELETE …/staff/{partyId}',
  ],
  editor: [
    'POST …/test',
    'PUT …/events/{eventCode}',
    'DELETE …/events/{eventCode}',
    'POST …/events/{eventCode}/preview',
    'POST …/events/{eventCode}/copy',
    'POST …/events/{eventCode}/check',
    'POST …/events/{eventCode}/reconcile',
    'PUT …/unknown-events/{eventStub}',
    'POST …/pickers/query/run',
    'POST …/registrations/{id}/retry',
    'POST …/registrations/{id}/candidates',
    'POST …/registrations/{id}/party',
    'POST …/people/preview',
    'POST …/people/export',
    'POST …/logs/{id}/replay',
    'POST …/logs/{id}/dismiss',
    'POST …/messages/{id}/replay',
    'POST …/messages/{id}/dismiss',
    'POST …/replays',
    'POST …/runs/{id}/start',
    'POST …/runs/{id}/cancel',
  ],
  'everything, signed in recently': ['POST /plan', 'POST /apply'],
  everything: ['GET /removed-accounts', 'GET /api-keys', 'POST /api-keys', 'DELETE /api-keys/{id}'],
}

interface Operation {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  path: string
  access: string
  isFresh: boolean
}

type Admin = Awaited<ReturnType<typeof startAdmin>>

/** Every operation of the document, each with an address of the seeded account. */
async function operationsOf(admin: Admin): Promise<Operation[]> {
  const { body } = await admin.get('/openapi.json', {})
  const operations: Operation[] = []
  for (const [path, item] of Object.entries<Record<string, Record<string, unknown>>>(body.paths))
    for (const [method, operation] of Object.entries(item))
      operations.push({
        // OpenAPI's member names are the methods in lower case.
        method: method.toUpperCase() as Operation['method'],
        path,
        access: String(operation['x-access']),
        isFresh: operation['x-fresh'] === true,
      })
  return operations
}

/** An address of that account; ids are of the right form and of nothing that exists. */
function address(path: string, account: string) {
  return path
    .replace('{account}', account)
    .replace('{eventCode}', 'WRN3DBTCMX9')
    .replace('{partyId}', '999')
    .replace('{eventStub}', '11111111-1111-4111-8111-111111111111')
    .replace('{id}', '11111111-1111-4111-8111-111111111111')
}

function call(
  admin: Admin,
  { method, path }: Operation,
  account: string,
  token: string | undefined,
) {
  const headers = token === undefined ? { authorization: '' } : bearer(token)
  const body = method === 'PUT' || method === 'POST' ? {} : undefined
  return admin.call(method, address(path, account), body, headers)
}

/** The seeded account `nasm`, a second one, and a key of `nasm` for each role. */
async function arrange() {
  const admin = await startAdmin()
  const operations = await operationsOf(admin)
  const { body } = await admin.get('/accounts/nasm')
  await admin.put('/accounts/other', {
    ...body,
    key: 'other',
    imis: { ...body.imis, password: 'p', sso: { ...body.imis.sso, clientSecret: 's' } },
    cvent: { ...body.cvent, clientSecret: 's', webhookTokens: [] },
  })
  const keys: Record<string, string> = {}
  for (const role of RANK) {
    const made = await admin.post('/accounts/nasm/api-keys', { name: role, role })
    keys[role] = made.body.key
  }
  const guarded = operations.filter(({ access }) => access !== 'public')
  return { admin, operations, guarded, keys }
}

describe('every admin route', () => {
  test('lets in exactly who the table says; another route, or another role, is a decision to write down here', async () => {
    const { operations } = await arrange()
    const found: Record<string, string[]> = {}
    for (const { method, path, access, isFresh } of operations)
      (found[`${access}${isFresh ? ', signed in recently' : ''}`] ??= []).push(
        `${method} ${path.replace('/admin', '').replace('/accounts/{account}', '…')}`,
      )

    expect(found).toEqual(TABLE)
  })

  test('is in the document with who is let in, and there are no others', async () => {
    const { operations } = await arrange()

    expect(operations.length).toBeGreaterThan(50)
    const unguarded = operations.filter(({ access }) => access === 'public')
    expect(unguarded.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(PUBLIC)
    for (const { access } of operations)
      expect([...RANK, 'signed-in', 'everything', 'public']).toContain(access)
  })

  test('that changes something asks for more than the role of a viewer, and users for an owner', async () => {
    const { guarded } = await arrange()
    const changing = guarded.filter(({ method }) => method !== 'GET')

    const open = changing.filter(
      ({ access }) => !['editor', 'owner', 'everything'].includes(access),
    )
    const users = guarded.filter(({ path }) => /api-keys|staff|webhook-tokens/.test(path))

    expect(open.map(name).toSorted()).toEqual(QUESTIONS)
    expect(users.length).toBeGreaterThan(8)
    for (const { access } of users) expect(['owner', 'everything']).toContain(access)
  })

  test('refuses a request without a credential, and says how to send one', async () => {
    const { admin, guarded } = await arrange()

    for (const operation of guarded) {
      const answer = await call(admin, operation, 'nasm', undefined)

      expect([name(operation), answer.status]).toEqual([name(operation), 401])
      expect(answer.headers['www-authenticate']).toContain('Bearer')
    }
  })

  test('refuses a wrong credential of each kind', async () => {
    const { admin, guarded } = await arrange()
    const { signMember } = openTokens(admin)
    const member = await signMember({ account: 'nasm', partyId: '101', userName: 'u' })
    const wrong = ['wrong', `${admin.adminToken}x`, `cvr_${'A'.repeat(43)}`, member.token]
    for (const operation of guarded) {
      for (const token of wrong) {
        // Failed attempts are counted by address; this test makes more of them than anybody may.
        admin.advance(61_000)
        const answer = await call(admin, operation, 'nasm', token)

        expect([name(operation), token, answer.status]).toEqual([name(operation), token, 401])
      }
    }
  })

  test('refuses a role below the one it asks for', async () => {
    const { admin, guarded, keys } = await arrange()

    for (const operation of guarded) {
      if (operation.access === 'signed-in') continue
      const rank = operation.access === 'everything' ? RANK.length : RANK.indexOf(operation.access)
      for (const role of RANK.slice(0, rank)) {
        const answer = await call(admin, operation, 'nasm', keys[role])

        expect([name(operation), role, answer.status]).toEqual([name(operation), role, 403])
      }
    }
  })

  test('answers for another account exactly as for one that does not exist', async () => {
    const { admin, guarded, keys } = await arrange()

    for (const operation of guarded) {
      if (!operation.path.includes('{account}')) continue
      const others = await call(admin, operation, 'other', keys['owner'])
      const nobodys = await call(admin, operation, 'nobody', keys['owner'])

      expect([name(operation), others.status]).toEqual([name(operation), 404])
      expect(without(others)).toEqual(without(nobodys))
    }
  })

  test('lets in the role it asks for', async () => {
    const { admin, guarded, keys } = await arrange()
    const fresh = await ownerSession(admin)

    for (const operation of guarded) {
      if (!RANK.includes(operation.access) || operation.method === 'DELETE') continue
      if (operation.path.endsWith('/live')) continue
      const credential = operation.isFresh ? fresh : keys[operation.access]
      const answer = await call(admin, operation, 'nasm', credential)

      expect([name(operation), [401, 403].includes(answer.status)]).toEqual([
        name(operation),
        false,
      ])
    }
  })

  test('asks a session older than ten minutes, and the key of an account, to sign in again before secrets or access change', async () => {
    const { admin, operations, keys } = await arrange()
    const old = await ownerSession(admin)
    admin.advance(11 * 60_000)

    for (const operation of operations.filter((one) => one.isFresh && one.access === 'owner'))
      for (const credential of [old, keys['owner']]) {
        const answer = await call(admin, operation, 'nasm', credential)

        expect([name(operation), answer.status]).toEqual([name(operation), 401])
        expect(answer.headers['www-authenticate']).toContain('insufficient_user_authentication')
      }
  })
})

/** A session of an owner of `nasm` that began just now. */
async function ownerSession(admin: Admin) {
  const staff = { account: 'nasm', partyId: '7', name: 'Ada', role: 'owner' }
  await assignStaff(admin.db, { ...staff, createdAt: admin.now() })
  const session = { account: 'nasm', partyId: '7', roles: ['owner'] }
  return (await openTokens(admin).signDashboard(session)).token
}

function name({ method, path }: Operation) {
  return `${method} ${path}`
}

function without({ status, body }: Answer) {
  const { requestId: _requestId, ...rest } = body
  return { status, rest }
}

test('after twenty wrong credentials in a minute the next one is refused, a right one never', async () => {
  const admin = await startAdmin()
  for (let attempt = 0; attempt < 20; attempt += 1)
    await admin.get('/accounts', bearer(`guess ${attempt}`))

  const wrong = await admin.get('/accounts', bearer('guess 21'))
  const right = await admin.get('/accounts')
  admin.advance(61_000)
  const later = await admin.get('/accounts', bearer('guess 22'))

  expect(wrong.status).toBe(429)
  expect(Number(wrong.headers['retry-after'])).toBeGreaterThan(0)
  expect(right.status).toBe(200)
  expect(later.status).toBe(401)
})

test('wrong credentials are limited for all instances together', async () => {
  const first = await startAdmin()
  const more = { databaseUrl: first.databaseUrl, vendors: first, seed: false }
  const instances = [first, await startAdmin(more), await startAdmin(more)]
  for (let attempt = 0; attempt < 20; attempt += 1)
    await instances[attempt % 3]?.get('/accounts', bearer(`guess ${attempt}`))

  for (const instance of instances) {
    expect((await instance.get('/accounts', bearer('guess 21'))).status).toBe(429)
    expect((await instance.get('/accounts')).status).toBe(200)
  }
})

test('wrong credentials are a line of the account’s log a minute, with their number and network', async () => {
  const admin = await startAdmin()
  for (let attempt = 0; attempt < 15; attempt += 1)
    await admin.get('/accounts/nasm/overview', bearer(`guess ${attempt}`))
  admin.advance(61_000)
  await admin.get('/accounts/nasm/overview', bearer('one more'))
  await admin.accountLog.flush()

  const lines = await admin.db
    .selectFrom('log')
    .select('text')
    .where('code', '=', 'sign-in-refused')
    .orderBy('id')
    .execute()

  expect(lines.map(({ text }) => text.split(' ', 1)[0])).toEqual(['1', '15'])
  expect(lines[0]?.text).toContain('127.0.0.0/24')
})
