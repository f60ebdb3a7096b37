import { expect, test } from 'vitest'
import { addRun, findRun } from '../../../../db/runs.ts'
import { assignStaff } from '../../../../db/users.ts'
import { openTokens } from '../../../../server/secrets/tokens.ts'
import { sandboxWebhookToken } from '../../../sandbox/cvent/server.ts'
import { SERVICE_USER, SSO_CLIENT } from '../../../sandbox/imis/seed.ts'
import { startAdmin } from './start-admin.ts'

const ID = '0193a3c1-7b5e-7c3e-9a51-2f1f64d0b001'
const STUB = '7a3c9f2e-5b1d-4e8a-9c6f-0d2b4a6c8e10'
/** Endless by nature; it has a test of its own. */
const LIVE = '/admin/accounts/{account}/logs/live'
/** Answered 404 while the browser parts are not built. */
const BUILT = '/admin/accounts/{account}/content-item.zip'

type Admin = Awaited<ReturnType<typeof startAdmin>>
interface Parameter {
  in: string
  name: string
  schema: { example?: unknown }
}

/** Rows under the ids of the examples, as they are before each call. */
async function seedRows({ db, now }: Admin) {
  const at = now()
  for (const table of ['registration', 'message', 'log', 'run', 'apikey'] as const)
    await db.deleteFrom(table).where('id', '=', ID).execute()
  await db.deleteFrom('unknownevent').execute()
  await db.deleteFrom('event').where('eventCode', '=', 'WRN3DBTCMX0').execute()
  await db
    .insertInto('registration')
    .values({
      id: ID,
      account: 'nasm',
      attendeeId: STUB,
      contactStub: STUB,
      wantedVersion: 1,
      syncedVersion: 1,
      state: 'dead',
      dueAt: at,
      createdAt: at,
      updatedAt: at,
    })
    .execute()
  await db
    .insertInto('message')
    .values({
      id: ID,
      account: 'nasm',
      dedupeKey: 'a'.repeat(43),
      messageStub: null,
      path: '/',
      contentType: 'application/json',
      encoding: 'identity',
      body: Buffer.from('{}'),
      bytes: 2,
      requestId: 'r',
      receivedAt: at,
      state: 'dead',
      dueAt: at,
      reason: null,
      eventType: null,
      messageTime: null,
      itemCount: null,
      skippedCount: null,
      unpackedAt: null,
      dismissedAt: null,
    })
    .execute()
  await db
    .insertInto('log')
    .values({
      id: ID,
      account: 'nasm',
      at,
      kind: 'webhook',
      level: 'failure',
      code: 'message-unreadable',
      text: 'a line',
      trace: 't',
      messageId: ID,
    })
    .execute()
  await db
    .insertInto('apikey')
    .values({
      id: ID,
      account: 'nasm',
      name: 'k',
      hash: 'b'.repeat(64),
      role: 'viewer',
      createdBy: 'test',
      createdAt: at,
    })
    .execute()
  await addRun(db, {
    id: ID,
    account: 'nasm',
    kind: 'replay',
    target: 'messages',
    state: 'planned',
    plan: JSON.stringify({ replay: { what: 'messages', state: 'dead' }, after: '' }),
    result: null,
    done: 0,
    total: 1,
    startedBy: 'test',
    createdAt: at,
    updatedAt: at,
  })
  const seen = { messageCount: 1, firstSeenAt: at, lastSeenAt: at }
  await db
    .insertInto('unknownevent')
    .values({ account: 'nasm', eventStub: STUB, eventCode: 'NEW', title: 'New', ...seen })
    .execute()
}

/** What the account's secrets are, so that no answer may hold one. */
function secretsOf({ adminToken }: Admin) {
  return [
    adminToken,
    SERVICE_USER.password,
    SSO_CLIENT.clientSecret,
    sandboxWebhookToken,
    'sandbox-secret',
    'a test key that is long enough',
  ]
}

test('every example of the documentation is taken, its answer has a documented status, and no answer holds a secret', async () => {
  const admin = await startAdmin()
  const { body: document } = await admin.get('/openapi.json', {})
  await admin.post('/api-keys', { name: 'everywhere', role: 'viewer' })
  await assignStaff(admin.db, {
    account: 'nasm',
    partyId: '101',
    name: 'Ada',
    role: 'owner',
    createdAt: admin.now(),
  })
  const member = { account: 'nasm', partyId: '101', userName: 'ada' }
  const { token } = await openTokens(admin).signMember(member)
  const operations = Object.entries<Record<string, Record<string, unknown>>>(document.paths)
    .flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ method, path, operation })),
    )
    .toSorted((a, b) => order(a) - order(b))
  let called = 0

  for (const { method, path, operation } of operations) {
    if (path === LIVE) continue
    await seedRows(admin)
    if (path === '/admin/api-keys/{id}')
      await admin.db.updateTable('apikey').set({ account: '*' }).where('id', '=', ID).execute()
    const { url, body } = requestOf(path, operation)
    const given = path === '/admin/session' && method === 'post' ? { token } : body
    // OpenAPI's member names are the methods in lower case.
    const verb = method.toUpperCase() as 'GET'
    const answer = await admin.call(verb, url, given ?? (verb === 'GET' ? undefined : given))

    const what = `${verb} ${url}`
    const documented = Object.keys(operation['responses'] as object)
    if (!(path === BUILT && answer.status === 404))
      expect([what, documented, answer.text]).toEqual([
        what,
        expect.arrayContaining([String(answer.status)]),
        answer.text,
      ])
    for (const secret of secretsOf(admin)) expect(answer.text).not.toContain(secret)
    called += 1
  }

  expect(called).toBe(operations.length - 1)
})

test('the readable documentation asks nobody but us', async () => {
  const admin = await startAdmin()

  const page = await admin.get('/docs')
  const parts = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address)
  const answers = await Promise.all(parts.map((address) => admin.get(address ?? '')))
  const start = await admin.get('/docs/static/swagger-initializer.js')

  expect(parts.length).toBeGreaterThan(4)
  for (const address of parts) expect(address).toMatch(/^\/admin\/docs\/static\//)
  expect(answers.map(({ status }) => status)).toEqual(parts.map(() => 200))
  expect(page.headers['content-security-policy']).toContain("default-src 'self'")
  expect(start.text).toContain('"validatorUrl":null')
})

/** What changes addresses or removes things comes last. */
function order({ method, path }: { method: string; path: string }) {
  if (method === 'delete') return path.endsWith('{account}') ? 5 : 4
  if (path === '/admin/apply') return 3
  if (method === 'put') return path.endsWith('{account}') ? 2 : 1
  return 0
}

function requestOf(path: string, operation: Record<string, unknown>) {
  // The document is made by our own server; its shape is OpenAPI's.
  const parameters = (operation['parameters'] ?? []) as Parameter[]
  const content = operation['requestBody'] as
    { content: { 'application/json': { schema: { example?: object } } } } | undefined
  let url = path
  const query: string[] = []
  for (const { in: place, name, schema } of parameters) {
    if (place === 'path') {
      expect([path, name, schema.example]).not.toEqual([path, name, undefined])
      url = url.replace(`{${name}}`, String(schema.example))
    } else if (place === 'query' && schema.example !== undefined)
      query.push(`${name}=${encodeURIComponent(String(schema.example))}`)
  }
  const body = content?.content['application/json'].schema.example
  if (content) expect([path, body]).not.toEqual([path, undefined])
  return { url: query.length > 0 ? `${url}?${query.join('&')}` : url, body }
}

test('a planned replay touches nothing until it is started, then everything it planned', async () => {
  const admin = await startAdmin()
  await seedRows(admin)

  const planned = await admin.post('/accounts/nasm/replays', {
    what: 'registrations',
    state: 'dead',
  })
  const before = await admin.get(`/accounts/nasm/registrations/${ID}`)
  const started = await admin.post(`/accounts/nasm/runs/${planned.body.id}/start`)
  await expect
    .poll(async () => (await findRun(admin.db, 'nasm', planned.body.id))?.state)
    .toBe('done')
  const after = await admin.get(`/accounts/nasm/registrations/${ID}`)
  const cancelled = await admin.post(`/accounts/nasm/runs/${planned.body.id}/cancel`)

  expect(planned.body).toMatchObject({ state: 'planned', total: 1, done: 0 })
  expect(before.body.registration.state).toBe('dead')
  expect(started.status).toBe(202)
  expect(after.body.registration.state).toBe('waiting')
  expect(cancelled.status).toBe(409)
})
