import { once } from 'node:events'
import { connect } from 'node:net'
import { gunzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { pino } from 'pino'
import { describe, expect, test, vi } from 'vitest'
import { DIALECTS } from '../../databases.ts'
import { startServer, type TestServer } from '../../start-server.ts'

const TOKEN = 'sandbox-webhook-token'
const LIVE = JSON.stringify({
  eventType: 'InviteeOrGuestAccepted',
  messageTime: '2026-12-02T15:00:00.000Z',
  messageStub: '7f3b4c7e-52c5-44c8-9f0d-0a5e4c4a3a11',
  message: [],
})

function post(
  server: TestServer,
  body: NonNullable<RequestInit['body']> | null,
  init: { path?: string; headers?: Record<string, string>; duplex?: 'half' } = {},
) {
  const { path = '', headers, ...rest } = init
  return fetch(`${server.url}/webhooks/cvent/nasm${path}`, {
    method: 'POST',
    headers: { authorization: TOKEN, 'content-type': 'application/json', ...headers },
    body,
    ...rest,
  })
}

function kept(server: TestServer) {
  return server.db.selectFrom('message').selectAll().orderBy('id').execute()
}

describe.for(DIALECTS)('the webhook (%s)', (dialect) => {
  test('a message with the right token is on disk before the 200, byte by byte', async () => {
    const server = await startServer({ dialect })

    const answer = await post(server, LIVE)

    const [row, ...others] = await kept(server)
    expect(answer.status).toBe(200)
    expect(others).toEqual([])
    expect(Buffer.from(row?.body ?? []).toString()).toBe(LIVE)
    expect(row).toMatchObject({
      state: 'waiting',
      messageStub: '7f3b4c7e-52c5-44c8-9f0d-0a5e4c4a3a11',
      contentType: 'application/json',
      path: '/',
    })
  })

  test('a large manual sync is kept whole', async () => {
    const server = await startServer({ dialect })
    const large = JSON.stringify({ message: [{ note: 'x'.repeat(20 * 1024 * 1024) }] })

    const answer = await post(server, large)

    const [row] = await kept(server)
    expect(answer.status).toBe(200)
    expect(row).toMatchObject({ encoding: 'gzip', bytes: large.length })
    expect(gunzipSync(row?.body ?? '').toString() === large).toBe(true)
  })
})

describe('who may post', () => {
  test.for([
    ['a wrong token', { authorization: 'wrong' }],
    ['an empty one', { authorization: '' }],
    ['the right one behind a word', { authorization: `Bearer ${TOKEN}` }],
    ['the right one with more', { authorization: `${TOKEN}x` }],
    ['one of 8,000 characters', { authorization: 'x'.repeat(8000) }],
  ] as const)(
    '%s is refused with 401, and nothing but a counter is stored',
    async ([, headers]) => {
      const server = await startServer()

      const answer = await post(server, LIVE, { headers })
      const again = await post(server, LIVE, { headers })

      await expect
        .poll(() =>
          server.db
            .selectFrom('lastseen')
            .select(['times'])
            .where('what', '=', 'webhook-refused')
            .execute(),
        )
        .toEqual([{ times: 1 }])
      expect([answer.status, again.status]).toEqual([401, 401])
      expect(await kept(server)).toEqual([])
      await server.accountLog.flush()
      expect(
        await server.db.selectFrom('log').selectAll().where('kind', '=', 'webhook').execute(),
      ).toEqual([])
    },
  )

  test('an account that is not there is refused in the same words', async () => {
    const server = await startServer()

    const wrong = await post(server, LIVE, { headers: { authorization: 'wrong' } })
    const nowhere = await fetch(`${server.url}/webhooks/cvent/nobody`, {
      method: 'POST',
      headers: { authorization: TOKEN },
      body: LIVE,
    })

    const [one, other] = [await wrong.json(), await nowhere.json()].map((problem) => ({
      ...(problem as object),
      requestId: '',
    }))
    expect(nowhere.status).toBe(401)
    expect(other).toEqual(one)
  })

  test('during a rotation both tokens are good', async () => {
    const server = await startServer({
      account: (account) => ({
        ...account,
        cvent: { ...account.cvent, webhookTokens: [TOKEN, 'the-next-webhook-token'] },
      }),
    })

    const answers = await Promise.all(
      [TOKEN, 'the-next-webhook-token', 'the-last-webhook-token'].map((authorization) =>
        post(server, LIVE, { headers: { authorization } }),
      ),
    )

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 401])
  })

  test('the validation request is answered 200 to the right token and 401 to another', async () => {
    const server = await startServer()

    const [right, wrong, deep] = await Promise.all([
      fetch(`${server.url}/webhooks/cvent/nasm`, { headers: { authorization: TOKEN } }),
      fetch(`${server.url}/webhooks/cvent/nasm`, { headers: { authorization: 'x' } }),
      fetch(`${server.url}/webhooks/cvent/nasm/a/b`, { headers: { authorization: TOKEN } }),
    ])

    expect([right.status, wrong.status, deep.status]).toEqual([200, 401, 200])
    const seen = await server.db.selectFrom('lastseen').select('what').execute()
    expect(seen.map(({ what }) => what)).toContain('webhook-get')
  })

  test('a flood of wrong tokens is one log line a minute', async () => {
    const lines: string[] = []
    const server = await startServer({
      logger: pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) }),
    })

    for (let count = 0; count < 20; count += 1)
      await post(server, LIVE, { headers: { authorization: 'wrong' } })

    const told = lines.filter((line) => line.includes('wrong token'))
    expect(told).toHaveLength(1)
    expect(told.join()).not.toContain('"wrong"')
  })
})

describe('what is taken', () => {
  test('any content type, none, nonsense, and an empty body', async () => {
    const server = await startServer()

    const answers = [
      await post(server, LIVE, { headers: { 'content-type': 'text/plain' } }),
      await post(server, 'not json', { path: '/InviteeOrGuestAccepted/7f3b4c7e' }),
      await post(server, 'a=1', { headers: { 'content-type': ';;; what' } }),
      await post(server, null),
      await post(server, new Uint8Array([0xff, 0xfe, 0, 1])),
    ]

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    const rows = await kept(server)
    expect(rows.map(({ path }) => path)).toContain('/InviteeOrGuestAccepted/7f3b4c7e')
    expect(rows.map(({ contentType }) => contentType)).toContain(';;; what')
  })

  test('whatever the bytes, they come back as they were', async () => {
    const server = await startServer()

    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        await server.db.deleteFrom('message').execute()
        const answer = await post(server, Buffer.from(bytes))
        const [row] = await kept(server)
        expect(answer.status).toBe(200)
        expect(Buffer.from(row?.body ?? []).equals(Buffer.from(bytes))).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  test('a body over 32 MB is refused with 413, also when its size was not announced', async () => {
    const server = await startServer()
    const piece = new Uint8Array(1024 * 1024)
    let pieces = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pieces += 1
        if (pieces > 40) controller.close()
        else controller.enqueue(piece)
      },
    })

    const announced = await fetch(`${server.url}/webhooks/cvent/nasm`, {
      method: 'POST',
      headers: { authorization: TOKEN },
      body: new Uint8Array(33 * 1024 * 1024),
    }).catch(() => undefined)
    const streamed = await post(server, endless, { duplex: 'half' }).catch(() => undefined)
    const after = await post(server, LIVE)

    // The server may cut the connection while the sender still sends; it must not keep the body.
    expect([413, undefined]).toContain(announced?.status)
    expect([413, undefined]).toContain(streamed?.status)
    expect(after.status).toBe(200)
    expect(await kept(server)).toHaveLength(1)
  })

  test('a sender that goes away in the middle leaves nothing behind', async () => {
    const server = await startServer()
    const { hostname, port } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')

    socket.write(
      `POST /webhooks/cvent/nasm HTTP/1.1\r\nHost: x\r\nAuthorization: ${TOKEN}\r\nContent-Length: 1000\r\n\r\nhalf`,
    )
    socket.destroy()
    const after = await post(server, LIVE)

    expect(after.status).toBe(200)
    expect(await kept(server)).toHaveLength(1)
  })

  test('large messages that broke off do not count against the next one', async () => {
    const server = await startServer()
    const { hostname, port } = new URL(server.url)
    const piece = Buffer.alloc(1024 * 1024, 'x')

    for (let sender = 0; sender < 6; sender += 1) {
      const socket = connect(Number(port), hostname)
      await once(socket, 'connect')
      socket.write(
        `POST /webhooks/cvent/nasm HTTP/1.1\r\nHost: x\r\nAuthorization: ${TOKEN}\r\nContent-Length: ${30 * piece.length}\r\n\r\n`,
      )
      for (let sent = 0; sent < 20; sent += 1) if (!socket.write(piece)) await once(socket, 'drain')
      socket.destroy()
    }
    const whole = JSON.stringify({ message: [], padding: 'y'.repeat(20e6) })

    await vi.waitFor(async () => expect((await post(server, whole)).status).toBe(200), 30_000)
  })
})

test('while the database is away senders are asked to come again, and it recovers unaided', async () => {
  const lines: string[] = []
  const server = await startServer({
    logger: pino({ level: 'error' }, { write: (line: string) => void lines.push(line) }),
  })
  await post(server, 'before')
  await server.db.schema.alterTable('message').renameTo('elsewhere').execute()

  const during = await post(server, 'during')
  for (let count = 0; count < 20; count += 1) await post(server, `also ${count}`)
  await server.db.schema.alterTable('elsewhere').renameTo('message').execute()
  const after = await post(server, 'during')

  expect(during.status).toBe(503)
  expect(Number(during.headers.get('retry-after'))).toBeGreaterThan(0)
  // A line for each would fill a disk that is full.
  expect(lines.filter((line) => line.includes('were not kept'))).toHaveLength(1)
  expect(after.status).toBe(200)
  expect(await kept(server)).toHaveLength(2)
})
