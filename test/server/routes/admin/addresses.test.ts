import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, onTestFinished, test } from 'vitest'
import { assignStaff } from '../../../../db/users.ts'
import type { Account } from '../../../../schemas/account.ts'
import { openTokens } from '../../../../server/secrets/tokens.ts'
import { DIALECTS } from '../../../databases.ts'
import { seededEvents } from '../../../sandbox/cvent/seed.ts'
import { startImis } from '../../../sandbox/imis/server.ts'
import { SERVICE_USER, SSO_CLIENT } from '../../../sandbox/imis/seed.ts'
import { startCvent } from '../../../sandbox/cvent/server.ts'
import { bearer, startAdmin } from './start-admin.ts'

type Admin = Awaited<ReturnType<typeof startAdmin>>
type Change = (account: Account) => Account

/** The seeded account as an admin reads it, with a change. */
async function changed(admin: Admin, change: Change): Promise<Account> {
  const { body } = await admin.get('/accounts/nasm')
  return change(body)
}

const imis =
  (change: Partial<Account['imis']>): Change =>
  (account) => ({
    ...account,
    imis: { ...account.imis, ...change },
  })
const cvent =
  (change: Partial<Account['cvent']>): Change =>
  (account) => ({
    ...account,
    cvent: { ...account.cvent, ...change },
  })
/** Enters again what is sent to iMIS. */
const imisSecrets: Change = (account) => ({
  ...account,
  imis: {
    ...account.imis,
    password: SERVICE_USER.password,
    sso: { ...account.imis.sso, clientSecret: SSO_CLIENT.clientSecret },
  },
})

/** A session of an owner of `nasm`. */
async function ownerSession(admin: Admin) {
  const staff = { account: 'nasm', partyId: '7', name: 'Ada', role: 'owner' }
  await assignStaff(admin.db, { ...staff, createdAt: admin.now() })
  const session = { account: 'nasm', partyId: '7', roles: ['owner'] }
  return (await openTokens(admin).signDashboard(session)).token
}

describe('an address of a vendor', () => {
  test.each<[string, Change, string[]]>([
    [
      'imis.siteUrl',
      imis({ siteUrl: 'http://127.0.0.1:9/' }),
      ['imis.password', 'imis.sso.clientSecret'],
    ],
    [
      'imis.apiUrl',
      imis({ apiUrl: 'http://127.0.0.1:9/' }),
      ['imis.password', 'imis.sso.clientSecret'],
    ],
    ['cvent.apiUrl', cvent({ apiUrl: 'http://127.0.0.1:9/ea' }), ['cvent.clientSecret']],
    ['cvent.region', cvent({ apiUrl: null, region: 'eu' }), ['cvent.clientSecret']],
  ])('%s does not take the kept secrets along', async (_what, change, secrets) => {
    const admin = await startAdmin()
    const document = await changed(admin, change)

    const kept = await admin.put('/accounts/nasm?imisChange=same&cventChange=same', document)

    expect(kept.status).toBe(400)
    expect(kept.body.errors.map(({ field }: { field: string }) => field)).toEqual(secrets)
    expect(kept.body.errors[0].message).toContain('enter the secret again')
    const { body: after } = await admin.get('/accounts/nasm')
    expect(after).toEqual(await changed(admin, (account) => account))
    expect((await admin.accounts.get('nasm'))?.account.imis.siteUrl).toBe(`${admin.imis.url}/`)
  })

  test('cvent.formPostUrl does not take the key of the signed hand-off along', async () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    })
    const admin = await startAdmin({ account: cvent({ formPostKey: privateKey }) })
    const document = await changed(admin, cvent({ formPostUrl: 'http://127.0.0.1:9/form' }))

    const { status, body } = await admin.put('/accounts/nasm', document)
    const entered = await admin.put('/accounts/nasm', {
      ...document,
      cvent: { ...document.cvent, formPostKey: privateKey },
    })

    expect([status, body.errors[0].field]).toEqual([400, 'cvent.formPostKey'])
    expect(entered.status).toBe(200)
  })

  test('written with or without a trailing slash or /api is the same address', async () => {
    const admin = await startAdmin()
    const { body } = await admin.get('/accounts/nasm')
    const siteUrl: string = body.imis.siteUrl

    for (const same of [siteUrl.replace(/\/$/, ''), `${siteUrl}api`, `${siteUrl}api/`]) {
      const { status } = await admin.put(
        '/accounts/nasm',
        await changed(admin, imis({ siteUrl: same })),
      )
      expect([same, status]).toEqual([same, 200])
    }
  })
})

describe('what decides who gets tokens, secrets or data', () => {
  test.each<[string, Change]>([
    [
      'origins',
      (account) => ({ ...account, origins: [...account.origins, 'https://evil.example'] }),
    ],
    ['imis.siteUrl', (account) => imisSecrets(imis({ siteUrl: 'http://127.0.0.1:9/' })(account))],
    ['imis.apiUrl', (account) => imisSecrets(imis({ apiUrl: 'http://127.0.0.1:9/' })(account))],
    [
      'sso.page',
      (account) => ({
        ...account,
        imis: { ...account.imis, sso: { ...account.imis.sso, page: '/Other' } },
      }),
    ],
    [
      'sso.clientId',
      (account) => ({
        ...account,
        imis: { ...account.imis, sso: { ...account.imis.sso, clientId: 'x' } },
      }),
    ],
    [
      'sso.staffRole',
      (account) => ({
        ...account,
        imis: { ...account.imis, sso: { ...account.imis.sso, staffRole: 'Staff' } },
      }),
    ],
    ['cvent.apiUrl', cvent({ apiUrl: 'http://127.0.0.1:9/ea', clientSecret: 'sandbox-secret' })],
    ['cvent.formPostUrl', cvent({ formPostUrl: 'http://127.0.0.1:9/form' })],
    ['cvent.clientId', cvent({ clientId: 'another' })],
    ['cvent.region', cvent({ region: 'eu', clientSecret: 'sandbox-secret' })],
    [
      'matching.sourceIdPrefix',
      (account) => ({ ...account, matching: { ...account.matching, sourceIdPrefix: 'x-' } }),
    ],
    [
      'matching.order',
      (account) => ({ ...account, matching: { ...account.matching, order: ['email'] } }),
    ],
    [
      'contactHook',
      (account) => ({ ...account, contactHook: { ...account.contactHook, enabled: true } }),
    ],
    [
      'contactHook.fields',
      (account) => ({ ...account, contactHook: { ...account.contactHook, fields: ['email'] } }),
    ],
    [
      'alerts.webhook',
      (account) => ({ ...account, alerts: { ...account.alerts, webhook: 'http://127.0.0.1:9/' } }),
    ],
    [
      'alerts.email',
      (account) => ({ ...account, alerts: { ...account.alerts, email: ['a@evil.example'] } }),
    ],
    ['a secret', imis({ password: 'another password' })],
  ])(
    '%s needs a recent sign-in, whatever the credential; other fields do not',
    async (_what, change) => {
      const admin = await startAdmin()
      const session = await ownerSession(admin)
      const { body: made } = await admin.post('/accounts/nasm/api-keys', {
        name: 'k',
        role: 'owner',
      })
      admin.advance(11 * 60_000)
      const document = await changed(admin, change)
      const path = '/accounts/nasm?imisChange=same&cventChange=same'

      for (const credential of [session, made.key]) {
        const refused = await admin.put(path, document, bearer(credential))
        const other = await admin.put(
          path,
          await changed(admin, (account) => ({ ...account, name: `${account.name}.` })),
          bearer(credential),
        )

        expect(refused.status).toBe(401)
        expect(refused.headers['www-authenticate']).toContain('insufficient_user_authentication')
        expect(other.status).toBe(200)
      }
    },
  )
})

describe.each(DIALECTS)('%s: an account whose iMIS address changes', (dialect) => {
  /** A member registered, an assignment, and a second iMIS in which the IDs are other people's. */
  async function arrange() {
    const admin = await startAdmin({ dialect })
    const other = await startImis({ now: admin.now })
    onTestFinished(() => other.close())
    await admin.cvent.register({
      event: seededEvents.open,
      contact: {
        firstName: 'Maren',
        lastName: 'Oakfield',
        email: 'm@example.org',
        sourceId: '101',
      },
      planner: true,
    })
    await admin.drain()
    await ownerSession(admin)
    const assignment = { account: 'nasm', contactStub: 'c', partyId: '101' }
    await admin.db
      .insertInto('assignment')
      .values({ ...assignment, assignedBy: 'test', assignedAt: admin.now() })
      .execute()
    admin.advance(60_000)
    const moved = await changed(admin, (account) =>
      imisSecrets({ ...imis({ siteUrl: `${other.url}/` })(account), origins: [other.url] }),
    )
    return { admin, other, moved }
  }
  const rowsOf = (admin: Admin, table: 'ledger' | 'assignment' | 'staff', account = 'nasm') =>
    admin.db.selectFrom(table).selectAll().where('account', '=', account).execute()

  test('is asked what it means, and nothing changes until it says so', async () => {
    const { admin, moved } = await arrange()

    const asked = await admin.put('/accounts/nasm', moved)
    const wrong = await admin.put('/accounts/nasm?imisChange=maybe', moved)

    expect(asked.status).toBe(409)
    expect(asked.body.errors).toEqual([
      { field: 'imisChange', message: expect.stringContaining('imisChange=another') },
    ])
    expect(wrong.status).toBe(400)
    expect(wrong.body.errors[0].field).toBe('imisChange')
    expect((await admin.get('/accounts/nasm')).body.imis.siteUrl).toBe(`${admin.imis.url}/`)
    expect(await rowsOf(admin, 'ledger')).toHaveLength(1)
  })

  test('keeps its ledger when it is the same iMIS', async () => {
    const { admin, moved } = await arrange()

    const { status } = await admin.put('/accounts/nasm?imisChange=same', moved)

    expect(status).toBe(200)
    expect(await rowsOf(admin, 'ledger')).toHaveLength(1)
    expect(await rowsOf(admin, 'staff')).toHaveLength(1)
  })

  test('uses nothing of the old iMIS when it is another one, and writes each registration anew', async () => {
    const { admin, other, moved } = await arrange()
    const { token } = await openTokens(admin).signMember({
      account: 'nasm',
      partyId: '101',
      userName: 'MOAKFIELD',
    })
    const state = `/v1/nasm/events/${seededEvents.open}/registration`
    const before = await admin.app.inject({ url: state, headers: bearer(token) })
    const session = await ownerSession(admin)
    // The other iMIS gave the number of our row to somebody else's gift.
    const [seqn] = [...admin.imis.state.activities.keys()]
    const [ours] = [...admin.imis.state.activities.values()]
    if (seqn === undefined || ours === undefined) throw new Error('a row was written')
    const gift = { ...ours, PartyId: '105', ACTIVITY_TYPE: 'GIFT', AMOUNT: 2500, UF_2: '' }
    other.state.activities.set(seqn, gift)
    other.state.nextSeqn = seqn + 1000

    const { status } = await admin.put('/accounts/nasm?imisChange=another', moved)
    const tokenAfter = await admin.app.inject({ url: state, headers: bearer(token) })
    const sessionAfter = await admin.get('/accounts/nasm', bearer(session))
    const registration = await admin.db.selectFrom('registration').selectAll().executeTakeFirst()
    const [aside] = await admin.db.selectFrom('setaside').selectAll().execute()

    expect(before.statusCode).toBe(200)
    expect(status).toBe(200)
    expect(tokenAfter.statusCode).toBe(401)
    expect(sessionAfter.status).toBe(401)
    expect(registration).toMatchObject({ partyId: null, matchedBy: null, state: 'waiting' })
    for (const table of ['ledger', 'assignment', 'staff'] as const) {
      expect(await rowsOf(admin, table)).toEqual([])
      expect(await rowsOf(admin, table, `~${aside?.id}`)).toHaveLength(1)
    }
    expect(aside).toMatchObject({ account: 'nasm', what: 'imis', actor: 'ADMIN_TOKEN' })

    await admin.drain()
    expect(other.activitiesOf('101')).toHaveLength(1)
    expect(other.state.activities.get(seqn)).toEqual(gift)
    expect(admin.imis.activitiesOf('101')).toHaveLength(1)
    const [ledger] = await rowsOf(admin, 'ledger')
    expect(ledger).toMatchObject({ state: 'written', partyId: '101' })
  })

  test('stores nothing of a worker that was at work on the old iMIS', async () => {
    const { admin, other, moved } = await arrange()
    await admin.cvent.register({
      event: seededEvents.open,
      contact: { firstName: 'Lena', lastName: 'Fjord', email: 'l@example.org', sourceId: '110' },
      planner: true,
    })
    await admin.cvent.settled()
    admin.imis.switchboard.set({ route: 'POST /api/Activity$', kind: 'hold' })
    const working = admin.worker.drain()
    await expect
      .poll(() => admin.imis.switchboard.count(/POST \/api\/Activity$/), { timeout: 20_000 })
      .toBeGreaterThan(0)

    const answer = await admin.put('/accounts/nasm?imisChange=another', moved)
    admin.imis.switchboard.release()
    admin.imis.switchboard.clear()
    await working
    admin.advance(60_000)
    await admin.drain()

    expect(answer.status).toBe(200)
    expect(other.activitiesOf('110')).toHaveLength(1)
    const numbers = (await rowsOf(admin, 'ledger')).map((row) =>
      'seqn' in row ? String(row.seqn) : '',
    )
    expect(numbers.toSorted()).toEqual([...other.state.activities.keys()].map(String).toSorted())
  })

  test('by a file of documents is asked the same', async () => {
    const { admin, moved } = await arrange()

    const plan = await admin.post('/plan', { accounts: [moved] })
    const unsaid = await admin.post('/apply', { accounts: [moved] })
    const said = await admin.post('/apply', {
      accounts: [moved],
      addressChanges: { nasm: { imis: 'another' } },
    })

    expect(plan.body.errors).toEqual([
      { field: 'addressChanges.nasm.imis', message: expect.stringContaining('address of iMIS') },
    ])
    expect(unsaid.body.isApplied).toBe(false)
    expect(said.body.isApplied).toBe(true)
    expect(await rowsOf(admin, 'ledger')).toEqual([])
  })
})

test('a new account does not inherit the ledger of one of the same key that was removed, unless told so', async () => {
  const admin = await startAdmin()
  await admin.cvent.register({
    event: seededEvents.open,
    contact: { firstName: 'Maren', lastName: 'Oakfield', email: 'm@example.org', sourceId: '101' },
    planner: true,
  })
  await admin.drain()
  const document = await changed(admin, (account) =>
    imisSecrets(cvent({ clientSecret: 'sandbox-secret', webhookTokens: [] })(account)),
  )
  await admin.delete('/accounts/nasm')

  const asked = await admin.put('/accounts/nasm', document)
  const said = await admin.put('/accounts/nasm?imisChange=another&cventChange=another', document)

  expect(asked.status).toBe(409)
  expect(asked.body.errors.map(({ field }: { field: string }) => field).toSorted()).toEqual([
    'cventChange',
    'imisChange',
  ])
  expect(said.status).toBe(201)
  expect(
    await admin.db.selectFrom('ledger').select('id').where('account', '=', 'nasm').execute(),
  ).toEqual([])
})

test.each(DIALECTS)(
  '%s: another Cvent account withdraws nothing that stands in iMIS, and its events are read anew',
  async (dialect) => {
    const admin = await startAdmin({ dialect })
    const other = await startCvent({ now: admin.now })
    onTestFinished(() => other.close())
    await admin.cvent.register({
      event: seededEvents.open,
      contact: {
        firstName: 'Maren',
        lastName: 'Oakfield',
        email: 'm@example.org',
        sourceId: '101',
      },
      planner: true,
    })
    await admin.drain()
    admin.advance(60_000)
    const written = admin.imis.activitiesOf('101')
    await other.register({
      event: seededEvents.open,
      contact: { firstName: 'Lena', lastName: 'Fjord', email: 'l@example.org', sourceId: '110' },
      planner: true,
    })
    const moved = await changed(
      admin,
      cvent({ apiUrl: other.apiUrl, clientSecret: 'sandbox-secret' }),
    )

    const asked = await admin.put('/accounts/nasm', moved)
    const said = await admin.put('/accounts/nasm?cventChange=another', moved)
    await admin.drain()
    for (let hour = 0; hour < 26; hour += 1) {
      admin.advance(3_600_000)
      await admin.drain()
    }

    expect([asked.status, asked.body.errors[0].field]).toEqual([409, 'cventChange'])
    expect(said.status).toBe(200)
    expect(admin.imis.activitiesOf('101')).toEqual(written)
    expect(admin.imis.activitiesOf('110')).toHaveLength(1)
    const rows = await admin.db
      .selectFrom('registration')
      .select(['account', 'partyId', 'lastName'])
      .execute()
    expect(rows.filter(({ account }) => account === 'nasm').map((row) => row.partyId)).toEqual([
      '110',
    ])
    expect(rows.find(({ account }) => account !== 'nasm')).toMatchObject({ lastName: null })
  },
)
