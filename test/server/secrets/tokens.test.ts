import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { base64url, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { openKeyRing } from '../../../server/secrets/key-ring.ts'
import { openTokens } from '../../../server/secrets/tokens.ts'

const START = Date.parse('2027-02-03T10:00:00Z')
const OLD = 'the old key, which is long enough too'
const NEW = 'the new key, which is long enough too'

function clocked(secretKeys = [NEW]) {
  const clock = { now: START }
  const ring = openKeyRing(secretKeys)
  return { clock, ring, tokens: openTokens({ ring, now: () => clock.now }) }
}

const member = { account: 'nasm', partyId: '101', userName: 'MOAKFIELD' }
const ticket = {
  account: 'nasm',
  eventCode: 'WRN3DBTCMX9',
  partyId: '101',
  staffPartyId: undefined,
  campaign: { utm_source: 'newsletter' },
}

test('a token opens to what it was signed with', async () => {
  const { tokens } = clocked()

  const opened = await tokens.openMember((await tokens.signMember(member)).token, 'nasm')
  const openedTicket = await tokens.openTicket((await tokens.signTicket(ticket)).token)
  const session = { account: 'nasm', partyId: '104', roles: ['editor'] }
  const openedSession = await tokens.openDashboard((await tokens.signDashboard(session)).token)

  expect(opened).toEqual(member)
  expect(openedTicket).toEqual(ticket)
  expect(openedSession).toEqual(session)
})

test('a member token lives fifteen minutes and a ticket five, with five seconds for clocks that differ', async () => {
  const { clock, tokens } = clocked()
  const { token, expiresAt } = await tokens.signMember(member)
  const paper = await tokens.signTicket(ticket)

  expect(expiresAt).toBe(START + 15 * 60_000)
  clock.now = START + 5 * 60_000 + 4000
  await expect(tokens.openTicket(paper.token)).resolves.toMatchObject({ partyId: '101' })
  clock.now = START + 5 * 60_000 + 6000
  await expect(tokens.openTicket(paper.token)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  clock.now = START + 15 * 60_000 + 4000
  await expect(tokens.openMember(token, 'nasm')).resolves.toEqual(member)
  clock.now = START + 15 * 60_000 + 6000
  await expect(tokens.openMember(token, 'nasm')).rejects.toMatchObject({ code: 'NOT_SIGNED_IN' })
})

test('while keys are exchanged, both open and the newest signs', async () => {
  const before = clocked([OLD])
  const during = clocked([NEW, OLD])
  const after = clocked([NEW])
  const old = await before.tokens.signMember(member)

  await expect(during.tokens.openMember(old.token, 'nasm')).resolves.toEqual(member)
  const fresh = await during.tokens.signMember(member)
  await expect(after.tokens.openMember(fresh.token, 'nasm')).resolves.toEqual(member)
  await expect(after.tokens.openMember(old.token, 'nasm')).rejects.toMatchObject({
    code: 'NOT_SIGNED_IN',
  })
})

describe('a member token is refused when it', () => {
  const [{ id: kid, sign: ours } = { id: '', sign: new Uint8Array() }] = clocked().ring.keys
  const seconds = START / 1000
  const proper = {
    iss: 'cvent-registration',
    aud: 'member',
    iat: seconds,
    exp: seconds + 900,
    jti: '1',
    acc: 'nasm',
    sub: '101',
    usr: 'MOAKFIELD',
  }
  function forge(
    claims: Record<string, unknown> = {},
    header: { alg?: string; kid?: string; jku?: string } = {},
    key: Parameters<SignJWT['sign']>[0] = ours,
  ) {
    return new SignJWT({ ...proper, ...claims })
      .setProtectedHeader({ alg: 'HS256', kid, ...header })
      .sign(key)
  }
  const encode = (value: object) => base64url.encode(JSON.stringify(value))
  const stranger = new Uint8Array(32).fill(7)

  const forgeries: Record<string, () => Promise<string> | string> = {
    'is of another issuer': () => forge({ iss: 'somebody' }),
    'has no issuer': () => forge({ iss: undefined }),
    'is for another audience': () => forge({ aud: 'hand-off' }),
    'has no audience': () => forge({ aud: undefined }),
    'has no expiry': () => forge({ exp: undefined }),
    'has no moment of issue': () => forge({ iat: undefined }),
    'lives longer than such tokens do': () => forge({ iat: seconds - 3600, exp: seconds + 36_000 }),
    'is not valid yet': () => forge({ nbf: seconds + 60 }),
    'was issued in the future': () => forge({ iat: seconds + 600, exp: seconds + 900 }),
    'speaks for another account': () => forge({ acc: 'other' }),
    'speaks for nobody': () => forge({ sub: '' }),
    'speaks for no account': () => forge({ acc: undefined }),
    'names an unknown key': () => forge({}, { kid: 'unknown' }),
    'is signed with another algorithm of the same family': () =>
      forge({}, { alg: 'HS512' }, new Uint8Array(64)),
    'is signed with another key': () => forge({}, {}, stranger),
    'says where its key is to be found': () =>
      forge({}, { jku: 'https://evil.example/keys' }, stranger),
    'is a ticket of another ring': async () =>
      (await clocked([OLD]).tokens.signTicket(ticket)).token,
    'is not signed (alg none)': () => `${encode({ alg: 'none', kid })}.${encode(proper)}.`,
    'has a public key as its HMAC key': async () => {
      const { publicKey } = await generateKeyPair('RS256', { extractable: true })
      return forge({}, {}, new TextEncoder().encode(await exportSPKI(publicKey)))
    },
    'is signed by a key pair': () => {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
      return forge({}, { alg: 'RS256' }, privateKey)
    },
    'is a ticket': async () => (await clocked().tokens.signTicket(ticket)).token,
    'is a dashboard session': async () =>
      (await clocked().tokens.signDashboard({ account: 'nasm', partyId: '101', roles: [] })).token,
    'is empty': () => '',
    'is no token at all': () => 'a.b.c',
  }

  test('(control) it is as it should be: it opens', async () => {
    const opened = await clocked().tokens.openMember(await forge(), 'nasm')

    expect(opened).toEqual(member)
  })

  test.each(Object.entries(forgeries))('%s', async (_name, make) => {
    const token = await make()

    await expect(clocked().tokens.openMember(token, 'nasm')).rejects.toMatchObject({
      code: 'NOT_SIGNED_IN',
    })
  })

  test('had one character changed anywhere', async () => {
    const { tokens } = clocked()
    const { token } = await tokens.signMember(member)

    await fc.assert(
      fc.asyncProperty(
        fc.nat(token.length - 1),
        fc.stringMatching(/^[\w.-]$/),
        async (at, character) => {
          fc.pre(token[at] !== character)
          const altered = token.slice(0, at) + character + token.slice(at + 1)
          await expect(tokens.openMember(altered, 'nasm')).rejects.toMatchObject({
            code: 'NOT_SIGNED_IN',
          })
        },
      ),
      { numRuns: 300 },
    )
  })
})

test('a token is good in its own spelling only, of whichever kind', async () => {
  const { tokens } = clocked()
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const { token } = await tokens.signTicket({
    account: 'nasm',
    eventCode: 'E',
    partyId: '101',
    staffPartyId: undefined,
    campaign: {},
  })
  const last = letters.indexOf(token.at(-1) ?? '')
  // Four letters say the same four bits of the signature's end.
  const others = [1, 2, 3].map((bits) => `${token.slice(0, -1)}${letters[last ^ bits]}`)
  const spellings = [
    ...others,
    `${token}=`,
    `${token} `,
    ` ${token}`,
    `${token}\n`,
    `${token}.`,
    `.${token}`,
  ]

  for (const spelling of spellings) {
    await expect(tokens.openTicket(spelling)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await expect(tokens.accountOfExpired(spelling)).resolves.toBeUndefined()
  }
  await expect(tokens.openTicket(token)).resolves.toMatchObject({ partyId: '101' })
})

test('whatever is opened, the answer is a refusal and never an accident', async () => {
  const { tokens } = clocked()

  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (text) => {
      await expect(tokens.openMember(text, 'nasm')).rejects.toMatchObject({ code: 'NOT_SIGNED_IN' })
      await expect(tokens.openTicket(text)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    }),
  )
})
