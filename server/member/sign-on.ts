import { createHash } from 'node:crypto'
import type { Db } from '../../db/database.ts'
import { retrying } from '../../db/open.ts'
import { addSighting } from '../../db/sightings.ts'
import { spend, unspend } from '../../db/spent.ts'
import type { LoadedAccount } from '../accounts.ts'
import { Fault, isPassing } from '../errors.ts'
import type { ImisUser } from '../imis/imis.ts'
import type { Trail } from '../trail.ts'
import type { Vendors } from '../vendors.ts'

/** A posted token is remembered as used for this long, well beyond what iMIS lets one live. */
const REMEMBERED_MS = 7 * 24 * 3_600_000

/** Who signed on, or why nobody did. */
export type SignOn =
  | { outcome: 'member'; partyId: string; userName: string }
  | { outcome: 'guest' }
  | { outcome: 'refused' }
  | { outcome: 'unavailable' }

/**
 * Turns what iMIS single sign-on posted into a party. A token works once, on whichever instance; it is given back when iMIS
 * did not answer, so that the same post may be tried again. `deadlineMs`: both calls to iMIS together.
 */
export async function signOn(
  deps: { db: Db; vendors: Vendors; trail: Trail; now: () => number },
  loaded: LoadedAccount,
  refreshToken: string,
  { trace, deadlineMs }: { trace: string; deadlineMs: number },
): Promise<SignOn> {
  const { db, vendors, trail, now } = deps
  const account = loaded.account.key
  const imis = vendors.imis(loaded)
  const startedAt = now()
  const digest = createHash('sha256').update(`sso\n${account}\n${refreshToken}`).digest('hex')
  const note = (code: string, text: string, level: 'info' | 'warning' = 'warning') =>
    trail.note({ account, kind: 'sign-on', level, code, text, trace })

  if (!(await spend(db, digest, now(), now() + REMEMBERED_MS))) {
    note('SIGN_ON_REPLAYED', 'a sign-on post was sent a second time; refused')
    return { outcome: 'refused' }
  }
  try {
    const left = () => ({ deadlineMs: Math.max(1, startedAt + deadlineMs - now()) })
    const { userName } = await imis.exchange(refreshToken, left())
    const user = await imis.user(userName, left())
    const reason = guestSign(user)
    if (reason !== undefined || user?.partyId === undefined) {
      note('SIGN_ON_GUEST', `nobody signed in: ${reason ?? 'no party'}`, 'info')
      return { outcome: 'guest' }
    }
    const { partyId } = user
    const text = `party ${partyId} signed on`
    const durationMs = now() - startedAt
    trail.note({ account, kind: 'sign-on', code: 'SIGNED_ON', text, trace, partyId, durationMs })
    await retrying(() => addSighting(db, account, 'sign-on', 1, now()))
    return { outcome: 'member', partyId, userName }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    note(error.code, error.message)
    if (!isPassing(error)) return { outcome: 'refused' }
    await unspend(db, digest)
    return { outcome: 'unavailable' }
  }
}

/** Why this user is nobody we may speak to as a member; undefined for a member. iMIS signs visitors on as guests. */
export function guestSign(user: ImisUser | undefined): string | undefined {
  if (!user) return 'iMIS has no such user'
  if (user.isAnonymous) return 'a guest user'
  if (!user.partyId) return 'a user without a party'
  if (!user.isActive) return 'a user that is disabled or expired'
  return undefined
}
