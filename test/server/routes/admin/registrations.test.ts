import { expect, test } from 'vitest'
import { seededEvents } from '../../../sandbox/cvent/seed.ts'
import { DIALECTS } from '../../../databases.ts'
import { openHandOff, signOnAs, stateOf } from '../../member-steps.ts'
import { startAdmin } from './start-admin.ts'

const LIST = '/accounts/nasm/registrations'
const ada = {
  firstName: 'Ada',
  lastName: 'Quill',
  email: 'ada.quill@example.org',
  sourceId: '101',
}
const stranger = { firstName: 'Bo', lastName: 'Nobody', email: 'bo.nobody@example.org' }

test.for(DIALECTS)(
  'a registration is found by name, iMIS ID, e-mail and confirmation number (%s)',
  async (dialect) => {
    const admin = await startAdmin({ dialect })
    await admin.cvent.register({ event: seededEvents.open, contact: ada })
    await admin.cvent.register({ event: seededEvents.open, contact: stranger })
    await admin.drain()
    const all = await admin.get(LIST)
    const found = all.body.items.find((one: { partyId: string }) => one.partyId === '101')

    for (const q of ['QUILL', 'quill ada', '101', 'ada.quill@', found.confirmationNumber]) {
      const { body } = await admin.get(`${LIST}?q=${encodeURIComponent(q)}`)
      expect([q, body.items.map((one: { id: string }) => one.id)]).toEqual([q, [found.id]])
    }

    expect(all.body.items).toHaveLength(2)
    expect((await admin.get(`${LIST}?state=unmatched`)).body.items).toHaveLength(1)
    expect((await admin.get(`${LIST}?q=nothing`)).body).toMatchObject({
      items: [],
      searchedAll: true,
    })
  },
)

test('pages follow each other without a gap or a repetition', async () => {
  const admin = await startAdmin()
  for (let at = 0; at < 5; at += 1)
    await admin.cvent.register({
      event: seededEvents.open,
      contact: { ...stranger, email: `bo${at}@example.org` },
    })
  await admin.drain()

  const seen: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const { body } = await admin.get(`${LIST}?limit=2${cursor ? `&cursor=${cursor}` : ''}`)
    seen.push(...body.items.map((one: { id: string }) => one.id))
    cursor = body.nextCursor
  }

  expect(seen).toHaveLength(5)
  expect(new Set(seen).size).toBe(5)
  expect(seen).toEqual(seen.toSorted().toReversed())
})

test('the timeline tells the whole story: the message, what Cvent said, the activity with its SEQN', async () => {
  const admin = await startAdmin()
  await admin.cvent.register({ event: seededEvents.open, contact: ada })
  await admin.drain()
  await admin.accountLog.flush()
  const { body: list } = await admin.get(`${LIST}?partyId=101`)

  const { body } = await admin.get(`${LIST}/${list.items[0].id}`)

  const told = body.timeline.map((one: { code: string }) => one.code)
  expect(told).toEqual(
    expect.arrayContaining(['message-unpacked', 'registration-read', 'activity-added']),
  )
  expect(told.indexOf('message-unpacked')).toBeLessThan(told.indexOf('activity-added'))
  const [activity] = admin.imis.activitiesOf('101')
  expect(body.activities[0]).toMatchObject({
    state: 'written',
    seqn: String(activity?.SEQN),
    properties: { PRODUCT_CODE: 'AC2027' },
  })
  const message = body.timeline.find((one: { code: string }) => one.code === 'message-unpacked')
  const detail = await admin.get(`/accounts/nasm/logs/${message.logId}`)
  expect(detail.body.message.body).toContain('Quill')
})

test.for(DIALECTS)(
  'the timeline begins with the member: the sign-on, why they were let in, the click (%s)',
  async (dialect) => {
    const admin = await startAdmin({ dialect })
    await signOnAs(admin)
    admin.advance(5 * 3_600_000)
    const token = await signOnAs(admin)
    const { href } = await stateOf(admin, { token })
    await stateOf(admin, { token })
    admin.advance(60_000)
    await openHandOff(href ?? '')
    admin.advance(60_000)
    await admin.cvent.register({ event: seededEvents.open, contact: ada })
    await admin.drain()
    await admin.accountLog.flush()
    const { body: list } = await admin.get(`${LIST}?partyId=101`)

    const { body } = await admin.get(`${LIST}/${list.items[0].id}`)

    const told = body.timeline.map((one: { kind: string; code: string }) => one)
    const ofMember = told.filter(({ kind }: { kind: string }) =>
      ['sign-on', 'eligibility', 'hand-off'].includes(kind),
    )
    // The state asked twice was decided once; the click decides afresh. The sign-on of five hours before is another visit.
    expect(ofMember.map((one: { code: string }) => one.code)).toEqual([
      'signed-on',
      'eligible',
      'eligible',
      'contact-created',
      'hand-off-form',
    ])
    expect(told.indexOf(ofMember.at(-1))).toBe(ofMember.length - 1)
    expect(told.at(-1).at > ofMember[0].at).toBe(true)
    expect(ofMember[1].durationMs).not.toBeNull()
    expect(told.map((one: { code: string }) => one.code)).toContain('activity-added')
  },
)

test('a refusal by the query is noted as a decision, not as a failure', async () => {
  const admin = await startAdmin()
  const token = await signOnAs(admin, 'TREYL')

  const { phase } = await stateOf(admin, { token })
  await admin.accountLog.flush()

  const { body } = await admin.get('/accounts/nasm/logs?kind=eligibility')
  expect(phase).toBe('not-eligible')
  expect(body.items).toEqual([
    expect.objectContaining({ code: 'not-eligible', level: 'info', eventCode: seededEvents.open }),
  ])
})

test('an unmatched registration is written once somebody says who it is, and so are later ones', async () => {
  const admin = await startAdmin()
  await admin.cvent.register({ event: seededEvents.open, contact: stranger })
  await admin.drain()
  const { body: list } = await admin.get(`${LIST}?state=unmatched`)
  const { id } = list.items[0]

  const nobody = await admin.post(`${LIST}/${id}/party`, { partyId: '999999' })
  const found = await admin.post(`${LIST}/${id}/candidates`, { search: '101' })
  const assigned = await admin.post(`${LIST}/${id}/party`, { partyId: '101' })
  await admin.drain()

  expect(nobody.status).toBe(400)
  expect(nobody.body.errors[0].field).toBe('partyId')
  expect(found.body.candidates[0]).toMatchObject({ partyId: '101', isActive: true })
  expect(assigned.body).toEqual({ id, state: 'waiting', partyId: '101' })
  expect((await admin.get(`${LIST}/${id}`)).body.registration).toMatchObject({
    state: 'synced',
    partyId: '101',
    matchedBy: 'assigned',
  })
  expect(admin.imis.activitiesOf('101')).toHaveLength(1)
})

test('the preview lists exactly what is then written, and writes nothing itself', async () => {
  const admin = await startAdmin()
  const attendee = await admin.cvent.register({ event: seededEvents.open, contact: ada })
  await admin.drain()
  const { body: list } = await admin.get(`${LIST}?partyId=101`)
  const { id } = list.items[0]
  const nothing = await admin.post(`${LIST}/${id}/preview`)
  await admin.cvent.setWebhook({ url: 'http://127.0.0.1:9/nowhere', token: 'none' })
  await admin.cvent.cancel(attendee.id)

  const preview = await admin.post(`${LIST}/${id}/preview`)
  const between = admin.imis.activitiesOf('101').map(({ STATUS_CODE }) => STATUS_CODE)
  await admin.post(`${LIST}/${id}/retry`)
  await admin.drain()

  const [activity] = admin.imis.activitiesOf('101')
  const [write, ...others] = preview.body.writes
  expect(nothing.body.writes.map((one: { action: string }) => one.action)).toEqual(['none'])
  expect(others).toEqual([])
  expect(write).toMatchObject({ action: 'update', seqn: String(activity?.SEQN) })
  expect(write.changes).toContainEqual({ property: 'STATUS_CODE', from: 'A', to: 'C' })
  expect(between).toEqual(['A'])
  const { body: after } = await admin.get(`${LIST}/${id}`)
  for (const { property, to } of write.changes)
    expect([property, after.activities[0].properties[property] ?? null]).toEqual([property, to])
})

test('a file of registrations opens in a spreadsheet without running anything', async () => {
  const admin = await startAdmin()
  await admin.cvent.register({
    event: seededEvents.open,
    contact: { ...stranger, firstName: '=HYPERLINK("x")', lastName: 'a, "b"' },
  })
  await admin.drain()

  const csv = await admin.get(`${LIST}/export?format=csv`)
  const json = await admin.get(`${LIST}/export?format=json`)

  expect(csv.headers['content-type']).toContain('text/csv')
  expect(csv.text).toContain(`"'=HYPERLINK(""x"")","a, ""b"""`)
  expect(JSON.parse(json.text)).toHaveLength(1)
})
