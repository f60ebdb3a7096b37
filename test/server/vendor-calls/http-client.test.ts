import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Fault } from '../../../server/errors.ts'
import type { CallGate, CallNote } from '../../../server/vendor-calls/call-gate.ts'
import {
  connectHttp,
  readJson,
  readRetryAfter,
  type HttpCall,
  type HttpOptions,
} from '../../../server/vendor-calls/http-client.ts'
import { isPublicAddress } from '../../../server/vendor-calls/public-address.ts'

const NOW = Date.parse('2026-12-02T15:00:00Z')

/** A server on a free port that counts what reaches it; ends with the test. */
async function listen(handler: RequestListener) {
  const seen = { connections: 0, requests: [] as string[] }
  const server = createServer((request, reply) => {
    seen.requests.push(`${request.method} ${request.url}`)
    handler(request, reply)
  })
  server.on('connection', () => (seen.connections += 1))
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  // A listening TCP server has an address with a port.
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, port, seen }
}

function connect(options: Partial<HttpOptions> = {}) {
  const notes: CallNote[] = []
  const gateLog: string[] = []
  const gate: CallGate = {
    enter: async ({ priority }) => void gateLog.push(`enter ${priority}`),
    leave: (fault) => void gateLog.push(`leave ${fault?.code ?? 'well'}`),
  }
  const http = connectHttp({
    vendor: 'imis',
    deadlineMs: 5000,
    now: () => NOW,
    gate,
    allowLocal: true,
    onCall: (note) => notes.push(note),
    ...options,
  })
  onTestFinished(() => http.close())
  return { http, notes, gateLog }
}

async function faultOf(promise: Promise<unknown>): Promise<Fault> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (outcome instanceof Fault) return outcome
  throw new Error('there was no Fault', { cause: outcome })
}

const answering =
  (status: number, headers: Record<string, string> = {}, body = ''): RequestListener =>
  (_request, reply) => {
    reply.writeHead(status, headers).end(body)
  }

describe('answers', () => {
  test('a good answer comes with its status, headers and text', async () => {
    const { url } = await listen(answering(201, { 'x-kind': 'entity' }, '{"a":"ü"}'))
    const { http } = connect()

    const answer = await http.call({ method: 'POST', url, body: '{}' })

    expect(answer).toMatchObject({ status: 201, text: '{"a":"ü"}' })
    expect(answer.headers['x-kind']).toBe('entity')
  })

  test.each([
    [300, 'VENDOR_REFUSED', false],
    [304, 'VENDOR_REFUSED', false],
    [400, 'VENDOR_REFUSED', false],
    [401, 'VENDOR_REFUSED', false],
    [403, 'VENDOR_REFUSED', false],
    [404, 'VENDOR_REFUSED', false],
    [408, 'VENDOR_UNAVAILABLE', true],
    [409, 'VENDOR_REFUSED', false],
    [413, 'VENDOR_REFUSED', false],
    [429, 'VENDOR_UNAVAILABLE', false],
    [500, 'VENDOR_UNAVAILABLE', true],
    [501, 'VENDOR_REFUSED', false],
    [502, 'VENDOR_UNAVAILABLE', true],
    [503, 'VENDOR_UNAVAILABLE', true],
    [504, 'VENDOR_UNAVAILABLE', true],
    [599, 'VENDOR_UNAVAILABLE', true],
  ])('status %i is %s, and a write may have happened: %s', async (status, code, may) => {
    const { url, seen } = await listen(answering(status))
    const { http } = connect()

    const write = await faultOf(http.call({ method: 'POST', url }))
    const read = await faultOf(http.call({ method: 'GET', url }))

    expect(write).toMatchObject({ code, status, vendor: 'imis', mayHaveHappened: may })
    expect(read).toMatchObject({ code, status, mayHaveHappened: false })
    expect(seen.requests).toHaveLength(2)
  })

  test('a page of HTML is no answer, and a write behind it may have happened', async () => {
    const { url } = await listen(answering(200, { 'content-type': 'text/html' }, ' <html></html>'))
    const { http, gateLog } = connect()

    const fault = await faultOf(http.call({ method: 'PUT', url }))

    expect(fault).toMatchObject({ code: 'VENDOR_UNAVAILABLE', mayHaveHappened: true })
    expect(gateLog).toEqual(['enter member', 'leave VENDOR_UNAVAILABLE'])
  })

  test('a status that the caller counts as an answer is one', async () => {
    const { url } = await listen(answering(404, {}, 'nothing'))
    const { http, gateLog } = connect()

    const answer = await http.call({ method: 'GET', url, alsoAnswers: [404] })

    expect(answer).toMatchObject({ status: 404, text: 'nothing' })
    expect(gateLog).toEqual(['enter member', 'leave well'])
  })

  test('the vendor’s own explanation comes before the status', async () => {
    const { url } = await listen(answering(429, {}, 'your day is over'))
    const { http } = connect({
      explain: ({ text }) =>
        text.includes('day')
          ? new Fault('VENDOR_UNAVAILABLE', 'the day is used up', { quotaGone: true })
          : undefined,
    })

    const fault = await faultOf(http.call({ method: 'GET', url }))

    expect(fault).toMatchObject({ quotaGone: true, message: 'the day is used up' })
  })

  test('a redirect is not followed', async () => {
    const target = await listen(answering(200))
    const { url } = await listen(answering(302, { location: target.url }))
    const { http } = connect()

    const fault = await faultOf(http.call({ method: 'GET', url }))

    expect(fault).toMatchObject({ code: 'VENDOR_REFUSED', status: 302 })
    expect(target.seen.connections).toBe(0)
  })

  test('nothing of the query or the bodies is in a Fault or a note', async () => {
    const { url } = await listen(answering(500, {}, 'canary-answer'))
    const { http, notes } = connect()

    const fault = await faultOf(
      http.call({
        method: 'POST',
        url: `${url}/api/Party?email=canary-query`,
        headers: { authorization: 'Bearer canary-token' },
        body: 'canary-body',
      }),
    )

    expect(fault.message).toBe('imis answered 500 to POST /api/Party')
    expect(JSON.stringify([notes, fault, String(fault.stack)])).not.toContain('canary')
    expect(notes).toMatchObject([
      { method: 'POST', path: '/api/Party', status: 500, vendor: 'imis' },
    ])
  })
})

describe('Retry-After', () => {
  test.each([
    ['120', NOW + 120_000],
    ['0', NOW],
    [new Date(NOW + 90_000).toUTCString(), NOW + 90_000],
    [new Date(NOW - 90_000).toUTCString(), NOW],
    ['soon', undefined],
    ['-5', undefined],
    ['', undefined],
    ['99999999999999999999', undefined],
  ])('%j is read as %s', async (header, retryAt) => {
    const { url } = await listen(answering(503, { 'retry-after': header }))
    const { http } = connect()

    const fault = await faultOf(http.call({ method: 'GET', url }))

    expect(fault.retryAt).toBe(retryAt)
  })

  test('any text is a moment not before now, or nothing', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        const at = readRetryAfter(header, NOW)
        expect(at === undefined || (Number.isFinite(at) && at >= NOW)).toBe(true)
      }),
    )
  })

  test('a 413 passes only when the vendor says when', async () => {
    const { url } = await listen(answering(413, { 'retry-after': '5' }))
    const { http } = connect()

    const fault = await faultOf(http.call({ method: 'POST', url }))

    expect(fault).toMatchObject({ code: 'VENDOR_UNAVAILABLE', mayHaveHappened: false })
  })
})

describe('broken connections', () => {
  const cut: RequestListener = (request) => void request.socket.destroy()
  const half: RequestListener = (request, reply) => {
    reply.writeHead(200, { 'content-length': '100' })
    reply.write('{"half":', () => request.socket.destroy())
  }

  test.each([
    ['before the answer', cut],
    ['in the answer', half],
  ])('a read cut %s is sent once more, a write never', async (_when, handler) => {
    const { url, seen } = await listen(handler)
    const { http, gateLog, notes } = connect()

    const read = await faultOf(http.call({ method: 'GET', url: `${url}/read` }))
    const write = await faultOf(http.call({ method: 'PUT', url: `${url}/write` }))

    expect(read).toMatchObject({ code: 'VENDOR_UNAVAILABLE', mayHaveHappened: false })
    expect(write).toMatchObject({ code: 'VENDOR_UNAVAILABLE', mayHaveHappened: true })
    expect(seen.requests).toEqual(['GET /read', 'GET /read', 'PUT /write'])
    expect(gateLog.filter((line) => line.startsWith('enter'))).toHaveLength(3)
    expect(gateLog.filter((line) => line.startsWith('leave'))).toHaveLength(3)
    expect(notes.map(({ status }) => status)).toEqual([0, 0, 0])
  })

  test('a read that breaks once succeeds', async () => {
    let calls = 0
    const { url } = await listen((request, reply) => {
      calls += 1
      if (calls === 1) request.socket.destroy()
      else reply.end('well')
    })
    const { http } = connect()

    const { text } = await http.call({ method: 'POST', url, isWrite: false })

    expect(text).toBe('well')
  })

  test('a write whose connection was never made has not happened', async () => {
    const { http } = connect({
      resolve: (host, done) => done(Object.assign(new Error(host), { code: 'ENOTFOUND' }), []),
    })

    // Nothing listens on the discard port of this machine.
    const refused = await faultOf(http.call({ method: 'POST', url: 'http://127.0.0.1:9/' }))
    const unknown = await faultOf(http.call({ method: 'POST', url: 'http://vendor.example/' }))

    for (const fault of [refused, unknown])
      expect(fault).toMatchObject({ code: 'VENDOR_UNAVAILABLE', mayHaveHappened: false })
  })
})

describe('limits', () => {
  test('the deadline covers headers that do not come, and a body that drips', async () => {
    const ended: (string | undefined)[] = []
    const { url } = await listen((request, reply) => {
      reply.on('close', () => ended.push(request.url))
      if (request.url === '/silent') return
      reply.writeHead(200)
      const drip = setInterval(() => reply.write('.'), 20)
      reply.on('close', () => clearInterval(drip))
    })
    const { http } = connect({ deadlineMs: 150 })

    const silent = await faultOf(http.call({ method: 'POST', url: `${url}/silent` }))
    const dripping = await faultOf(http.call({ method: 'POST', url: `${url}/drip` }))

    for (const fault of [silent, dripping])
      expect(fault).toMatchObject({
        code: 'VENDOR_UNAVAILABLE',
        vendor: 'imis',
        mayHaveHappened: true,
      })
    // Nothing else would have ended them before the test's own limit.
    await expect.poll(() => ended).toEqual(['/silent', '/drip'])
  })

  test('a call’s own deadline wins over the client’s', async () => {
    const { url } = await listen(() => undefined)
    const { http } = connect({ deadlineMs: 60_000 })

    const fault = await faultOf(http.call({ method: 'GET', url, deadlineMs: 50 }))

    expect(fault.code).toBe('VENDOR_UNAVAILABLE')
  })

  test('the caller’s end is not held against the vendor', async () => {
    const { url, seen } = await listen(() => undefined)
    const { http } = connect()
    const controller = new AbortController()

    const call = faultOf(http.call({ method: 'POST', url, signal: controller.signal }))
    await expect.poll(() => seen.requests.length).toBe(1)
    controller.abort()
    const fault = await call
    const later = await faultOf(http.call({ method: 'POST', url, signal: controller.signal }))

    expect(fault).toMatchObject({ vendor: undefined, mayHaveHappened: true })
    expect(later).toMatchObject({ vendor: undefined, mayHaveHappened: false })
    expect(seen.requests).toHaveLength(1)
  })

  test('an endless body is cut off at the limit, wherever the length is announced', async () => {
    let sent = 0
    let ended = 0
    const { url } = await listen((request, reply) => {
      reply.on('close', () => (ended += 1))
      if (request.url === '/announced') reply.setHeader('content-length', String(2 ** 30))
      const piece = Buffer.alloc(65_536, 'x')
      const pump = () => {
        let isTaken = true
        while (isTaken && !reply.destroyed) {
          isTaken = reply.write(piece)
          sent += piece.length
        }
      }
      reply.on('drain', pump)
      pump()
    })
    const { http } = connect({ maxBodyBytes: 1_000_000 })

    const endless = await faultOf(http.call({ method: 'GET', url }))
    const announced = await faultOf(http.call({ method: 'PUT', url: `${url}/announced` }))

    expect(endless).toMatchObject({ code: 'VENDOR_UNAVAILABLE', mayHaveHappened: false })
    expect(announced).toMatchObject({ code: 'VENDOR_UNAVAILABLE', mayHaveHappened: true })
    expect(endless.message).toContain('more than 1000000 bytes')
    await expect.poll(() => ended).toBe(2)
    // What the kernel's buffers of both ends take beyond the limit differs by machine; a gigabyte it is not.
    expect(sent).toBeLessThan(64 * 1024 * 1024)
  })

  test('connections are kept and their number is bounded', async () => {
    const { url, seen } = await listen((_request, reply) => void setImmediate(() => reply.end()))
    const { http } = connect({ connections: 4 })

    await Promise.all(Array.from({ length: 200 }, () => http.call({ method: 'GET', url })))

    expect(seen.requests).toHaveLength(200)
    expect(seen.connections).toBeLessThanOrEqual(4)
  })
})

describe('the gate', () => {
  test('what the gate refuses is not sent', async () => {
    const { url, seen } = await listen(answering(200))
    const refusal = new Fault('VENDOR_UNAVAILABLE', 'the breaker is open', { retryAt: NOW + 1000 })
    const left: unknown[] = []
    const { http, notes } = connect({
      gate: { enter: () => Promise.reject(refusal), leave: (fault) => void left.push(fault) },
    })

    const fault = await faultOf(http.call({ method: 'GET', url }))

    expect(fault).toBe(refusal)
    expect([seen.connections, left.length, notes.length]).toEqual([0, 0, 0])
  })

  test('a call that ends while it waits at the gate was not made', async () => {
    const { url, seen } = await listen(answering(200))
    const { http } = connect({
      gate: {
        enter: ({ signal }) =>
          new Promise((_resolve, reject) => {
            signal?.addEventListener('abort', () => reject(new Error('aborted')), { once: true })
          }),
        leave: () => undefined,
      },
    })

    const fault = await faultOf(http.call({ method: 'POST', url, deadlineMs: 30 }))

    expect(fault).toMatchObject({ code: 'VENDOR_UNAVAILABLE', mayHaveHappened: false })
    expect(seen.connections).toBe(0)
  })

  test('the gate is told the priority, the time left and how it went', async () => {
    const { url } = await listen(answering(503))
    const entered: { priority: string; deadlineMs: number }[] = []
    const left: (Fault | undefined)[] = []
    const { http } = connect({
      gate: {
        enter: async ({ priority, deadlineMs }) => void entered.push({ priority, deadlineMs }),
        leave: (fault) => void left.push(fault),
      },
    })

    const fault = await faultOf(http.call({ method: 'GET', url, priority: 'background' }))

    expect(entered).toHaveLength(1)
    expect(entered[0]?.priority).toBe('background')
    expect(entered[0]?.deadlineMs).toBeGreaterThan(4000)
    expect(left).toEqual([fault])
  })
})

describe('time spent waiting for the rate limit', () => {
  const silent: RequestListener = () => undefined

  test('is not the vendor’s: a call sent with the rest of its time says nothing of the vendor', async () => {
    const { url } = await listen(silent)
    const left: unknown[] = []
    const { http } = connect({
      deadlineMs: 60_000,
      gate: { enter: async () => undefined, leave: (fault) => void left.push(fault?.vendor) },
    })

    const fault = await faultOf(http.call({ method: 'GET', url, deadlineMs: 50 }))

    // Who waits in line comes again: it is no failure for them either.
    expect(fault).toMatchObject({ code: 'VENDOR_UNAVAILABLE', vendor: 'imis', turnedAway: true })
    expect(left).toEqual([undefined])
  })

  test('a vendor that had its time and said nothing has failed', async () => {
    const { url } = await listen(silent)
    const left: unknown[] = []
    const { http } = connect({
      deadlineMs: 50,
      gate: { enter: async () => undefined, leave: (fault) => void left.push(fault?.vendor) },
    })

    await faultOf(http.call({ method: 'GET', url }))

    expect(left).toEqual(['imis'])
  })

  test('the gate can tell requests apart, but for failures that concern all of them', async () => {
    const { url } = await listen(answering(500))
    const requests: unknown[] = []
    const { http } = connect({
      gate: {
        enter: async () => undefined,
        leave: (_fault, request) => void requests.push(request),
      },
    })
    const send = (more: Partial<HttpCall>) => faultOf(http.call({ method: 'POST', url, ...more }))

    await send({ body: 'one' })
    await send({ body: 'one' })
    await send({ body: 'two' })
    await send({ body: 'two', concernsAll: true })
    await send({ url: 'http://127.0.0.1:1/' })

    const [first, again, other, token, unreached] = requests
    expect(first).toBe(again)
    expect(other).not.toBe(first)
    expect([token, unreached]).toEqual([undefined, undefined])
  })
})

describe('addresses', () => {
  const LOCAL = [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '192.0.2.1',
    '198.18.0.1',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:a00:1]',
    '[::7f00:1]',
    '[fe80::1]',
    '[fc00::1]',
    '[fec0::1]',
    '[ff02::1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
  ]

  test.each(LOCAL)('https://%s is not connected to', async (host) => {
    const { port, seen } = await listen(answering(200))
    const { http } = connect({ allowLocal: false })

    const fault = await faultOf(http.call({ method: 'POST', url: `https://${host}:${port}/` }))

    expect(fault).toMatchObject({ code: 'VENDOR_REFUSED', mayHaveHappened: false })
    expect(seen.connections).toBe(0)
  })

  test('plain http is not spoken, not even with a public address', async () => {
    const { http, notes } = connect({ allowLocal: false })

    const fault = await faultOf(http.call({ method: 'GET', url: 'http://93.184.215.14/' }))

    expect(fault.code).toBe('VENDOR_REFUSED')
    expect(notes).toHaveLength(1)
  })

  test('a name is judged by the address that is connected to, each time', async () => {
    const { port, seen } = await listen(answering(200))
    const answers = [
      [{ address: '127.0.0.1', family: 4 }],
      [
        { address: '93.184.215.14', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ],
      [{ address: '::ffff:127.0.0.1', family: 6 }],
    ]
    const asked: string[] = []
    const { http } = connect({
      allowLocal: false,
      resolve: (host, done) => done(null, answers[asked.push(host) - 1] ?? []),
    })

    const call: HttpCall = { method: 'POST', url: `https://vendor.example:${port}/` }
    const faults = [await faultOf(http.call(call)), await faultOf(http.call(call))]
    faults.push(await faultOf(http.call(call)))

    expect(asked).toEqual(['vendor.example', 'vendor.example', 'vendor.example'])
    for (const fault of faults)
      expect(fault).toMatchObject({ code: 'VENDOR_REFUSED', mayHaveHappened: false })
    expect(seen.connections).toBe(0)
  })

  test('the same name is connected to where local addresses are allowed', async () => {
    const { port, seen } = await listen(answering(200))
    const { http } = connect({
      resolve: (_host, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
    })

    await http.call({ method: 'GET', url: `http://vendor.example:${port}/` })

    expect(seen.connections).toBe(1)
  })

  test('public addresses are public, and text that is none is not', () => {
    for (const address of ['93.184.215.14', '8.8.8.8', '2001:4860:4860::8888', '::ffff:8.8.8.8'])
      expect(isPublicAddress(address), address).toBe(true)
    fc.assert(
      fc.property(fc.string(), (text) => {
        if (!/^[\d.:a-f]+$/i.test(text)) expect(isPublicAddress(text)).toBe(false)
      }),
    )
  })

  test('no address of a private network is public, mapped into IPv6 or not', () => {
    const byte = fc.integer({ min: 0, max: 255 })
    const heads = [[10], [127], [0], [169, 254], [192, 168], [172, 20], [100, 100], [240], [230]]
    fc.assert(
      fc.property(fc.constantFrom(...heads), byte, byte, byte, (head, a, b, c) => {
        const v4 = [...head, a, b, c].slice(0, 4).join('.')
        expect(isPublicAddress(v4)).toBe(false)
        expect(isPublicAddress(`::ffff:${v4}`)).toBe(false)
      }),
    )
  })
})

describe('readJson', () => {
  test('any text is a value or a VENDOR_UNAVAILABLE that does not quote it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          readJson(text)
        } catch (error) {
          expect(error).toBeInstanceOf(Fault)
          expect(error).toMatchObject({ code: 'VENDOR_UNAVAILABLE' })
        }
      }),
    )
    expect(() => readJson('<html>canary</html>', { vendor: 'imis', what: 'GET /x' })).toThrow(
      'imis answered GET /x with a page instead of JSON',
    )
    expect(() => readJson('{"canary": NaN}')).toThrow(/^(?!.*canary)/)
  })

  test('a body cannot reach a prototype', () => {
    const read = readJson(
      '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}},"a":1}',
    )

    expect(Object.assign({}, read)).toEqual({ a: 1 })
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
    expect('admin' in {}).toBe(false)
  })

  test('a very deep body neither crashes nor hangs', () => {
    const depth = 500_000

    expect(() => readJson('['.repeat(depth))).toThrow(Fault)
    expect(Array.isArray(readJson('['.repeat(depth) + ']'.repeat(depth)))).toBe(true)
  })
})
