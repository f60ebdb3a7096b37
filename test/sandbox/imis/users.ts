import type { FastifyInstance } from 'fastify'
import { ExecuteRequest, readBody } from './bodies.ts'
import { matchParty, isStaff, needStaff } from './caller.ts'
import { filtered, readAsked } from './criteria.ts'
import { partySummary } from './parties.ts'
import type { User } from './state.ts'
import {
  collection,
  membership,
  paged,
  readPage,
  Refusal,
  serviceResponse,
  STRINGS,
  withoutDefaults,
} from './wire.ts'
import type { World } from './world.ts'

/** `GET /api/user` and the operations of `UserSecurity`. A plain member finds nobody but themselves. */
export function registerUsers(app: FastifyInstance, world: World) {
  const { state } = world

  app.get('/api/user', (request) => {
    const caller = matchParty(world, request)
    if (!isStaff(caller) && !state.settings.membersReadOwnUser)
      throw new Refusal(403, 'You do not have permission to read users.')
    const asked = readAsked(request.url)
    const seen = state.users.filter((user) => isStaff(caller) || user === caller)
    const found = filtered(seen, asked, readColumn)
    const page = readPage(asked.one('limit'), asked.one('offset'))
    return paged(found, page, membership('UserData'), (user) => userData(world, user))
  })

  app.post('/api/UserSecurity/_execute', (request) => {
    const caller = matchParty(world, request)
    const { OperationName, Parameters } = readBody(ExecuteRequest, request.body)
    const { edition } = state.settings
    const [name] = Parameters.$values
    const user = state.users.find(
      ({ userName, userId }) =>
        userName.toLowerCase() === String(name).toLowerCase() || userId === name,
    )
    if (user !== caller) needStaff(caller, 'read the security of users')
    switch (OperationName.toLowerCase()) {
      case 'findbyname':
        return serviceResponse(
          edition,
          membership('UserSecurityData'),
          user ? userData(world, user) : null,
        )
      case 'getuserroles':
        if (edition === '2017') throw new Refusal(501, 'Operation not implemented')
        return serviceResponse(
          edition,
          STRINGS.replace(', mscorlib', ''),
          user ? collection(STRINGS, user.roles) : null,
        )
      default:
        throw new Refusal(501, 'Operation not implemented')
    }
  })
}

function readColumn(user: User, name: string) {
  switch (name) {
    case 'username':
      return user.userName
    case 'userid':
      return user.userId
    case 'partyid':
      return user.partyId
    default:
      return undefined
  }
}

function userData({ state }: World, user: User) {
  const party = user.partyId === null ? undefined : state.parties.get(user.partyId)
  return {
    ...withoutDefaults({
      $type: membership('UserData'),
      UserId: user.userId,
      UserName: user.userName,
      Party: party && partySummary(party),
      EffectiveDate: user.effectiveAt,
      ExpirationDate: user.expiresAt,
      Roles: collection(STRINGS, user.roles),
      IsDisable: user.isDisabled,
    }),
    IsAnonymous: user.isAnonymous,
  }
}
