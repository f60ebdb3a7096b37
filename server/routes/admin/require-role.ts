import type { FastifyContextConfig, FastifyReply, FastifyRequest } from 'fastify'
import { findAccount } from '../../../db/accounts.ts'
import {
  authenticate,
  covers,
  FRESH_MS,
  ownsEverything,
  roleOn,
  type Actor,
  type Role,
} from '../../operator/access/actors.ts'
import type { Attempts } from '../../operator/access/attempts.ts'
import { questionsOfViewers, type VendorAsks } from '../../operator/access/vendor-asks.ts'
import type { ChangedBy } from '../../operator/access/audit.ts'
import type { Runs } from '../../operator/run/runs.ts'
import { isAccountKey, type LoadedAccount } from '../../accounts.ts'
import { Fault } from '../../errors.ts'
import type { Tokens } from '../../secrets/tokens.ts'
import type { AppDeps } from '../deps.ts'

/** What the admin routes need beside the server's own. */
export interface AdminDeps extends AppDeps {
  tokens: Tokens
  attempts: Attempts
  asks: VendorAsks
  runs: Runs
}

/**
 * Who a route lets in: `public` everybody, `signed-in` any credential, a role on the account in its address, or
 * `everything` for who owns all accounts.
 */
export type Access = 'public' | 'signed-in' | Role | 'everything'

/** The part of a route's options that guards it. */
export interface Guard {
  config: FastifyContextConfig & { access: Access; isFresh: boolean }
  onRequest: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
}

/**
 * Makes a route's guard: `{ ...door('viewer'), schema }`. `isFresh` asks for a recent sign-on, for changing secrets;
 * `asksVendors` counts the request among those that cost calls to iMIS or Cvent.
 */
export type RequireRole = (
  access: Access,
  options?: { isFresh?: boolean; mayBeNew?: boolean; asksVendors?: boolean },
) => Guard

const actors = new WeakMap<FastifyRequest, Actor>()

/** Who makes this request; the route's guard found out. */
export function actorOf(request: FastifyRequest): Actor {
  const actor = actors.get(request)
  if (!actor) throw new Error('this route has no guard')
  return actor
}

/**
 * Whether who made this request would be let in once more: their key was not revoked, their session has not ended, and the
 * account is still there. For answers that take longer than a moment.
 */
export async function isStillLetIn(
  deps: AdminDeps,
  request: FastifyRequest,
  account: string,
  access: Role,
): Promise<boolean> {
  const actor = await authenticate(deps, request.headers.authorization)
  return (
    actor !== undefined &&
    covers(roleOn(actor, account), access) &&
    (await findAccount(deps.db, account)) !== undefined
  )
}

/** Who is named in the audit record for a change made by this request. */
export function changedBy(request: FastifyRequest): ChangedBy {
  return { actor: actorOf(request).name, requestId: request.id }
}

/**
 * Makes the guards. They run before the body is read. What is not one's own is answered like what is not there: an account
 * without a role on it is 404, whether it exists or not; a role too low is 403.
 */
export function openRequireRole(deps: AdminDeps): RequireRole {
  return (access, { isFresh = false, mayBeNew = false, asksVendors = false } = {}) => ({
    config: { access, isFresh },
    async onRequest(request, reply) {
      if (access === 'public') return
      const { authorization } = request.headers
      // The credential first: a right one is never refused for somebody else's wrong ones.
      const actor = await authenticate(deps, authorization)
      if (!actor) {
        await refuseGuesses(deps, request.ip)
        if (authorization) await noteGuess(deps, request)
        void reply.header('www-authenticate', 'Bearer')
        throw new Fault('NOT_SIGNED_IN', 'Sign in, or send a valid key as a Bearer token.')
      }
      actors.set(request, actor)
      await letIn(request, actor, access, mayBeNew)
      if (isFresh) askForFreshness(actor, reply)
      if (asksVendors) {
        const { account } = request.params as { account?: unknown }
        countAsk(deps, request, await deps.accounts.get(String(account)))
      }
    },
  })

  async function letIn(request: FastifyRequest, actor: Actor, access: Access, mayBeNew: boolean) {
    if (access === 'signed-in' || access === 'public') return
    if (access === 'everything') {
      if (!ownsEverything(actor))
        throw new Fault('NOT_ALLOWED', 'Only an owner of all accounts may do this.')
      return
    }
    // The parameters are not validated yet; what cannot be a key simply names no account.
    const { account } = request.params as { account?: unknown }
    const key = isAccountKey(account) ? account : ''
    const role = roleOn(actor, key)
    const isThere =
      key !== '' && role !== undefined && (await findAccount(deps.db, key)) !== undefined
    if (!isThere && !(mayBeNew && ownsEverything(actor))) throw noAccount()
    if (!covers(role, access)) throw new Fault('NOT_ALLOWED', `This needs the role ${access}.`)
  }
}

/**
 * Refuses who has sent many wrong credentials in this minute, from the same address or network.
 *
 * @throws Fault `TOO_MANY`
 */
export async function refuseGuesses(
  { attempts }: Pick<AdminDeps, 'attempts'>,
  address: string,
): Promise<void> {
  const retryAt = await attempts.refusedUntil(address)
  if (retryAt !== undefined)
    throw new Fault('TOO_MANY', 'Too many failed attempts; wait a minute.', { retryAt })
}

/** Counts a wrong credential, and records it in the log of the account it was meant for, of each where it names none. */
export async function noteGuess(
  { attempts, accounts }: Pick<AdminDeps, 'attempts' | 'accounts'>,
  request: FastifyRequest,
): Promise<void> {
  const { account } = (request.params ?? {}) as { account?: unknown }
  const keys = await accounts.keys()
  const named = keys.find((key) => key === account)
  const meant = named === undefined ? keys.slice(0, MOST_TOLD) : [named]
  const trace = request.id
  if (meant.length === 0) await attempts.noteFailure(request.ip, { account: undefined, trace })
  for (const [at, key] of meant.entries())
    if (at === 0) await attempts.noteFailure(request.ip, { account: key, trace })
    else attempts.record(request.ip, { account: key, trace })
}

/** So many accounts are told of wrong credentials that were meant for the whole server. */
const MOST_TOLD = 20

/**
 * Refuses an actor whose sign-on is too long ago for changing what decides who gets tokens, secrets or data, in the form of
 * RFC 9470.
 *
 * @throws Fault `NOT_SIGNED_IN`
 */
export function askForFreshness(actor: Actor, reply: FastifyReply): void {
  if (actor.isFresh) return
  void reply.header(
    'www-authenticate',
    `Bearer error="insufficient_user_authentication", max_age=${FRESH_MS / 1000}`,
  )
  throw new Fault(
    'NOT_SIGNED_IN',
    actor.kind === 'api-key'
      ? 'The API key of an account may not change secrets, addresses or who has access. Sign in to the dashboard, or use ADMIN_TOKEN.'
      : 'Sign in again to change secrets, addresses or who has access; then repeat your change.',
  )
}

/**
 * Counts a request that costs calls to a vendor: nobody may use up the association's day by asking.
 *
 * @throws Fault `TOO_MANY`
 */
export function countAsk(
  deps: AdminDeps,
  request: FastifyRequest,
  loaded: LoadedAccount | undefined,
): void {
  const { account } = request.params as { account?: unknown }
  const key = String(account)
  const actor = actorOf(request)
  const isViewer = !covers(roleOn(actor, key), 'editor')
  const retryAt =
    deps.asks.count(`${key}\n${actor.name}`) ??
    (loaded && isViewer ? deps.asks.countInDay(key, questionsOfViewers(loaded.account)) : undefined)
  if (retryAt !== undefined)
    throw new Fault('TOO_MANY', 'Too many questions to iMIS and Cvent; wait a moment.', { retryAt })
}

/** The one answer for an account that is not there or not the caller's. */
export function noAccount(): Fault {
  return new Fault('NOT_FOUND', 'There is no such account.')
}

/**
 * The version a request expects to change, from `If-Match: "3"` or `If-None-Match: *` (0: there must be none).
 *
 * @returns undefined when the request says nothing of it
 * @throws Fault `INVALID_REQUEST` when it says something else
 */
export function expectedVersion(request: FastifyRequest): number | undefined {
  const match = request.headers['if-match']
  if (request.headers['if-none-match'] === '*') return 0
  if (match === undefined) return undefined
  const [, version] = /^"(\d{1,15})"$/.exec(match) ?? []
  if (version === undefined)
    throw new Fault('INVALID_REQUEST', 'If-Match takes the ETag of the answer before, like "3".')
  return Number(version)
}
