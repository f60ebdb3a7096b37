import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { GUEST_USER, isExpired, LOGIN_COOKIE, startSession, userByName, visit } from '../caller.ts'
import { readAsked } from '../criteria.ts'
import type { User } from '../state.ts'
import type { World } from '../world.ts'
import { localPath, sendPage } from './layout.ts'
import { html } from './markup.ts'

/** The sign-in page with one button for each person, at the addresses such pages have, and the sign-out. */
export function registerSignIn(app: FastifyInstance, world: World) {
  const { state } = world

  const show = (request: FastifyRequest, reply: FastifyReply) => {
    const persons = state.users.filter(({ roles }) => !roles.includes('RemoteService'))
    const people = persons.map(
      (user) =>
        html`<li>
          <button type="submit" class="TextButton" name="signInAs" value="${user.userName}">
            ${nameOf(world, user)}</button
          ><span>${describe(world, user)}</span>
        </li>`,
    )
    return sendPage(world, reply, {
      title: 'Sign in',
      action: request.url,
      session: visit(world, request, reply),
      body: html`<h1>Sign in</h1>
        <div class="AsiInformation">
          This is a sandbox: one press signs you in as that person, no password.
        </div>
        <ul class="people">
          ${people}
        </ul>`,
    })
  }

  for (const path of ['/SignIn', '/SignIn.aspx', '/Sign_In']) {
    app.get(path, show)
    app.post(path, (request, reply) => {
      // The form parser gives a flat object of texts.
      const { signInAs } = (request.body ?? {}) as { signInAs?: string }
      const user = userByName(world, signInAs ?? '')
      if (!user) return show(request, reply)
      startSession(world, reply, user.userName)
      return reply.redirect(localPath(readAsked(request.url).one('ReturnUrl')), 303)
    })
  }

  app.get('/SignOut', (request, reply) => {
    void reply.header('set-cookie', `${LOGIN_COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax`)
    return reply.redirect(localPath(readAsked(request.url).one('ReturnUrl')), 303)
  })
}

function nameOf({ state }: World, user: User) {
  const party = state.parties.get(user.partyId ?? '')
  return party ? `${party.firstName} ${party.lastName}` : user.userName
}

function describe(world: World, user: User) {
  const party = world.state.parties.get(user.partyId ?? '')
  const traits = [
    `iMIS ID ${user.partyId ?? 'none'}`,
    user.isAnonymous ? 'guest' : party?.mayRegister ? 'may register' : 'may not register',
    user.roles.includes('Staff') ? 'staff' : '',
    user.userName !== GUEST_USER && party && party.email === '' ? 'no e-mail address' : '',
    user.isDisabled ? 'disabled' : '',
    isExpired(world, user) ? 'expired' : '',
  ]
  return traits.filter(Boolean).join(', ')
}
