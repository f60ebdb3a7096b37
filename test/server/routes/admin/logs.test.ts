import { expect, test } from 'vitest'
import { addLogs } from '../../../../db/logs.ts'
import { seededEvents } from '../../../sandbox/cvent/seed.ts'
import { DIALECTS } from '../../../databases.ts'
import { bearer, startAdmin } from './start-admin.ts'

const LOGS = '/accounts/nasm/logs'
const ada = { firstName: 'Ada', lastName: 'Quill', email: 'ada@example.org', sourceId: '101' }
type Admin = Awaited<ReturnType<typeof startAdmin>>

function note(admin: Admin, line: Partial<Parameters<Admin['accountLog']['add']>[0]>) {
  const common = {
    account: 'nasm',
    kind: 'system',
    code: 'query-run',
    text: 'a line',
    trace: 't',
  } as const
  admin.accountLog.add({ ...common, ...line })
}

test.for(DIALECTS)(
  'the account log is narrowed by kind, level, words and time (%s)',
  async (dialect) => {
    const admin = await startAdmin({ dialect })
    note(admin, { kind: 'hand-off', text: 'An old Line', code: 'no-personal-link' })
    await admin.accountLog.flush()
    admin.advance(3_600_000)
    const from = new Date(admin.now()).toISOString()
    note(admin, { kind: 'hand-off', level: 'failure', code: 'hand-off-asked', partyId: '101' })
    note(admin, { kind: 'imis', detail: { seqn: '4711' }, code: 'activity-added' })

    const found = async (query: string) =>
      (await admin.get(`${LOGS}?${query}`)).body.items.map((one: { code: string }) => one.code)

    expect(await found('kind=hand-off')).toEqual(['hand-off-asked', 'no-personal-link'])
    expect(await found('level=failure')).toEqual(['hand-off-asked'])
    expect(await found('q=OLD+line')).toEqual(['no-personal-link'])
    expect(await found('q=4711')).toEqual(['activity-added'])
    expect(await found('partyId=101&kind=hand-off')).toEqual(['hand-off-asked'])
    expect(await found(`kind=hand-off&from=${from}`)).toEqual(['hand-off-asked'])
    expect(await found(`kind=hand-off&to=${from}`)).toEqual(['no-personal-link'])
    expect(await found('q=nothing')).toEqual([])
  },
)

test('a search looks through a bounded number of lines, says how far back it came, and goes on', async () => {
  const admin = await startAdmin()
  const id = (at: number) => `0193a3c1-0000-7000-8000-${String(at).padStart(12, '0')}`
  for (let at = 0; at < 6000; at += 500)
    await addLogs(
      admin.db,
      Array.from({ length: 500 }, (_, step) => ({
        id: id(at + step),
        account: 'nasm',
        at: at + step,
        kind: 'system',
        level: 'info',
        code: 'x',
        text: at + step === 0 ? 'the needle' : 'hay',
        trace: 't',
      })),
    )

  const first = await admin.get(`${LOGS}?kind=system&q=needle`)
  let last = first
  const found: unknown[] = []
  for (let page = 0; page < 5 && last.body.nextCursor !== null; page += 1) {
    last = await admin.get(`${LOGS}?kind=system&q=needle&cursor=${last.body.nextCursor}`)
    found.push(...last.body.items)
  }

  expect(first.body.items).toEqual([])
  expect(first.body.searchedBackTo).toBe(new Date(4000).toISOString())
  expect(found).toMatchObject([{ text: 'the needle' }])
  expect(last.body).toMatchObject({ searchedBackTo: null, nextCursor: null })
})

test('the live tail sends a line that comes later, and ends with the server', async () => {
  const admin = await startAdmin()
  const response = await fetch(`${admin.url}/admin${LOGS}/live?kind=sign-on`, {
    headers: bearer(admin.adminToken),
  })
  const reader = (response.body ?? new ReadableStream()).getReader()
  const decoder = new TextDecoder()
  let text = decoder.decode((await reader.read()).value)

  note(admin, { kind: 'imis', text: 'of another kind' })
  note(admin, { kind: 'sign-on', text: 'somebody signed on' })
  while (!text.includes('event: log')) text += decoder.decode((await reader.read()).value)
  await admin.close()
  const end = await reader.read()

  expect(response.headers.get('content-type')).toContain('text/event-stream')
  expect(text).toContain('somebody signed on')
  expect(text).not.toContain('of another kind')
  expect(end.done).toBe(true)
})

test('a message replayed is unpacked again, and iMIS still holds one activity', async () => {
  const admin = await startAdmin()
  await admin.cvent.register({ event: seededEvents.open, contact: ada })
  await admin.drain()
  const { body: messages } = await admin.get('/accounts/nasm/messages')
  const [message] = messages.items
  const { body: logs } = await admin.get(`${LOGS}?messageId=${message.id}`)

  const replayed = await admin.post(`${LOGS}/${logs.items[0].id}/replay`)
  const waiting = await admin.get('/accounts/nasm/messages?state=waiting')
  await admin.drain()
  const after = await admin.get(`/accounts/nasm/messages/${message.id}`)

  expect(replayed.body).toEqual({ what: 'message', id: message.id })
  expect(waiting.body.items).toHaveLength(1)
  expect(after.body).toMatchObject({ state: 'unpacked', isJson: true })
  expect(admin.imis.activitiesOf('101')).toHaveLength(1)
})

test('a dismissed failure leaves the open ones, and comes back', async () => {
  const admin = await startAdmin()
  note(admin, { level: 'failure' })
  const open = async () => (await admin.get(`${LOGS}?level=failure&dismissed=no`)).body.items
  const [line] = await open()

  await admin.post(`${LOGS}/${line.id}/dismiss`, { isDismissed: true })
  const dismissed = await open()
  await admin.post(`${LOGS}/${line.id}/dismiss`, { isDismissed: false })

  expect(dismissed).toEqual([])
  expect(await open()).toHaveLength(1)
})

test('the overview counts the day, and each warning leads to a page', async () => {
  const admin = await startAdmin()
  await admin.cvent.register({ event: seededEvents.open, contact: ada })
  await admin.drain()
  note(admin, { level: 'failure' })
  await admin.accountLog.flush()

  const { body } = await admin.get('/accounts/nasm/overview?days=2')

  const today = new Date(admin.now()).toISOString().slice(0, 10)
  expect(body.days).toHaveLength(2)
  expect(body.days[1]).toEqual({ day: today, messages: 1, registrations: 1, failures: 1 })
  expect(body.registrations).toMatchObject({ total: 1, synced: 1 })
  expect(body.warnings.map((one: { code: string }) => one.code)).toContain('FAILURES')
  for (const { page } of body.warnings)
    expect(page).toMatch(/^(account|setup|events|registrations|logs)/)
})

test('the checklist ticks itself when a message has been seen', async () => {
  const admin = await startAdmin()
  const state = async (step: string) => {
    const { body } = await admin.get('/accounts/nasm/setup')
    return body.sections
      .flatMap((section: { steps: { step: string }[] }) => section.steps)
      .find((one: { step: string }) => one.step === step).state
  }
  const before = await state('cvent-first-message')

  await admin.cvent.register({ event: seededEvents.open, contact: ada })
  await admin.drain()

  expect(before).toBe('open')
  await expect.poll(() => state('cvent-first-message')).toBe('done')
})

test('the account test says which secret is wrong and how to mend it', async () => {
  const admin = await startAdmin()
  const good = await admin.post('/accounts/nasm/test', {
    parts: ['imis', 'single-sign-on', 'cvent'],
  })
  const { body } = await admin.get('/accounts/nasm')
  await admin.put('/accounts/nasm', {
    ...body,
    imis: { ...body.imis, sso: { ...body.imis.sso, clientSecret: 'wrong' } },
    activity: { ...body.activity, type: 'NOSUCH' },
  })

  const bad = await admin.post('/accounts/nasm/test', { parts: ['imis', 'single-sign-on'] })

  const failed = bad.body.checks.filter((one: { state: string }) => one.state === 'failed')
  expect(good.body.isOk).toBe(true)
  expect(good.body.checks.map((one: { check: string }) => one.check)).toContain('scopes')
  expect(bad.body.isOk).toBe(false)
  expect(failed.map((one: { check: string }) => one.check)).toEqual([
    'activity types',
    'client application',
  ])
  for (const { fix } of failed) expect(fix).not.toBeNull()
})

test('the account test goes through the scopes one by one: what must be granted, and what only some settings need', async () => {
  const admin = await startAdmin()
  for (const client of admin.cvent.state.clients.values())
    client.scopes = client.scopes.filter(
      (scope) => !['event/orders:read', 'event/attendees:write'].includes(scope),
    )

  const { body } = await admin.post('/accounts/nasm/test', { parts: ['cvent'] })

  const scopes = body.checks.filter((one: { check: string }) => one.check === 'scopes')
  const said = (state: string) =>
    scopes
      .filter((one: { state: string }) => one.state === state)
      .map(({ text, fix }: { text: string; fix: string | null }) => [text.split(' ')[0], fix])
  expect(body.isOk).toBe(false)
  expect(scopes.length).toBeGreaterThan(10)
  expect(said('failed')).toEqual([
    ['orders:read', expect.stringContaining('Scopes > Event > orders:read')],
  ])
  expect(said('warning').map(([name]: [string]) => name)).toEqual(['attendees:write'])
})

test('a file of documents is planned field by field, applied, and then changes nothing', async () => {
  const admin = await startAdmin()
  const { body: account } = await admin.get('/accounts/nasm')
  const file = {
    accounts: [{ ...account, name: 'Renamed' }],
    events: { nasm: [{ eventCode: 'CODE1', meetingCode: 'CODE1' }] },
  }

  const planned = await admin.post('/plan', file)
  const stillThere = await admin.get('/accounts/nasm')
  const applied = await admin.post('/apply', file)
  const again = await admin.post('/plan', file)
  const bad = await admin.post('/apply', { ...file, events: { nobody: [] } })

  expect(planned.body.changes).toEqual([
    { target: 'account nasm', action: 'update', fields: ['name'] },
    { target: 'event nasm/CODE1', action: 'create', fields: [] },
  ])
  expect(stillThere.body.name).toBe(account.name)
  expect(applied.body.isApplied).toBe(true)
  expect(again.body.changes.map((one: { action: string }) => one.action)).toEqual(['none', 'none'])
  expect(bad.body).toMatchObject({ isApplied: false, errors: [{ field: 'events.nobody' }] })
})
