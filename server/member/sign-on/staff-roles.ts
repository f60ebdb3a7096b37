import { LRUCache } from 'lru-cache'
import type { LoadedAccount } from '../../accounts.ts'
import { atMost } from '../../cache-limit.ts'
import { Fault } from '../../errors.ts'
import type { Member } from '../../secrets/tokens.ts'
import type { AccountLog } from '../../account-log.ts'
import type { Vendors } from '../../vendors.ts'
import { logCodeOf } from '../../log-codes.ts'

const KEPT_MS = 60_000

/** Tells for whom a signed-in person may ask: for themselves, and, as staff of a role the account names, for others. */
export interface StaffRoles {
  /**
   * The party that counts. `selectedPartyId` is what the page says; it counts only when the account names a staff role and
   * iMIS confirmed, to our service account, that this person holds it. Otherwise it is as if it had not been said.
   */
  partyFor(
    loaded: LoadedAccount,
    member: Member,
    selectedPartyId: string | undefined,
    options: { deadlineMs: number; trace: string },
  ): Promise<{ partyId: string; staffPartyId: string | undefined }>
}

/** Opens the roles with nothing known. */
export function openStaffRoles(deps: {
  vendors: Vendors
  accountLog: AccountLog
  now: () => number
}): StaffRoles {
  const { vendors, accountLog, now } = deps
  const held = new LRUCache<
    string,
    { holds: boolean },
    { loaded: LoadedAccount; userName: string; role: string; deadlineMs: number }
  >({
    ...atMost(5000),
    ttl: KEPT_MS,
    ttlResolution: 0,
    perf: { now },
    ignoreFetchAbort: true,
    fetchMethod: async (_key, _stale, { context }) => {
      const { loaded, userName, role, deadlineMs } = context
      return { holds: await vendors.imis(loaded).hasRole(userName, role, { deadlineMs }) }
    },
  })

  return {
    async partyFor(loaded, member, selectedPartyId, { deadlineMs, trace }) {
      const self = { partyId: member.partyId, staffPartyId: undefined }
      const role = loaded.account.imis.sso.staffRole
      if (role === null || selectedPartyId === undefined || selectedPartyId === member.partyId)
        return self
      const { userName } = member
      const line = {
        account: loaded.account.key,
        kind: 'sign-on',
        partyId: member.partyId,
        trace,
      } as const
      try {
        const key = JSON.stringify([loaded.account.key, loaded.version, role, userName])
        const context = { loaded, userName, role, deadlineMs }
        if (!(await held.fetch(key, { context }))?.holds) return self
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        accountLog.add({
          ...line,
          level: 'warning',
          code: logCodeOf(error.code),
          text: error.message,
        })
        return self
      }
      const text = `party ${member.partyId} asks on behalf of party ${selectedPartyId}`
      accountLog.add({ ...line, code: 'on-behalf-of', text })
      return { partyId: selectedPartyId, staffPartyId: member.partyId }
    },
  }
}
