import type { Db } from '../../../db/database.ts'
import type { AccountLog } from '../../account-log.ts'
import { openMinuteLines } from '../../minute-lines.ts'
import { networkOf } from '../../web/client-address.ts'
import { openFailures } from '../../web/failures.ts'

/** Failed attempts an address, and a network, may make within a minute before wrong credentials are refused unheard. */
const LIMITS = { perAddress: 20, perNetwork: 60 }

/** Counts failed sign-ins by address and network, for all instances together, and records them in the account log. */
export interface Attempts {
  /** When the address may try again, ms since 1970; undefined when it may now. */
  refusedUntil(address: string): Promise<number | undefined>
  /** `account`: the one whose routes were asked for, where the address names one. */
  noteFailure(address: string, where: { account: string | undefined; trace: string }): Promise<void>
  /** Records a failure for one more account, without counting it again. */
  record(address: string, where: { account: string; trace: string }): void
  /** Records what was counted and not recorded yet. */
  flush(): void
}

/** Opens the counter. A network's failures on an account are one line of its log a minute. */
export function openAttempts(deps: {
  db: Db
  accountLog: AccountLog
  now: () => number
}): Attempts {
  const failures = openFailures(deps, 'admin', LIMITS)
  const lines = openMinuteLines<{ account: string; network: string; trace: string }>({
    now: deps.now,
    tell(_key, times, { account, network, trace }) {
      deps.accountLog.add({
        account,
        code: 'sign-in-refused',
        text: `${times} ${times === 1 ? 'request' : 'requests'} with a wrong key, token or session came from the network ${network}; refused`,
        trace,
      })
    },
  })
  function record(address: string, { account, trace }: { account: string; trace: string }) {
    const network = networkOf(address)
    lines.note(`${account}\n${network}`, { account, network, trace })
  }

  return {
    refusedUntil: failures.refusedUntil,
    async noteFailure(address, { account, trace }) {
      await failures.note(address)
      if (account !== undefined) record(address, { account, trace })
    },
    record,
    flush: lines.flush,
  }
}
