import { createHash } from 'node:crypto'
import type { Db } from '../../../db/database.ts'
import { retrying } from '../../../db/engine/open.ts'
import { setLastSeen } from '../../../db/last-seen.ts'
import { useToken, releaseToken } from '../../../db/used-tokens.ts'
import type { LoadedAccount } from '../../accounts.ts'
import { Fault, isPassing } from '../../errors.ts'
import type { ImisUser } from '../../imis/imis.ts'
import type { AccountLog } from '../../account-log.ts'
import type { Vendors } from '../../vendors.ts'
import type { SignOnRefusals } from './sign-on-refusals.ts'
import { logCodeOf, type LogCode } from '../../log-codes.ts'

/** A posted token is remembered as used for this long, well beyond what iMIS lets one live. */
const REMEMBERED_MS = 7 * 24 * 3_600_000

/** Who signed on, or why nobody did. */
export type SignOn =
  | { outcome: 'member'; partyId: string; userName: string }
  | { outcome: 'guest' }
  | { outcome: 'disabled' }
  /** `isNew`: iMIS was asked, and did not know the token; a token posted again costs nothing. */
  | { outcome: 'refused'; isNew: boolean }
  | { outcome: 'unavailable' }

/**
 * Turns what iMIS single sign-on posted into a party. A token works once, on whichever instance; it is given back when iMIS
 * did not answer, so that the same post may be tried again. `deadlineMs`: both calls to iMIS together.
 */
export async function signOn(
  deps: {
    db: Db
    vendors: Vendors
    accountLog: AccountLog
    refusals: SignOnRefusals
    now: () => number
  },
  loaded: LoadedAccount,
  refreshToken: string,
  { trace, deadlineMs }: { trace: string; deadlineMs: number },
): Promise<SignOn> {
  const { db, vendors, accountLog, refusals, now } = deps
  const account = loaded.account.key
  const imis = vendors.imis(loaded)
  const startedAt = now()
  const digest = createHash('sha256').update(`sso\n${account}\n${refreshToken}`).digest('hex')
  const refuse = (code: LogCode, text: string) => refusals.note({ account, code, text, trace })

  // iMIS would refuse it again.
  if (refusals.has(digest)) {
    refuse('sign-on-replayed', 'a sign-on post that iMIS had refused was sent again; refused')
    return { outcome: 'refused', isNew: false }
  }
  if (!(await useToken(db, digest, now(), now() + REMEMBERED_MS))) {
    refuse('sign-on-replayed', 'a sign-on post was sent a second time; refused')
    return { outcome: 'refused', isNew: false }
  }
  try {
    const left = () => ({ deadlineMs: Math.max(1, startedAt + deadlineMs - now()) })
    const { userName } = await imis.exchange(refreshToken, left())
    const user = await imis.user(userName, left())
    const reason = guestSign(user)
    if (reason !== undefined || user?.partyId === undefined) {
      const text = `nobody signed in: ${reason ?? 'no party'}`
      accountLog.add({ account, code: 'sign-on-guest', text, trace })
      // iMIS lets a user who expired meanwhile keep their session; a guest is somebody else.
      return { outcome: isShutOut(user) ? 'disabled' : 'guest' }
    }
    const { partyId } = user
    const text = `party ${partyId} signed on`
    const durationMs = now() - startedAt
    accountLog.add({
      account,
      code: 'signed-on',
      text,
      trace,
      partyId,
      durationMs,
    })
    await retrying(() => setLastSeen(db, account, 'sign-on', 1, now()))
    return { outcome: 'member', partyId, userName }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    refuse(logCodeOf(error.code), error.message)
    // Nobody was signed on with it: a row for each made-up token would be the sender's to fill our disk with.
    await releaseToken(db, digest)
    if (isPassing(error)) return { outcome: 'unavailable' }
    refusals.remember(digest)
    return { outcome: 'refused', isNew: true }
  }
}

/** A member's user that is disabled, not yet valid or expired. */
function isShutOut(user: ImisUser | undefined) {
  return user?.isActive === false && !user.isAnonymous && user.partyId !== undefined
}

/** Why this user is nobody we may speak to as a member; undefined for a member. iMIS signs visitors on as guests. */
export function guestSign(user: ImisUser | undefined): string | undefined {
  if (!user) return 'iMIS has no such user'
  if (user.isAnonymous) return 'a guest user'
  if (!user.partyId) return 'a user without a party'
  if (!user.isActive) return 'a user that is disabled or expired'
  return undefined
}
