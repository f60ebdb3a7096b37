import zlib from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeBody, INFLATED_LIMIT } from '../../../server/cvent/body.ts'
import { readMessage, readMessageInTurns } from '../../../server/cvent/message.ts'

const attendeeId = 'dd452139-28d4-442b-bfd4-25d1d1345cce'
const MESSAGE = {
  eventType: 'InviteeOrGuestAccepted',
  messageStub: 'a83d6f15-0b27-4c9e-8d41-e72b5f90c3d8',
  message: [{ inviteeStub: attendeeId.toUpperCase() }],
}
const text = JSON.stringify(MESSAGE)
const other = text.replace('DD45', 'EE45')

async function through(body: Buffer, contentEncoding: string | null) {
  const decoded = await decodeBody(body, contentEncoding)
  return 'problem' in decoded ? decoded.problem : readMessageInTurns(decoded.body)
}

describe('content codings', () => {
  const plain = Buffer.from(text)
  const gz = zlib.gzipSync(plain)

  test.each([
    [null, plain],
    ['identity', plain],
    ['gzip', gz],
    ['x-gzip', gz],
    ['GZIP', gz],
    ['deflate', zlib.deflateSync(plain)],
    ['deflate', zlib.deflateRawSync(plain)],
    ['br', zlib.brotliCompressSync(plain)],
    ['zstd', zlib.zstdCompressSync(plain)],
    ['gzip, br', zlib.brotliCompressSync(gz)],
    ['deflate, gzip', zlib.gzipSync(zlib.deflateSync(plain))],
    // No header, a header of a proxy that has decoded it, and one that nobody knows.
    [null, gz],
    ['gzip', plain],
    ['pack200', plain],
  ])('%s is read', async (coding, body) => {
    expect(await through(body, coding)).toMatchObject({
      problem: undefined,
      eventType: 'InviteeOrGuestAccepted',
      items: [{ kind: 'attendee', attendeeId }],
    })
  })

  test.each([
    ['pack200', gz, 'its Content-Encoding names "pack200", which is not known here'],
    ['br', gz, 'it is not br, as its Content-Encoding says'],
    ['gzip', gz.subarray(0, 40), 'it is not gzip, as its Content-Encoding says'],
    ['gzip,gzip,gzip,gzip,gzip', gz, 'it is coded 5 times over'],
    ['constructor', gz, 'its Content-Encoding names "constructor", which is not known here'],
  ])('%s: what cannot be decoded has its reason', async (coding, body, problem) => {
    expect(await through(body, coding)).toBe(problem)
  })

  test.each(['gzip', 'deflate', 'br', 'zstd'] as const)(
    'a bomb in %s is not inflated',
    async (coding) => {
      const bombs = {
        gzip: zlib.gzipSync,
        deflate: zlib.deflateSync,
        br: zlib.brotliCompressSync,
        zstd: zlib.zstdCompressSync,
      }
      const large = bombs[coding](Buffer.alloc(INFLATED_LIMIT + 1, ' '))
      const steep = bombs[coding](Buffer.alloc(INFLATED_LIMIT - 1, ' '))

      expect(await through(large, coding)).toContain('larger than')
      expect(await through(steep, coding)).toContain('times larger')
    },
  )

  test('whatever comes under whatever coding, the answer is a body or a reason', async () => {
    const coding = fc.constantFrom('gzip', 'deflate', 'br', 'zstd', 'gzip, deflate', 'x', '')
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), coding, async (body, name) => {
        const decoded = await decodeBody(Buffer.from(body), name)

        expect('body' in decoded || 'problem' in decoded).toBe(true)
      }),
    )
  })
})

const utf16be = Buffer.from(text, 'utf16le').swap16()
const form = (value: string) => encodeURIComponent(value)
const multipart = [
  '--xYz',
  'Content-Disposition: form-data; name="payload"',
  '',
  text,
  '--xYz--',
  '',
].join('\r\n')

test.each<[string, Buffer | string]>([
  ['a byte order mark', `\uFEFF${text}`],
  ['UTF-16 with its mark', Buffer.from(`\uFEFF${text}`, 'utf16le')],
  ['UTF-16 without', Buffer.from(text, 'utf16le')],
  ['big-endian UTF-16 with its mark', Buffer.concat([Buffer.from([0xfe, 0xff]), utf16be])],
  ['big-endian UTF-16 without', utf16be],
  ['a list of one message', `[${text}]`],
  ['a message in a text', JSON.stringify(text)],
  ['a list in a text', JSON.stringify({ ...MESSAGE, message: JSON.stringify(MESSAGE.message) })],
  [
    'one entry in a text',
    JSON.stringify({ ...MESSAGE, message: JSON.stringify(MESSAGE.message[0]) }),
  ],
  [
    'an entry without its list',
    JSON.stringify({ ...MESSAGE, message: undefined, ...MESSAGE.message[0] }),
  ],
  ['a form', `payload=${form(text)}`],
  ['a form with more fields', `a=1&b=2&json=${form(text)}&c=%5B`],
  [
    'a form of the members',
    `eventType=InviteeOrGuestAccepted&message=${form(JSON.stringify(MESSAGE.message))}`,
  ],
  ['a form of one entry', `eventType=InviteeOrGuestAccepted&inviteeStub=${attendeeId}`],
  ['a form of several parts', multipart],
  ['a leading //', `//${text}`],
  ['a leading // and a space', `// ${text}`],
  ['a comment before it', `// sent by a proxy\n${text}`],
  ['braces around the id', text.replace(/"(DD45[^"]*)"/, '"{$1}"')],
  ['an escaped name', text.replace('inviteeStub', String.raw`invitee\u0053tub`)],
])('%s is understood', async (_name, body) => {
  const read = await readMessageInTurns(Buffer.from(body))

  expect(read).toMatchObject({
    problem: undefined,
    eventType: 'InviteeOrGuestAccepted',
    items: [{ kind: 'attendee', attendeeId }],
  })
})

test.each([
  ['in a list', `[${text},${other}]`],
  ['one after the other', `${text}\n${other}\n`],
  ['in a form', `a=${form(text)}&b=${form(other)}`],
])('several messages %s are all read', (_how, body) => {
  const { items } = readMessage(body)

  expect(items).toMatchObject([{ attendeeId }, { attendeeId: attendeeId.replace('dd45', 'ee45') }])
})

test('a registration beside news of an e-mail is not taken for news', () => {
  const mail = text.replace('InviteeOrGuestAccepted', 'InviteeOrGuestEmailOpened')

  expect(readMessage(`[${mail},${mail}]`).isMailNotice).toBe(true)
  expect(readMessage(`[${mail},${text}]`).isMailNotice).toBe(false)
  expect(readMessage(`[${text},${mail}]`).isMailNotice).toBe(false)
})

describe('bounds', () => {
  const TINY = 16 * 1024 * 1024
  const many = (one: string, count: number) => `${`${one},`.repeat(count - 1)}${one}`

  test.each([
    ['entries', `{"message":[${many('{}', TINY / 3)}]}`],
    ['messages', `[${many('{"message":[]}', TINY / 15)}]`],
    ['entries that are no objects', `{"message":[${many('1', TINY / 2)}]}`],
    ['entries in a text', JSON.stringify({ message: `[${many('{}', TINY / 3)}]` })],
  ])('%s beyond a hundred thousand are not built', async (_what, body) => {
    const bytes = Buffer.from(body)
    const read = await readMessageInTurns(bytes)

    expect(read.problem).toContain('more than 100000 entries')
    expect(read.items.length + read.skipped.length).toBeLessThanOrEqual(100_000)
  })

  test('those before the bound are used, and the message says so', () => {
    const entries = [MESSAGE.message[0], ...Array.from({ length: 100_001 }, () => ({}))]

    const read = readMessage(JSON.stringify({ ...MESSAGE, message: entries }))

    expect(read.items[0]).toMatchObject({ attendeeId })
    expect(read.problem).toContain('the first 100000 were read')
  })

  test('no depth is too deep', () => {
    const deep = `${'['.repeat(3_000_000)}${']'.repeat(3_000_000)}`
    const inside = text.replace('{"inviteeStub"', `{"x":${deep},"inviteeStub"`)

    expect(readMessage(inside).items).toMatchObject([{ attendeeId }])
    expect(readMessage(deep)).toMatchObject({ items: [] })
    expect(readMessage('['.repeat(5_000_000)).problem).toBe('the body is not JSON')
  })

  test('a form of a million fields is not built', async () => {
    expect((await readMessageInTurns(Buffer.from('a=1&'.repeat(1_000_000)))).problem).toBe(
      'the body is not JSON',
    )
  })

  test('other work has its turn while a large body is read', async () => {
    const body = Buffer.from(`{"message":[${many('{"a":[[],{}]}', TINY / 14)}]}`)
    let turns = 0
    let isRead = false
    const reading = readMessageInTurns(body).finally(() => {
      isRead = true
    })
    while (!isRead) {
      turns += 1
      await new Promise((resolve) => setImmediate(resolve))
    }

    expect((await reading).problem).toContain('entries')
    // Read in one go it would be two or three.
    expect(turns).toBeGreaterThan(5)
  })
})
