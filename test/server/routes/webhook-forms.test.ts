import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { DIALECTS } from '../../databases.ts'
import { webhookCodings, webhookForms } from '../../sandbox/cvent/delivery-forms.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { startAdmin } from './admin/start-admin.ts'

const ada = { firstName: 'Ada', lastName: 'Quill', email: 'ada@example.org', sourceId: '101' }

test.for(DIALECTS)(
  'whatever form and coding Cvent sends, the member is registered (%s)',
  async (dialect) => {
    const server = await startAdmin({ dialect })
    const { switches } = server.cvent
    const rows = () => server.imis.activitiesOf('101').map(({ STATUS_CODE }) => STATUS_CODE)
    const { id } = await server.cvent.register({ event: seededEvents.open, contact: ada })
    await server.drain()
    expect(rows()).toEqual(['A'])

    for (const webhookForm of webhookForms)
      for (const webhookCoding of webhookCodings) {
        Object.assign(switches, { webhookForm, webhookCoding })
        await server.cvent.cancel(id)
        await server.drain()
        expect([webhookForm, webhookCoding, rows()]).toEqual([webhookForm, webhookCoding, ['C']])
        await server.cvent.register({ event: seededEvents.open, contact: ada })
        await server.drain()
        expect(rows()).toEqual(['A'])
      }
    const states = await server.db.selectFrom('message').select('state').distinct().execute()
    expect(states).toEqual([{ state: 'unpacked' }])
  },
)

test.for(DIALECTS)(
  'a coded body is kept as it came, shown as text, and unpacked again by a replay (%s)',
  async (dialect) => {
    const server = await startAdmin({ dialect })
    const text = JSON.stringify({
      eventType: 'InviteeOrGuestAccepted',
      messageStub: '11111111-0000-4000-8000-000000000001',
      message: [{ inviteeStub: 'A86757CE-0EA1-472A-8AED-C1A2C62D1E27' }],
    })
    const body = new Uint8Array(gzipSync(text))

    const answer = await fetch(`${server.url}//webhooks//cvent/nasm`, {
      method: 'POST',
      headers: {
        authorization: 'sandbox-webhook-token',
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      },
      body,
    })

    expect(answer.status).toBe(200)
    const [row] = await server.db.selectFrom('message').selectAll().execute()
    expect(row).toMatchObject({ contentEncoding: 'gzip', bytes: body.length })
    expect(new Uint8Array(row?.body ?? [])).toEqual(body)
    await server.drain()
    const path = `/accounts/nasm/messages/${row?.id}`
    const shown = { contentEncoding: 'gzip', body: text, isJson: true, state: 'unpacked' }
    expect((await server.get(path)).body).toMatchObject(shown)
    await server.post(`${path}/replay`, {})
    await server.drain()
    expect((await server.get(path)).body).toMatchObject({ ...shown, itemCount: 1 })
  },
)

test('a body that cannot be decoded, or exceeds the bounds, is kept, shown, and costs no other message', async () => {
  const server = await startAdmin()
  const post = (body: Uint8Array<ArrayBuffer>, coding: string) =>
    fetch(`${server.url}/webhooks/cvent/nasm`, {
      method: 'POST',
      headers: { authorization: 'sandbox-webhook-token', 'content-encoding': coding },
      body,
    })
  const bomb = new Uint8Array(gzipSync(Buffer.alloc(40 * 1024 * 1024, ' ')))
  const tiny = new Uint8Array(gzipSync(`{"message":[${'{},'.repeat(200_000)}{}]}`))

  const answers = [
    await post(bomb, 'gzip'),
    await post(new Uint8Array([1, 2, 3]), 'br'),
    await post(tiny, 'gzip'),
  ]
  await server.cvent.register({ event: seededEvents.open, contact: ada })
  await server.drain()

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  const dead = await server.get('/accounts/nasm/messages?state=dead')
  expect(dead.body.items.map(({ reason }: { reason: string }) => reason).toSorted()).toEqual([
    'it has more than 100000 entries; the first 100000 were read',
    'it is larger than 33554432 bytes inflated',
    'it is not br, as its Content-Encoding says',
  ])
  expect(server.imis.activitiesOf('101')).toHaveLength(1)
})
