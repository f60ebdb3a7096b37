import { decodeJwt } from 'jose'
import type { Kysely } from 'kysely'
import { findAccount } from '../../../db/accounts.ts'
import type { Database } from '../../../db/database.ts'
import { findStaff } from '../../../db/users.ts'
import { Fault } from '../../errors.ts'
import { isOfAnotherImis, notSignedIn, type Tokens } from '../../secrets/tokens.ts'
import { ROLES, type Role } from './actors.ts'

/** A member token older than this does not open a session: it must come straight from the sign-on. */
const TOKEN_AGE_MS = 5 * 60_000

/** A session that was opened. */
export interface OpenedSession {
  session: string
  expiresAt: number
  account: string
  partyId: string
  name: string
  role: Role
}

/**
 * Exchanges the member token of somebody of staff for a dashboard session.
 *
 * @throws Fault `NOT_SIGNED_IN` when the token is no member token, expired or not fresh; `NOT_ALLOWED` when its party is
 *   not assigned to the account
 */
export async function openSession(
  deps: { db: Kysely<Database>; tokens: Tokens; now: () => number },
  memberToken: string,
): Promise<OpenedSession> {
  const account = accountOf(memberToken)
  const member = await deps.tokens.openMember(memberToken, account)
  // The token was verified just now; `iat` is among the claims that are required.
  const age = deps.now() - (decodeJwt(memberToken).iat ?? 0) * 1000
  if (age > TOKEN_AGE_MS)
    throw new Fault('NOT_SIGNED_IN', 'This sign-on is too long ago; sign on again.')
  const row = await findAccount(deps.db, account)
  if (isOfAnotherImis(memberToken, row?.imisSince ?? undefined)) notSignedIn()
  const staff = await findStaff(deps.db, account, member.partyId)
  const role = ROLES.find((one) => one === staff?.role)
  if (!staff || !role)
    throw new Fault(
      'NOT_ALLOWED',
      `Party ${member.partyId} is not assigned to this account. An owner can assign it under Users.`,
    )
  const { partyId } = member
  const { token, expiresAt } = await deps.tokens.signDashboard({ account, partyId, roles: [role] })
  return { session: token, expiresAt, account, partyId, name: staff.name, role }
}

/** Which account a token claims to be of; the claim is verified by whoever opens it. */
function accountOf(token: string) {
  try {
    const { acc } = decodeJwt(token)
    return typeof acc === 'string' ? acc : ''
  } catch {
    return ''
  }
}
