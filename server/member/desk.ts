import type { Db } from '../../db/database.ts'
import type { Account } from '../../schemas/account.ts'
import type { Accounts } from '../accounts.ts'
import { openTokens, type Tokens } from '../secrets/tokens.ts'
import type { KeyRing } from '../secrets/key-ring.ts'
import type { Trail } from '../account-log.ts'
import type { Vendors } from '../vendors.ts'
import { openEligibilityQuestions } from './eligibility/ask-eligibility.ts'
import { openContactBringer } from './contact/bring-contact.ts'
import { openContactTypes } from './contact/contact-types.ts'
import { openContactUpkeep } from './contact/contact-upkeep.ts'
import { openEventKnowledge, type EventKnowledge } from './eligibility/event-cache.ts'
import { openHandOffLine } from './hand-off/hand-off-line.ts'
import { openHandOffs, type HandOffs } from './hand-off/hand-off.ts'
import { openStandings, type Standings } from './eligibility/registration-state.ts'
import { openStaffRoles, type StaffRoles } from './sign-on/staff-roles.ts'
import { openTicketBooth, type TicketBooth } from './hand-off/tickets.ts'

/** The parts of the member's path that its doors share. */
export interface MemberDesk {
  tokens: Tokens
  standings: Standings
  knowledge: EventKnowledge
  handOffs: HandOffs
  staffRoles: StaffRoles
  tickets: TicketBooth
}

/** Opens the member's path: one memory of answers for all its doors. */
export function openMemberDesk(deps: {
  settings: { allowLocalVendors: boolean; vendorDeadlineMs: number }
  db: Db
  ring: KeyRing
  accounts: Accounts
  vendors: Vendors
  trail: Trail
  now: () => number
  /** How long a call to Cvent would wait for the rate limit at present. */
  waitMs?: ((account: Account) => number) | undefined
}): MemberDesk {
  const { vendors, now } = deps
  const tokens = openTokens(deps)
  const knowledge = openEventKnowledge(deps)
  const questions = openEligibilityQuestions(deps)
  const standings = openStandings({ ...deps, questions, knowledge })
  const contactTypes = openContactTypes({ cventOf: (loaded) => vendors.cvent(loaded), now })
  const contacts = openContactBringer({ ...deps, contactTypes })
  const upkeep = openContactUpkeep({ ...deps, contacts })
  const line = openHandOffLine({ ...deps, waitMs: ({ account }) => deps.waitMs?.(account) ?? 0 })
  const { allowLocalVendors: allowLocal, vendorDeadlineMs: callMs } = deps.settings
  return {
    tokens,
    standings,
    knowledge,
    handOffs: openHandOffs({
      ...deps,
      standings,
      knowledge,
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
