import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { decodeJwt } from 'jose'
import type { Kysely } from 'kysely'
import type { Database } from '../../../db/database.ts'
import { ALL_ACCOUNTS, findApiKey, findStaff, noteKeyUse } from '../../../db/users.ts'
import type { Tokens } from '../../secrets/tokens.ts'

/** What somebody may do on an account; each role may do what stands before it. */
export const ROLES = ['viewer', 'editor', 'owner'] as const
export type Role = (typeof ROLES)[number]

/** True when `held` allows what asks for `needed`. */
export function covers(held: Role | undefined, needed: Role): boolean {
  return held !== undefined && ROLES.indexOf(held) >= ROLES.indexOf(needed)
}

/**
 * Who makes a request. `name` goes into the audit: `ADMIN_TOKEN`, `key <name>` or `party <id>`. `account` is `*` for who
 * may work on all. `isFresh`: strong enough to change what decides who gets
 * tokens, secrets or data: the admin token, a key for all accounts, and a session for ten minutes. The key of one account
 * counts like an old session.
 */
export interface Actor {
  kind: 'admin-token' | 'api-key' | 'session'
  name: string
  account: string
  role: Role
  isFresh: boolean
}

/** The actor's role on that account, or none. */
export function roleOn(actor: Actor, account: string): Role | undefined {
  return actor.account === ALL_ACCOUNTS || actor.account === account ? actor.role : undefined
}

/** True for who may add accounts and see to what belongs to none. */
export function ownsEverything(actor: Actor): boolean {
  return actor.account === ALL_ACCOUNTS && actor.role === 'owner'
}

/** How long after the sign-on a session may change what decides who gets tokens, secrets or data. */
export const FRESH_MS = 10 * 60_000
/** A key's last use is noted at most this often. */
const USE_NOTED_MS = 60_000
const KEY_MARK = 'cvr_'

interface AuthenticateDeps {
  db: Kysely<Database>
  tokens: Tokens
  settings: { adminToken: string | undefined }
  now: () => number
}

/**
 * Tells whose credential an `Authorization` header carries; undefined for none, a wrong, an ended or a revoked one. The
 * role of a session is looked up each time, so that an assignment taken away ends it at once.
 */
export async function authenticate(
  deps: AuthenticateDeps,
  authorization: string | undefined,
): Promise<Actor | undefined> {
  const [, credential] = /^Bearer +(.{1,4096})$/i.exec(authorization ?? '') ?? []
  if (credential === undefined) return undefined
  const { adminToken } = deps.settings
  if (adminToken !== undefined && isSame(credential, adminToken))
    return {
      kind: 'admin-token',
      name: 'ADMIN_TOKEN',
      account: ALL_ACCOUNTS,
      role: 'owner',
      isFresh: true,
    }
  if (credential.startsWith(KEY_MARK)) return byKey(deps, credential)
  return bySession(deps, credential)
}

async function byKey({ db, now }: AuthenticateDeps, key: string): Promise<Actor | undefined> {
  const row = await findApiKey(db, hashOfKey(key))
  if (!row || row.revokedAt !== null) return undefined
  if (row.expiresAt !== null && row.expiresAt <= now()) return undefined
  if ((row.lastUsedAt ?? 0) < now() - USE_NOTED_MS) await noteKeyUse(db, row.id, now())
  const role = readRole(row.role)
  return (
    role && {
      kind: 'api-key',
      name: `key ${row.name}`,
      account: row.account,
      role,
      isFresh: row.account === ALL_ACCOUNTS,
    }
  )
}

async function bySession(deps: AuthenticateDeps, token: string): Promise<Actor | undefined> {
  const session = await deps.tokens.openDashboard(token).catch(() => undefined)
  if (!session) return undefined
  const staff = await findStaff(deps.db, session.account, session.partyId)
  // The token was verified just now; `iat` is among the claims that are required.
  const startedAt = (decodeJwt(token).iat ?? 0) * 1000
  // Assigned after the sign-on: who signed on was assigned before, perhaps in another iMIS, and no longer is.
  const isTheirs = staff !== undefined && staff.createdAt < startedAt + 1000
  const role = isTheirs ? readRole(staff.role) : undefined
  return (
    role && {
      kind: 'session',
      name: `party ${session.partyId}`,
      account: session.account,
      role,
      isFresh: deps.now() - startedAt < FRESH_MS,
    }
  )
}

/** A new API key and what is kept of it. The key is 32 random bytes, so a plain hash cannot be searched for it. */
export function newApiKey(): { key: string; hash: string } {
  const key = `${KEY_MARK}${randomBytes(32).toString('base64url')}`
  return { key, hash: hashOfKey(key) }
}

function hashOfKey(key: string) {
  return createHash('sha256').update(key).digest('hex')
}

/** Compares in a time that depends on neither text: both are hashed to the same length first. */
function isSame(one: string, other: string) {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest())
  return a !== undefined && b !== undefined && timingSafeEqual(a, b)
}

function readRole(text: string): Role | undefined {
  return ROLES.find((role) => role === text)
}
