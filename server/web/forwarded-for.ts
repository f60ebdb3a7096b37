import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { setLastSeen, lastSeenOf } from '../../db/last-seen.ts'
import type { Db } from '../../db/database.ts'

/** What belongs to the server and not to an account is seen under this name. */
const SERVER = '*'
const WHAT = 'forwarded-for'
/** After so long without one the proxy was taken away, or told to us. */
const RECENT_MS = 7 * 86_400_000

/**
 * Notices requests that came through a proxy nobody told us of (`X-Forwarded-For`, without `TRUST_PROXY`): all visitors look
 * like one address then, and share its limits. Says so once in the server log, and for the overview.
 */
export function watchForwardedFor(
  app: FastifyInstance,
  deps: {
    db: Db
    settings: { trustProxy: number | string | false }
    logger: FastifyBaseLogger
    now: () => number
  },
): void {
  const { db, settings, logger, now } = deps
  if (settings.trustProxy !== false) return
  let isTold = false
  app.addHook('onRequest', async (request) => {
    if (isTold || request.headers['x-forwarded-for'] === undefined) return
    isTold = true
    logger.warn(
      'requests carry X-Forwarded-For, and TRUST_PROXY is not set: every visitor counts as the proxy’s address. Set TRUST_PROXY to the number of proxies in front, or to their addresses',
    )
    await setLastSeen(db, SERVER, WHAT, 1, now()).catch(() => undefined)
  })
}

/** Whether a proxy in front was noticed within the last days that `TRUST_PROXY` says nothing of. */
export async function isProxyUnknown(
  db: Db,
  { trustProxy }: { trustProxy: number | string | false },
  now: number,
): Promise<boolean> {
  if (trustProxy !== false) return false
  const seen = (await lastSeenOf(db, SERVER)).find(({ what }) => what === WHAT)
  return seen !== undefined && now - seen.lastAt < RECENT_MS
}
