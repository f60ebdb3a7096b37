import { createHash, randomUUID } from 'node:crypto'
import { decodeJwt, errors, jwtVerify, SignJWT } from 'jose'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { atMost } from '../cache-limit.ts'
import { Fault } from '../errors.ts'
import type { KeyRing } from './key-ring.ts'

const ISSUER = 'cvent-registration'
const ALGORITHM = 'HS256'
/** How far the clocks of two instances may differ. */
const TOLERANCE_SECONDS = 5

/** How long each kind of token lives, in ms. */
export const LIFETIME_MS = {
  member: 15 * 60_000,
  'hand-off': 5 * 60_000,
  /** The button of a page that asks before a hand-off goes on. */
  press: 5 * 60_000,
  dashboard: 30 * 60_000,
} as const
type Audience = keyof typeof LIFETIME_MS

const party = z.string().min(1).max(20)
const MemberClaims = z.object({
  acc: z.string(),
  sub: party,
  usr: z.string().min(1).max(200),
  exp: z.number(),
})
const TicketClaims = z.object({
  acc: z.string(),
  sub: party.optional(),
  evt: z.string(),
  by: party.optional(),
  cmp: z.record(z.string(), z.string()).optional(),
})
const PressClaims = z.object({ acc: z.string(), tic: z.string(), jti: z.string() })
const DashboardClaims = z.object({
  acc: z.string(),
  sub: party,
  rol: z.array(z.string().max(40)).max(20),
})

/** An instance may know an account's document of this long ago, and clocks differ. */
const CHANGE_UNSEEN_MS = 5000

/**
 * Whether a token that was opened before was signed for another iMIS than the account has now, in which its party may be
 * somebody else. `imisSince`: since when the account's iMIS is this one; undefined for ever.
 */
export function isOfAnotherImis(token: string, imisSince: number | undefined): boolean {
  if (imisSince === undefined) return false
  // The token was verified; `iat` is among the claims that are required.
  return (decodeJwt(token).iat ?? 0) * 1000 <= imisSince + CHANGE_UNSEEN_MS
}

/** Who a member token speaks for. `userName` is iMIS's, for asking iMIS about the roles of staff; never for display. */
export interface Member {
  account: string
  partyId: string
  userName: string
}

/**
 * What a hand-off address carries. `partyId` is missing for an anonymous event. `staffPartyId`: the member of staff acting
 * on behalf of `partyId`. `campaign`: the page's campaign parameters (`utm_source`, `refid` …).
 */
export interface Ticket {
  account: string
  eventCode: string
  partyId: string | undefined
  staffPartyId: string | undefined
  campaign: Record<string, string>
}

/** A dashboard session of a member of iMIS staff. */
export interface DashboardSession {
  account: string
  partyId: string
  roles: string[]
}

/** A token and when it ends, ms since 1970. */
export interface Signed {
  token: string
  expiresAt: number
}

/**
 * Signs and opens our tokens. Each kind has its own audience; algorithm, issuer, audience, age and every claim that is
 * relied on are checked when one is opened. The newest key signs, every key of the ring opens.
 */
export interface Tokens {
  signMember(member: Member): Promise<Signed>
  /** @throws Fault `NOT_SIGNED_IN` when it is not a member token of that account, or has expired */
  openMember(token: string, account: string): Promise<Member>
  signTicket(ticket: Ticket): Promise<Signed>
  /** @throws Fault `NOT_ALLOWED` when it is not a ticket of ours, or has expired */
  openTicket(token: string): Promise<Ticket>
  /** The account of a ticket of ours that has expired, so that its holder can be led back; undefined for anything else. */
  accountOfExpired(token: string): Promise<string | undefined>
  /** Signs the button of a page that asks before this ticket is followed. */
  signPress(account: string, ticket: string): Promise<string>
  /** The id of the button, to be used once; undefined when it is not one for this ticket, or has expired. */
  openPress(token: string, ticket: string): Promise<string | undefined>
  signDashboard(session: DashboardSession): Promise<Signed>
  /** @throws Fault `NOT_SIGNED_IN` when it is not a dashboard session, or has expired */
  openDashboard(token: string): Promise<DashboardSession>
}

/** Makes the tokens of a key ring. */
export function openTokens({ ring, now }: { ring: KeyRing; now: () => number }): Tokens {
  // Imported once: jose would do it again for each token, which costs as much as the signature.
  const imported = new Map<string, ReturnType<typeof importKey>>()
  async function keyOf(id: string | undefined) {
    const key = ring.keys.find((one) => one.id === id)
    if (!key) throw new Error('no key of that id')
    const known = imported.get(key.id) ?? importKey(key.sign)
    imported.set(key.id, known)
    return known
  }

  async function sign(audience: Audience, claims: Record<string, unknown>): Promise<Signed> {
    const [key] = ring.keys
    if (!key) throw new Error('the key ring is empty')
    const issuedAt = Math.floor(now() / 1000)
    const expiresAt = issuedAt + LIFETIME_MS[audience] / 1000
    const token = await new SignJWT({ ...claims, jti: randomUUID() })
      .setProtectedHeader({ alg: ALGORITHM, kid: key.id })
      .setIssuer(ISSUER)
      .setAudience(audience)
      .setIssuedAt(issuedAt)
      .setExpirationTime(expiresAt)
      .sign(await keyOf(key.id))
    return { token, expiresAt: expiresAt * 1000 }
  }

  async function open<T>(audience: Audience, token: string, shape: z.ZodType<T>): Promise<T> {
    if (!isOwnSpelling(token)) throw new Error('a token is written in one way only')
    const { payload } = await jwtVerify(token, ({ kid }) => keyOf(kid), {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      audience,
      requiredClaims: ['iat', 'exp', 'jti', 'acc'],
      maxTokenAge: LIFETIME_MS[audience] / 1000,
      clockTolerance: TOLERANCE_SECONDS,
      currentDate: new Date(now()),
    })
    return shape.parse(payload)
  }

  /** Members ask again and again with one token; a signature that was right stays right until the token ends. */
  const opened = new LRUCache<string, { member: Member; endsAt: number }>(atMost(10_000))

  async function openedMember(token: string) {
    const known = opened.get(token)
    if (known && now() < known.endsAt) return known.member
    const { acc, sub, usr, exp } = await open('member', token, MemberClaims).catch(notSignedIn)
    const member = { account: acc, partyId: sub, userName: usr }
    opened.set(token, { member, endsAt: exp * 1000 })
    return member
  }

  return {
    signMember: ({ account, partyId, userName }) =>
      sign('member', { acc: account, sub: partyId, usr: userName }),
    async openMember(token, account) {
      const member = await openedMember(token)
      return member.account === account ? member : notSignedIn()
    },
    signTicket: ({ account, eventCode, partyId, staffPartyId, campaign }) =>
      sign('hand-off', {
        acc: account,
        evt: eventCode,
        ...(partyId === undefined ? {} : { sub: partyId }),
        ...(staffPartyId === undefined ? {} : { by: staffPartyId }),
        ...(Object.keys(campaign).length > 0 ? { cmp: campaign } : {}),
      }),
    async openTicket(token) {
      const claims = await open('hand-off', token, TicketClaims).catch((error: unknown) => {
        throw new Fault('NOT_ALLOWED', 'This link has expired or is not one of ours.', {
          cause: error,
        })
      })
      return {
        account: claims.acc,
        eventCode: claims.evt,
        partyId: claims.sub,
        staffPartyId: claims.by,
        campaign: claims.cmp ?? {},
      }
    },
    async accountOfExpired(token) {
      try {
        await open('hand-off', token, TicketClaims)
        return undefined
      } catch (error) {
        // jose says so only of a token whose signature is right.
        if (!(error instanceof errors.JWTExpired)) return undefined
        return TicketClaims.safeParse(error.payload).data?.acc
      }
    },
    signPress: async (account, ticket) =>
      (await sign('press', { acc: account, tic: digest(ticket) })).token,
    async openPress(token, ticket) {
      try {
        const { tic, jti } = await open('press', token, PressClaims)
        return tic === digest(ticket) ? jti : undefined
      } catch {
        // Whatever is wrong with it, the person is asked again.
        return undefined
      }
    },
    signDashboard: ({ account, partyId, roles }) =>
      sign('dashboard', { acc: account, sub: partyId, rol: roles }),
    async openDashboard(token) {
      const claims = await open('dashboard', token, DashboardClaims).catch(notSignedIn)
      return { account: claims.acc, partyId: claims.sub, roles: claims.rol }
    },
  }
}

/**
 * Whether a token is spelled as it was signed. The last letter of a signature has bits that no byte uses, and a lenient reader
 * skips what is no Base64: each such spelling would be counted by itself where a token may be used so many times.
 */
function isOwnSpelling(token: string) {
  return token
    .split('.')
    .every((part) => Buffer.from(part, 'base64url').toString('base64url') === part)
}

function digest(text: string) {
  return createHash('sha256').update(text).digest('base64url')
}

function importKey(secret: Uint8Array) {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  return crypto.subtle.importKey('raw', new Uint8Array(secret), algorithm, false, [
    'sign',
    'verify',
  ])
}

/** @throws Fault `NOT_SIGNED_IN` */
export function notSignedIn(cause?: unknown): never {
  throw new Fault(
    'NOT_SIGNED_IN',
    'The token is not valid here or has expired; sign in again.',
    cause === undefined ? {} : { cause },
  )
}
