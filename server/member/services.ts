import type { Db } from '../../db/database.ts'
import type { Account } from '../../schemas/account.ts'
import type { Accounts } from '../accounts.ts'
import { openTokens, type Tokens } from '../secrets/tokens.ts'
import type { KeyRing } from '../secrets/key-ring.ts'
import type { AccountLog } from '../account-log.ts'
import type { Vendors } from '../vendors.ts'
import { openEligibilityQuestions } from './eligibility/ask-eligibility.ts'
import { openContactBringer } from './contact/bring-contact.ts'
import { openContactTypes } from './contact/contact-types.ts'
import { openContactUpkeep } from './contact/contact-upkeep.ts'
import { openEventCache, type EventCache } from './eligibility/event-cache.ts'
import { openHandOffLine } from './hand-off/hand-off-line.ts'
import { openHandOffs, type HandOffs } from './hand-off/hand-off.ts'
import {
  openRegistrationStates,
  type RegistrationStates,
} from './eligibility/registration-state.ts'
import { openStaffRoles, type StaffRoles } from './sign-on/staff-roles.ts'
import { openTicketBooth, type TicketBooth } from './hand-off/tickets.ts'

/** Services that all member routes share. */
export interface MemberServices {
  tokens: Tokens
  states: RegistrationStates
  eventCache: EventCache
  handOffs: HandOffs
  staffRoles: StaffRoles
  tickets: TicketBooth
}

/** Opens the member's services, with one cache of answers for all member routes. */
export function openMemberServices(deps: {
  settings: { allowLocalVendors: boolean; vendorDeadlineMs: number }
  db: Db
  ring: KeyRing
  accounts: Accounts
  vendors: Vendors
  accountLog: AccountLog
  now: () => number
  /** How long a call to Cvent would wait for the rate limit at present. */
  waitMs?: ((account: Account) => number) | undefined
}): MemberServices {
  const { vendors, now } = deps
  const tokens = openTokens(deps)
  const eventCache = openEventCache(deps)
  const questions = openEligibilityQuestions(deps)
  const states = openRegistrationStates({ ...deps, questions, eventCache })
  const contactTypes = openContactTypes({ cventOf: (loaded) => vendors.cvent(loaded), now })
  const contacts = openContactBringer({ ...deps, contactTypes })
  const upkeep = openContactUpkeep({ ...deps, contacts })
  const line = openHandOffLine({ ...deps, waitMs: ({ account }) => deps.waitMs?.(account) ?? 0 })
  const { allowLocalVendors: allowLocal, vendorDeadlineMs: callMs } = deps.settings
  return {
    tokens,
    states,
    eventCache,
    handOffs: openHandOffs({
      ...deps,
      states,
      eventCache,
      contactTypes,
      upkeep,
      line,
      callMs,
      allowLocal,
    }),
    staffRoles: openStaffRoles(deps),
    tickets: openTicketBooth({ tokens, now }),
  }
}
