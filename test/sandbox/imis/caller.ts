import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Session, User } from './state.ts'
import { Refusal, unauthorized } from './wire.ts'
import type { World } from './world.ts'

/** The login cookie: HttpOnly, so no script of a page can read it. */
export const LOGIN_COOKIE = 'Login'
/** The user every visitor is until they sign in. */
export const GUEST_USER = 'GUEST'
const SERVICE_ROLES = ['SysAdmin', 'RemoteService']

/** A user by name, compared without case. */
export function userByName({ state }: World, userName: string): User | undefined {
  return state.users.find((user) => user.userName.toLowerCase() === userName.toLowerCase())
}

/** Whether a user may act for other people: SysAdmin or RemoteService. */
export const isStaff = (user: User) => user.roles.some((role) => SERVICE_ROLES.includes(role))

/** Whether a user's dates allow a sign-in now; dates are site-local texts, so they compare as texts. */
export const isExpired = (world: World, { effectiveAt, expiresAt }: User) =>
  (expiresAt !== null && expiresAt <= world.siteTime()) ||
  (effectiveAt !== null && effectiveAt > world.siteTime())

/** The bearer token of a call, if it has one. */
export function bearerToken(request: FastifyRequest): string | undefined {
  return /^bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
}

/**
 * Who calls the REST API: by `Authorization: Bearer`, or from a page by login cookie together with the header
 * `RequestVerificationToken`; neither of these two is worth anything alone. Throws the 401 of iMIS.
 */
export function matchParty(world: World, request: FastifyRequest): User {
  const token = bearerToken(request)
  if (token) {
    const grant = world.state.accessTokens.get(token)
    const user = grant && grant.expiresAt > world.now() && userByName(world, grant.userName)
    if (!user) throw unauthorized()
    return user
  }
  const session = sessionOf(world, request)
  const given = request.headers['requestverificationtoken']
  const user = session && userByName(world, session.userName)
  if (!user || given !== session.requestVerificationToken) throw unauthorized()
  return user
}

/** Throws 403 unless the caller is staff. */
export function needStaff(user: User, what: string) {
  if (!isStaff(user)) throw new Refusal(403, `You do not have permission to ${what}.`)
}

/** Throws 403 unless the record is the caller's own, or the caller is staff. */
export function needOwn(user: User, partyId: string, what: string) {
  if (user.partyId !== partyId) needStaff(user, what)
}

/** The browser's session, if its login cookie is known. */
export function sessionOf({ state }: World, request: FastifyRequest): Session | undefined {
  const cookies = (request.headers.cookie ?? '').split(/;\s*/).map((pair) => pair.split('=', 2))
  const id = cookies.find(([name]) => name === LOGIN_COOKIE)?.[1]
  return id ? state.sessions.get(id) : undefined
}

/** The browser's session; a new visitor gets one as the guest user, with its cookie. */
export function visit(world: World, request: FastifyRequest, reply: FastifyReply): Session {
  return sessionOf(world, request) ?? startSession(world, reply, GUEST_USER)
}

/** Gives the browser a new session and the cookie that leads to it. */
export function startSession({ state }: World, reply: FastifyReply, userName: string): Session {
  const id = randomUUID()
  const session = { userName, requestVerificationToken: randomUUID() }
  state.sessions.set(id, session)
  void reply.header('set-cookie', `${LOGIN_COOKIE}=${id}; Path=/; HttpOnly; SameSite=Lax`)
  return session
}
