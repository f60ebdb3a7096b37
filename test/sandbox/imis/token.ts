import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { isExpired, userByName } from './caller.ts'
import type { World } from './world.ts'

const TokenForm = z.discriminatedUnion('grant_type', [
  z.object({
    grant_type: z.literal('password'),
    username: z.string().min(1),
    password: z.string().min(1),
  }),
  z.object({
    grant_type: z.literal('refresh_token'),
    client_id: z.string().min(1),
    client_secret: z.string().min(1),
    refresh_token: z.string().min(1),
  }),
])

/** `POST {folder}/token`: the password grant, and the exchange of single sign-on's refresh token. */
export function registerToken(app: FastifyInstance, world: World) {
  const { state, now } = world

  app.post('/token', (request, reply) => {
    const form = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')
    const read = TokenForm.safeParse(form ? request.body : undefined)
    if (!read.success) return refuse(reply, 'unsupported_grant_type', undefined)
    if (read.data.grant_type === 'password') {
      const user = userByName(world, read.data.username)
      const { passwordNeedsRemoteService, passwordTokenSeconds } = state.settings
      if (!user || user.password === '' || user.password !== read.data.password)
        return refuse(reply, 'invalid_grant', 'The user name or password is incorrect.')
      if (user.isDisabled || isExpired(world, user))
        return refuse(reply, 'invalid_grant', 'The user account is disabled or has expired.')
      if (passwordNeedsRemoteService && !user.roles.includes('RemoteService'))
        return refuse(reply, 'invalid_grant', 'The user is not in the role RemoteService.')
      return grant(world, user.userName, null, passwordTokenSeconds)
    }

    const { client_id: clientId, client_secret: secret, refresh_token: token } = read.data
    const client = state.clientApplications.find((known) => known.clientId === clientId)
    if (!client || client.clientSecret !== secret)
      return refuse(reply, 'invalid_client', 'The client is unknown or its secret is wrong.')
    const known = state.refreshTokens.get(token)
    if (!known || known.clientId !== clientId || known.expiresAt <= now())
      return refuse(reply, 'invalid_grant', undefined)
    if (state.settings.refreshTokensOnce) state.refreshTokens.delete(token)
    const answer = grant(world, known.userName, clientId, state.settings.ssoTokenSeconds)
    if (!state.settings.refreshTokensRotate) return answer
    return { ...answer, refresh_token: mintRefreshToken(world, clientId, known.userName) }
  })
}

/** Mints the refresh token that single sign-on posts for a visitor. */
export function mintRefreshToken({ state, now }: World, clientId: string, userName: string) {
  const client = state.clientApplications.find((known) => known.clientId === clientId)
  const token = randomUUID().replaceAll('-', '')
  const minutes = client?.refreshTokenMinutes ?? 0
  state.refreshTokens.set(token, { userName, clientId, expiresAt: now() + minutes * 60_000 })
  return token
}

function grant({ state, now }: World, userName: string, clientId: string | null, seconds: number) {
  const token = `${randomUUID()}${randomUUID()}`.replaceAll('-', '')
  const expiresAt = now() + seconds * 1000
  state.accessTokens.set(token, { userName, clientId, expiresAt })
  return {
    access_token: token,
    token_type: 'bearer',
    expires_in: seconds - 1,
    userName,
    '.issued': new Date(now()).toUTCString(),
    '.expires': new Date(expiresAt).toUTCString(),
  }
}

function refuse(reply: FastifyReply, error: string, description: string | undefined) {
  return reply
    .status(400)
    .send({ error, ...(description ? { error_description: description } : {}) })
}
