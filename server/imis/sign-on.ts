import { DateTime } from 'luxon'
import { Fault } from '../errors.ts'
import type { Http } from '../vendor-calls/http-client.ts'
import { executeRequest } from './contracts.ts'
import type { Imis, ImisUser } from './imis.ts'
import { filter, type Rest } from './rest.ts'
import { grantToken } from './token.ts'
import { StringList, UserData } from './wire.ts'

/**
 * Who somebody is: single sign-on's exchange, the user, their roles.
 *
 * @see https://developer.imis.com/docs/testing-single-sign-on-sso
 */
export function signOn(deps: {
  http: Http
  rest: Rest
  tokenUrl: string
  sso: { clientId: string; clientSecret: string }
  edition: 'ems' | '2017'
  timeZone: string
  now: () => number
}): Pick<Imis, 'exchange' | 'user' | 'hasRole'> {
  const { http, rest, tokenUrl, sso, edition, timeZone, now } = deps
  return {
    async exchange(refreshToken, options) {
      const answer = await grantToken(
        http,
        tokenUrl,
        {
          grant_type: 'refresh_token',
          client_id: sso.clientId,
          client_secret: sso.clientSecret,
          refresh_token: refreshToken,
        },
        { deadlineMs: options?.deadlineMs, signal: options?.signal },
      )
      if ('refused' in answer) {
        const { refused, status } = answer
        if (refused === 'invalid_grant')
          throw new Fault('NOT_ALLOWED', 'iMIS does not take this sign-on', {
            vendor: 'imis',
            status,
          })
        throw new Fault(
          'VENDOR_REFUSED',
          `iMIS refused the sign-on exchange (${refused}); check the account's SSO client id and secret`,
          { vendor: 'imis', status },
        )
      }
      if (answer.userName === undefined)
        throw new Fault('VENDOR_UNAVAILABLE', 'iMIS answered the sign-on without a user name', {
          vendor: 'imis',
        })
      return { userName: answer.userName }
    },

    async user(userName, options) {
      const turn = rest.begin(options)
      const page = await rest.page(turn, 'user', [['username', filter(userName)]])
      const users = page.items.flatMap((item) => UserData.safeParse(item).data ?? [])
      // iMIS compares names without case, and may ignore the filter: only the name that was asked for counts.
      const exact = users.filter(({ UserName }) => UserName === userName)
      const same = users.filter(
        ({ UserName }) => UserName.trim().toLowerCase() === userName.trim().toLowerCase(),
      )
      const [user, another] = exact.length > 0 ? exact : same
      if (!user || another) return undefined
      return {
        userName: user.UserName,
        partyId: user.Party?.PartyId ?? user.Party?.Id,
        isAnonymous: user.IsAnonymous,
        isActive: !user.IsDisable && isWithin(user.EffectiveDate, user.ExpirationDate),
        roles: user.Roles,
      } satisfies ImisUser
    },

    async hasRole(userName, role, options) {
      if (edition === '2017')
        throw new Fault('NOT_FOUND', 'iMIS 2017 does not tell the roles of a user', {
          vendor: 'imis',
        })
      const request = executeRequest('UserSecurity', 'GetUserRoles', [userName])
      const result = await rest.execute(rest.begin(options), 'UserSecurity', request, false)
      return StringList.parse(result ?? []).some(
        (held) => held.trim().toLowerCase() === role.trim().toLowerCase(),
      )
    },
  }

  function isWithin(from: string | undefined, until: string | undefined) {
    const startsAt = readDate(from, timeZone)
    const endsAt = readDate(until, timeZone)
    return (startsAt === undefined || startsAt <= now()) && (endsAt === undefined || now() < endsAt)
  }
}

/** A site-local date as ms since 1970; .NET's year 1 stands for none. A date nobody can read is over: this closes doors. */
function readDate(text: string | undefined, timeZone: string) {
  if (text === undefined || text.startsWith('0001-')) return undefined
  return DateTime.fromISO(text, { zone: timeZone }).toMillis()
}
